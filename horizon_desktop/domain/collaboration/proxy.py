"""An HTTP proxy that hubs are reached through by CONNECT: how a person names it, and for which hubs it is used."""

import ipaddress
import re
from typing import Final
from urllib.parse import quote, unquote

import msgspec

from horizon_desktop.errors import UsageError

NO_PROXY: Final = "none"
"""What a person writes who wants no proxy, whatever the system says."""
_DEFAULT_PORT: Final = 8080
_PROXY: Final = re.compile(
    r"(?:http://)?(?:(?P<user>[^:@/\s]*)(?::(?P<password>[^@/\s]*))?@)?"
    r"(?:(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?)|\[(?P<six>[0-9A-Fa-f:.]{2,45})\])"
    r"(?::(?P<port>[0-9]{1,5}))?/?",
    re.ASCII,
)
_NEAR: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
)
"""This machine, its network, and networks like it: a proxy to the Internet is no way there."""


class Proxy(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP proxy. Name and password are secrets: nothing that is shown or logged has them."""

    host: str
    """Name or address; an IPv6 address without brackets."""
    port: int
    user: str = ""
    password: str = ""

    @property
    def authority(self) -> str:
        """`host:port`, an IPv6 address in brackets."""
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole URL, secrets and all: for storing it, never for showing."""
        login = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}@" if self.user else ""
        return f"http://{login}{self.authority}"

    def __repr__(self) -> str:
        return f"Proxy({self.authority}{', with a login' if self.user else ''})"


class ProxyChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What is used for hubs on the Internet: the named proxy; else the system's; or none at all."""

    proxy: Proxy | None = None
    is_system_used: bool = True
    """Where none is named: HTTPS_PROXY and NO_PROXY, and what the desktop is set to."""

    def __repr__(self) -> str:
        return f"ProxyChoice({self.proxy or ('system' if self.is_system_used else NO_PROXY)!r})"


def parse_proxy(text: str) -> ProxyChoice:
    """Return what a person chose: nothing (the system's), "none", or http://[NAME:PASSWORD@]HOST[:PORT] (port 8080).

    Raises:
        UsageError: it is none of these (`proxy.url`); the message does not repeat it, it may hold a password.
    """
    chosen = text.strip()
    if not chosen:
        return ProxyChoice()
    if chosen.lower() == NO_PROXY:
        return ProxyChoice(is_system_used=False)
    found = _PROXY.fullmatch(chosen)
    port = int(found["port"] or _DEFAULT_PORT) if found else 0
    if found is None or not 1 <= port <= 65535:
        raise UsageError("a proxy is http://HOST:PORT, or http://NAME:PASSWORD@HOST:PORT", code="proxy.url")
    proxy = Proxy(
        host=found["six"] or found["name"],
        port=port,
        user=unquote(found["user"] or ""),
        password=unquote(found["password"] or ""),
    )
    return ProxyChoice(proxy=proxy, is_system_used=False)


def may_use_proxy(host: str) -> bool:
    """Whether a hub is somewhere a proxy can help: by name or on the Internet, not on this machine or its network."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host != "localhost"
    return not any(address in network for network in _NEAR)
