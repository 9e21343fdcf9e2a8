"""Leave to use the relay: token, target, lane, expiry, epoch and the host's revocation list."""

import msgspec
import pytest

from horizon_desktop.domain.access.capability import Role, role_capabilities
from horizon_desktop.domain.access.revocation import RevocationList
from horizon_desktop.domain.access.token import EphemeralToken, RelayRights
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.collaboration.relay import (
    EphemeralRelayAuth,
    EphemeralRelayPermission,
    RelayPriority,
)
from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.ids import DeviceKey, SessionId
from horizon_desktop.domain.instants import Instant

NOON = Instant(1_795_262_400_000)
HOST, GUEST, THIRD = (DeviceKey(bytes([letter]) * 32) for letter in b"hgt")
SESSION = SessionId(b"s" * 32)
MINUTE = 60_000
TOKEN = EphemeralToken(
    jti=b"j" * 16,
    issuer=HOST,
    session=SESSION,
    guest=GUEST,
    issued_at=NOON,
    not_before=NOON,
    expires_at=NOON.plus(10 * MINUTE),
    capabilities=role_capabilities(Role.EDITOR),
    relay=RelayRights(targets=(HOST,), lanes=(1, 2), priority=3, bytes_per_s=1000),
    epoch=5,
)


def auth() -> EphemeralRelayAuth:
    return EphemeralRelayAuth(session=SESSION, host=HOST)


def authorized() -> EphemeralRelayAuth:
    granted = auth()
    granted.authorize_relay(TOKEN, guest=GUEST, target=HOST, now=NOON)
    return granted


def test_a_permission_says_what_the_token_says() -> None:
    permission = auth().authorize_relay(TOKEN, guest=GUEST, target=HOST, now=NOON)
    assert isinstance(permission, EphemeralRelayPermission)
    assert permission.lanes == {Lane.CONTROL, Lane.INTERACTIVE}
    assert (permission.priority, permission.bytes_per_s) == (RelayPriority.HIGH, 1000)
    assert permission.allowed_targets == {HOST}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"issuer": THIRD}, "token.issuer"),
        ({"session": SessionId(b"o" * 32)}, "token.session"),
        ({"guest": THIRD}, "token.device"),
        ({"not_before": NOON.plus(2 * MINUTE)}, "token.early"),
        ({"relay": RelayRights(targets=(THIRD,))}, "relay.target"),
    ],
)
def test_a_token_that_is_not_for_this_is_refused(changes: dict[str, object], rule: str) -> None:
    token = msgspec.structs.replace(TOKEN, **changes)
    refused = auth().authorize_relay(token, guest=GUEST, target=HOST, now=NOON)
    assert isinstance(refused, Deny) and refused.rule == rule


def test_a_target_that_the_token_does_not_list_is_refused() -> None:
    refused = auth().authorize_relay(TOKEN, guest=GUEST, target=THIRD, now=NOON)
    assert refused == Deny("relay.target")


def test_after_expiry_and_a_minute_of_skew_only_control_passes() -> None:
    relay = authorized()
    before, after = NOON.plus(11 * MINUTE - 1), NOON.plus(11 * MINUTE)
    assert relay.validate_ongoing(GUEST, lane=Lane.INTERACTIVE, now=before) == Allow()
    assert relay.validate_ongoing(GUEST, lane=Lane.INTERACTIVE, now=after) == Deny("token.expired")
    assert relay.validate_ongoing(GUEST, lane=Lane.CONTROL, now=after) == Allow()
    assert (relay.cleanup_expired(now=before), relay.cleanup_expired(now=after)) == ((), (GUEST,))


def test_a_lane_that_the_token_does_not_list_stays_shut() -> None:
    refused = authorized().validate_ongoing(GUEST, lane=Lane.BULK, now=NOON)
    assert refused == Deny("relay.lane", "bulk")


def test_somebody_without_a_permission_passes_nothing() -> None:
    assert auth().validate_ongoing(GUEST, lane=Lane.CONTROL, now=NOON) == Deny("relay.unknown")


def test_a_raised_epoch_puts_a_guest_out_until_a_token_of_that_epoch_comes() -> None:
    relay = authorized()
    listed = RevocationList(session=SESSION, number=1, epochs={GUEST: 6})
    assert relay.revoke(listed) == (GUEST,)
    assert isinstance(relay.authorize_relay(TOKEN, guest=GUEST, target=HOST, now=NOON), Deny)
    newer = msgspec.structs.replace(TOKEN, epoch=6)
    assert isinstance(relay.authorize_relay(newer, guest=GUEST, target=HOST, now=NOON), EphemeralRelayPermission)


def test_a_list_with_a_lower_number_is_ignored() -> None:
    relay = authorized()
    relay.revoke(RevocationList(session=SESSION, number=7))
    assert relay.revoke(RevocationList(session=SESSION, number=6, removed=frozenset({GUEST}))) == ()
    assert relay.validate_ongoing(GUEST, lane=Lane.CONTROL, now=NOON) == Allow()


def test_a_list_of_another_session_is_ignored() -> None:
    relay = authorized()
    other = RevocationList(session=SessionId(b"o" * 32), number=1, removed=frozenset({GUEST}))
    assert relay.revoke(other) == ()


def test_an_older_token_cannot_take_the_place_of_a_newer_one() -> None:
    relay = authorized()
    older = msgspec.structs.replace(TOKEN, epoch=4)
    refused = relay.authorize_relay(older, guest=GUEST, target=HOST, now=NOON)
    assert isinstance(refused, Deny) and refused.rule == "token.revoked"
