"""Channels: the table of kinds, their lanes, data types, sizes and order (PROTOCOL section 6, SPEC section 5)."""

from enum import IntEnum, StrEnum
from typing import Final

import msgspec


class Lane(IntEnum):
    """Each lane of a path is a connection of its own, so that one never waits behind another."""

    CONTROL = 1
    INTERACTIVE = 2
    BULK = 3


class ChannelKind(StrEnum):
    """What a channel is for. The value is the name in tokens, events and documents."""

    CONTROL = "control"
    EDITS = "edits"
    CURSORS = "cursors"
    CHAT = "chat"


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


KIB: Final = 1024
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
)
CHANNEL_KINDS: Final[dict[ChannelKind, ChannelRow]] = {row.kind: row for row in _ROWS}
CHANNEL_TAGS: Final[dict[int, ChannelRow]] = {row.tag: row for row in _ROWS}
DATA_TYPE_TAGS: Final[dict[int, DataType]] = {
    1: DataType.CONTROL,
    2: DataType.DOCUMENT,
    3: DataType.EDIT,
    4: DataType.CURSOR,
    5: DataType.CHAT,
}
MAX_FRAME_BYTES: Final = 64 * KIB
