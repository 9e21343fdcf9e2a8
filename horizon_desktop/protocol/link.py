"""The link to one peer: a conversation that outlives its paths (PROTOCOL section 6)."""

from collections.abc import Callable

from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.collaboration.channel import ChannelKind, DataType, Engine, Lane
from horizon_desktop.domain.collaboration.peers import ConnectionMode, PeerScopes
from horizon_desktop.domain.decision import Decision, Deny
from horizon_desktop.domain.ids import DeviceKey, SessionId
from horizon_desktop.domain.instants import Instant, Now, Tick
from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.protocol.bulk_lane import BulkLane
from horizon_desktop.protocol.conduct import Conduct
from horizon_desktop.protocol.gate import Gate
from horizon_desktop.protocol.handshake import (
    UNKNOWN_INCARNATION,
    FirstMessage,
    LaneContext,
    check_binding,
    decode_first,
    encode_binding,
    encode_first,
)
from horizon_desktop.protocol.inflow import Inflow
from horizon_desktop.protocol.link_calls import LinkCalls
from horizon_desktop.protocol.link_effects import (
    AskAdmission,
    BulkWanted,
    ClosePath,
    LinkEffect,
    Notify,
)
from horizon_desktop.protocol.link_events import LinkUp, PeerSuspended
from horizon_desktop.protocol.outflow import Full, Outflow
from horizon_desktop.protocol.paths import MAX_PATHS, LaneEnd, LanePhase, Path, PathBoard, PathRef
from horizon_desktop.protocol.vigil import Vigil
from horizon_desktop.protocol.wire import OVERSIZE, Frame, FrameKind, encode_frame


