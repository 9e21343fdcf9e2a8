"""Which HTTP proxy hubs are dialled through: the configuration's, else the profile's, else the system's."""

from enum import StrEnum

import structlog

from horizon_desktop.domain.collaboration.proxy import NO_PROXY, ProxyChoice, parse_proxy
from horizon_desktop.errors import HorizonError, UsageError
from horizon_desktop.ports.proxy_home import ProxyHome

_log = structlog.get_logger(__name__)


class ProxySource(StrEnum):
    """Who chose."""

    CONFIGURATION = "configuration"
    """An option, a variable or a configuration file: it stands above what the window sets."""
    PROFILE = "profile"
    SYSTEM = "system"
    """Nobody: HTTPS_PROXY and NO_PROXY of the environment hold."""


class ProxySetting:
    """A profile's proxy while it runs. `choice` is asked at every dial.

    Args:
        home: Where the profile's own choice is kept.
        configured: What the configuration says; empty: nothing.

    Raises:
        UsageError: `configured` is no proxy (`proxy.url`).
    """

    def __init__(self, *, home: ProxyHome, configured: str = "") -> None:
        self._home = home
        self._configured = parse_proxy(configured) if configured.strip() else None
        self._own: ProxyChoice | None = None

    async def load(self) -> None:
        """Take up the profile's choice. One that cannot be read is left as it is, and said in the log."""
        try:
            line = await self._home.read()
            self._own = parse_proxy(line) if line else None
        except HorizonError as trouble:
            _log.warning("proxy.unread", code=trouble.key)

    def choice(self) -> ProxyChoice:
        """Return what the next dial goes by."""
        return self._configured or self._own or ProxyChoice()

    @property
    def source(self) -> ProxySource:
        if self._configured is not None:
            return ProxySource.CONFIGURATION
        return ProxySource.SYSTEM if self._own is None else ProxySource.PROFILE

    async def choose(self, text: str) -> None:
        """Keep the profile's choice and go by it from the next dial on; empty: the system's again, "none": no proxy.

        Raises:
            UsageError: it is no proxy (`proxy.url`), or the configuration decides (`proxy.configured`).
            StoreUnavailable: it cannot be kept; nothing has changed.
        """
        if self._configured is not None:
            raise UsageError("the configuration names the proxy of this process", code="proxy.configured")
        chosen = parse_proxy(text)
        if chosen.proxy is not None:
            line = chosen.proxy.url
        else:
            line = "" if chosen.is_system_used else NO_PROXY
        await self._home.write(line)
        self._own = chosen if line else None
