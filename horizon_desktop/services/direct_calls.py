"""One call for a direct connection: the guest's offer, the host's answer, and the path that comes of it."""

import asyncio
from collections.abc import Mapping
from typing import Final

import structlog

from horizon_desktop.domain.collaboration.channel import Engine, Lane
from horizon_desktop.domain.collaboration.peers import ConnectionMode
from horizon_desktop.errors import HorizonError
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.transport import DirectAttempt, DirectFactory, LaneStream
from horizon_desktop.protocol.link_effects import AnswerOffer, TakeAnswer
from horizon_desktop.protocol.signaling import CALL_ID_BYTES
from horizon_desktop.services.link_driver import LinkDriver, PathRun
from horizon_desktop.services.link_tasks import LinkTasks, bounded

OFFER_MS: Final = 4000
ATTEMPT_MS: Final = 6000
"""From the offer on its way to open lanes."""

_log = structlog.get_logger(__name__)


class DirectCaller:
    """A guest's calls of one engine, one at a time."""

    def __init__(
        self, driver: LinkDriver, engine: Engine, factory: DirectFactory, clock: Clock, entropy: Entropy
    ) -> None:
        self._driver = driver
        self._engine = engine
        self._factory = factory
        self._clock = clock
        self._entropy = entropy
        self._call = b""
        self._answer: asyncio.Future[bytes] | None = None

    def answer_came(self, answer: TakeAnswer) -> None:
        """Take the host's answer; one to a call that is over, or not ours, is dropped."""
        if self._answer is not None and answer.call == self._call and not self._answer.done():
            self._answer.set_result(answer.sdp)

    async def call(self) -> PathRun | None:
        """Offer once; return the new path, or None when none came to be in time."""
        attempt = self._factory.attempt()
        opened: list[dict[Lane, LaneStream]] = []
        try:
            await bounded(self._offer(attempt, opened), self._clock, OFFER_MS + ATTEMPT_MS)
        finally:
            _log.info(f"{_prefix(self._engine)}.{'open' if opened else 'failed'}", engine=self._engine.value)
            if not opened:
                await close_quietly(attempt)
        return start_direct(self._driver, attempt, opened[0], self._engine) if opened else None

    async def _offer(self, attempt: DirectAttempt, opened: list[dict[Lane, LaneStream]]) -> None:
        try:
            sdp = await attempt.offer()
            self._call = self._entropy.draw(CALL_ID_BYTES)
            self._answer = asyncio.get_running_loop().create_future()
            self._driver.offer(sdp, call=self._call, engine=self._engine)
            await attempt.accept(await self._answer)
            opened.append(await attempt.lanes())
        except HorizonError:
            return
        finally:
            self._answer = None


class DirectHost:
    """Answers one guest's offers, one of each engine at a time; those of an engine that we lack stay unanswered."""

    def __init__(self, factories: Mapping[Engine, DirectFactory], clock: Clock, tasks: LinkTasks) -> None:
        self._factories = factories
        self._clock = clock
        self._tasks = tasks
        self._busy: set[Engine] = set()

    def offer_came(self, driver: LinkDriver, offer: AnswerOffer) -> None:
        """Start answering, unless an attempt is under way: the guest offers again later."""
        engine = Engine(offer.engine)
        factory = self._factories.get(engine)
        if factory is not None and engine not in self._busy:
            self._busy.add(engine)
            self._tasks.start(self._answer(driver, offer, engine, factory))

    async def _answer(self, driver: LinkDriver, offer: AnswerOffer, engine: Engine, factory: DirectFactory) -> None:
        attempt = factory.attempt()
        opened: list[dict[Lane, LaneStream]] = []
        try:
            await bounded(self._open(driver, attempt, offer, opened), self._clock, OFFER_MS + ATTEMPT_MS)
        finally:
            self._busy.discard(engine)
            if not opened:
                await close_quietly(attempt)
        if opened:
            start_direct(driver, attempt, opened[0], engine)

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


def start_direct(
    driver: LinkDriver, attempt: DirectAttempt, lanes: Mapping[Lane, LaneStream], engine: Engine
) -> PathRun:
    """Hand the open lanes to the link as a new path; the connection closes with it."""

    async def close(_: str) -> None:
        await attempt.close()

    path = driver.add_path(ConnectionMode.DIRECT, close, engine=engine)
    for lane in sorted(lanes):
        path.add(lanes[lane])
    return path


async def close_quietly(attempt: DirectAttempt) -> None:
    """Close an attempt that came to nothing."""
    try:
        await attempt.close()
    except HorizonError:
        return


def _prefix(engine: Engine) -> str:
    return "direct" if engine is Engine.SESSION else "bulk"
