"""This machine's network addresses, by psutil."""

import socket
from collections.abc import Sequence
from typing import Final

import psutil

from horizon_desktop.domain.collaboration.reach import NetworkAddress

_FAR: Final = ("203.0.113.1", 9)
"""Reserved for documentation (RFC 5737): asking for the route there sends nothing."""


def network_addresses() -> Sequence[NetworkAddress]:
    """Return every IPv4 and IPv6 address of this machine."""
    states = psutil.net_if_stats()
    primary = _primary_address()
    return [
        NetworkAddress(
            interface=interface,
            address=found.address,
            is_up=interface in states and states[interface].isup,
            is_primary=found.address == primary,
        )
        for interface, addresses in psutil.net_if_addrs().items()
        for found in addresses
        if found.family in (socket.AF_INET, socket.AF_INET6)
    ]


def _primary_address() -> str:
    """Return the address that packets to the Internet leave from, or nothing without a route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_FAR)
        except OSError:
            return ""
        address: str = probe.getsockname()[0]
        return address