class PeerLink:
    """Sans-IO: bytes of lanes in, effects out; `pull` gives the bytes that a lane may write next.

    The guest speaks first on every lane; the host answers only after signature and admission were checked. No
    frame but the binding is taken before it is verified. After every call: do the effects, pull every lane,
    wake at `deadline()`.
    """

    def __init__(
        self,
        *,
        session: SessionId,
        pair: DeviceKeyPair,
        peer: DeviceKey,
        is_host: bool,
        incarnation: bytes,
        is_relay_allowed: bool = True,
        now: Now,
    ) -> None:
        self.peer = peer
        self.peer_offset_ms = 0
        """Guest: the host's clock minus ours, from the last first message."""
        self.is_peer_relay_allowed = True
        """Whether the peer takes more than the control lane by relay."""
        self._session = session
        self._pair = pair
        self._is_host = is_host
        self._incarnation = incarnation
        self._peer_incarnation = UNKNOWN_INCARNATION
        self._is_relay_allowed = is_relay_allowed
        self._is_fresh = True
        self._gate = Gate(is_host=is_host)
        self._conduct = Conduct()
        self._outflow = Outflow(peer, self._gate, is_host=is_host)
        self._inflow = Inflow(peer, self._gate, self._conduct)
        self._board = PathBoard()
        self._vigil = Vigil(peer, self._board, self._outflow, is_host=is_host, now=now)
        self.bulk = BulkLane(self._board, self._inflow, self._outflow, is_host=is_host)
        self._calls = LinkCalls(session=session, pair=pair, peer=peer, board=self._board)
        self._takes: dict[int, Callable[[Path, LaneEnd, Frame, Now], list[LinkEffect]]] = {
            FrameKind.BINDING: self._take_binding,
            FrameKind.FIRST: self._take_first,
            FrameKind.DATA: self._take_data,
            FrameKind.ACK: self._take_ack,
            FrameKind.REFUSED: self._take_refused,
            FrameKind.PING: self._take_ping,
            FrameKind.PONG: self._take_pong,
            FrameKind.SIGNAL: self._take_signal,
            FrameKind.WANTED: self._take_wanted,
            FrameKind.CAME: self._take_came,
        }

    @property
    def is_up(self) -> bool:
        """Whether any lane of any path is open; one for bulk alone does not count."""
        return any(end.is_open for path in self._board if not path.ref.is_bulk for end in path.lanes.values())

    @property
    def is_suspended(self) -> bool:
        """Whether three oversize frames within a minute closed the link until `forgive`."""
        return self._conduct.is_suspended

    @property
    def conversation(self) -> bytes:
        """Both incarnations as this side knows them: what was queued in another conversation was dropped."""
        return self._incarnation + self._peer_incarnation

    def is_lane_sound(self, lane: Lane, kind: ConnectionMode | None = None) -> bool:
        """Whether a path that carries this lane, one of this kind, is not suspect: what is sent now gets there."""
        return any(not path.is_suspect and kind in (None, path.ref.kind) for path, _ in self._board.carriers(lane))

    def backlog(self, *kinds: ChannelKind) -> int:
        """How many messages are not settled by the peer."""
        return self._outflow.backlog(*kinds)

    def set_scopes(self, scopes: PeerScopes | None) -> None:
        """Take the guest's entry and scopes as they are now."""
        self._gate.set_scopes(scopes)

    def restart(self, incarnation: bytes) -> list[LinkEffect]:
        """Drop everything towards the peer and be a new incarnation for it: it resyncs when it comes back.

        For a peer that settles nothing while others wait for its queue.
        """
        self._incarnation = incarnation
        self._start_over(UNKNOWN_INCARNATION)
        return [effect for path in self._board for effect in self._close(path, "queue.stuck")]

    def forgive(self) -> None:
        """Lift a suspension or a mute."""
        self._conduct.forgive()

    # --- paths ---
    def open_lane(self, ref: PathRef, lane: Lane, *, is_client: bool, exporter: bytes, now: Now) -> list[LinkEffect]:
        """Add a lane whose encryption stands; the guest's binding is queued on it."""
        path = self._board.find(ref.id)
        if self.is_suspended or (path is None and len(self._board) >= MAX_PATHS):
            return [ClosePath(ref.id, "peer.suspended" if self.is_suspended else "paths.full")]
        if path is None:
            path = Path(ref, now=now.tick)
            self._board.add(path)
        self._vigil.moved()
        context = LaneContext(
            session=self._session,
            peer=self.peer,
            path=ref.kind.value,
            lane=lane,
            is_client=is_client,
            exporter=exporter,
        )
        end = LaneEnd(context, now=now.tick)
        path.lanes[lane] = end
        if not self._is_host:
            self._send_binding(end)
        return []

    def path_closed(self, path_id: int, *, now: Now) -> list[LinkEffect]:
        """A path has ended; what it carried unacknowledged goes by the others."""
        path = self._board.remove(path_id)
        if path is not None:
            self._vigil.path_lost(path)
        return []

    def receive(self, path_id: int, lane: Lane, data: bytes, *, now: Now) -> list[LinkEffect]:
        """Take bytes of a lane. Whatever they are, nothing is raised; a broken path is closed."""
        path, end = self._find(path_id, lane)
        if path is None or end is None:
            return []
        effects: list[LinkEffect] = []
        try:
            for frame in end.reader.feed(data):
                effects += self._take(path, end, frame, now)
                if self._board.find(path_id) is not path:
                    return effects
            if end.is_open:
                effects += self._vigil.heard(path, len(data), now=now)
        except RemoteProtocolError as exc:
            effects += self._broken(path, end, exc, now=now)
        return effects

    def admitted(self, path_id: int, lane: Lane, decision: Decision, *, now: Now) -> list[LinkEffect]:
        """Take the answer to AskAdmission: only now does the host speak."""
        path, end = self._find(path_id, lane)
        if path is None or end is None or end.phase is not LanePhase.ADMISSION:
            return []
        if isinstance(decision, Deny):
            return self._close(path, decision.rule)
        effects = self._meet(path, end, now=now)
        self._send_binding(end)
        self._send_first(end, lane, now=now)
        end.phase = LanePhase.FIRST
        return effects

    def pull(self, path_id: int, lane: Lane, *, now: Now) -> bytes | None:
        """Return the next frame that this lane should write, or None when there is nothing for it now."""
        path, end = self._find(path_id, lane)
        if path is None or end is None:
            return None
        frame = end.queue.popleft() if end.queue else self._next_frame(path, end, now)
        if frame is None:
            return None
        data = encode_frame(frame)
        self._vigil.sent.count(len(data))
        return data

    def _next_frame(self, path: Path, end: LaneEnd, now: Now) -> Frame | None:
        lane = end.context.lane
        if lane is Lane.BULK:
            return self.bulk.next_frame(path, end, now=now) if end.is_open else None
        if not any(carrier is end for _, carrier in self._board.carriers(lane)):
            return None
        return self._inflow.next_reply(lane, now=now.tick) or self._outflow.next_frame(lane, end, now=now)

    # --- messages ---
    def submit(
        self,
        kind: ChannelKind,
        data_type: DataType,
        body: bytes,
        *,
        latest_key: bytes | None = None,
        now: Now,
    ) -> int | Full | Deny:
        """Queue a message: its number, or Full (wait), or why the gate refuses it."""
        return self._outflow.submit(kind, data_type, body, latest_key=latest_key, now=now)

    def settle(self, kind: ChannelKind, seq: int, deny: Deny | None = None, *, now: Now) -> list[LinkEffect]:
        """Acknowledge or refuse a MessageArrived, once. A late verdict on an older incarnation changes nothing."""
        return [Notify(event) for event in self._inflow.settle(kind, seq, deny, now=now)]

    def offer(self, sdp: bytes, *, call: bytes, now: Now, engine: str = Engine.SESSION) -> None:
        """Send a signed offer under a fresh call id by the control lane. Raises LocalProtocolError."""
        self._calls.offer(sdp, call=call, engine=engine, host_time=self._host_time(now))

    def answer(self, call: bytes, sdp: bytes, *, now: Now) -> None:
        """Send the one signed answer to an offer. Raises LocalProtocolError for a second one."""
        self._calls.answer(call, sdp, host_time=self._host_time(now))

    # --- time ---
    def wake(self, *, now: Now) -> list[LinkEffect]:
        """Do what is due: pings, silence, slow handshakes."""
        self._inflow.ripen(now=now.tick)
        self._outflow.ripen(now=now.tick)
        return [*self._vigil.wake(now=now), *self.bulk.wake(now=now)]

    def network_changed(self, *, now: Now) -> None:
        """Our machine's network is another: doubt every path until it is heard again, and ask it at once."""
        self._vigil.doubt(now=now)

    def deadline(self) -> Tick | None:
        """When wake() and a pull of every lane are next wanted."""
        parts = (self._vigil, self._inflow, self._outflow, self.bulk)
        return min((moment for part in parts if (moment := part.deadline()) is not None), default=None)

    # --- frames ---
    def _take(self, path: Path, end: LaneEnd, frame: Frame, now: Now) -> list[LinkEffect]:
        if not end.takes(frame.kind):
            raise RemoteProtocolError(f"frame kind {frame.kind} while {end.phase.name}", code="frame.early")
        if frame.kind in self._takes:
            return self._takes[frame.kind](path, end, frame, now)
        stray = self._inflow.stray(frame, end.context.lane, "frame.unknown", now=now)
        return [Notify(event) for event in stray]

    def _take_binding(self, path: Path, end: LaneEnd, frame: Frame, now: Now) -> list[LinkEffect]:
        binding = check_binding(frame.body, end.context, self._pair.key)
        if not self._is_host and binding.known_incarnation != self._incarnation:
            raise RemoteProtocolError("the host answered another incarnation", code="binding.bad")
        others = (e.binding for e in path.lanes.values() if e.binding is not None)
        if any(other.incarnation != binding.incarnation for other in others):
            raise RemoteProtocolError("two incarnations on one path", code="binding.bad")
        end.binding = binding
        if self._is_host:
            end.phase = LanePhase.ADMISSION
            return [AskAdmission(path.ref.id, end.context.lane)]
        effects = self._meet(path, end, now=now)
        self._send_first(end, end.context.lane, now=now)
        end.phase = LanePhase.FIRST
        return effects

    def _meet(self, path: Path, end: LaneEnd, *, now: Now) -> list[LinkEffect]:
        """Let a proven incarnation in; a new one ends everything that the one before it had."""
        incarnation = end.binding.incarnation if end.binding is not None else UNKNOWN_INCARNATION
        if incarnation == self._peer_incarnation:
            return []
        self._start_over(incarnation)
        effects: list[LinkEffect] = []
        for other in self._board:
            is_older = any(e.binding is not None for e in other.lanes.values())
            if other is not path and is_older:
                effects += self._close(other, "incarnation.older")
        return effects

    def _take_first(self, path: Path, end: LaneEnd, frame: Frame, now: Now) -> list[LinkEffect]:
        first = decode_first(frame.body)
        lane = end.context.lane
        if (first.incarnation, first.known_incarnation) != (self._peer_incarnation, self._incarnation):
            raise RemoteProtocolError("first message of another incarnation", code="first.bad")
        effects: list[LinkEffect] = []
        for refusal in first.refusals:
            effects += map(Notify, self._outflow.refused(refusal.channel, refusal.seq, refusal.rule))
        self.peer_offset_ms = first.time_ms - now.instant.ms
        self.is_peer_relay_allowed = first.has_relay
        was_up = self.is_up
        end.cursors = dict(first.expected)
        end.phase = LanePhase.OPEN
        self._vigil.moved()
        self._inflow.acknowledge_all(lane, now=now.tick)
        if lane is not Lane.BULK and (self._is_fresh or not was_up):
            effects.append(Notify(LinkUp(peer=self.peer, is_new_incarnation=self._is_fresh)))
            self._is_fresh = False
        if lane is path.ref.head:
            for other in self._board.older_than(path):
                effects += self._close(other, "path.replaced")
        return effects

    def _take_data(self, path: Path, end: LaneEnd, frame: Frame, now: Now) -> list[LinkEffect]:
        lane = end.context.lane
        is_barred = not self._is_relay_allowed and path.ref.kind is ConnectionMode.RELAY
        if is_barred and lane is not Lane.CONTROL:
            raise RemoteProtocolError("this session sends nothing by relay", code="net.relay.off")
        if lane is Lane.BULK:
            self.bulk.arrived(path, end, len(frame.body), now=now.tick)
        return [Notify(event) for event in self._inflow.data(frame, lane, end, now=now)]

    def _take_ack(self, path: Path, end: LaneEnd, frame: Frame, now: Now) -> list[LinkEffect]:
        self._outflow.acknowledged(frame)
        return []

    def _take_came(self, path: Path, end: LaneEnd, frame: Frame, now: Now) -> list[LinkEffect]:
        self.bulk.came(path, frame.seq, now=now.tick)
        return []

    def _take_refused(self, path: Path, end: LaneEnd, frame: Frame, now: Now) -> list[LinkEffect]:
        rule = frame.body.decode("utf-8", "replace")
        return [Notify(event) for event in self._outflow.refused(frame.channel, frame.seq, rule)]

    def _take_ping(self, path: Path, end: LaneEnd, frame: Frame, now: Now) -> list[LinkEffect]:
        end.enqueue(Frame(kind=FrameKind.PONG, seq=frame.seq))
        return []

    def _take_pong(self, path: Path, end: LaneEnd, frame: Frame, now: Now) -> list[LinkEffect]:
        is_probe = self.bulk.pong(frame.seq, now=now.tick)
        return [] if is_probe else self._vigil.pong(path, frame.seq, now=now)

    def _take_wanted(self, path: Path, end: LaneEnd, frame: Frame, now: Now) -> list[LinkEffect]:
        return [] if self._is_host else [BulkWanted()]

    def _take_signal(self, path: Path, end: LaneEnd, frame: Frame, now: Now) -> list[LinkEffect]:
        try:
            return [self._calls.receive(frame.body, host_time=self._host_time(now))]
        except RemoteProtocolError as exc:
            return [Notify(event) for event in self._inflow.stray(frame, end.context.lane, exc.key, now=now)]

    def _send_binding(self, end: LaneEnd) -> None:
        body = encode_binding(
            end.context,
            self._pair,
            incarnation=self._incarnation,
            known_incarnation=self._peer_incarnation,
        )
        end.enqueue(Frame(kind=FrameKind.BINDING, body=body))

    def _send_first(self, end: LaneEnd, lane: Lane, *, now: Now) -> None:
        first = FirstMessage(
            incarnation=self._incarnation,
            known_incarnation=self._peer_incarnation,
            time_ms=now.instant.ms,
            expected=self._inflow.expected(lane),
            refusals=self._inflow.kept_refusals(lane),
            has_relay=self._is_relay_allowed,
        )
        end.enqueue(Frame(kind=FrameKind.FIRST, body=encode_first(first)))

    def _host_time(self, now: Now) -> Instant:
        return now.instant.plus(0 if self._is_host else self.peer_offset_ms)

    def _start_over(self, peer_incarnation: bytes) -> None:
        self._peer_incarnation = peer_incarnation
        self._outflow.reset()
        self._inflow.reset()
        self._calls.meet(self._incarnation, peer_incarnation)
        self._is_fresh = True

    def _find(self, path_id: int, lane: Lane) -> tuple[Path | None, LaneEnd | None]:
        path = self._board.find(path_id)
        return path, path.lanes.get(lane) if path is not None else None

    def _broken(self, path: Path, end: LaneEnd, exc: RemoteProtocolError, *, now: Now) -> list[LinkEffect]:
        effects = self._close(path, exc.key)
        is_proven = end.phase in (LanePhase.FIRST, LanePhase.OPEN)
        if exc.key == OVERSIZE and is_proven and self._conduct.count_oversize(now=now.tick):
            for other in self._board:
                effects += self._close(other, "peer.suspended")
            effects.append(Notify(PeerSuspended(peer=self.peer, rule=OVERSIZE)))
        return effects

    def _close(self, path: Path, reason: str) -> list[LinkEffect]:
        self._board.remove(path.ref.id)
        self._vigil.path_lost(path)
        return [ClosePath(path.ref.id, reason)]
