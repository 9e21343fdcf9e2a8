"""How others reach a hub: its URL with the pin, and which of a machine's own addresses belong into a link."""

import ipaddress
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

from horizon_desktop.domain.access.invitation import MAX_HUBS, PIN_BYTES, HubAddress
from horizon_desktop.errors import UsageError

HUB_PORT: Final = 7443
_HTTPS_PORT: Final = 443
_URL: Final = re.compile(
    r"(?P<scheme>https://)?"
    r"(?:(?P<name>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)|\[(?P<six>[0-9A-Fa-f:.]{2,45})\])"
    r"(?::(?P<port>[0-9]{1,5}))?/?(?:#(?P<pin>[0-9a-fA-F]{32}))?",
    re.ASCII,
)
_LISTEN: Final = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[A-Za-z0-9.*-]{0,253})):(?P<port>[0-9]{1,5})"
)
_BRIDGES: Final = re.compile(
    r"(?:docker|podman|virbr|lxcbr|lxdbr|cni|flannel|vboxnet|vmnet|nerdctl|cilium|cali)[A-Za-z0-9_.-]*|br-[0-9a-f]{12}",
    re.ASCII,
)
"""Interfaces whose addresses nobody outside this machine can reach."""


class NetworkAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An address that this machine has."""

    interface: str
    address: str
    is_up: bool
    is_primary: bool = False
    """The way to the Internet goes through it."""


def addresses_for_links(found: Sequence[NetworkAddress], *, is_loopback_allowed: bool = False) -> tuple[str, ...]:
    """Return the addresses under which others may reach this machine, best first.

    IPv4 goes before IPv6 and the primary one first. Left out: interfaces that are down, container bridges,
    link-local, multicast and unspecified addresses, and loopback ones (but where a test allows them).
    """
    usable = {
        each.address.partition("%")[0]: each
        for each in found
        if each.is_up
        and not _BRIDGES.fullmatch(each.interface)
        and _is_reachable(each.address, is_loopback_allowed=is_loopback_allowed)
    }
    return tuple(sorted(usable, key=lambda address: _rank(usable[address])))


def hub_url(address: HubAddress) -> str:
    """Return a hub's URL; the pin of a self-signed one is the fragment, 32 hexadecimal digits."""
    return f"https://{address.authority}" + (f"/#{address.pin.hex()}" if address.pin else "")


def parse_hub_url(text: str) -> HubAddress:
    """Return the hub that a person names: https://HOST[:PORT][/][#PIN], or HOST[:PORT] (port 7443).

    Raises:
        UsageError: it is neither (`hub.url`).
    """
    found = _URL.fullmatch(text.strip())
    port = int(found["port"] or (_HTTPS_PORT if found["scheme"] else HUB_PORT)) if found else 0
    if found is None or not 1 <= port <= 65535 or (found["six"] and not _is_address(found["six"])):
        raise UsageError(f"a hub is https://HOST:PORT, with #PIN when it is self-signed: {text!r}", code="hub.url")
    return HubAddress(host=found["six"] or found["name"], port=port, pin=bytes.fromhex(found["pin"] or "")[:PIN_BYTES])


def parse_hub_urls(text: str) -> tuple[HubAddress, ...]:
    """Return the hubs that a person names, best first, with spaces or commas between.

    The same one named twice counts once; one key at several addresses is one hub with several ways to it.

    Raises:
        UsageError: there is none, or one is no hub (`hub.url`), or they are more than a link can name (`hub.count`).
    """
    hubs = tuple(dict.fromkeys(parse_hub_url(part) for part in text.replace(",", " ").split() or [""]))
    if len(hubs) > MAX_HUBS:
        raise UsageError(f"a session has at most {MAX_HUBS} hubs, not {len(hubs)}", code="hub.count", n=MAX_HUBS)
    return hubs


def parse_listen(text: str) -> tuple[str, int]:
    """Return host and port to listen on: HOST:PORT, [IPV6]:PORT, or :PORT and *:PORT for every address.

    Raises:
        UsageError: it is none of these (`hub.listen`).
    """
    found = _LISTEN.fullmatch(text.strip())
    if found is None or int(found["port"]) > 65535 or (found["six"] and not _is_address(found["six"])):
        raise UsageError(f"--listen takes HOST:PORT, [IPV6]:PORT or :PORT: {text!r}", code="hub.listen")
    host = found["six"] or found["name"] or ""
    return "" if host == "*" else host, int(found["port"])


def is_this_machine(host: str) -> bool:
    """Whether a hub's host is a loopback address: no network is between."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_every_address(host: str) -> bool:
    """Whether listening on `host` means on all addresses."""
    return host in {"", "0.0.0.0", "::"}  # noqa: S104  (compared, not bound)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_reachable(text: str, *, is_loopback_allowed: bool) -> bool:
    try:
        address = _parsed(text)
    except ValueError:
        return False
    if address.is_loopback:
        return is_loopback_allowed
    return not (address.is_link_local or address.is_multicast or address.is_unspecified)


def _rank(each: NetworkAddress) -> tuple[bool, bool, bool, str, str]:
    address = _parsed(each.address)
    return (address.is_loopback, address.version == 6, not each.is_primary, each.interface, each.address)


@lru_cache(maxsize=256)
def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return an address without its zone; asked for every address of this machine at every new session."""
    return ipaddress.ip_address(text.partition("%")[0])
