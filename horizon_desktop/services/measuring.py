"""Measuring a link: runs of blocks over the bulk lane, counted and hashed at the far end and kept nowhere."""

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Final

import msgspec
import structlog

from horizon_desktop.crypto.hashing import ContentHasher, is_same
from horizon_desktop.domain.collaboration.channel import ChannelKind, DataType
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.ids import DeviceKey, peer_id_of
from horizon_desktop.domain.instants import Tick
from horizon_desktop.errors import AccessRefused, HorizonError, LinkLost, Unreachable, UsageError
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.protocol.bulk_lane import BulkReading
from horizon_desktop.protocol.payloads.codec import encode
from horizon_desktop.protocol.payloads.measure import (
    BLOCK_BYTES,
    MAX_RUN_BYTES,
    MAX_RUN_MS,
    AskRun,
    Begin,
    Block,
    Declined,
    End,
    Measure,
    Receipt,
)
from horizon_desktop.services.bulk_transfer import BulkLinks, BulkSender
from horizon_desktop.services.link_tasks import LinkTasks, bounded

RUNS_A_MINUTE: Final = 12
"""That a peer may begin or ask for, one at a time."""
PATIENCE_MS: Final = 60_000
"""What a run may take beyond its own time, while the peer is away or no path stands."""
_MINUTE_MS: Final = 60_000
_INDEX_BYTES: Final = 8
_DRAWN_BYTES: Final = 1024
_FEWEST_AHEAD: Final = 4
"""Blocks on their way at least: more as they are settled, at most what half a second brings."""
_AHEAD_MS: Final = 500
_LOOK_MS: Final = 5
_LOOK_FOR_LOSS_MS: Final = 250
_RULES: Final = frozenset({"measure.busy", "measure.often", "measure.order"})

