"""The driver of one link machine: runs its paths, does its effects, wakes it in time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from horizon_desktop.domain.collaboration.channel import CHANNEL_KINDS, ChannelKind, DataType, Engine, Lane
from horizon_desktop.domain.collaboration.peers import ConnectionMode
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.domain.instants import Tick
from horizon_desktop.errors import HorizonError, LinkLost
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.transport import LaneStream
from horizon_desktop.protocol.link import PeerLink
from horizon_desktop.protocol.link_effects import (
    AnswerOffer,
    AskAdmission,
    BulkWanted,
    ClosePath,
    LinkEffect,
    Notify,
    Redial,
    TakeAnswer,
)
from horizon_desktop.protocol.link_events import LinkEvent, LinkGivenUp, MessageArrived
from horizon_desktop.protocol.outflow import Full
from horizon_desktop.protocol.paths import PathRef
from horizon_desktop.protocol.vigil import HANDSHAKE_MS
from horizon_desktop.services.link_tasks import Alarm, LinkTasks, bounded

WRITE_BYTES: Final = 16 * 1024
"""Frames are gathered up to this size for one write: few large calls, and what is urgent waits for no more."""
CLOSE_MS: Final = 2000
ALL_MS: Final = 20
"""How often what comes by the bulk lane wakes the writers of all lanes."""
Opening = Callable[[], Awaitable[None]]
"""A lane's handshake."""


class LinkOwner(Protocol):
    """What the driver's two owners, host and guest, answer differently."""

    def admit(self, peer: DeviceKey) -> Decision: ...
    def refresh(self, link: PeerLink) -> None:
        """Give the machine the scopes as they are now."""
        ...

    def tell(self, event: LinkEvent) -> None: ...
    def new_incarnation(self) -> bytes: ...
    def redial_wanted(self) -> None: ...
    def bulk_wanted(self) -> None: ...
    def offer_came(self, driver: "LinkDriver", offer: AnswerOffer) -> None: ...
    def answer_came(self, answer: TakeAnswer) -> None: ...


class PathRun:
    """One path while it lives: its lanes' readers and writers."""

    def __init__(self, driver: "LinkDriver", ref: PathRef, close: Callable[[str], Awaitable[None]]) -> None:
        self.ref = ref
        self.reason = ""
        self._driver = driver
        self._close = close
        self._ended = asyncio.Event()
        self._tasks = LinkTasks()
        self._kicks: dict[Lane, asyncio.Event] = {}
        """Of each lane whose handshake is done."""

    @property
    def is_over(self) -> bool:
        return self._ended.is_set()

    def add(self, stream: LaneStream, opened: Opening | None = None, asked: asyncio.Event | None = None) -> None:
        """Run a lane, once `opened` (its handshake) is done.

        Args:
            asked: Set when the peer was asked for the lane: without an answer in time the path ends.
        """
        self._tasks.start(self._lane(stream, opened))
        if asked is not None:
            self._tasks.start(self._watch_lane(stream.lane, asked))

    async def over(self) -> None:
        """Return when the path has ended."""
        await self._ended.wait()

    def kick(self, lane: Lane | None = None) -> None:
        """Let the writer of a lane, or every writer, look for something to write."""
        for of, event in self._kicks.items():
            if lane in (None, of):
                event.set()

    def end(self, reason: str) -> None:
        """End the path; `run` closes it."""
        self.reason = self.reason or reason
        self._ended.set()

    async def run(self) -> None:
        """Run until the path ends; then it is closed and the machine told."""
        try:
            async with asyncio.TaskGroup() as group:
                lanes = group.create_task(self._tasks.run())
                watch = group.create_task(self._watch())
                await self._ended.wait()
                lanes.cancel()
                watch.cancel()
        finally:
            self._ended.set()
            self._driver.path_over(self)
            try:
                await asyncio.wait_for(self._close(self.reason), CLOSE_MS / 1000)
            except (HorizonError, TimeoutError):
                pass

    async def _watch(self) -> None:
        """End a path of which no lane's encryption stands in time: the machine does not know it yet."""
        await self._driver.clock.sleep(HANDSHAKE_MS)
        if not self._kicks:
            self.end("handshake.slow")

    async def _watch_lane(self, lane: Lane, asked: asyncio.Event) -> None:
        """End a path when an asked peer does not answer for a lane, unless that peer takes none by this path."""
        await asked.wait()
        await self._driver.clock.sleep(HANDSHAKE_MS)
        is_taken = self.ref.kind is not ConnectionMode.RELAY or self._driver.link.is_peer_relay_allowed
        if lane not in self._kicks and is_taken:
            self.end("handshake.slow")

    async def _lane(self, stream: LaneStream, opened: Opening | None) -> None:
        try:
            if opened is not None:
                await opened()
            kick = self._kicks[stream.lane] = asyncio.Event()
            self._driver.open_lane(self.ref, stream)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write(stream, kick))
                group.create_task(self._read(stream))
        except HorizonError as exc:
            self.end(exc.key)

    async def _read(self, stream: LaneStream) -> None:
        try:
            async for chunk in stream.chunks():
                self._driver.receive(self.ref, stream.lane, chunk)
            self.end("path.closed")
        except HorizonError as exc:
            self.end(exc.key)

    async def _write(self, stream: LaneStream, kick: asyncio.Event) -> None:
        try:
            while True:
                data = self._driver.gather(self.ref, stream.lane)
                if data:
                    await stream.send(data)
                else:
                    kick.clear()
                    await kick.wait()
        except HorizonError as exc:
            self.end(exc.key)


