"""The direct path as an upgrade: offered by the guest while the session runs by relay (PROTOCOL section 6, 3 and 5)."""

import asyncio
from typing import Final

import structlog

from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.collaboration.peers import ConnectionMode
from horizon_desktop.errors import HorizonError
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.transport import DirectAttempt, DirectFactory, LaneStream
from horizon_desktop.protocol.link_effects import AnswerOffer, TakeAnswer
from horizon_desktop.protocol.signaling import CALL_ID_BYTES
from horizon_desktop.services.link_driver import LinkDriver, PathRun
from horizon_desktop.services.link_tasks import Alarm, LinkTasks, bounded

OFFER_MS: Final = 4000
ATTEMPT_MS: Final = 6000
"""From the offer on its way to open lanes."""
WORTH_MS: Final = 5000
"""A path that ended sooner, or never carried, counts as a failed try."""
LOOK_MS: Final = 250
RETRY_MS: Final = (30_000, 120_000, 600_000)

_log = structlog.get_logger(__name__)


class DirectGuest:
    """Offers; again after 30 s, 2 min, 10 min; at once when a path that stood is lost or the network changed."""

    def __init__(self, driver: LinkDriver, factory: DirectFactory, clock: Clock, entropy: Entropy) -> None:
        self._driver = driver
        self._factory = factory
        self._clock = clock
        self._entropy = entropy
        self._alarm = Alarm(clock)
        self._call = b""
        self._answer: asyncio.Future[bytes] | None = None
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
        if self._answer is not None and answer.call == self._call and not self._answer.done():
            self._answer.set_result(answer.sdp)

    async def run(self) -> None:
        """Keep trying, until cancelled."""
        await self._driver.first_up.wait()
        while not self._driver.is_over:
            while not self._driver.link.is_lane_sound(Lane.CONTROL):
                await self._clock.sleep(LOOK_MS)  # an offer would be lost, and the try with it
            path = await self._try_once()
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

    async def _try_once(self) -> PathRun | None:
        attempt = self._factory.attempt()
        opened: list[dict[Lane, LaneStream]] = []
        try:
            await bounded(self._offer(attempt, opened), self._clock, OFFER_MS + ATTEMPT_MS)
        finally:
            _log.info("direct.open" if opened else "direct.failed")
            if not opened:
                await close_quietly(attempt)
        return start_direct(self._driver, attempt, opened[0]) if opened else None

    async def _offer(self, attempt: DirectAttempt, opened: list[dict[Lane, LaneStream]]) -> None:
        try:
            sdp = await attempt.offer()
            self._call = self._entropy.draw(CALL_ID_BYTES)
            self._answer = asyncio.get_running_loop().create_future()
            self._driver.offer(sdp, call=self._call)
            await attempt.accept(await self._answer)
            opened.append(await attempt.lanes())
        except HorizonError:
            return
        finally:
            self._answer = None


class DirectHost:
    """Answers the offers of one guest, one at a time; an offer during an attempt is left unanswered."""

    def __init__(self, factory: DirectFactory, clock: Clock, tasks: LinkTasks) -> None:
        self._factory = factory
        self._clock = clock
        self._tasks = tasks
        self._is_busy = False

    def offer_came(self, driver: LinkDriver, offer: AnswerOffer) -> None:
        """Start answering, unless an attempt is under way: the guest offers again later."""
        if not self._is_busy:
            self._is_busy = True
            self._tasks.start(self._answer(driver, offer))

    async def _answer(self, driver: LinkDriver, offer: AnswerOffer) -> None:
        attempt = self._factory.attempt()
        opened: list[dict[Lane, LaneStream]] = []
        try:
            await bounded(self._open(driver, attempt, offer, opened), self._clock, OFFER_MS + ATTEMPT_MS)
        finally:
            self._is_busy = False
            if not opened:
                await close_quietly(attempt)
        if opened:
            start_direct(driver, attempt, opened[0])

    async def _open(
        self,
        driver: LinkDriver,
        attempt: DirectAttempt,
        offer: AnswerOffer,
        opened: list[dict[Lane, LaneStream]],
    ) -> None:
        try:
            sdp = await attempt.answer(offer.sdp)
            driver.answer(offer.call, sdp)
            opened.append(await attempt.lanes())
        except HorizonError:
            return


def start_direct(driver: LinkDriver, attempt: DirectAttempt, lanes: dict[Lane, LaneStream]) -> PathRun:
    """Hand the open lanes to the link as a new path; the connection closes with it."""

    async def close(_: str) -> None:
        await attempt.close()

    path = driver.add_path(ConnectionMode.DIRECT, close)
    for lane in sorted(lanes):
        path.add(lanes[lane])
    return path


async def close_quietly(attempt: DirectAttempt) -> None:
    """Close an attempt that came to nothing."""
    try:
        await attempt.close()
    except HorizonError:
        return
