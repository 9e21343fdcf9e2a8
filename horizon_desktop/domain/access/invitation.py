"""Invitations: the link, the code, the places (PROTOCOL sections 2 and 3)."""

import msgspec


class HubAddress(msgspec.Struct, frozen=True, kw_only=True):
    """One hub as a link names it."""

    host: str
    """Name or address; an IPv6 address without brackets."""
    port: int
    pin: bytes = b""
    """First 16 bytes of SHA-256 of the hub's SPKI when it is self-signed, else empty."""
