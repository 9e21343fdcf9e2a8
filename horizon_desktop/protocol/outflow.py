"""Everything on its way to a peer: which message the next frame of a lane carries, and what was settled."""

import re
from typing import Final

import msgspec

from horizon_desktop.domain.collaboration.channel import (
    CHANNEL_KINDS,
    CHANNEL_TAGS,
    DATA_TYPE_TAGS,
    ChannelKind,
    ChannelRow,
    DataType,
    Lane,
)
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.domain.instants import Now, Tick
from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.protocol.gate import Gate
from horizon_desktop.protocol.link_events import LinkEvent, MessageRefused
from horizon_desktop.protocol.outbox import MAX_MESSAGES, Outbox
from horizon_desktop.protocol.pace import Pace
from horizon_desktop.protocol.paths import LaneEnd, Sending
from horizon_desktop.protocol.wire import MAX_BODY_BYTES, Frame, FrameFlag, FrameKind

_TYPE_TAGS: Final[dict[DataType, int]] = {data_type: tag for tag, data_type in DATA_TYPE_TAGS.items()}
_LANE_ROWS: Final[dict[Lane, tuple[ChannelRow, ...]]] = {
    lane: tuple(row for row in CHANNEL_KINDS.values() if row.lane is lane) for lane in Lane
}


_RULE: Final = re.compile(r"[a-z][a-z0-9._-]{0,63}", re.ASCII)
"""A rule's name as a peer may tell it: it is shown and logged."""


class Full(msgspec.Struct, frozen=True):
    """The channel's queue is full: wait until the peer has settled some."""


class Outflow:
    """The outboxes of every channel and the scheduler over them: by rank, taking turns within a rank."""

    def __init__(self, peer: DeviceKey, gate: Gate, *, is_host: bool) -> None:
        self._peer = peer
        self._gate = gate
        self._pace = None if is_host else Pace(gate)
        self._turn = 0
        self.reset()

    def reset(self) -> None:
        """Drop everything: the peer is a new incarnation and counts from one."""
        self._outboxes = {row.tag: self._fresh(row) for row in CHANNEL_KINDS.values()}

    def _fresh(self, row: ChannelRow) -> Outbox:
        if self._pace is None:
            return Outbox(max_bytes=row.window_bytes)
        rate = self._gate.rate(row.kind)
        return Outbox(
            max_messages=max(1, min(MAX_MESSAGES, rate.burst_messages // 2)),
            max_bytes=max(row.max_message_bytes, min(row.window_bytes, rate.burst_bytes // 2)),
        )

    def submit(
        self,
        kind: ChannelKind,
        data_type: DataType,
        body: bytes,
        *,
        latest_key: bytes | None,
        now: Now,
    ) -> int | Full | Deny:
        """Queue a message; return its number, or Full, or why it may not be sent."""
        decision = self._gate.may_send(kind, data_type, len(body), now=now)
        if isinstance(decision, Deny):
            return decision
        seq = self._outboxes[CHANNEL_KINDS[kind].tag].put(data_type, body, latest_key=latest_key)
        return Full() if seq is None else seq

    def backlog(self, *kinds: ChannelKind) -> int:
        """Count unsettled messages with something to say, of these channels or of all."""
        tags = [CHANNEL_KINDS[kind].tag for kind in kinds] or list(self._outboxes)
        return sum(self._outboxes[tag].backlog for tag in tags)

    def unsettled_bytes(self, lane: Lane) -> int:
        """Count the bytes of a lane's messages that the peer has not settled."""
        unsettled = 0
        for row in _LANE_ROWS[lane]:
            unsettled += self._outboxes[row.tag].unsettled_bytes
        return unsettled

    def ripen(self, *, now: Tick) -> None:
        """Let channels whose wait is over be asked again with the next pull."""
        if self._pace is not None:
            self._pace.ripen(now=now)

    def deadline(self) -> Tick | None:
        """When a channel that is held back by its pace may send again."""
        return None if self._pace is None else self._pace.deadline()

    def rewind(self, end: LaneEnd, lane: Lane) -> None:
        """Let this carrier send everything that is not settled: another path went or fell silent."""
        for row in _LANE_ROWS[lane]:
            end.cursors[row.tag] = self._outboxes[row.tag].first_unacknowledged

    def next_frame(self, lane: Lane, end: LaneEnd, *, now: Now, most_bytes: int = MAX_BODY_BYTES) -> Frame | None:
        """Return the next fragment, of at most so many bytes, that this carrier of the lane sends."""
        rows = sorted(_LANE_ROWS[lane], key=lambda row: (row.rank, end.served.get(row.tag, 0)))
        for row in rows:
            sending = end.sending.get(row.tag) or self._begin(row, end, now=now.tick)
            if sending is not None:
                self._turn += 1
                end.served[row.tag] = self._turn
                return _fragment(row, end, sending, most_bytes)
        return None

    def _begin(self, row: ChannelRow, end: LaneEnd, *, now: Tick) -> Sending | None:
        outbox = self._outboxes[row.tag]
        message = outbox.at_or_after(end.cursors.get(row.tag, 1))
        if message is None:
            return None
        size = len(message.body)
        if self._pace is not None and not self._pace.may_go(row.kind, size, now=now):
            return None
        outbox.mark_sent(message.seq)
        end.cursors[row.tag] = message.seq + 1
        flags = FrameFlag.SKIP if message.is_skip else FrameFlag.NONE
        sending = Sending(message.seq, _TYPE_TAGS[message.data_type], flags, message.body)
        end.sending[row.tag] = sending
        return sending

    def acknowledged(self, frame: Frame) -> None:
        """Take an ACK frame. Raises RemoteProtocolError (`ack.bad`) for what was never sent."""
        outbox = self._outboxes.get(frame.channel)
        if outbox is None or not outbox.acknowledge(frame.seq):
            raise RemoteProtocolError("acknowledgement of what was never sent", code="ack.bad")

    def refused(self, tag: int, seq: int, rule: str) -> list[LinkEvent]:
        """Take the peer's refusal; tell it when that message was waiting for a verdict."""
        row = CHANNEL_TAGS.get(tag)
        if row is None or not self._outboxes[tag].refuse(seq):
            return []
        name = rule if _RULE.fullmatch(rule) else "refused"
        return [MessageRefused(peer=self._peer, channel=row.kind, rule=name, seq=seq, is_ours=True)]


def _fragment(row: ChannelRow, end: LaneEnd, sending: Sending, most_bytes: int) -> Frame:
    start = sending.offset
    sending.offset = min(len(sending.body), start + most_bytes)
    flags = sending.flags
    if sending.offset < len(sending.body):
        flags |= FrameFlag.MORE
    else:
        del end.sending[row.tag]
    return Frame(
        kind=FrameKind.DATA,
        channel=row.tag,
        data_type=sending.data_type,
        flags=flags,
        seq=sending.seq,
        body=sending.body[start : sending.offset],
    )
