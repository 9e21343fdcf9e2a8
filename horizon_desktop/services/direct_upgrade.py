"""The direct path as an upgrade: offered by the guest while the session runs by relay (PROTOCOL section 6, 3 and 5)."""

import asyncio
from typing import Final

from horizon_desktop.domain.collaboration.channel import Engine, Lane
from horizon_desktop.domain.collaboration.peers import ConnectionMode
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
DOUBT_MS: Final = 1000
"""A path that is asked, and does not answer while the relay does, is in doubt."""
RETRY_MS: Final = (30_000, 120_000, 600_000)


class DirectGuest:
    """Offers; again after 30 s, 2 min, 10 min; at once on another network, or for a path that is lost or in doubt.

    A path in doubt stays while a new one is sought: it may come back, and it is dropped when the new one is trusted.
    """

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
        path: PathRun | None = None
        while not self._driver.is_over:
            while not self._driver.link.is_lane_sound(Lane.CONTROL):
                await self._clock.sleep(LOOK_MS)  # an offer would be lost, and the try with it
            if path is None or path.is_over or not self._is_carried():
                doubted = None if path is None or path.is_over else path
                path = await self._caller.call()
                if path is None and doubted is not None:
                    await self._over_or_carried(doubted)
                    path = doubted
                    continue
            if path is None or not await self._lasts(path):
                wait_ms = RETRY_MS[min(self._failures, len(RETRY_MS) - 1)]
                self._failures += 1
                await self._alarm.wait(self._clock.now().tick.plus(wait_ms))

    def _is_carried(self) -> bool:
        """Whether a direct path carries the messages and is not in doubt."""
        return self._driver.link.is_lane_sound(Lane.CONTROL, ConnectionMode.DIRECT)

    async def _lasts(self, path: PathRun) -> bool:
        """Return when the path is over or in doubt, or the network changed: whether to try again at once."""
        since = self._clock.now().tick
        self._stood = self._is_carried()
        async with asyncio.TaskGroup() as group:
            watching = [group.create_task(path.over()), group.create_task(self._doubted())]
            for task in watching:
                task.add_done_callback(self._alarm.rung_by)
            await self._alarm.wait(None)
            is_lost = any(task.done() for task in watching)
            for task in watching:
                task.remove_done_callback(self._alarm.rung_by)  # its end by us is no reason to try
                task.cancel()
        lasted = not is_lost or (self._stood and self._clock.now().tick.since(since) >= WORTH_MS)
        if lasted:
            self._failures = 0
        return lasted

    async def _doubted(self) -> None:
        """Wait until the relay is heard and the direct path, which carried, is not: its network may be another.

        One that is only being asked answers in time; one that never stood for long is not replaced in a hurry.
        """
        opened = since = self._clock.now().tick
        while self._clock.now().tick < max(since.plus(DOUBT_MS), opened.plus(WORTH_MS)):
            await self._clock.sleep(LOOK_MS)
            if not self._stood or self._is_carried() or not self._driver.link.is_lane_sound(Lane.CONTROL):
                since = self._clock.now().tick

    async def _over_or_carried(self, path: PathRun) -> None:
        """Wait for the end of a path in doubt for which no other was found, or for its return."""
        while not path.is_over and not self._is_carried():
            await self._clock.sleep(LOOK_MS)
