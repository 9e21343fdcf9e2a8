"""Tokens: what was issued is read back, and nothing else is read at all."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.crypto.signing import statement
from horizon_desktop.domain.access.capability import CapabilitySet, Rate, Role, role_capabilities
from horizon_desktop.domain.access.token import (
    TOKEN_PREFIX,
    EphemeralToken,
    RelayRights,
    TokenBody,
    issue_token,
    parse_token,
)
from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.ids import DeviceKey, SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import RemoteProtocolError
from tests.domain.access.strategies import tokens

HOST = DeviceKeyPair.from_seed(b"h" * 32)
GUEST = DeviceKey(b"g" * 32)
SESSION = SessionId(b"s" * 32)
ISSUED = Instant(1_790_000_000_000)
CLAIMS = EphemeralToken(
    jti=b"j" * 16,
    issuer=HOST.key,
    session=SESSION,
    guest=GUEST,
    issued_at=ISSUED,
    not_before=ISSUED,
    expires_at=ISSUED.plus(600_000),
    capabilities=role_capabilities(Role.EDITOR),
    relay=RelayRights(targets=(HOST.key,)),
    epoch=2,
)
RAW = issue_token(CLAIMS, HOST).raw


def signed(body: bytes) -> bytes:
    """Return a token around any body, signed by the right host."""
    return TOKEN_PREFIX + HOST.sign(statement("token", TOKEN_PREFIX, body)) + body


@settings(max_examples=60)
@given(tokens(HOST.key))
def test_decode_undoes_encode(claims: EphemeralToken) -> None:
    assert parse_token(issue_token(claims, HOST).raw, issuer=HOST.key).token == claims


@given(st.integers(0, len(RAW) * 8 - 1))
def test_no_bit_may_be_another(bit: int) -> None:
    changed = bytearray(RAW)
    changed[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(RemoteProtocolError):
        parse_token(bytes(changed), issuer=HOST.key)


@given(st.binary(max_size=300))
def test_any_bytes_raise_one_error(raw: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_token(raw, issuer=HOST.key)


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_any_signed_bytes_that_are_no_token_raise_one_error(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_token(signed(body), issuer=HOST.key)


@pytest.mark.parametrize("algorithm", [number for number in range(256) if number != 1])
def test_there_is_no_other_algorithm(algorithm: int) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_token(RAW[:1] + bytes([algorithm]) + RAW[2:], issuer=HOST.key)


def test_another_hosts_token_is_refused() -> None:
    other = DeviceKeyPair.from_seed(b"o" * 32)
    foreign = issue_token(msgspec.structs.replace(CLAIMS, issuer=other.key), other)
    with pytest.raises(RemoteProtocolError):
        parse_token(foreign.raw, issuer=HOST.key)


def test_a_host_signs_no_token_in_another_hosts_name() -> None:
    with pytest.raises(RemoteProtocolError):
        issue_token(msgspec.structs.replace(CLAIMS, issuer=DeviceKey(b"o" * 32)), HOST)


def body_with(**changes: object) -> bytes:
    decoded = msgspec.msgpack.decode(RAW[66:], type=TokenBody)
    return msgspec.msgpack.Encoder(order="sorted").encode(msgspec.structs.replace(decoded, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"jti": b"j" * 15},
        {"session": b"s" * 31},
        {"guest": b"g" * 33},
        {"guest": bytes(HOST.key)},
        {"role": "owner"},
        {"iat": -1, "nbf": 0},
        {"exp": ISSUED.ms},
        {"exp": ISSUED.ms + 600_001},
        {"nbf": ISSUED.ms - 1},
        {"channels": {"edits": 3}},
        {"channels": {"edits": 0}},
        {"channels": {f"c{number}": 1 for number in range(33)}, "rates": {}},
        {"data_types": ("edit", "chat")},
        {"data_types": ("chat", "chat")},
        {"data_types": tuple(sorted(f"t{number:02}" for number in range(33)))},
        {"rates": {"terminal": (1, 1)}},
        {"rates": {"edits": (-1, 1)}},
        {"window": (5, 4)},
        {"epoch": -1},
    ],
)
def test_a_signed_token_that_breaks_a_rule_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_token(signed(body_with(**changes)), issuer=HOST.key)


def test_a_body_above_two_kibibytes_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(RemoteProtocolError, match="2 KiB"):
        parse_token(signed(bytes(2049)), issuer=HOST.key)


def test_a_body_in_another_encoding_of_the_same_content_is_refused() -> None:
    body = RAW[66:]
    assert body[1] == 1
    with pytest.raises(RemoteProtocolError, match="canonical"):
        parse_token(signed(body[:1] + b"\xcc\x01" + body[2:]), issuer=HOST.key)


def test_a_longer_array_is_refused() -> None:
    values = msgspec.msgpack.decode(RAW[66:])
    with pytest.raises(RemoteProtocolError):
        parse_token(signed(msgspec.msgpack.encode([*values, 0])), issuer=HOST.key)


def test_a_map_with_a_key_twice_is_refused() -> None:
    chat = b"\xa4chat\x02"
    body = RAW[66:]
    at = body.index(chat)
    twice = body[: at - 1] + bytes([body[at - 1] + 1]) + chat + body[at:]
    with pytest.raises(RemoteProtocolError):
        parse_token(signed(twice), issuer=HOST.key)


def ask(**changes: object) -> Allow | Deny:
    asked: dict[str, object] = {"session": SESSION, "guest": GUEST, "epoch": 2, "now": ISSUED, **changes}
    return CLAIMS.admits(**asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"session": SessionId(b"x" * 32)}, "token.session"),
        ({"guest": DeviceKey(b"x" * 32)}, "token.device"),
        ({"epoch": 3}, "token.revoked"),
        ({"now": ISSUED.plus(-60_001)}, "token.early"),
        ({"now": ISSUED.plus(660_000)}, "token.expired"),
    ],
)
def test_a_token_admits_one_device_to_one_session_for_its_time(changes: dict[str, object], rule: str) -> None:
    decision = ask(**changes)
    assert isinstance(decision, Deny)
    assert decision.rule == rule


@given(st.integers(-60_000, 659_999))
def test_a_minute_of_skew_is_borne_on_either_side(offset_ms: int) -> None:
    assert ask(now=ISSUED.plus(offset_ms)) == Allow()


def test_a_host_that_knows_the_time_bears_no_skew() -> None:
    assert isinstance(ask(now=ISSUED.plus(600_000), skew_ms=0), Deny)


def test_a_token_is_not_shown_whole() -> None:
    assert repr(issue_token(CLAIMS, HOST)) == "SignedToken(jti=6a6a6a6a)"


def test_capabilities_are_written_in_their_one_form() -> None:
    loose = CapabilitySet(
        role=Role.EDITOR,
        channels={"edits": 2, "chat": 0},
        data_types=frozenset({"edit"}),
        rates={"edits": Rate(1, 1), "chat": Rate(9, 9)},
    )
    token = issue_token(msgspec.structs.replace(CLAIMS, capabilities=loose), HOST).token
    assert token.capabilities == loose.trimmed()
