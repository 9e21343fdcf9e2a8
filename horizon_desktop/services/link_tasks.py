"""Owner of a link's coroutines: they are started from plain calls and end with the run that owns them."""

import asyncio
from collections.abc import Coroutine
from typing import Final

from horizon_desktop.domain.instants import Tick
from horizon_desktop.ports.clock import Clock

MAX_WAITING: Final = 4096
"""Starts asked for before `run` gets to them; above it the caller made a mistake (QueueFull)."""


class LinkTasks:
    """Starts coroutines in the TaskGroup of `run`; those asked for before it runs wait for it."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Coroutine[None, None, None]] = asyncio.Queue(MAX_WAITING)

    def start(self, work: Coroutine[None, None, None]) -> None:
        """Have `work` run until it ends or the owner does."""
        self._waiting.put_nowait(work)

    async def run(self) -> None:
        """Own everything that is started, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    group.create_task(await self._waiting.get())
        finally:
            while not self._waiting.empty():
                self._waiting.get_nowait().close()


class Alarm:
    """A wait that can be cut short: for a deadline that may move forward."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung = asyncio.Event()
        self._until: Tick | None = None

    def ring(self) -> None:
        """End the wait, or the next one, at once."""
        self._rung.set()

    def rung_by(self, _: object) -> None:
        """Ring: as a task's done-callback."""
        self.ring()

    def move(self, until: Tick | None) -> None:
        """End the wait when it is meant to last beyond `until`."""
        if until is not None and (self._until is None or until < self._until):
            self._rung.set()

    async def wait(self, until: Tick | None) -> None:
        """Return at `until` (never, for None) or when rung."""
        self._until = until
        async with asyncio.TaskGroup() as group:
            timer = None
            if until is not None:
                wait_ms = until.since(self._clock.now().tick)
                timer = group.create_task(self._clock.sleep(max(0, wait_ms)))
                timer.add_done_callback(self.rung_by)
            await self._rung.wait()
            if timer is not None:
                timer.cancel()
        self._rung.clear()


async def bounded(work: Coroutine[None, None, None], clock: Clock, ms: int) -> bool:
    """Run `work` for at most `ms`; return whether it came to its end. It mends its own errors."""
    alarm = Alarm(clock)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        task.add_done_callback(alarm.rung_by)
        await alarm.wait(clock.now().tick.plus(ms))
        task.cancel()
    return not task.cancelled()
