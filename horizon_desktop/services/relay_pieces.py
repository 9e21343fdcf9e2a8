"""How a relay lane cuts what it sends: on a slow line messages are short, so that an urgent one soon follows."""

from collections.abc import Awaitable, Callable
from typing import Final

from horizon_desktop.ports.clock import Clock
from horizon_desktop.protocol.line_pace import LinePace

LONGEST_BYTES: Final = 60 * 1024
"""Of one relay message; the port allows 64 KiB."""


class RelayPieces:
    """Writes bytes as relay messages, each about as long as the line takes 4 ms for.

    Args:
        write: Sends one message; returns when there is room for the next.
        clock: Measures how long that takes.
    """

    def __init__(self, write: Callable[[bytes], Awaitable[None]], *, clock: Clock) -> None:
        self._write = write
        self._clock = clock
        self._pace = LinePace(LONGEST_BYTES)

    async def put(self, data: bytes) -> None:
        """Send all of it, in order."""
        start = 0
        while start < len(data):
            piece = data[start : start + self._pace.most_bytes()]
            start += len(piece)
            began = self._clock.now().tick
            await self._write(piece)
            self._pace.took(len(piece), self._clock.now().tick.since(began))
