"""Everything that comes from a peer: fragments joined, order restored, the gate asked, verdicts told."""

from collections import deque
from typing import Final

from horizon_desktop.domain.collaboration.channel import (
    CHANNEL_KINDS,
    CHANNEL_TAGS,
    DATA_TYPE_TAGS,
    ChannelKind,
    ChannelRow,
    Lane,
)
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.domain.instants import Now, Tick
from horizon_desktop.protocol.conduct import Conduct
from horizon_desktop.protocol.gate import Gate
from horizon_desktop.protocol.handshake import MAX_REFUSALS, Refusal
from horizon_desktop.protocol.inbox import Arrived, Inbox
from horizon_desktop.protocol.link_events import LinkEvent, MessageArrived, MessageRefused, PeerMuted
from horizon_desktop.protocol.paths import LaneEnd, Partial
from horizon_desktop.protocol.wire import Frame, FrameFlag, FrameKind

ACK_DELAY_MS: Final = 20
"""Acknowledgements are gathered this long, or until 16 are due."""
ACK_COUNT: Final = 16
MAX_REPLIES: Final = 256
"""Refusals waiting to be told on a lane; the oldest go first: the first message of the next path tells them again."""
MAX_RULE_BYTES: Final = 200
_KNOWN_FLAGS: Final = int(FrameFlag.MORE | FrameFlag.SKIP)

_GENERATION: Final = 2**48
"""Numbers told to the application carry how often the peer was new, so that a late verdict hits nothing else."""


