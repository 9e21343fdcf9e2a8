"""Watches a lease: tells each stage once, when its moment comes, and looks anew when the end moves."""

import asyncio
from collections.abc import Awaitable, Callable

from horizon_desktop.domain.collaboration.lease import Lease, LeaseStage
from horizon_desktop.ports.clock import Clock

OnStage = Callable[[LeaseStage], Awaitable[None]]


class LeaseWatch:
    """One lease of one session, on the host's or a guest's side."""

    def __init__(self, *, lease: Lease, clock: Clock, on_stage: OnStage) -> None:
        self.lease = lease
        self._clock = clock
        self._on_stage = on_stage
        self._moved = asyncio.Event()

    def move(self, lease: Lease) -> None:
        """Watch this lease from now on: the end moved."""
        self.lease = lease
        self._moved.set()

    async def run(self) -> None:
        """Tell the stages as they come; returns after OVER was told."""
        told = LeaseStage.RUNNING
        while True:
            now = self._clock.now()
            stage = self.lease.stage(now=now)
            if stage > told:
                await self._on_stage(stage)
            told = stage
            if stage >= LeaseStage.OVER:
                return
            self._moved.clear()
            await self._wait(self.lease.wait_ms(now=now))

    async def _wait(self, ms: int) -> None:
        async with asyncio.TaskGroup() as group:
            nap = group.create_task(self._clock.sleep(ms))
            moved = group.create_task(self._moved.wait())
            await asyncio.wait((nap, moved), return_when=asyncio.FIRST_COMPLETED)
            nap.cancel()
            moved.cancel()
