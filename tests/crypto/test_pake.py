"""The PAKE: one key when code, link and identities agree, one error when the peer's bytes are wrong."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from horizon_desktop.crypto.pake import GuestPake, answer_pake, password_of
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError

GUEST, HOST, LOCATOR = b"g" * 32, b"h" * 32, b"l" * 16
PASSWORD = password_of(b"s" * 16, "7Q4MKX2")


def _keys(host_password: bytes = PASSWORD, guest: bytes = GUEST, host: bytes = HOST, locator: bytes = LOCATOR) -> bool:
    ours = GuestPake.begin(PASSWORD, guest=GUEST, host=HOST, locator=LOCATOR, entropy=b"1" * 64)
    message, key = answer_pake(host_password, ours.message, guest=guest, host=host, locator=locator, entropy=b"2" * 64)
    return ours.finish(message) == key


def test_both_sides_get_one_key() -> None:
    assert _keys()


def test_another_code_gives_another_key() -> None:
    assert not _keys(password_of(b"s" * 16, "7Q4MKX3"))


def test_another_link_secret_gives_another_key() -> None:
    assert not _keys(password_of(b"t" * 16, "7Q4MKX2"))


@pytest.mark.parametrize("swapped", ["guest", "host", "locator"])
def test_another_identity_gives_another_key(swapped: str) -> None:
    assert not _keys(**{swapped: b"x" * (16 if swapped == "locator" else 32)})


def test_another_draw_gives_another_message() -> None:
    messages = {
        GuestPake.begin(PASSWORD, guest=GUEST, host=HOST, locator=LOCATOR, entropy=bytes([n]) * 64).message
        for n in range(4)
    }
    assert len(messages) == 4


def test_the_guests_own_message_is_refused_as_an_answer() -> None:
    ours = GuestPake.begin(PASSWORD, guest=GUEST, host=HOST, locator=LOCATOR, entropy=b"1" * 64)
    with pytest.raises(RemoteProtocolError):
        ours.finish(b"B" + ours.message[1:])


def test_an_exchange_is_finished_once() -> None:
    ours = GuestPake.begin(PASSWORD, guest=GUEST, host=HOST, locator=LOCATOR, entropy=b"1" * 64)
    message, _ = answer_pake(PASSWORD, ours.message, guest=GUEST, host=HOST, locator=LOCATOR, entropy=b"2" * 64)
    ours.finish(message)
    with pytest.raises(RemoteProtocolError):
        ours.finish(message)


@settings(max_examples=40)
@given(st.binary(max_size=40) | st.binary(min_size=32, max_size=32).map(lambda point: b"A" + point))
@example(b"A" + bytes(32))
@example(b"A\x01" + bytes(31))
@example(b"A" + b"\xff" * 32)
@example(b"A" + bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"))
@example(b"A" + bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"))
def test_any_bytes_of_a_guest_raise_one_error_or_are_an_element(message: bytes) -> None:
    try:
        answer_pake(PASSWORD, message, guest=GUEST, host=HOST, locator=LOCATOR, entropy=b"2" * 64)
    except RemoteProtocolError:
        return
    assert message[:1] == b"A"
    assert message[1:] not in {bytes(32), b"\x01" + bytes(31)}


@pytest.mark.parametrize("point", [bytes(32), b"\x01" + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f"])
def test_an_element_of_small_order_is_refused(point: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        answer_pake(PASSWORD, b"A" + point, guest=GUEST, host=HOST, locator=LOCATOR, entropy=b"2" * 64)


def test_the_wrong_amount_of_entropy_is_our_mistake() -> None:
    with pytest.raises(LocalProtocolError):
        GuestPake.begin(PASSWORD, guest=GUEST, host=HOST, locator=LOCATOR, entropy=b"1" * 63)
