"""Revocation lists: signed by the host, with a number that rises."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.crypto.signing import statement
from horizon_desktop.domain.access.revocation import RevocationList, parse_revocations, sign_revocations
from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.ids import DeviceKey, SessionId
from horizon_desktop.errors import RemoteProtocolError
from tests.domain.access.strategies import keys

HOST = DeviceKeyPair.from_seed(b"h" * 32)
SESSION = SessionId(b"s" * 32)
MAYA, NOOR = DeviceKey(b"m" * 32), DeviceKey(b"n" * 32)
EMPTY = RevocationList(session=SESSION, number=0)
lists = st.builds(
    RevocationList,
    session=st.just(SESSION),
    number=st.integers(0, 2**40),
    epochs=st.dictionaries(keys, st.integers(0, 2**31), max_size=8),
    removed=st.frozensets(keys, max_size=8),
)


@settings(max_examples=50)
@given(lists)
def test_decode_undoes_encode(revocations: RevocationList) -> None:
    assert parse_revocations(sign_revocations(revocations, HOST), issuer=HOST.key) == revocations


@given(st.binary(max_size=200))
def test_any_bytes_raise_one_error(raw: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_revocations(raw, issuer=HOST.key)


@settings(max_examples=50)
@given(st.binary(max_size=100))
def test_any_signed_bytes_that_are_no_list_raise_one_error(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_revocations(HOST.sign(statement("revocation", body)) + body, issuer=HOST.key)


def test_a_guest_signs_no_list_for_its_host() -> None:
    guest = DeviceKeyPair.from_seed(b"g" * 32)
    with pytest.raises(RemoteProtocolError):
        parse_revocations(sign_revocations(EMPTY, guest), issuer=HOST.key)


def test_keys_out_of_order_are_refused() -> None:
    body = msgspec.msgpack.encode([1, bytes(SESSION), 1, [[bytes(NOOR), 1], [bytes(MAYA), 1]], []])
    with pytest.raises(RemoteProtocolError):
        parse_revocations(HOST.sign(statement("revocation", body)) + body, issuer=HOST.key)


def test_raising_an_epoch_voids_older_tokens_of_that_guest_alone() -> None:
    raised = EMPTY.raised(MAYA)
    assert raised.admits(MAYA, epoch=0) == Deny("token.revoked")
    assert raised.admits(MAYA, epoch=1) == Allow()
    assert raised.admits(NOOR, epoch=0) == Allow()


def test_a_removed_guest_is_out_with_any_epoch() -> None:
    assert EMPTY.without(MAYA).admits(MAYA, epoch=99) == Deny("access.revoked")


def test_a_lower_or_equal_number_does_not_replace_a_list() -> None:
    newer = EMPTY.raised(MAYA)
    assert newer.supersedes(EMPTY)
    assert not EMPTY.supersedes(newer)
    assert not newer.supersedes(newer)


def test_a_list_of_another_session_replaces_nothing() -> None:
    other = RevocationList(session=SessionId(b"x" * 32), number=9)
    assert not other.supersedes(EMPTY)