class LinkDriver:
    """Runs one PeerLink. Every call into the machine is plain and ends with its effects done."""

    def __init__(self, link: PeerLink, owner: LinkOwner, tasks: LinkTasks, clock: Clock) -> None:
        self.link = link
        self.first_up = asyncio.Event()
        self._owner = owner
        self._tasks = tasks
        self.clock = clock
        self._alarm = Alarm(clock)
        self._paths: dict[int, PathRun] = {}
        self._next_path = 1
        self._progress = asyncio.Event()
        self._is_over = False
        self._all_at = clock.now().tick

    @property
    def peer(self) -> DeviceKey:
        return self.link.peer

    @property
    def is_over(self) -> bool:
        return self._is_over

    async def run(self) -> None:
        """Wake the machine whenever it wants to be, until the link is over."""
        while not self._is_over:
            now = self.clock.now()
            deadline = self.link.deadline()
            if deadline is not None and deadline <= now.tick:
                self.do(self.link.wake(now=now))
                deadline = self.link.deadline()
            if deadline is None or deadline > now.tick:
                await self._alarm.wait(deadline)
            else:
                await self._alarm.wait(now.tick.plus(1))

    # --- paths ---

    def add_path(
        self,
        kind: ConnectionMode,
        close: Callable[[str], Awaitable[None]],
        *,
        engine: Engine = Engine.SESSION,
    ) -> PathRun:
        """Start a new path; its lanes are added to what is returned. `close` ends what is below it."""
        path = PathRun(self, PathRef(self._next_path, kind, engine), close)
        self._next_path += 1
        self._paths[path.ref.id] = path
        if self._is_over:
            path.end("link.over")
        self._tasks.start(path.run())
        return path

    def has_path(self, kind: ConnectionMode) -> bool:
        """Whether a path of this kind lives, open or opening."""
        return any(path.ref.kind is kind and not path.is_over for path in self._paths.values())

    @property
    def has_bulk_path(self) -> bool:
        """Whether a path that carries bulk alone lives."""
        return any(path.ref.is_bulk and not path.is_over for path in self._paths.values())

    def open_lane(self, ref: PathRef, stream: LaneStream) -> None:
        effects = self.link.open_lane(
            ref,
            stream.lane,
            is_client=stream.is_client,
            exporter=stream.exporter(),
            now=self.clock.now(),
        )
        self.do(effects)

    def receive(self, ref: PathRef, lane: Lane, chunk: bytes) -> None:
        self._owner.refresh(self.link)
        effects = self.link.receive(ref.id, lane, chunk, now=self.clock.now())
        self.do(effects, lane if all(map(_is_arrival, effects)) else None)

    def gather(self, ref: PathRef, lane: Lane) -> bytes:
        """Return what a lane should write now; empty when there is nothing."""
        frames: list[bytes] = []
        size = 0
        now = self.clock.now()
        while size < WRITE_BYTES and (frame := self.link.pull(ref.id, lane, now=now)) is not None:
            frames.append(frame)
            size += len(frame)
        if frames:
            self._alarm.move(self.link.deadline())
        return frames[0] if len(frames) == 1 else b"".join(frames)

    def path_over(self, path: PathRun) -> None:
        if self._paths.pop(path.ref.id, None) is not None:
            self.do(self.link.path_closed(path.ref.id, now=self.clock.now()))

    def finish(self, reason: str) -> None:
        """End every path and the driver; whoever waits in `send` is told."""
        self._is_over = True
        for path in list(self._paths.values()):
            path.end(reason)
        self._progress.set()
        self._alarm.ring()

    # --- messages ---

    async def send(
        self,
        kind: ChannelKind,
        data_type: DataType,
        body: bytes,
        *,
        latest_key: bytes | None,
        patience_ms: int | None = None,
        conversation: bytes | None = None,
    ) -> Decision:
        """Queue a message, waiting while the queue is full, at most `patience_ms`.

        Raises LinkLost when the link is over, or `conversation` is, or patience is: then the link starts over as a
        new incarnation.
        """
        until = None if patience_ms is None else self.clock.now().tick.plus(patience_ms)
        while True:
            if self._is_over or conversation not in (None, self.link.conversation):
                raise LinkLost("the link is over")
            self._owner.refresh(self.link)
            now = self.clock.now()
            answer = self.link.submit(kind, data_type, body, latest_key=latest_key, now=now)
            if isinstance(answer, Deny):
                return answer
            if not isinstance(answer, Full):
                self._after(CHANNEL_KINDS[kind].lane)
                return Allow()
            if until is not None and now.tick >= until:
                self.do(self.link.restart(self._owner.new_incarnation()))
                raise LinkLost("the peer settles nothing")
            await self._wait_for_progress(until)

    async def _wait_for_progress(self, until: Tick | None) -> None:
        self._progress.clear()
        if until is None:
            await self._progress.wait()
        else:
            await bounded(self._progressed(), self.clock, until.since(self.clock.now().tick))

    async def _progressed(self) -> None:
        await self._progress.wait()

    def settle(self, kind: ChannelKind, seq: int, deny: Deny | None) -> None:
        effects = self.link.settle(kind, seq, deny, now=self.clock.now())
        self.do(effects, CHANNEL_KINDS[kind].lane if deny is None else None)

    def network_changed(self) -> None:
        """Doubt every path: the network is another."""
        self.link.network_changed(now=self.clock.now())
        self._after()
        self._alarm.ring()

    def offer(self, sdp: bytes, *, call: bytes, engine: Engine) -> None:
        """Send a signed offer by the control lane."""
        self.link.offer(sdp, call=call, engine=engine, now=self.clock.now())
        self._after()

    def answer(self, call: bytes, sdp: bytes) -> None:
        """Send the one signed answer to an offer."""
        self.link.answer(call, sdp, now=self.clock.now())
        self._after()

    async def flush(self, ms: int) -> None:
        """Wait until the peer has settled everything, the link is over, or `ms` have passed."""
        await bounded(self._flushed(), self.clock, ms)

    async def _flushed(self) -> None:
        while self.link.backlog() and not self._is_over:
            self._progress.clear()
            await self._progress.wait()

    # --- effects ---

    def do(self, effects: list[LinkEffect], lane: Lane | None = None) -> None:
        """Do what the machine wants, and let lanes and alarm follow.

        Args:
            lane: The one that alone may have something to write now; None: any may.
        """
        for effect in effects:
            match effect:
                case Notify(event):
                    self._tell(event)
                case ClosePath(path_id, reason):
                    self._end_path(path_id, reason)
                case AskAdmission(path_id, lane):
                    verdict = self._owner.admit(self.peer)
                    now = self.clock.now()
                    self.do(self.link.admitted(path_id, lane, verdict, now=now))
                case Redial():
                    self._owner.redial_wanted()
                case BulkWanted():
                    self._owner.bulk_wanted()
                case AnswerOffer():
                    self._owner.offer_came(self, effect)
                case TakeAnswer():
                    self._owner.answer_came(effect)
        self._after(lane)

    def _tell(self, event: LinkEvent) -> None:
        if self.link.is_up:
            self.first_up.set()
        self._owner.tell(event)
        if isinstance(event, LinkGivenUp):
            self._progress.set()

    def _end_path(self, path_id: int, reason: str) -> None:
        path = self._paths.pop(path_id, None)
        if path is not None:
            path.end(reason)

    def _after(self, lane: Lane | None = None) -> None:
        """Let those follow who wait: of bulk, which comes a thousand times a second, the writers of its lane alone.

        What else it moved (a path that was heard again carries more) all writers see with the next event after ALL_MS.
        """
        self._progress.set()
        now = self.clock.now().tick
        if lane is not Lane.BULK or now >= self._all_at:
            lane, self._all_at = None, now.plus(ALL_MS)
        for path in self._paths.values():
            path.kick(lane)
        self._alarm.move(self.link.deadline())


def _is_arrival(effect: LinkEffect) -> bool:
    return isinstance(effect, Notify) and isinstance(effect.event, MessageArrived)
