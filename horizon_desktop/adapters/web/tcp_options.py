"""What hubs and their clients ask of TCP: no waiting for more, no long queues in the kernel, death noticed in time."""

import asyncio
import socket
from typing import Final

USER_TIMEOUT_MS: Final = 20_000
"""Unacknowledged for so long, a connection is dead (RFC 5482)."""
UNSENT_BYTES: Final = 16 * 1024
"""Kept in the kernel beyond what is on its way: more would only make urgent lanes wait."""
WAITING_BYTES: Final = 8 * 1024
"""Kept in front of the kernel, encrypted already; the event loop's own limit for TLS is 512 KiB."""
_MOST_NAME_BYTES: Final = 16
"""Of a congestion control's name (TCP_CA_NAME_MAX)."""


def tune(opened: socket.socket) -> None:
    """Set what this system has of TCP_NODELAY, TCP_USER_TIMEOUT and TCP_NOTSENT_LOWAT. Raises OSError."""
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for name, value in (("TCP_USER_TIMEOUT", USER_TIMEOUT_MS), ("TCP_NOTSENT_LOWAT", UNSENT_BYTES)):
        if hasattr(socket, name):
            opened.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def keep_little(transport: asyncio.BaseTransport | None) -> None:
    """Let a connection take little more than the kernel does: what waits above it can still be put in another order."""
    if transport is not None and hasattr(transport, "set_write_buffer_limits"):  # uvloop's have another base class
        transport.set_write_buffer_limits(high=WAITING_BYTES, low=WAITING_BYTES // 4)


def choose_congestion(opened: socket.socket, wanted: str) -> str:
    """Take a congestion control where the kernel has it and allows it; return the one in force, empty if unknown.

    Args:
        opened: A listening socket hands its own on to what it accepts.
        wanted: bbr, cubic, ...; empty: the system's stays.
    """
    if not hasattr(socket, "TCP_CONGESTION"):
        return ""
    if wanted:
        try:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, wanted.encode("ascii", "replace"))
        except OSError:
            pass  # this kernel has none, or does not allow it
    try:
        name = opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, _MOST_NAME_BYTES)
    except OSError:
        return ""
    return name.partition(b"\0")[0].decode("ascii", "replace")
