"""Attacks 15, 17 and 18: clocks, one signed object passed off as another, tokens of other sessions and hosts."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.crypto.signing import statement, verify
from horizon_desktop.domain.access.capability import Role, role_capabilities
from horizon_desktop.domain.access.derivation import locator_of, session_id_of
from horizon_desktop.domain.access.preview import open_preview
from horizon_desktop.domain.access.revocation import RevocationList, parse_revocations, sign_revocations
from horizon_desktop.domain.access.token import (
    TOKEN_PREFIX,
    EphemeralToken,
    RelayRights,
    issue_token,
    parse_token,
)
from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.protocol.redemption_keys import (
    confirm_statement,
    offer_statement,
    refusal_statement,
    withdraw_statement,
)
from tests.protocol.redemption_world import HOST, LINK, NOON, SESSION, keypair_of

GUEST = keypair_of("maya").key
CLAIMS = EphemeralToken(
    jti=b"j" * 16,
    issuer=HOST.key,
    session=SESSION,
    guest=GUEST,
    issued_at=NOON,
    not_before=NOON,
    expires_at=NOON.plus(600_000),
    capabilities=role_capabilities(Role.EDITOR),
    relay=RelayRights(targets=(HOST.key,)),
    epoch=0,
)
TOKEN = issue_token(CLAIMS, HOST).raw
BODY = TOKEN[66:]
KINDS = {
    "token": statement("token", TOKEN_PREFIX, BODY),
    "revocation": statement("revocation", BODY),
    "preview": statement("preview", LINK.locator, BODY),
    "offer": offer_statement(BODY),
    "confirm": confirm_statement(b"t" * 32, BODY),
    "refusal": refusal_statement(b"r", BODY),
    "withdraw": withdraw_statement(b"t" * 32, BODY),
    "session": statement("session", HOST.key, b"n" * 16),
    "locator": statement("locator", HOST.key, b"n" * 16),
    "bare": BODY,
}


# --- 17: one kind of signed object for another ---


@pytest.mark.parametrize("made", KINDS)
@pytest.mark.parametrize("read", KINDS)
def test_a_signature_over_one_kind_of_object_is_none_over_another(made: str, read: str) -> None:
    signature = HOST.sign(KINDS[made])
    assert verify(HOST.key, KINDS[read], signature) == (made == read)


@pytest.mark.parametrize("made", [kind for kind in KINDS if kind != "token"])
def test_no_other_signed_object_is_a_token(made: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_token(TOKEN_PREFIX + HOST.sign(KINDS[made]) + BODY, issuer=HOST.key)


@pytest.mark.parametrize("made", [kind for kind in KINDS if kind != "revocation"])
def test_no_other_signed_object_is_a_revocation_list(made: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_revocations(HOST.sign(KINDS[made]) + BODY, issuer=HOST.key)


def test_a_token_is_no_revocation_list_and_no_preview() -> None:
    for raw in (TOKEN, TOKEN[2:]):
        with pytest.raises(RemoteProtocolError):
            parse_revocations(raw, issuer=HOST.key)
        with pytest.raises(RemoteProtocolError):
            open_preview(raw, LINK)


def test_a_revocation_list_is_no_token() -> None:
    raw = sign_revocations(RevocationList(session=SESSION, number=1), HOST)
    for prefix in (b"", TOKEN_PREFIX):
        with pytest.raises(RemoteProtocolError):
            parse_token(prefix + raw, issuer=HOST.key)


@pytest.mark.parametrize("version", range(256))
def test_every_format_byte_but_the_first_version_is_refused(version: int) -> None:
    if version == 1:
        return
    with pytest.raises(RemoteProtocolError):
        parse_token(bytes([version]) + TOKEN[1:], issuer=HOST.key)


@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, TOKEN[2:66][::-1]])
def test_an_empty_or_invented_signature_is_refused(signature: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_token(TOKEN_PREFIX + signature + BODY, issuer=HOST.key)


# --- 18: another session, another host ---


def test_a_token_of_one_session_admits_to_no_other_of_the_same_host() -> None:
    other = session_id_of(HOST.key, b"o" * 16)
    assert CLAIMS.admits(session=other, guest=GUEST, epoch=0, now=NOON) == Deny("token.session")


def test_a_host_cannot_sign_for_a_session_of_another() -> None:
    other = DeviceKeyPair.from_seed(b"o" * 32)
    foreign = issue_token(msgspec.structs.replace(CLAIMS, issuer=other.key), other)
    with pytest.raises(RemoteProtocolError):
        parse_token(foreign.raw, issuer=HOST.key)


def test_nobody_else_can_name_a_session_or_an_invite_of_a_host() -> None:
    other = DeviceKeyPair.from_seed(b"o" * 32)
    assert session_id_of(other.key, b"n" * 16) != session_id_of(HOST.key, b"n" * 16)
    assert locator_of(other.key, b"n" * 16) != locator_of(HOST.key, b"n" * 16)


# --- 15: clocks ---


@given(st.integers(-120_000, 120_000))
def test_skew_is_borne_up_to_a_minute_and_not_beyond_at_the_end_of_a_token(skew_ms: int) -> None:
    decision = CLAIMS.admits(session=SESSION, guest=GUEST, epoch=0, now=CLAIMS.expires_at.plus(skew_ms))
    assert isinstance(decision, Allow) == (skew_ms < 60_000)


@given(st.integers(-120_000, 120_000))
def test_skew_is_borne_up_to_a_minute_and_not_beyond_at_the_start_of_a_token(skew_ms: int) -> None:
    decision = CLAIMS.admits(session=SESSION, guest=GUEST, epoch=0, now=NOON.plus(skew_ms))
    assert isinstance(decision, Allow) == (skew_ms >= -60_000)


def test_sixty_one_seconds_are_refused() -> None:
    late = CLAIMS.admits(session=SESSION, guest=GUEST, epoch=0, now=CLAIMS.expires_at.plus(61_000))
    early = CLAIMS.admits(session=SESSION, guest=GUEST, epoch=0, now=NOON.plus(-61_000))
    assert (late, early) == (Deny("token.expired"), Deny("token.early"))


@given(st.lists(st.integers(0, 10**6), max_size=6))
def test_a_clock_that_is_set_back_does_not_revive_a_raised_epoch(jumps: list[int]) -> None:
    for jump in jumps:
        assert CLAIMS.admits(session=SESSION, guest=GUEST, epoch=1, now=Instant(NOON.ms - jump)) != Allow()
