"""Channels: the table of kinds, their lanes, data types, sizes and order (PROTOCOL section 6, SPEC section 5)."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Final, Protocol, Self

import msgspec

from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import PeerId
from horizon_desktop.domain.instants import Instant, Now, Tick


class Lane(IntEnum):
    """Each lane of a path is a connection of its own, so that one never waits behind another."""

    CONTROL = 1
    INTERACTIVE = 2
    BULK = 3


class Engine(StrEnum):
    """What makes a direct connection: which lanes it carries, and how fast. The value is the name in offers."""

    SESSION = "session"
    """Control and interactive lane."""
    FAST = "fast"
    """The bulk lane alone, by QUIC."""
    PLAIN = "plain"
    """The bulk lane alone, by WebRTC: where the fast engine is missing or its path does not come to be."""


class ChannelKind(StrEnum):
    """What a channel is for. The value is the name in tokens, events and documents."""

    CONTROL = "control"
    EDITS = "edits"
    CURSORS = "cursors"
    CHAT = "chat"
    MEASURE = "measure"


class ChannelAccess(IntEnum):
    """What a guest may do on a channel; ordered, so that the lower of two is `min`."""

    CLOSED = 0
    VIEW = 1
    USE = 2


class DataType(StrEnum):
    """What one message holds. The value is the name in tokens."""

    CONTROL = "control"
    DOCUMENT = "document"
    """List and state of shared files: asking for and receiving text. Allowed to viewers."""
    EDIT = "edit"
    """A change of a text. Allowed to editors only."""
    CURSOR = "cursor"
    CHAT = "chat"
    MEASURE = "measure"
    """Blocks that measure the bulk lane: counted, hashed, kept nowhere."""


class ChannelRow(msgspec.Struct, frozen=True):
    """One row of the table of kinds."""

    tag: int
    kind: ChannelKind
    lane: Lane
    rank: int
    """Order inside a lane; lower goes first."""
    max_message_bytes: int
    """Logical size; a larger message is refused (`message.oversize`)."""
    view_types: frozenset[DataType]
    """Data types that a guest with VIEW may send."""
    use_types: frozenset[DataType]
    """Data types that a guest with USE may send."""
    window_bytes: int = 4 * 1024 * 1024
    """Of messages that the receiver has not settled: its credit, and the most that either end keeps."""


KIB: Final = 1024
BULK_WINDOW_BYTES: Final = 16 * KIB * KIB
"""100 MB/s at 80 ms of round trip are 8 MB under way; as much again for a receiver that settles in batches."""
_ROWS: Final = (
    ChannelRow(
        1,
        ChannelKind.CONTROL,
        Lane.CONTROL,
        0,
        64 * KIB,
        frozenset({DataType.CONTROL}),
        frozenset({DataType.CONTROL}),
    ),
    ChannelRow(
        2,
        ChannelKind.EDITS,
        Lane.INTERACTIVE,
        2,
        256 * KIB,
        frozenset({DataType.DOCUMENT}),
        frozenset({DataType.DOCUMENT, DataType.EDIT}),
    ),
    ChannelRow(
        3,
        ChannelKind.CURSORS,
        Lane.INTERACTIVE,
        2,
        64 * KIB,
        frozenset(),
        frozenset({DataType.CURSOR}),
    ),
    ChannelRow(
        4,
        ChannelKind.CHAT,
        Lane.INTERACTIVE,
        3,
        64 * KIB,
        frozenset(),
        frozenset({DataType.CHAT}),
    ),
    ChannelRow(
        5,
        ChannelKind.MEASURE,
        Lane.BULK,
        9,
        64 * KIB,
        frozenset(),
        frozenset({DataType.MEASURE}),
        BULK_WINDOW_BYTES,
    ),
)
CHANNEL_KINDS: Final[dict[ChannelKind, ChannelRow]] = {row.kind: row for row in _ROWS}
CHANNEL_TAGS: Final[dict[int, ChannelRow]] = {row.tag: row for row in _ROWS}
DATA_TYPE_TAGS: Final[dict[int, DataType]] = {
    1: DataType.CONTROL,
    2: DataType.DOCUMENT,
    3: DataType.EDIT,
    4: DataType.CURSOR,
    5: DataType.CHAT,
    6: DataType.MEASURE,
}
MAX_FRAME_BYTES: Final = 64 * KIB


class RateLimit(msgspec.Struct, frozen=True, kw_only=True):
    """How much one peer may send on one channel: steady rates and what may come at once."""

    messages_per_s: int
    burst_messages: int
    bytes_per_s: int
    burst_bytes: int


class RateUse(msgspec.Struct, frozen=True, kw_only=True):
    """What a peer has used of a RateLimit, as debts that drain with time."""

    message_debt_milli: int
    """Thousandths of a message."""
    byte_debt_milli: int
    """Thousandths of a byte."""
    at: Tick

    def drained(self, limit: RateLimit, *, now: Tick) -> "RateUse":
        """Return the debts left at `now`; a clock that went back drains nothing."""
        passed_ms = max(0, now.since(self.at))
        return RateUse(
            message_debt_milli=max(0, self.message_debt_milli - passed_ms * limit.messages_per_s),
            byte_debt_milli=max(0, self.byte_debt_milli - passed_ms * limit.bytes_per_s),
            at=self.at.plus(passed_ms),
        )

    def with_message(self, size_bytes: int) -> "RateUse":
        """Return the debts with one more message of this size."""
        return RateUse(
            message_debt_milli=self.message_debt_milli + 1000,
            byte_debt_milli=self.byte_debt_milli + 1000 * size_bytes,
            at=self.at,
        )

    def wait_ms(self, limit: RateLimit, size_bytes: int) -> int:
        """How long a message of this size must wait to keep within the limit; 0 when it may go."""
        messages = self.message_debt_milli + 1000 - 1000 * limit.burst_messages
        size = self.byte_debt_milli + 1000 * size_bytes - 1000 * limit.burst_bytes
        return max(
            0,
            -(-messages // max(1, limit.messages_per_s)),
            -(-size // max(1, limit.bytes_per_s)),
        )


UNUSED: Final = RateUse(message_debt_milli=0, byte_debt_milli=0, at=Tick(0))
RATES: Final[dict[ChannelKind, RateLimit]] = {
    ChannelKind.CONTROL: RateLimit(messages_per_s=20, burst_messages=60, bytes_per_s=64 * KIB, burst_bytes=256 * KIB),
    ChannelKind.EDITS: RateLimit(
        messages_per_s=1200, burst_messages=4800, bytes_per_s=2048 * KIB, burst_bytes=8192 * KIB
    ),
    ChannelKind.CURSORS: RateLimit(messages_per_s=60, burst_messages=240, bytes_per_s=64 * KIB, burst_bytes=256 * KIB),
    ChannelKind.CHAT: RateLimit(messages_per_s=5, burst_messages=30, bytes_per_s=32 * KIB, burst_bytes=256 * KIB),
    ChannelKind.MEASURE: RateLimit(
        messages_per_s=16 * KIB, burst_messages=64 * KIB, bytes_per_s=KIB**3, burst_bytes=4 * KIB**3
    ),
}
"""What a guest may send when its token says nothing narrower. Edits leave room for a resync after minutes offline.

