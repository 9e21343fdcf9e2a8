"""Frames between hub and clients: exact bytes, strict parsing, nothing but RemoteProtocolError."""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.ids import LinkId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError
from horizon_desktop.hub.signaling import parse_hello
from horizon_desktop.protocol.hub_frames import (
    Ping,
    Pong,
    RelayedBytes,
    control_frame,
    hello_statement,
    parse_at_client,
    parse_at_hub,
    ping_frame,
    pong_frame,
    relay_frame,
)
from horizon_desktop.protocol.hub_messages import (
    MAX_RELAY_BYTES,
    Challenge,
    ClientClass,
    CloseLink,
    HostHello,
    InviteeHello,
    MailboxPost,
    MemberGone,
    Publish,
    Refused,
)

PUBLISH = Publish(1, b"l" * 16, b"n" * 16, b"sealed", 3)


def test_a_relay_frame_is_kind_link_lane_and_bytes() -> None:
    frame = relay_frame(LinkId(0x01020304), Lane.BULK, b"abc")
    assert frame == bytes.fromhex("02 01020304 03") + b"abc"
    assert parse_at_hub(frame) == parse_at_client(frame) == RelayedBytes(LinkId(0x01020304), Lane.BULK, b"abc")


def test_a_relay_frame_carries_64_kib_and_not_a_byte_more() -> None:
    whole = relay_frame(LinkId(1), Lane.CONTROL, bytes(MAX_RELAY_BYTES))
    assert len(parse_at_hub(whole).data) == MAX_RELAY_BYTES
    with pytest.raises(RemoteProtocolError):
        parse_at_hub(whole + b"x")
    with pytest.raises(LocalProtocolError):
        relay_frame(LinkId(1), Lane.CONTROL, bytes(MAX_RELAY_BYTES + 1))


def test_a_control_message_comes_back_as_it_was() -> None:
    assert parse_at_hub(control_frame(PUBLISH)) == PUBLISH
    assert parse_at_client(control_frame(Refused("host.away", 5))) == Refused("host.away", 5)


def test_a_control_message_is_an_array_with_its_tag_first() -> None:
    assert control_frame(CloseLink(7, "left")) == b"\x01" + b"\x93\x0f\x07\xa4left"


def test_probes_come_back() -> None:
    assert parse_at_hub(ping_frame(b"12345678")) == Ping(b"12345678")
    assert parse_at_client(pong_frame(b"12345678")) == Pong(b"12345678")


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\x00",
        b"\x05rest",
        b"\x02\x00\x00\x00\x01",
        b"\x02\x00\x00\x00\x00\x01x",
        b"\x02\x00\x00\x00\x01\x00x",
        b"\x02\x00\x00\x00\x01\x04x",
        b"\x03short",
        b"\x01",
        b"\x01\xc1",
        b"\x01\x93\x0f\x07\xa4left\x00",
        b"\x01" + msgspec.msgpack.encode([15, 7, "left", "more"]),
        b"\x01" + msgspec.msgpack.encode([15, "7", "left"]),
        b"\x01" + msgspec.msgpack.encode([15, 7, "Not A Rule\n"]),
        b"\x01" + msgspec.msgpack.encode([15, 2**32, "left"]),
        b"\x01" + msgspec.msgpack.encode([10, 1, b"l" * 15, b"n" * 16, b"", 1]),
        b"\x01" + msgspec.msgpack.encode([10, 1, b"l" * 16, b"n" * 16, bytes(4097), 1]),
        b"\x01" + msgspec.msgpack.encode([99]),
    ],
)
def test_a_malformed_frame_is_refused(frame: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_at_hub(frame)


def test_what_a_hub_says_is_not_taken_from_a_client_and_the_other_way_round() -> None:
    with pytest.raises(RemoteProtocolError):
        parse_at_hub(control_frame(MemberGone(1, "left")))
    with pytest.raises(RemoteProtocolError):
        parse_at_client(control_frame(MailboxPost(1, b"")))


@given(st.binary(max_size=300))
@example(b"\x01\xdd\xff\xff\xff\xff")
@example(b"\x01" + b"\x91" * 250)
@example(b"\x01\x93\x0f\x07\xa4\xff\xff\xff\xff")
def test_any_bytes_parse_or_are_refused_as_a_protocol_error(frame: bytes) -> None:
    for parse in (parse_at_hub, parse_at_client, parse_hello):
        try:
            parse(frame)
        except RemoteProtocolError:
            pass


@given(st.binary(max_size=200))
def test_any_body_of_a_control_message_parses_or_is_a_protocol_error(body: bytes) -> None:
    for parse in (parse_at_hub, parse_at_client):
        try:
            parse(b"\x01" + body)
        except RemoteProtocolError:
            pass


@given(st.data())
def test_a_message_with_bytes_changed_parses_or_is_a_protocol_error(data: st.DataObject) -> None:
    frame = bytearray(control_frame(data.draw(st.sampled_from([PUBLISH, CloseLink(7, "left")]))))
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    try:
        parse_at_hub(bytes(frame))
    except RemoteProtocolError:
        pass


def test_only_a_hello_of_at_most_4_kib_opens_a_connection() -> None:
    hello = InviteeHello(bytes(32), bytes(32), bytes(16), bytes(64))
    assert parse_hello(control_frame(hello)) == hello
    for frame in (control_frame(PUBLISH), ping_frame(bytes(8)), control_frame(hello) + bytes(4096)):
        with pytest.raises(RemoteProtocolError):
            parse_hello(frame)


def test_a_challenge_has_32_bytes_of_nonce() -> None:
    with pytest.raises(RemoteProtocolError):
        parse_at_client(control_frame(Challenge(1, bytes(31))))


def test_a_hosts_time_stands_in_its_signature() -> None:
    fields = {
        "client_class": ClientClass.HOST,
        "hub_nonce": bytes(32),
        "client_nonce": bytes(32),
        "spki_hash": bytes(32),
        "subject": bytes(32),
    }
    early, late = (hello_statement(**fields, host_time=Instant(ms)) for ms in (1, 2))
    assert early != late


def test_a_host_time_beyond_all_reason_is_refused() -> None:
    hello = HostHello(bytes(32), bytes(32), bytes(32), bytes(16), 2**62, bytes(64))
    with pytest.raises(RemoteProtocolError):
        parse_at_hub(control_frame(hello))
