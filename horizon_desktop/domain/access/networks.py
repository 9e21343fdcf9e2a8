"""Which networks a device offers to be reached by, as a session description (SDP) names them; never whole addresses."""

import ipaddress
from typing import Final

_CANDIDATE: Final = b"a=candidate:"
_PREFIX: Final = {4: 24, 6: 64}
"""So much of an address names the network: a home or an office, not the machine in it."""
MOST: Final = 40


def networks_of(sdp: bytes) -> frozenset[str]:
    """Return the public networks that an SDP's candidates lie in, as text like 198.51.100.0/24 (RFC 8839).

    Private and other special addresses say nothing about where a device is and are left out, and so is
    what is no address. Only the first 40 candidates are read.
    """
    lines = [line for line in sdp.splitlines() if line.startswith(_CANDIDATE)][:MOST]
    found = (_network(line.split()) for line in lines)
    return frozenset(network for network in found if network)


def _network(words: list[bytes]) -> str:
    try:
        address = ipaddress.ip_address(words[4].decode("ascii"))
    except (ValueError, IndexError):
        return ""
    if not address.is_global:
        return ""
    return str(ipaddress.ip_network(f"{address}/{_PREFIX[address.version]}", strict=False))