_log = structlog.get_logger(__name__)


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one run, as its receiver saw it."""

    size_bytes: int
    took_ms: int
    is_whole: bool
    """Every block came, in order, and both ends have the same hash of them."""


_Outcome = tuple[Receipt, End | None]
"""What the receiver found, and, where that is us, what the sender said."""


class _Incoming:
    """A run that a peer sends us."""

    def __init__(self, begin: Begin, conversation: bytes, at: Tick) -> None:
        self.begin = begin
        self.conversation = conversation
        self.at = at
        self.blocks = 0
        self.size_bytes = 0
        self.hasher = ContentHasher()


class Measuring:
    """Both sides of measuring, for all peers of one session."""

    def __init__(self, links: BulkLinks, *, clock: Clock, entropy: Entropy, is_host: bool) -> None:
        self._links = links
        self._clock = clock
        self._entropy = entropy
        self._next_run = 2 if is_host else 1
        self._tasks = LinkTasks()
        self._incoming: dict[DeviceKey, _Incoming] = {}
        self._sending: set[DeviceKey] = set()
        self._begun: dict[DeviceKey, deque[Tick]] = {}
        self._waiting: dict[tuple[DeviceKey, int], asyncio.Future[_Outcome]] = {}

    async def run(self) -> None:
        """Own what was started by a peer's asking, until cancelled."""
        await self._tasks.run()

    def reading(self, peer: DeviceKey, *, is_new: bool = False) -> BulkReading | None:
        """How the bulk lane to a peer is doing; `is_new` forgets the delays seen so far."""
        return self._links.bulk_reading(peer, is_new=is_new)

    def incoming(self, peer: DeviceKey) -> int | None:
        """How many bytes of a peer's run have come so far; None: no run of it is under way."""
        run = self._incoming.get(peer)
        return None if run is None else run.size_bytes

    # --- what we want ---
    async def send_run(self, peer: DeviceKey, *, most_bytes: int, most_ms: int) -> RunResult:
        """Send blocks until so many bytes or milliseconds are over; return what the peer received.

        Raises:
            UsageError: beyond the limits of a run. AccessRefused: the peer does not take it, or our role has no
            such channel. LinkLost: the peer went and came back as another incarnation, or for good. Unreachable: it
            is still not through a minute after its time (`measure.stuck`).
        """
        return await self._bounded(self._send_run(peer, most_bytes=most_bytes, most_ms=most_ms), most_ms)

    async def ask_run(self, peer: DeviceKey, *, most_bytes: int, most_ms: int) -> RunResult:
        """Have the peer send such a run to us; return what we received. Raises as `send_run` does."""
        return await self._bounded(self._ask_run(peer, most_bytes=most_bytes, most_ms=most_ms), most_ms)

    async def _send_run(self, peer: DeviceKey, *, most_bytes: int, most_ms: int) -> RunResult:
        _check(most_bytes, most_ms)
        if peer in self._sending:
            raise AccessRefused("a run to this peer is under way", code="measure.busy")
        run = self._new_run()
        sender = self._sender(peer)
        with self._awaited(peer, run) as outcome:
            end = await self._feed(peer, sender, AskRun(run, most_bytes, most_ms), outcome)
            receipt, _ = await self._outcome(sender, outcome)
        return _result(end, receipt)

    async def _ask_run(self, peer: DeviceKey, *, most_bytes: int, most_ms: int) -> RunResult:
        _check(most_bytes, most_ms)
        run = self._new_run()
        sender = self._sender(peer)
        with self._awaited(peer, run) as outcome:
            await sender.send(encode(AskRun(run, most_bytes, most_ms)))
            receipt, end = await self._outcome(sender, outcome)
        return _result(end, receipt)

    async def _bounded(self, run: Coroutine[None, None, RunResult], most_ms: int) -> RunResult:
        found: list[RunResult | HorizonError] = []

        async def kept() -> None:
            try:
                found.append(await run)
            except HorizonError as trouble:
                found.append(trouble)

        await bounded(kept(), self._clock, most_ms + PATIENCE_MS)
        if not found:
            raise Unreachable("no path for bulk came to be", code="measure.stuck")
        if isinstance(found[0], LinkLost):
            raise LinkLost(f"a run was cut short: {found[0]}", code="measure.lost") from found[0]
        if isinstance(found[0], HorizonError):
            raise found[0]
        return found[0]

    # --- what comes ---
    def take(self, peer: DeviceKey, message: Measure) -> Deny | None:
        """Take a peer's message; return the rule it broke."""
        match message:
            case Block():
                return self._block(peer, message)
            case Begin():
                return self._begin(peer, message)
            case End():
                return self._end(peer, message)
            case AskRun():
                return self._asked(peer, message)
            case Receipt():
                self._resolve(peer, message, None)
            case Declined():
                self._declined(peer, message)
        return None

    def _begin(self, peer: DeviceKey, begin: Begin) -> Deny | None:
        known = self._incoming.get(peer)
        conversation = self._links.conversation(peer)
        is_asked = (peer, begin.run) in self._waiting
        if not 0 < begin.most_bytes <= MAX_RUN_BYTES:
            return Deny("measure.size", str(begin.most_bytes))
        is_alive = known is not None and self._clock.now().tick.since(known.at) < MAX_RUN_MS + 2 * PATIENCE_MS
        if known is not None and is_alive and known.conversation == conversation:
            self._decline(peer, begin.run, "measure.busy")
            return None
        if not is_asked and not self._may_begin(peer):
            self._decline(peer, begin.run, "measure.often")
            return None
        self._incoming[peer] = _Incoming(begin, conversation, self._clock.now().tick)
        return None

    def _block(self, peer: DeviceKey, block: Block) -> Deny | None:
        run = self._incoming.get(peer)
        if run is None or run.begin.run != block.run:
            return None  # of a run that was declined: its sender hears of it
        size_bytes = run.size_bytes + len(block.data)
        if block.index != run.blocks or size_bytes > run.begin.most_bytes:
            del self._incoming[peer]
            self._decline(peer, block.run, "measure.order")
            return None
        run.blocks += 1
        run.size_bytes = size_bytes
        run.hasher.add(block.data)
        return None

    def _end(self, peer: DeviceKey, end: End) -> Deny | None:
        run = self._incoming.get(peer)
        if run is None or run.begin.run != end.run:
            return None
        del self._incoming[peer]
        took_ms = self._clock.now().tick.since(run.at)
        digest = run.hasher.digest()
        receipt = Receipt(end.run, run.blocks, run.size_bytes, digest, took_ms)
        if not self._resolve(peer, receipt, end):
            self._tell(peer, receipt)
        return None

    def _asked(self, peer: DeviceKey, asked: AskRun) -> Deny | None:
        if not (0 < asked.most_bytes <= MAX_RUN_BYTES and 0 < asked.most_ms <= MAX_RUN_MS):
            return Deny("measure.size", f"{asked.most_bytes} bytes, {asked.most_ms} ms")
        if peer in self._sending:
            self._decline(peer, asked.run, "measure.busy")
            return None
        if not self._may_begin(peer):
            self._decline(peer, asked.run, "measure.often")
            return None
        self._tasks.start(self._answer(peer, asked))
        return None

    def _resolve(self, peer: DeviceKey, receipt: Receipt, end: End | None) -> bool:
        waiting = self._waiting.get((peer, receipt.run))
        if waiting is None or waiting.done():
            return False
        waiting.set_result((receipt, end))
        return True

    def _declined(self, peer: DeviceKey, message: Declined) -> None:
        waiting = self._waiting.get((peer, message.run))
        if waiting is not None and not waiting.done():
            rule = message.rule if message.rule in _RULES else "measure.declined"
            waiting.set_exception(AccessRefused(f"declined: {rule}", code=rule))

    # --- sending ---
    async def _answer(self, peer: DeviceKey, asked: AskRun) -> None:
        sender = self._sender(peer)
        try:
            with self._awaited(peer, asked.run) as outcome:
                await self._feed(peer, sender, asked, outcome)
        except HorizonError as trouble:
            _log.info("measure.ended", peer_id=peer_id_of(peer), code=trouble.key)

    async def _feed(
        self, peer: DeviceKey, sender: BulkSender, wish: AskRun, outcome: "asyncio.Future[_Outcome]"
    ) -> End:
        """Send a whole run; stop at the limits, and when the peer declines."""
        self._sending.add(peer)
        try:
            await sender.send(encode(Begin(wish.run, wish.most_bytes)))
            pool = b"".join(self._entropy.draw(_DRAWN_BYTES) for _ in range(BLOCK_BYTES // _DRAWN_BYTES + 1))
            _log.info("measure.began", peer_id=peer_id_of(peer), most_bytes=wish.most_bytes)
            hasher, began = ContentHasher(), self._clock.now().tick
            blocks = size_bytes = 0
            while size_bytes < wish.most_bytes and not outcome.done():
                passed_ms = self._clock.now().tick.since(began)
                if passed_ms >= wish.most_ms:
                    break
                size = min(BLOCK_BYTES, wish.most_bytes - size_bytes)
                data = (blocks.to_bytes(_INDEX_BYTES, "big") + pool[_INDEX_BYTES:BLOCK_BYTES])[:size]
                hasher.add(data)
                await sender.send(encode(Block(wish.run, blocks, data)))
                blocks, size_bytes = blocks + 1, size_bytes + size
                settled = blocks - sender.backlog
                most = max(_FEWEST_AHEAD, settled * _AHEAD_MS // max(passed_ms, _AHEAD_MS))
                await sender.settled(self._clock, most=most, look_ms=_LOOK_MS)
            end = End(wish.run, blocks, size_bytes, hasher.digest())
            await sender.send(encode(end))
            return end
        finally:
            self._sending.discard(peer)

    async def _outcome(self, sender: BulkSender, outcome: "asyncio.Future[_Outcome]") -> _Outcome:
        """Wait for the end of a run. Raises LinkLost when the peer starts anew, AccessRefused when it declines."""
        while not outcome.done():
            if sender.is_lost:
                raise LinkLost("the peer starts anew")
            await bounded(_done(outcome), self._clock, _LOOK_FOR_LOSS_MS)
        return outcome.result()

    @contextmanager
    def _awaited(self, peer: DeviceKey, run: int) -> "Iterator[asyncio.Future[_Outcome]]":
        outcome: asyncio.Future[_Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[peer, run] = outcome
        try:
            yield outcome
        finally:
            del self._waiting[peer, run]
            if outcome.done():
                outcome.exception()  # seen, whether anybody waited or not
            outcome.cancel()

    def _sender(self, peer: DeviceKey) -> BulkSender:
        return BulkSender(self._links, peer, ChannelKind.MEASURE, DataType.MEASURE)

    def _new_run(self) -> int:
        self._next_run += 2
        return self._next_run

    # --- limits ---
    def _may_begin(self, peer: DeviceKey) -> bool:
        now = self._clock.now().tick
        begun = self._begun.setdefault(peer, deque(maxlen=RUNS_A_MINUTE))
        if len(begun) == RUNS_A_MINUTE and now.since(begun[0]) < _MINUTE_MS:
            return False
        begun.append(now)
        return True

    def _decline(self, peer: DeviceKey, run: int, rule: str) -> None:
        self._tell(peer, Declined(run, rule))

    def _tell(self, peer: DeviceKey, message: Measure) -> None:
        self._tasks.start(self._say(self._sender(peer), message))

    async def _say(self, sender: BulkSender, message: Measure) -> None:
        try:
            await sender.send(encode(message))
        except HorizonError as trouble:
            _log.info("measure.untold", code=trouble.key)


def _result(end: End | None, receipt: Receipt) -> RunResult:
    sent = None if end is None else (end.blocks, end.size_bytes)
    is_whole = end is not None and sent == (receipt.blocks, receipt.size_bytes) and is_same(end.digest, receipt.digest)
    return RunResult(size_bytes=receipt.size_bytes, took_ms=receipt.took_ms, is_whole=is_whole)


def _check(most_bytes: int, most_ms: int) -> None:
    if not (0 < most_bytes <= MAX_RUN_BYTES and 0 < most_ms <= MAX_RUN_MS):
        raise UsageError(f"a run of {most_bytes} bytes, {most_ms} ms", code="measure.size")


async def _done(outcome: "asyncio.Future[_Outcome]") -> None:
    await asyncio.wait((outcome,))
