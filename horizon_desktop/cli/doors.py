"""What main/ hands to the command line, so that the command line need not know how anything is built."""

from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

import msgspec

from horizon_desktop.bridge.checkup import Checkup
from horizon_desktop.bridge.ephemeral_bridge import Bridge
from horizon_desktop.bridge.policy_desk import PolicyDesk
from horizon_desktop.bridge.views import DeviceInfo
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.configuration import LoadedConfiguration
from horizon_desktop.ports.control import ControlPoint
from horizon_desktop.ports.database_care import DatabaseCare


class HubOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a headless hub is started (PROTOCOL section 5)."""

    listen: str
    """HOST:PORT; port 0 takes a free one."""
    data: Path
    """Where its key and certificate persist."""
    public_url: str = ""
    certificate: Path | None = None
    private_key: Path | None = None
    host_keys: str = "open"
    """A file with one host key a line, or the word open."""
    congestion: str = "bbr"
    """TCP's congestion control where the kernel has it; the word system leaves the kernel's own."""


class HubReady(msgspec.Struct, frozen=True, kw_only=True):
    """A hub that serves."""

    url: str
    pin: str
    """Hexadecimal; empty when a public authority vouches for it."""


class Doors(Protocol):
    """Everything a command needs. `profile` is the name given by --profile, None for the default one."""

    @property
    def clock(self) -> Clock: ...
    def run(self, main: Coroutine[Any, Any, int]) -> int:
        """Run a command on an event loop to its exit status."""
        ...

    def open_bridge(
        self, profile: str | None, *, is_direct_allowed: bool = True
    ) -> AbstractAsyncContextManager[Bridge]:
        """Be the profile's running process, which others can ask, and open its bridge.

        Entering raises UsageError (profile.busy) when another process is that already.
        """
        ...

    def control(self, profile: str | None) -> ControlPoint: ...
    def open_hub(self, options: HubOptions) -> AbstractAsyncContextManager[HubReady]: ...
    def checkup(self, profile: str | None = None) -> Checkup:
        """Return what checks the network, through the profile's proxy; STUN servers come from the configuration.

        Raises UsageError (stun.servers, proxy.url).
        """
        ...

    def configure(self, *, file: Path | None, options: tuple[str, ...]) -> None:
        """Read this file in place of the usual ones, and these NAME=VALUE above all else, once it is needed."""
        ...

    def configuration(self) -> LoadedConfiguration:
        """Return what this process would run with. Raises ConfigurationRefused."""
        ...

    def configuration_in(self, file: Path) -> LoadedConfiguration:
        """Return what a file alone says. Raises ConfigurationRefused."""
        ...

    def policies(self, profile: str | None) -> PolicyDesk:
        """Return what checks and explains policies; in force are those of the configuration or the profile's folder."""
        ...

    def database(self, profile: str | None, url: str) -> DatabaseCare:
        """Return what looks after the database of this URL; empty: the configured one, else the profile's.

        Raises UsageError (store.url).
        """
        ...

    def this_device(self, name: str) -> DeviceInfo:
        """Return what a guest's device tells the host: name, device, system, version."""
        ...
