"""Tests of signed offers and answers."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.crypto.signing import statement
from horizon_desktop.domain.collaboration.channel import Engine
from horizon_desktop.domain.ids import SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError
from horizon_desktop.protocol.signaling import AnswerTaken, CallBook, CallParty, OfferTaken
from tests.protocol.link_world import GUEST, HOST, SESSION, START

G, H = b"G" * 16, b"H" * 16
AT_GUEST = CallParty(session=SESSION, peer=HOST.key, incarnation=G, peer_incarnation=H)
AT_HOST = CallParty(session=SESSION, peer=GUEST.key, incarnation=H, peer_incarnation=G)
CALL = b"c" * 16


def offer(book: CallBook | None = None, call: bytes = CALL, at: Instant = START) -> bytes:
    return (book or CallBook(GUEST)).offer(AT_GUEST, b"sdp of guest", call=call, host_time=at)


def refused(envelope: bytes, party: CallParty = AT_HOST, at: Instant = START, pair: DeviceKeyPair = HOST) -> str:
    with pytest.raises(RemoteProtocolError) as why:
        CallBook(pair).receive(envelope, party, host_time=at)
    return why.value.key


def test_an_offer_and_its_answer_are_taken_byte_for_byte() -> None:
    guest, host = CallBook(GUEST), CallBook(HOST)
    assert host.receive(offer(guest), AT_HOST, host_time=START) == OfferTaken(CALL, b"sdp of guest", "session")
    answer = host.answer(AT_HOST, b"sdp of host", call=CALL, host_time=START)
    assert guest.receive(answer, AT_GUEST, host_time=START) == AnswerTaken(CALL, b"sdp of host")


def test_a_call_is_answered_once() -> None:
    guest, host = CallBook(GUEST), CallBook(HOST)
    host.receive(offer(guest), AT_HOST, host_time=START)
    answer = host.answer(AT_HOST, b"sdp", call=CALL, host_time=START)
    with pytest.raises(LocalProtocolError):
        host.answer(AT_HOST, b"sdp", call=CALL, host_time=START)
    guest.receive(answer, AT_GUEST, host_time=START)
    with pytest.raises(RemoteProtocolError):
        guest.receive(answer, AT_GUEST, host_time=START)


def test_an_offer_is_taken_once() -> None:
    host = CallBook(HOST)
    envelope = offer()
    host.receive(envelope, AT_HOST, host_time=START)
    with pytest.raises(RemoteProtocolError) as why:
        host.receive(envelope, AT_HOST, host_time=START)
    assert why.value.key == "signal.replay"


@pytest.mark.parametrize("off_ms", [-60_001, 60_001])
def test_an_offer_over_60_s_off_the_host_s_clock_is_refused(off_ms: int) -> None:
    assert refused(offer(at=START.plus(off_ms))) == "signal.stale"


@pytest.mark.parametrize("off_ms", [-60_000, 60_000])
def test_an_offer_60_s_off_is_taken(off_ms: int) -> None:
    assert isinstance(CallBook(HOST).receive(offer(at=START.plus(off_ms)), AT_HOST, host_time=START), OfferTaken)


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("session", SessionId(b"o" * 32)),
        ("peer", DeviceKeyPair.from_seed(b"o" * 32).key),
        ("incarnation", b"o" * 16),
        ("peer_incarnation", b"o" * 16),
    ],
)
def test_an_offer_for_another_link_is_refused(what: str, other: object) -> None:
    assert refused(offer(), msgspec.structs.replace(AT_HOST, **{what: other})) == "signal.bad"


def test_an_offer_for_another_receiver_is_refused() -> None:
    assert refused(offer(), pair=DeviceKeyPair.from_seed(b"o" * 32)) == "signal.bad"


def test_an_offer_reflected_to_its_sender_is_refused() -> None:
    assert refused(offer(), AT_GUEST, pair=GUEST) == "signal.bad"


def test_an_answer_to_another_offer_is_refused() -> None:
    guest, host = CallBook(GUEST), CallBook(HOST)
    offer(guest)
    other = CallBook(GUEST)
    host.receive(offer(other, at=START.plus(1)), AT_HOST, host_time=START)
    answer = host.answer(AT_HOST, b"sdp", call=CALL, host_time=START)
    with pytest.raises(RemoteProtocolError):
        guest.receive(answer, AT_GUEST, host_time=START)


def test_every_flipped_bit_of_an_offer_is_refused() -> None:
    good = offer()
    for position in range(0, len(good) * 8, 3):
        bad = bytearray(good)
        bad[position // 8] ^= 1 << position % 8
        refused(bytes(bad))


def test_the_129th_offer_of_a_minute_is_refused() -> None:
    host = CallBook(HOST)
    for number in range(128):
        host.receive(offer(call=number.to_bytes(16, "big")), AT_HOST, host_time=START)
    with pytest.raises(RemoteProtocolError) as why:
        host.receive(offer(call=b"l" * 16), AT_HOST, host_time=START)
    assert why.value.key == "signal.rate"


@given(st.binary(max_size=400))
def test_any_signed_bytes_raise_only_a_remote_protocol_error(body: bytes) -> None:
    refused(GUEST.sign(statement("sdp", body)) + body)


def test_an_answer_by_another_engine_is_refused() -> None:
    guest, host = CallBook(GUEST), CallBook(HOST)
    fast = guest.offer(AT_GUEST, b"sdp of guest", call=CALL, host_time=START, engine=Engine.FAST)
    assert host.receive(fast, AT_HOST, host_time=START) == OfferTaken(CALL, b"sdp of guest", "fast")
    other = CallBook(GUEST)
    other.offer(AT_GUEST, b"sdp of guest", call=CALL, host_time=START, engine=Engine.PLAIN)
    answer = host.answer(AT_HOST, b"sdp", call=CALL, host_time=START)
    with pytest.raises(RemoteProtocolError) as refusal:
        other.receive(answer, AT_GUEST, host_time=START)
    assert refusal.value.key == "signal.bad"
    assert isinstance(guest.receive(answer, AT_GUEST, host_time=START), AnswerTaken)


def test_an_offer_of_an_engine_that_nobody_knows_is_refused() -> None:
    odd = CallBook(GUEST).offer(AT_GUEST, b"sdp", call=CALL, host_time=START, engine="warp")
    assert refused(odd) == "signal.bad"
