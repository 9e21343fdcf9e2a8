"""Sealing, and the pictures that people compare."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.crypto.fingerprint import commitment, key_pictures, session_pictures
from horizon_desktop.crypto.hashing import is_same, subkey
from horizon_desktop.crypto.sealing import counter_nonce, seal, unseal
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError

KEY = b"k" * 32
NONCE = b"n" * 12


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_what_was_sealed_opens_under_the_same_key_nonce_and_context(plain: bytes, context: bytes) -> None:
    assert unseal(KEY, seal(KEY, plain, nonce=NONCE, context=context), nonce=NONCE, context=context) == plain


@given(st.binary(min_size=1, max_size=60), st.integers(0, 10_000))
def test_a_changed_byte_does_not_open(plain: bytes, at: int) -> None:
    sealed = bytearray(seal(KEY, plain, nonce=NONCE, context=b""))
    sealed[at % len(sealed)] ^= 1
    with pytest.raises(RemoteProtocolError):
        unseal(KEY, bytes(sealed), nonce=NONCE, context=b"")


@pytest.mark.parametrize(
    ("key", "nonce", "context"), [(b"x" * 32, NONCE, b"c"), (KEY, b"x" * 12, b"c"), (KEY, NONCE, b"x")]
)
def test_another_key_nonce_or_context_does_not_open(key: bytes, nonce: bytes, context: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        unseal(key, seal(KEY, b"plain", nonce=NONCE, context=b"c"), nonce=nonce, context=context)


@given(st.binary(max_size=60), st.binary(max_size=20))
def test_opening_any_bytes_raises_one_error(sealed: bytes, nonce: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        unseal(KEY, sealed, nonce=nonce, context=b"")


def test_a_nonce_has_twelve_bytes() -> None:
    with pytest.raises(LocalProtocolError):
        seal(KEY, b"", nonce=bytes(11), context=b"")


@given(st.integers(0, 2**64), st.integers(0, 2**64))
def test_counted_nonces_differ(left: int, right: int) -> None:
    assert (counter_nonce(left) == counter_nonce(right)) == (left == right)


def test_each_name_derives_a_key_of_its_own() -> None:
    names = ["link-mac", "link-code", "link-preview", "confirm-guest", "confirm-host", "seal-to-guest", "seal-to-host"]
    assert len({subkey(b"secret", name) for name in names}) == len(names)


def test_secrets_are_compared_whole() -> None:
    assert is_same(b"abc", b"abc")
    assert not is_same(b"abc", b"ab")


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_session_pictures_are_seven_of_sixty_four(transcript: bytes, opening: bytes) -> None:
    pictures = session_pictures(transcript, opening)
    assert len(pictures) == 7
    assert all(0 <= picture < 64 for picture in pictures)


def test_every_picture_can_come_up() -> None:
    seen = {picture for n in range(200) for picture in session_pictures(n.to_bytes(32, "big"), bytes(32))}
    assert seen == set(range(64))


def test_another_transcript_or_opening_shows_other_pictures() -> None:
    shown = {session_pictures(a * 32, b * 32) for a in (b"a", b"b") for b in (b"c", b"d")}
    assert len(shown) == 4


def test_a_commitment_fits_one_opening() -> None:
    assert commitment(b"a" * 32) != commitment(b"b" * 32)


def test_key_pictures_belong_to_the_key() -> None:
    assert key_pictures(b"a" * 32) == key_pictures(b"a" * 32)
    assert key_pictures(b"a" * 32) != key_pictures(b"b" * 32)