class Inflow:
    """The inboxes of every channel, behind the gate."""

    def __init__(self, peer: DeviceKey, gate: Gate, conduct: Conduct) -> None:
        self._peer = peer
        self._gate = gate
        self._conduct = conduct
        self._generation = -1
        self.reset()

    def reset(self) -> None:
        """Forget every number: the peer is a new incarnation and counts from one."""
        self._generation += 1
        self._inboxes = {row.tag: Inbox(row) for row in CHANNEL_KINDS.values()}
        self._replies: dict[Lane, deque[Frame]] = {lane: deque(maxlen=MAX_REPLIES) for lane in Lane}
        self._ack_since: dict[int, Tick] = {}
        self._ack_count: dict[int, int] = {}
        self._ack_ready: set[int] = set()

    def expected(self, lane: Lane) -> dict[int, int]:
        """Return the next number expected on each channel of a lane, by tag."""
        return {tag: inbox.expected for tag, inbox in self._inboxes.items() if inbox.row.lane is lane}

    def kept_refusals(self, lane: Lane) -> tuple[Refusal, ...]:
        """Return the latest refusals of a lane's channels, to be told again."""
        kept = [
            Refusal(tag, seq, rule)
            for tag, inbox in self._inboxes.items()
            if inbox.row.lane is lane
            for seq, rule in inbox.refusals
        ]
        return tuple(kept[-MAX_REFUSALS:])

    def acknowledge_all(self, lane: Lane, *, now: Tick) -> None:
        """Say anew where every channel of the lane stands: what was said before may be lost with a path."""
        for tag, inbox in self._inboxes.items():
            if inbox.row.lane is lane and inbox.expected > 1:
                self._owe_ack(tag, ACK_COUNT, now=now)

    def data(self, frame: Frame, lane: Lane, end: LaneEnd, *, now: Now) -> list[LinkEvent]:
        """Take a DATA frame.

        Raises:
            RemoteProtocolError: the number is outside any honest sender's window.
        """
        row = CHANNEL_TAGS.get(frame.channel)
        if row is None:
            return self.stray(frame, lane, "channel.unknown", now=now)
        if row.lane is not lane:
            return self.stray(frame, lane, "channel.lane", now=now)
        inbox = self._inboxes[row.tag]
        if inbox.has(frame.seq):
            end.partials.pop(row.tag, None)
            self._owe_ack(row.tag, 1, now=now.tick)
            return []
        arrived = _join(frame, row, end)
        if arrived is None:
            return []
        events: list[LinkEvent] = []
        for ready in inbox.take(arrived):
            events += self._deliver(row, ready, now=now)
        return events

    def settle(self, kind: ChannelKind, seq: int, deny: Deny | None, *, now: Now) -> list[LinkEvent]:
        """Take the application's verdict on a delivered message; one on an older incarnation's changes nothing."""
        generation, seq = divmod(seq, _GENERATION)
        if generation != self._generation:
            return []
        return self._settle(CHANNEL_KINDS[kind], seq, deny, now=now)

    def _settle(self, row: ChannelRow, seq: int, deny: Deny | None, *, now: Now) -> list[LinkEvent]:
        if deny is not None:
            return self._refuse(row, seq, deny, now=now)
        if self._inboxes[row.tag].settle(seq):
            self._owe_ack(row.tag, 1, now=now.tick)
        return []

    def stray(self, frame: Frame, lane: Lane, rule: str, *, now: Now) -> list[LinkEvent]:
        """Refuse a frame that belongs to no channel: told, counted, and that is all."""
        self._reply(lane, frame.channel, frame.seq, rule)
        return self._count("unknown", frame.seq, rule, now=now)

    def next_reply(self, lane: Lane, *, now: Tick) -> Frame | None:
        """Return the next refusal or due acknowledgement of a lane. Refusals first: they must be known before."""
        if self._replies[lane]:
            return self._replies[lane].popleft()
        self.ripen(now=now)
        for tag in self._ack_ready:
            inbox = self._inboxes[tag]
            if inbox.row.lane is lane:
                self._ack_ready.remove(tag)
                return Frame(kind=FrameKind.ACK, channel=tag, seq=inbox.settled_next)
        return None

    def ripen(self, *, now: Tick) -> None:
        """Let acknowledgements whose time has come be sent with the next pull."""
        for tag, since in list(self._ack_since.items()):
            if now.since(since) >= ACK_DELAY_MS or self._ack_count[tag] >= ACK_COUNT:
                del self._ack_since[tag], self._ack_count[tag]
                self._ack_ready.add(tag)

    def deadline(self) -> Tick | None:
        """When the next acknowledgement is due."""
        due = (since.plus(ACK_DELAY_MS) for since in self._ack_since.values())
        return min(due, default=None)

    def _deliver(self, row: ChannelRow, arrived: Arrived, *, now: Now) -> list[LinkEvent]:
        if arrived.is_skip:
            return self._settle(row, arrived.seq, None, now=now)
        if arrived.deny is not None or arrived.data_type is None:
            return self._refuse(row, arrived.seq, arrived.deny or Deny("type.unknown"), now=now)
        if row.kind is not ChannelKind.CONTROL and self._conduct.is_muted(now=now.tick):
            return self._refuse(row, arrived.seq, Deny("peer.muted"), now=now)
        decision = self._gate.take(row.kind, arrived.data_type, len(arrived.body), now=now)
        if isinstance(decision, Deny):
            return self._refuse(row, arrived.seq, decision, now=now)
        return [
            MessageArrived(
                peer=self._peer,
                channel=row.kind,
                data_type=arrived.data_type,
                seq=self._generation * _GENERATION + arrived.seq,
                body=arrived.body,
            )
        ]

    def _refuse(self, row: ChannelRow, seq: int, deny: Deny, *, now: Now) -> list[LinkEvent]:
        if not self._inboxes[row.tag].settle(seq, deny):
            return []
        self._reply(row.lane, row.tag, seq, deny.rule)
        self._owe_ack(row.tag, 1, now=now.tick)
        return self._count(row.kind, seq, deny.rule, now=now)

    def _count(self, channel: str, seq: int, rule: str, *, now: Now) -> list[LinkEvent]:
        was_muted = self._conduct.is_muted(now=now.tick)
        is_muted_now = self._conduct.count_refusal(now=now.tick)
        if was_muted:
            return []
        events: list[LinkEvent] = [MessageRefused(peer=self._peer, channel=channel, rule=rule, seq=seq)]
        if is_muted_now:
            events.append(PeerMuted(peer=self._peer, rule=rule))
        return events

    def _reply(self, lane: Lane, tag: int, seq: int, rule: str) -> None:
        body = rule.encode()[:MAX_RULE_BYTES]
        self._replies[lane].append(Frame(kind=FrameKind.REFUSED, channel=tag, seq=seq, body=body))

    def _owe_ack(self, tag: int, count: int, *, now: Tick) -> None:
        self._ack_since.setdefault(tag, now)
        self._ack_count[tag] = self._ack_count.get(tag, 0) + count


def _join(frame: Frame, row: ChannelRow, end: LaneEnd) -> Arrived | None:
    """Return the message that this frame completes, or that it dooms; None while fragments are missing."""
    data_type = DATA_TYPE_TAGS.get(frame.data_type)
    if frame.flags & ~_KNOWN_FLAGS:
        return Arrived(seq=frame.seq, data_type=data_type, deny=Deny("flags.unknown"))
    if data_type is None:
        return Arrived(seq=frame.seq, data_type=None, deny=Deny("type.unknown"))
    if frame.flags & FrameFlag.SKIP:
        return Arrived(seq=frame.seq, data_type=data_type, is_skip=True)
    partial = end.partials.pop(row.tag, None)
    if not frame.flags & FrameFlag.MORE and (partial is None or partial.seq != frame.seq):
        return Arrived(seq=frame.seq, data_type=data_type, body=frame.body)
    if partial is None or partial.seq != frame.seq:
        partial = Partial(frame.seq, bytearray())
    if len(partial.body) + len(frame.body) > row.max_message_bytes:
        return Arrived(seq=frame.seq, data_type=data_type, deny=Deny("message.oversize"))
    partial.body += frame.body
    if frame.flags & FrameFlag.MORE:
        end.partials[row.tag] = partial
        return None
    return Arrived(seq=frame.seq, data_type=data_type, body=bytes(partial.body))
