"""Turns channel messages into bytes and back: strict, bounded, cleaned of hidden characters (STYLE rule 7)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, get_args

import msgspec

from horizon_desktop.domain.collaboration.channel import CHANNEL_KINDS, ChannelKind, DataType
from horizon_desktop.domain.collaboration.documents import SharedFile
from horizon_desktop.domain.collaboration.presence import Participant
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.plain_text import plain_lines, plain_name
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError
from horizon_desktop.protocol.payloads.chat import MAX_CHAT_CHARACTERS, GuestChat, HostChat, Said, Say
from horizon_desktop.protocol.payloads.control import (
    AccessGiven,
    GuestControl,
    HostControl,
    Renewal,
    Welcome,
)
from horizon_desktop.protocol.payloads.cursors import MyCursor, PeerCursor
from horizon_desktop.protocol.payloads.edits import GuestEdits, HostEdits, Open, Opened, Resync, Shut, Update
from horizon_desktop.protocol.payloads.measure import BLOCK_BYTES, Block, Measure
from horizon_desktop.protocol.payloads.yjs import MAX_UPDATE_BYTES

GuestMessage = GuestControl | GuestEdits | MyCursor | GuestChat | Measure
HostMessage = HostControl | HostEdits | PeerCursor | HostChat | Measure
Message = GuestMessage | HostMessage

MAX_PIECE_BYTES: Final = 192 * 1024
"""Data of one Opened message."""
MAX_ENTRIES: Final = 512
"""Files, participants or channels in one list."""
_MAX_TEXT: Final = 200
_MAX_BYTES: Final = 64
_MAX_INTEGER: Final = 2**53 - 1
_MAX_INSTANT_MS: Final = 253_402_300_799_000
"""The last second of the year 9999: later ones have no calendar date here."""
_SPARE_BYTES: Final = 1024
"""Room in a message for everything beside its one large field."""

_CHARACTERS: Final[Mapping[tuple[type, str], int]] = MappingProxyType(
    {(Participant, "name"): 40, (Participant, "device"): 80, (Participant, "file"): 400, (Welcome, "title"): 80}
)
_BYTES: Final[Mapping[tuple[type, str], int]] = MappingProxyType(
    {
        (Update, "data"): MAX_UPDATE_BYTES - _SPARE_BYTES,
        (Opened, "data"): MAX_PIECE_BYTES,
        (Opened, "host_state_vector"): 32 * 1024,
        (Open, "state_vector"): 32 * 1024,
        (Renewal, "token"): 4096,
        (AccessGiven, "token"): 4096,
        (Block, "data"): BLOCK_BYTES,
    }
)
_NAMES_A_FILE: Final = frozenset({Open, Opened, Shut, Update, Resync, SharedFile})
"""Whose file id is one; elsewhere an empty one means no file."""
_LINES: Final = frozenset({(Say, "text"), (Said, "text")})
_PATHS: Final = frozenset({"path"})
_MAX_PATH: Final = 400

_Decoder = msgspec.msgpack.Decoder[Any]
_FROM_GUEST: Final[Mapping[ChannelKind, _Decoder]] = MappingProxyType(
    {
        ChannelKind.CONTROL: msgspec.msgpack.Decoder(GuestControl),
        ChannelKind.EDITS: msgspec.msgpack.Decoder(GuestEdits),
        ChannelKind.CURSORS: msgspec.msgpack.Decoder(MyCursor),
        ChannelKind.CHAT: msgspec.msgpack.Decoder(GuestChat),
        ChannelKind.MEASURE: msgspec.msgpack.Decoder(Measure),
    }
)
_FROM_HOST: Final[Mapping[ChannelKind, _Decoder]] = MappingProxyType(
    {
        ChannelKind.CONTROL: msgspec.msgpack.Decoder(HostControl),
        ChannelKind.EDITS: msgspec.msgpack.Decoder(HostEdits),
        ChannelKind.CURSORS: msgspec.msgpack.Decoder(PeerCursor),
        ChannelKind.CHAT: msgspec.msgpack.Decoder(HostChat),
        ChannelKind.MEASURE: msgspec.msgpack.Decoder(Measure),
    }
)
_DATA_TYPES: Final[Mapping[ChannelKind, DataType]] = MappingProxyType(
    {
        ChannelKind.CONTROL: DataType.CONTROL,
        ChannelKind.EDITS: DataType.DOCUMENT,
        ChannelKind.CURSORS: DataType.CURSOR,
        ChannelKind.CHAT: DataType.CHAT,
        ChannelKind.MEASURE: DataType.MEASURE,
    }
)
"""What the messages of a channel are; on edits, an Update alone is DataType.EDIT."""
_CHANNELS: Final[Mapping[type, ChannelKind]] = MappingProxyType(
    {
        kind: channel
        for channel, union in (
            (ChannelKind.CONTROL, GuestControl | HostControl),
            (ChannelKind.EDITS, GuestEdits | HostEdits),
            (ChannelKind.CURSORS, MyCursor | PeerCursor),
            (ChannelKind.CHAT, GuestChat | HostChat),
            (ChannelKind.MEASURE, Measure),
        )
        for kind in get_args(union)
    }
)
_encoder: Final = msgspec.msgpack.Encoder()


def channel_of(message: Message) -> ChannelKind:
    """Return the channel that a message travels on."""
    return _CHANNELS[type(message)]


def data_type_of(message: Message) -> DataType:
    """Return the data type that a message must travel as."""
    return DataType.EDIT if isinstance(message, Update) else _DATA_TYPES[channel_of(message)]


def encode(message: Message) -> bytes:
    """Return the body of a message. Raises LocalProtocolError when it is larger than its channel allows."""
    body = _encoder.encode(message)
    limit = CHANNEL_KINDS[channel_of(message)].max_message_bytes
    if len(body) > limit:
        raise LocalProtocolError(f"{type(message).__name__} of {len(body)} bytes, at most {limit}")
    return body


def decode_guest(channel: ChannelKind, data_type: DataType, body: bytes) -> GuestMessage:
    """Return what a guest says. Raises RemoteProtocolError: message.oversize, message.form or message.type."""
    message: GuestMessage = _decode(_FROM_GUEST[channel], channel, data_type, body)
    return message


def decode_host(channel: ChannelKind, data_type: DataType, body: bytes) -> HostMessage:
    """Return what the host says. Raises RemoteProtocolError: message.oversize, message.form or message.type."""
    message: HostMessage = _decode(_FROM_HOST[channel], channel, data_type, body)
    return message


def _decode(decoder: _Decoder, channel: ChannelKind, data_type: DataType, body: bytes) -> Any:
    limit = CHANNEL_KINDS[channel].max_message_bytes
    if len(body) > limit:
        raise RemoteProtocolError(f"{len(body)} bytes on {channel}, at most {limit}", code="message.oversize")
    try:
        message = decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise _malformed(f"no message of {channel}: {problem}") from problem
    if data_type_of(message) is not data_type:
        raise RemoteProtocolError(f"{type(message).__name__} sent as {data_type}", code="message.type")
    return _clean(message, type(message), "")


def _clean(value: Any, owner: type, field: str) -> Any:
    """Return a value within its limits and without hidden characters, or refuse it."""
    match value:
        case bool() | None:
            return value
        case int():
            if not 0 <= value <= _MAX_INTEGER:
                raise _malformed(f"{owner.__name__}.{field} is out of range")
            return value
        case str():
            return _clean_text(value, owner, field)
        case bytes():
            return _clean_bytes(value, owner, field)
        case Instant():
            if not 0 <= value.ms <= _MAX_INSTANT_MS:
                raise _malformed(f"{owner.__name__}.{field} is no date")
            return value
        case msgspec.Struct():
            kind = type(value)
            return kind(**{name: _clean(getattr(value, name), kind, name) for name in value.__struct_fields__})
        case tuple() | dict():
            return _clean_entries(value, owner, field)
    raise _malformed(f"{owner.__name__}.{field} holds {type(value).__name__}")


def _clean_entries(value: Any, owner: type, field: str) -> Any:
    if len(value) > MAX_ENTRIES:
        raise _malformed(f"{owner.__name__}.{field} has {len(value)} entries")
    if isinstance(value, tuple):
        return tuple(_clean(entry, owner, field) for entry in value)
    return {_clean(key, owner, field): _clean(entry, owner, field) for key, entry in value.items()}


def _clean_text(text: str, owner: type, field: str) -> str:
    if (owner, field) in _LINES:
        if len(text) > MAX_CHAT_CHARACTERS:
            raise _malformed(f"a line of {len(text)} characters")
        said = plain_lines(text, most_characters=MAX_CHAT_CHARACTERS)
        if not said.strip():
            raise _malformed("an empty line")
        return said
    most = _MAX_PATH if field in _PATHS else _CHARACTERS.get((owner, field), _MAX_TEXT)
    if len(text) > most:
        raise _malformed(f"{owner.__name__}.{field} has {len(text)} characters")
    return plain_name(text, most_characters=most)


def _clean_bytes(value: bytes, owner: type, field: str) -> bytes:
    if field == "file_id" and len(value) not in ({16} if owner in _NAMES_A_FILE else {0, 16}):
        raise _malformed(f"{owner.__name__}.file_id has {len(value)} bytes")
    most = _BYTES.get((owner, field), _MAX_BYTES)
    if len(value) > most:
        code = "edit.size" if (owner, field) == (Update, "data") else "message.form"
        raise RemoteProtocolError(f"{owner.__name__}.{field} has {len(value)} bytes, at most {most}", code=code)
    return value


def _malformed(what: str) -> RemoteProtocolError:
    return RemoteProtocolError(what, code="message.form")
