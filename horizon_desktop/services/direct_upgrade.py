"""The direct path as an upgrade: offered by the guest while the session runs by relay (PROTOCOL section 6, 3 and 5)."""

import asyncio
from typing import Final

from horizon_desktop.domain.collaboration.channel import Engine, Lane
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.transport import DirectFactory
from horizon_desktop.protocol.link_effects import TakeAnswer
from horizon_desktop.services.direct_calls import DirectCaller
from horizon_desktop.services.link_driver import LinkDriver, PathRun
from horizon_desktop.services.link_tasks import Alarm

WORTH_MS: Final = 5000
"""A path that ended sooner, or never carried, counts as a failed try."""
LOOK_MS: Final = 250
RETRY_MS: Final = (30_000, 120_000, 600_000)


class DirectGuest:
    """Offers; again after 30 s, 2 min, 10 min; at once when a path that stood is lost or the network changed."""

    def __init__(self, driver: LinkDriver, factory: DirectFactory, clock: Clock, entropy: Entropy) -> None:
        self._driver = driver
        self._clock = clock
        self._caller = DirectCaller(driver, Engine.SESSION, factory, clock, entropy)
        self._alarm = Alarm(clock)
        self._failures = 0
        self._stood = False

    def stands(self) -> None:
        """The messages moved to the direct path: when it is lost it is worth to try again at once."""
        self._stood = True

    def hurry(self) -> None:
        """Try again at once: the network changed."""
        self._failures = 0
        self._alarm.ring()

    def answer_came(self, answer: TakeAnswer) -> None:
        """Take the host's answer; one to an attempt that is over is dropped."""
        self._caller.answer_came(answer)

    async def run(self) -> None:
        """Keep trying, until cancelled."""
        await self._driver.first_up.wait()
        while not self._driver.is_over:
            while not self._driver.link.is_lane_sound(Lane.CONTROL):
                await self._clock.sleep(LOOK_MS)  # an offer would be lost, and the try with it
            path = await self._caller.call()
            if path is None or not await self._lasts(path):
                wait_ms = RETRY_MS[min(self._failures, len(RETRY_MS) - 1)]
                self._failures += 1
                await self._alarm.wait(self._clock.now().tick.plus(wait_ms))

    async def _lasts(self, path: PathRun) -> bool:
        """Return when the path has ended or the network changed; whether it was worth to try again at once."""
        since = self._clock.now().tick
        self._stood = False
        async with asyncio.TaskGroup() as group:
            over = group.create_task(path.over())
            over.add_done_callback(self._alarm.rung_by)
            await self._alarm.wait(None)
            over.cancel()
        lasted = not path.is_over or (self._stood and self._clock.now().tick.since(since) >= WORTH_MS)
        if lasted:
            self._failures = 0
        return lasted
