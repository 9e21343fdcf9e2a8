"""Tests of the binding and the first link message."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.ids import SessionId
from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.protocol.handshake import (
    FirstMessage,
    LaneContext,
    Refusal,
    check_binding,
    decode_first,
    encode_binding,
    encode_first,
)
from tests.protocol.link_world import GUEST, HOST, SESSION

G, H = b"G" * 16, b"H" * 16
AT_GUEST = LaneContext(
    session=SESSION, peer=HOST.key, path="relay", lane=Lane.CONTROL, is_client=True, exporter=b"x" * 32
)
AT_HOST = msgspec.structs.replace(AT_GUEST, peer=GUEST.key, is_client=False)


def binding(context: LaneContext = AT_GUEST, pair: DeviceKeyPair = GUEST) -> bytes:
    return encode_binding(context, pair, incarnation=G, known_incarnation=H)


def test_a_binding_is_read_by_the_other_end_of_the_same_lane() -> None:
    read = check_binding(binding(), AT_HOST, HOST.key)
    assert (read.key, read.incarnation, read.known_incarnation) == (GUEST.key, G, H)


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("session", SessionId(b"o" * 32)),
        ("path", "direct"),
        ("lane", Lane.INTERACTIVE),
        ("is_client", True),
        ("exporter", b"y" * 32),
        ("peer", DeviceKeyPair.from_seed(b"o" * 32).key),
    ],
)
def test_a_binding_is_refused_where_anything_else_is_expected(what: str, other: object) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        check_binding(binding(), msgspec.structs.replace(AT_HOST, **{what: other}), HOST.key)
    assert refused.value.key == "binding.bad"


def test_a_binding_for_another_receiver_is_refused() -> None:
    with pytest.raises(RemoteProtocolError):
        check_binding(binding(), AT_HOST, DeviceKeyPair.from_seed(b"o" * 32).key)


def test_a_reflected_binding_is_refused() -> None:
    with pytest.raises(RemoteProtocolError):
        check_binding(binding(), AT_GUEST, GUEST.key)


def test_a_binding_signed_by_another_key_under_the_peer_s_name_is_refused() -> None:
    thief = DeviceKeyPair.from_seed(b"t" * 32)
    forged = bytearray(binding(pair=thief))
    forged[4:36] = GUEST.key
    with pytest.raises(RemoteProtocolError):
        check_binding(bytes(forged), AT_HOST, HOST.key)


def test_every_flipped_bit_is_refused() -> None:
    good = binding()
    for position in range(len(good) * 8):
        bad = bytearray(good)
        bad[position // 8] ^= 1 << position % 8
        with pytest.raises(RemoteProtocolError):
            check_binding(bytes(bad), AT_HOST, HOST.key)


def test_a_binding_of_another_version_says_so() -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        check_binding(b"\x02" + binding()[1:], AT_HOST, HOST.key)
    assert refused.value.key == "version.unknown"


def test_an_empty_incarnation_is_refused() -> None:
    empty = encode_binding(AT_GUEST, GUEST, incarnation=bytes(16), known_incarnation=H)
    with pytest.raises(RemoteProtocolError):
        check_binding(empty, AT_HOST, HOST.key)


@given(st.binary(max_size=300))
def test_any_bytes_as_binding_raise_only_a_remote_protocol_error(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        check_binding(data, AT_HOST, HOST.key)


@given(st.binary(max_size=300))
def test_any_bytes_as_first_message_raise_only_a_remote_protocol_error(data: bytes) -> None:
    try:
        decode_first(data)
    except RemoteProtocolError:
        pass


def test_the_first_message_comes_back_as_it_went() -> None:
    first = FirstMessage(G, H, 1_800_000_000_000, {1: 1, 2: 77}, (Refusal(2, 5, "rate.exceeded"),), False)
    assert decode_first(encode_first(first)) == msgspec.structs.replace(
        first, refusals=[Refusal(2, 5, "rate.exceeded")]
    )


@pytest.mark.parametrize(
    "first",
    [
        FirstMessage(b"short", H, 0, {}),
        FirstMessage(G, H, 2**60, {}),
        FirstMessage(G, H, 0, {1: 0}),
        FirstMessage(G, H, 0, {1: 2**63}),
        FirstMessage(G, H, 0, {}, tuple(Refusal(1, n, "x") for n in range(65))),
    ],
)
def test_a_first_message_out_of_bounds_is_refused(first: FirstMessage) -> None:
    with pytest.raises(RemoteProtocolError):
        decode_first(encode_first(first))
