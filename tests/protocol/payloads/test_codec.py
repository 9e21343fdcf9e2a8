"""Channel messages: what goes in comes out, and nothing else gets in."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.domain.collaboration.channel import CHANNEL_KINDS, ChannelKind, DataType
from horizon_desktop.domain.collaboration.documents import Caret, SharedFile
from horizon_desktop.domain.collaboration.presence import Participant
from horizon_desktop.domain.ids import FileId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError
from horizon_desktop.protocol.payloads.chat import AskHistory, Said, Say
from horizon_desktop.protocol.payloads.codec import (
    Message,
    data_type_of,
    decode_guest,
    decode_host,
    encode,
)
from horizon_desktop.protocol.payloads.control import AskTime, Ended, Leave, Roster, Whereabouts
from horizon_desktop.protocol.payloads.cursors import MyCursor, PeerCursor
from horizon_desktop.protocol.payloads.edits import FileList, Open, Opened, Resync, Shut, Update

FILE = FileId(bytes(range(16)))
GUEST_MESSAGES: list[tuple[ChannelKind, Message]] = [
    (ChannelKind.CONTROL, Leave()),
    (ChannelKind.CONTROL, AskTime(30)),
    (ChannelKind.CONTROL, Whereabouts(b"", 0)),
    (ChannelKind.EDITS, Open(FILE, b"", b"")),
    (ChannelKind.EDITS, Shut(FILE)),
    (ChannelKind.EDITS, Update(FILE, b"e" * 16, b"\0\0")),
    (ChannelKind.CURSORS, MyCursor(FILE, Caret(1, 2), Caret())),
    (ChannelKind.CHAT, Say("hello\n😀")),
    (ChannelKind.CHAT, AskHistory(0)),
]
HOST_MESSAGES: list[tuple[ChannelKind, Message]] = [
    (ChannelKind.CONTROL, Ended("host", Instant(1_000))),
    (ChannelKind.EDITS, FileList((SharedFile(file_id=FILE, path="src/a.py", may_edit=True),))),
    (ChannelKind.EDITS, Opened(FILE, b"e" * 16, 7, 0, 1, b"\0\0", b"\0", 8)),
    (ChannelKind.EDITS, Update(FILE, b"e" * 16, b"\0\0")),
    (ChannelKind.EDITS, Resync(FILE, "edit.clock")),
    (ChannelKind.CURSORS, PeerCursor("ab", FILE, Caret(), Caret())),
    (ChannelKind.CHAT, Said(1, "ab", "kestrel", Instant(5), "hi")),
]


@pytest.mark.parametrize(("channel", "message"), GUEST_MESSAGES)
def test_what_a_guest_says_arrives_as_it_was_said(channel: ChannelKind, message: Message) -> None:
    assert decode_guest(channel, data_type_of(message), encode(message)) == message


@pytest.mark.parametrize(("channel", "message"), HOST_MESSAGES)
def test_what_the_host_says_arrives_as_it_was_said(channel: ChannelKind, message: Message) -> None:
    assert decode_host(channel, data_type_of(message), encode(message)) == message


@pytest.mark.parametrize(("channel", "message"), GUEST_MESSAGES)
@pytest.mark.parametrize("claimed", DataType)
def test_a_message_passes_under_its_own_data_type_only(
    channel: ChannelKind, message: Message, claimed: DataType
) -> None:
    body = encode(message)
    if claimed is data_type_of(message):
        assert decode_guest(channel, claimed, body) == message
    else:
        with pytest.raises(RemoteProtocolError):
            decode_guest(channel, claimed, body)


@pytest.mark.parametrize(("channel", "message"), [row for row in HOST_MESSAGES if not isinstance(row[1], Update)])
def test_a_guest_cannot_speak_as_the_host(channel: ChannelKind, message: Message) -> None:
    with pytest.raises(RemoteProtocolError):
        decode_guest(channel, data_type_of(message), encode(message))


@given(st.sampled_from(ChannelKind), st.sampled_from(DataType), st.binary(max_size=300))
def test_any_bytes_raise_only_the_peers_error(channel: ChannelKind, data_type: DataType, body: bytes) -> None:
    for decode in (decode_guest, decode_host):
        try:
            decode(channel, data_type, body)
        except RemoteProtocolError:
            continue


@given(st.sampled_from(GUEST_MESSAGES + HOST_MESSAGES), st.integers(min_value=0), st.integers(0, 255))
def test_a_changed_byte_raises_only_the_peers_error(row: tuple[ChannelKind, Message], at: int, byte: int) -> None:
    channel, message = row
    body = bytearray(encode(message))
    body[at % len(body)] = byte
    for decode in (decode_guest, decode_host):
        try:
            decode(channel, data_type_of(message), bytes(body))
        except RemoteProtocolError:
            continue


def test_deep_nesting_raises_only_the_peers_error() -> None:
    body = b"\x91" * 5_000
    with pytest.raises(RemoteProtocolError):
        decode_guest(ChannelKind.EDITS, DataType.EDIT, body)


@pytest.mark.parametrize("channel", ChannelKind)
def test_a_body_over_the_channels_limit_is_refused_unread(channel: ChannelKind) -> None:
    body = bytes(CHANNEL_KINDS[channel].max_message_bytes + 1)
    with pytest.raises(RemoteProtocolError) as refused:
        decode_guest(channel, DataType.CONTROL, body)
    assert refused.value.key == "message.oversize"


def test_an_update_over_its_limit_is_not_even_sent() -> None:
    with pytest.raises(LocalProtocolError):
        encode(Update(FILE, b"e" * 16, bytes(300 * 1024)))


def test_names_lose_what_is_hidden() -> None:
    someone = Participant(
        peer_id="ab", name="a\u202edmin\u200b", role="editor", device="x\x1b]0;", color=0, joined_at=Instant(0)
    )
    body = encode(Roster((someone,)))
    roster = decode_host(ChannelKind.CONTROL, DataType.CONTROL, body)
    assert isinstance(roster, Roster)
    assert (roster.participants[0].name, roster.participants[0].device) == ("admin", "x]0;")


@pytest.mark.parametrize(
    ("channel", "message"),
    [
        (ChannelKind.CHAT, Say("")),
        (ChannelKind.CHAT, Say("\u200b \n")),
        (ChannelKind.CHAT, Say("x" * 4001)),
        (ChannelKind.CHAT, AskHistory(-1)),
        (ChannelKind.CONTROL, AskTime(2**60)),
        (ChannelKind.EDITS, Open(FileId(b"short"), b"", b"")),
        (ChannelKind.EDITS, Open(FILE, b"e" * 100, b"")),
        (ChannelKind.EDITS, Update(FILE, b"e" * 16, bytes(256 * 1024 - 100))),
        (ChannelKind.CURSORS, MyCursor(FILE, Caret(-5, 0), Caret())),
    ],
)
def test_values_out_of_bounds_are_refused(channel: ChannelKind, message: Message) -> None:
    body = msgspec.msgpack.encode(message)
    with pytest.raises(RemoteProtocolError):
        decode_guest(channel, data_type_of(message), body)


def test_too_many_participants_are_refused() -> None:
    someone = Participant(peer_id="", name="", role="", device="", color=0, joined_at=Instant(0))
    body = msgspec.msgpack.encode(Roster((someone,) * 513))
    with pytest.raises(RemoteProtocolError):
        decode_host(ChannelKind.CONTROL, DataType.CONTROL, body)


def test_a_moment_without_a_date_is_refused() -> None:
    body = msgspec.msgpack.encode(Ended("host", Instant(10**18)))
    with pytest.raises(RemoteProtocolError):
        decode_host(ChannelKind.CONTROL, DataType.CONTROL, body)
