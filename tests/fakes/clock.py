"""A clock that stands still until a test moves it."""

import asyncio

from horizon_desktop.domain.instants import Instant, Now, Tick

_TURNS = 20
"""Turns of the event loop given to whoever a deadline woke, before time moves on."""


class FakeClock:
    """The Clock port with a hand on it. `advance` moves both clocks, `jump` only the wall clock."""

    def __init__(self, start: Instant) -> None:
        self._instant = start
        self._tick = Tick(1_000_000)
        self._sleepers: list[tuple[Tick, asyncio.Future[None]]] = []

    @property
    def is_awaited(self) -> bool:
        """Whether somebody sleeps by it now."""
        return bool(self._sleepers)

    def now(self) -> Now:
        return Now(self._instant, self._tick)

    async def sleep(self, ms: int) -> None:
        if ms <= 0:
            await asyncio.sleep(0)
            return
        waiter = asyncio.get_running_loop().create_future()
        sleeper = (self._tick.plus(ms), waiter)
        self._sleepers.append(sleeper)
        try:
            await waiter
        finally:
            if sleeper in self._sleepers:
                self._sleepers.remove(sleeper)

    def advance(self, *, ms: int = 0, seconds: int = 0, minutes: int = 0) -> None:
        """Move both clocks at once and wake every sleeper whose time has come."""
        self._move(ms + 1000 * seconds + 60_000 * minutes)

    def jump(self, *, ms: int = 0, seconds: int = 0, minutes: int = 0) -> None:
        """Set the wall clock forward or back; nobody wakes."""
        self._instant = self._instant.plus(ms + 1000 * seconds + 60_000 * minutes)

    async def run_for(self, *, ms: int = 0, seconds: int = 0, minutes: int = 0) -> None:
        """Move both clocks from deadline to deadline, letting the woken run in between."""
        await self.settle()
        end = self._tick.plus(ms + 1000 * seconds + 60_000 * minutes)
        while due := [at for at, _ in self._sleepers if at <= end]:
            self._move(max(0, min(due).since(self._tick)))
            await self.settle()
        self._move(end.since(self._tick))
        await self.settle()

    async def settle(self) -> None:
        """Give everybody who can run some turns, without moving time."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    def _move(self, ms: int) -> None:
        self._instant = self._instant.plus(ms)
        self._tick = self._tick.plus(ms)
        for at, waiter in list(self._sleepers):
            if at <= self._tick:
                self._sleepers.remove((at, waiter))
                if not waiter.done():
                    waiter.set_result(None)