Bulk is held back by its window and its pace; its rate is out of every line's reach.
"""


class ScopedPeer(Protocol):
    """What a scope must know of a peer."""

    @property
    def peer_id(self) -> PeerId: ...
    @property
    def is_ephemeral(self) -> bool: ...
    @property
    def epoch(self) -> int: ...
    @property
    def expires_at(self) -> Instant: ...
    @property
    def expires_by(self) -> Tick: ...


class ScopedDataChannel(msgspec.Struct, frozen=True, kw_only=True):
    """One channel as a peer may use it: its data types, size and rate. One function, asked by sender and receiver.

    Source: specification 4.2 (ScopedDataChannel); PROTOCOL section 6.
    """

    kind: ChannelKind
    access: ChannelAccess
    allowed_data_types: frozenset[DataType]
    """What the peer may send."""
    max_message_bytes: int
    rate: RateLimit
    epoch: int
    """Of the token this scope was made from; a peer whose epoch is higher has lost this scope."""
    is_ephemeral_only: bool = True
    """Only peers with a token pass: nobody else is in a session but its host, who needs no scope."""
    usage: dict[PeerId, RateUse] = {}

    def can_send(self, peer: ScopedPeer, data_type: DataType, size_bytes: int, *, now: Now) -> Decision:
        """Whether `peer` may send a message of this type and size now."""
        standing = self._standing(peer, now=now)
        if isinstance(standing, Deny):
            return standing
        if data_type not in self.allowed_data_types:
            return Deny("type.forbidden", f"{data_type} on {self.kind}")
        if size_bytes > self.max_message_bytes:
            return Deny("message.oversize", f"{size_bytes} > {self.max_message_bytes}")
        return self._rate_decision(peer.peer_id, size_bytes, now=now.tick)

    def can_receive(self, peer: ScopedPeer, data_type: DataType, size_bytes: int, *, now: Now) -> Decision:
        """Whether a message of this type and size may be sent to `peer` now."""
        standing = self._standing(peer, now=now)
        if isinstance(standing, Deny):
            return standing
        if data_type not in CHANNEL_KINDS[self.kind].use_types:
            return Deny("type.forbidden", f"{data_type} on {self.kind}")
        if size_bytes > self.max_message_bytes:
            return Deny("message.oversize", f"{size_bytes} > {self.max_message_bytes}")
        return Allow()

    def record_message(self, peer_id: PeerId, size_bytes: int, *, now: Tick) -> Self:
        """Return the channel with this message counted against the peer's rate."""
        counted = self._used(peer_id, now=now).with_message(size_bytes)
        return msgspec.structs.replace(self, usage={**self.usage, peer_id: counted})

    def _standing(self, peer: ScopedPeer, *, now: Now) -> Decision:
        if self.is_ephemeral_only and not peer.is_ephemeral:
            return Deny("peer.unknown")
        is_over = now.instant >= peer.expires_at or now.tick >= peer.expires_by
        if is_over and self.kind is not ChannelKind.CONTROL:
            return Deny("token.expired")
        if self.epoch < peer.epoch:
            return Deny("token.epoch", f"{self.epoch} < {peer.epoch}")
        if self.access == ChannelAccess.CLOSED:
            return Deny("channel.closed", self.kind)
        return Allow()

    def _rate_decision(self, peer_id: PeerId, size_bytes: int, *, now: Tick) -> Decision:
        if self._used(peer_id, now=now).wait_ms(self.rate, size_bytes) > 0:
            return Deny("rate.exceeded", self.kind)
        return Allow()

    def _used(self, peer_id: PeerId, *, now: Tick) -> RateUse:
        return self.usage.get(peer_id, UNUSED).drained(self.rate, now=now)


def scoped_channels(
    access: Mapping[ChannelKind, ChannelAccess],
    *,
    epoch: int,
    rates: Mapping[ChannelKind, RateLimit] = RATES,
) -> dict[ChannelKind, ScopedDataChannel]:
    """Return the scope of every channel: what `access` lacks is closed, what `rates` lacks has the default.

    The control channel is open to whoever may bind, past expiry too: renewal comes by it.
    """
    scopes = {}
    for kind, row in CHANNEL_KINDS.items():
        given = ChannelAccess.USE if kind is ChannelKind.CONTROL else access.get(kind, ChannelAccess.CLOSED)
        types = {
            ChannelAccess.CLOSED: frozenset[DataType](),
            ChannelAccess.VIEW: row.view_types,
            ChannelAccess.USE: row.use_types,
        }[given]
        scopes[kind] = ScopedDataChannel(
            kind=kind,
            access=given,
            allowed_data_types=types,
            max_message_bytes=row.max_message_bytes,
            rate=rates.get(kind, RATES[kind]),
            epoch=epoch,
        )
    return scopes
