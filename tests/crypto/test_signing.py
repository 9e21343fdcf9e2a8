"""Statements and signatures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.crypto.keys import DeviceKeyPair, verify_signature
from horizon_desktop.crypto.signing import sign, statement, verify
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.errors import LocalProtocolError

PAIR = DeviceKeyPair.from_seed(b"s" * 32)
SMALL_ORDER = [
    bytes(32),
    b"\x01" + bytes(31),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
]


@given(st.lists(st.binary(max_size=40), max_size=4), st.lists(st.binary(max_size=40), max_size=4))
def test_two_statements_are_equal_only_when_their_fields_are(left: list[bytes], right: list[bytes]) -> None:
    assert (statement("x", *left) == statement("x", *right)) == (left == right)


def test_a_name_separates_what_has_the_same_fields() -> None:
    assert statement("offer", b"a") != statement("answer", b"a")


@pytest.mark.parametrize("name", ["", "Upper", "with space", "horizon/token/v1", "é", "a" * 41, "a\n"])
def test_a_statement_has_a_plain_name(name: str) -> None:
    with pytest.raises(LocalProtocolError):
        statement(name)


def test_a_signature_of_rfc_8032_is_ours() -> None:
    seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    assert sign(seed, b"\x72").hex().startswith("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da")


@given(st.binary(max_size=60), st.integers(0, 511))
def test_a_changed_signature_is_refused(signed: bytes, bit: int) -> None:
    signature = bytearray(PAIR.sign(signed))
    signature[bit // 8] ^= 1 << (bit % 8)
    assert not verify_signature(PAIR.key, signed, bytes(signature))


@given(st.binary(max_size=60))
def test_what_was_signed_is_accepted_under_that_key_only(signed: bytes) -> None:
    signature = PAIR.sign(signed)
    assert verify_signature(PAIR.key, signed, signature)
    assert not verify_signature(DeviceKeyPair.from_seed(b"t" * 32).key, signed, signature)
    assert not verify_signature(PAIR.key, signed + b"x", signature)


@given(st.binary(max_size=100), st.binary(max_size=100), st.binary(max_size=100))
def test_checking_a_signature_never_raises(key: bytes, signed: bytes, signature: bytes) -> None:
    assert verify(key, signed, signature) is False


@pytest.mark.parametrize("key", SMALL_ORDER)
def test_a_key_of_small_order_signs_nothing(key: bytes) -> None:
    for signature in (bytes(64), b"\x01" + bytes(63), key + bytes(32)):
        assert not verify(DeviceKey(key), b"anything", signature)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_seed_has_thirty_two_bytes(length: int) -> None:
    with pytest.raises(LocalProtocolError):
        DeviceKeyPair.from_seed(bytes(length))


def test_a_key_pair_does_not_show_its_seed() -> None:
    assert b"s".hex() * 3 not in repr(PAIR)
    assert "s" * 8 not in repr(PAIR)
