"""A guest's bulk connections: dialled when either end has something to send, closed when nothing was for a while."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from horizon_desktop.domain.collaboration.channel import Engine, Lane
from horizon_desktop.domain.instants import Tick
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.transport import DirectFactory
from horizon_desktop.protocol.link_effects import TakeAnswer
from horizon_desktop.services.direct_calls import DirectCaller
from horizon_desktop.services.direct_upgrade import RETRY_MS
from horizon_desktop.services.link_driver import LinkDriver, PathRun

IDLE_MS: Final = 30_000
"""After the lane was last wanted."""
LOOK_MS: Final = 1000
ORDER: Final = (Engine.FAST, Engine.PLAIN)
"""The next engine is dialled when the one before it has failed."""


class BulkDialer:
    """Has the bulk lane open on the relay path and on one direct path, as long as it is wanted."""

    def __init__(
        self,
        driver: LinkDriver,
        engines: Mapping[Engine, DirectFactory],
        *,
        open_relay_lane: Callable[[], None],
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._driver = driver
        self._open_relay_lane = open_relay_lane
        self._clock = clock
        self._callers = {
            engine: DirectCaller(driver, engine, engines[engine], clock, entropy)
            for engine in ORDER
            if engine in engines
        }
        self._wanted_until: Tick | None = None
        self._wanted = asyncio.Event()
        self._hurried = asyncio.Event()
        self._failures = 0

    def wanted(self) -> None:
        """One of both ends has something for the lane."""
        self._wanted_until = self._clock.now().tick.plus(IDLE_MS)
        self._wanted.set()
        if self._driver.link.is_peer_relay_allowed:
            self._open_relay_lane()

    def hurry(self) -> None:
        """The network changed: what stands is of no use any more, what is being tried neither. Try anew at once."""
        self._failures = 0
        self._hurried.set()

    def answer_came(self, answer: TakeAnswer) -> None:
        """Take the host's answer to one of our calls."""
        for caller in self._callers.values():
            caller.answer_came(answer)

    async def run(self) -> None:
        """Dial whenever wanted, until cancelled."""
        while not self._driver.is_over:
            await self._wanted.wait()
            self._hurried.clear()
            async with asyncio.TaskGroup() as group:
                turn = group.create_task(self._turn())
                hurry = group.create_task(self._hurried.wait())
                await asyncio.wait((turn, hurry), return_when=asyncio.FIRST_COMPLETED)
                turn.cancel()
                hurry.cancel()

    async def _turn(self) -> None:
        """Dial and keep what comes of it, or wait before the next time."""
        path = await self._call_in_order()
        if path is not None:
            self._failures = 0
            await self._while_wanted(path)
        else:
            wait_ms = RETRY_MS[min(self._failures, len(RETRY_MS) - 1)]
            self._failures += 1
            await self._clock.sleep(wait_ms)
        if not self._is_wanted():
            self._wanted.clear()

    async def _call_in_order(self) -> PathRun | None:
        for caller in self._callers.values():
            while not self._driver.link.is_lane_sound(Lane.CONTROL):
                await self._clock.sleep(LOOK_MS)
            path = await caller.call()
            if path is not None:
                return path
        return None

    async def _while_wanted(self, path: PathRun) -> None:
        """Return when the path has ended, by itself or because it was idle."""
        try:
            while not path.is_over:
                if not self._is_wanted():
                    path.end("bulk.idle")
                await self._clock.sleep(LOOK_MS)
        finally:
            path.end("network.changed")

    def _is_wanted(self) -> bool:
        return self._wanted_until is not None and self._clock.now().tick < self._wanted_until
