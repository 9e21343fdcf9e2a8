"""Looks every two seconds whether the machine's addresses are still the same, and whether it slept meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

from horizon_desktop.ports.clock import Clock

LOOK_MS: Final = 2000
SLEPT_MS: Final = 15_000
"""A look that comes so late: the machine slept, and every connection may be dead."""


class PolledNetworkWatch:
    """The NetworkWatch port by looking: the same on every system, and a look costs less than a millisecond.

    Args:
        read: Returns the addresses that others may reach this machine by, best first; called in a thread.
    """

    def __init__(self, *, clock: Clock, read: Callable[[], Sequence[str]]) -> None:
        self._clock = clock
        self._read = read

    async def changes(self) -> AsyncIterator[None]:
        last = await self._look(())
        while True:
            before = self._clock.now().tick
            await self._clock.sleep(LOOK_MS)
            has_slept = self._clock.now().tick.since(before) >= SLEPT_MS
            found = await self._look(last)
            if found and (found != last or has_slept):
                yield
            last = found

    async def _look(self, last: tuple[str, ...]) -> tuple[str, ...]:
        """Return the addresses; those of last time when the system does not tell any now."""
        try:
            return tuple(await asyncio.to_thread(self._read))
        except OSError:
            return last
