"""Ephemeral identities: one table of states, and access for one device in its window."""

import msgspec
import pytest

from horizon_desktop.domain.access.capability import AccessPeriod, Role, role_capabilities
from horizon_desktop.domain.access.identity import EphemeralIdentity, IdentityEvent, IdentityState
from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.ids import DeviceKey, IdentityId, InvitationId, SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import LocalProtocolError

MAYA = DeviceKey(b"m" * 32)
OPEN, CLOSE = Instant(1_000), Instant(9_000)
PENDING = EphemeralIdentity(
    identity_id=IdentityId("i"),
    session=SessionId(b"s" * 32),
    invitation_id=InvitationId("v"),
    sponsor=DeviceKey(b"h" * 32),
    beneficiary="Maya",
    device=MAYA,
    state=IdentityState.PENDING,
    window=AccessPeriod(OPEN, CLOSE),
    capabilities=role_capabilities(Role.EDITOR),
)
ACTIVE = PENDING.after(IdentityEvent.ADMITTED)
LEGAL = {
    ("pending", "admitted"): "active",
    ("pending", "revoked"): "revoked",
    ("pending", "expired"): "expired",
    ("active", "suspended"): "suspended",
    ("active", "revoked"): "revoked",
    ("active", "expired"): "expired",
    ("suspended", "resumed"): "active",
    ("suspended", "revoked"): "revoked",
    ("suspended", "expired"): "expired",
}


@pytest.mark.parametrize("state", IdentityState)
@pytest.mark.parametrize("event", IdentityEvent)
def test_only_the_table_moves_an_identity(state: IdentityState, event: IdentityEvent) -> None:
    identity = msgspec.structs.replace(PENDING, state=state)
    if (state, event) in LEGAL:
        assert identity.may(event) == Allow()
        assert identity.after(event).state == LEGAL[state, event]
    else:
        assert isinstance(identity.may(event), Deny)
        with pytest.raises(LocalProtocolError):
            identity.after(event)


def test_an_active_identity_admits_its_own_device_in_its_window() -> None:
    assert ACTIVE.admits(MAYA, now=OPEN) == Allow()


def test_another_device_is_refused() -> None:
    assert ACTIVE.admits(DeviceKey(b"x" * 32), now=OPEN) == Deny("identity.device")


@pytest.mark.parametrize(("at", "rule"), [(999, "time.early"), (9_000, "time.over")])
def test_outside_its_window_it_is_refused(at: int, rule: str) -> None:
    assert ACTIVE.admits(MAYA, now=Instant(at)) == Deny(rule)


@pytest.mark.parametrize(
    ("event", "rule"),
    [(IdentityEvent.SUSPENDED, "identity.state"), (IdentityEvent.REVOKED, "access.revoked")],
)
def test_suspension_and_revocation_refuse_and_void_the_tokens_so_far(event: IdentityEvent, rule: str) -> None:
    stopped = ACTIVE.after(event)
    decision = stopped.admits(MAYA, now=OPEN)
    assert isinstance(decision, Deny)
    assert decision.rule == rule
    assert stopped.epoch == ACTIVE.epoch + 1


def test_a_pending_identity_admits_nobody() -> None:
    assert isinstance(PENDING.admits(MAYA, now=OPEN), Deny)


def test_narrowing_voids_the_tokens_so_far() -> None:
    narrowed = ACTIVE.changed(role_capabilities(Role.OBSERVER))
    assert narrowed.epoch == ACTIVE.epoch + 1


def test_widening_leaves_the_tokens_so_far() -> None:
    watcher = msgspec.structs.replace(ACTIVE, capabilities=role_capabilities(Role.OBSERVER))
    assert watcher.changed(role_capabilities(Role.EDITOR)).epoch == watcher.epoch


def test_an_identity_expires_when_its_window_closes() -> None:
    assert ACTIVE.at(Instant(8_999)).state is IdentityState.ACTIVE
    assert ACTIVE.at(CLOSE).state is IdentityState.EXPIRED


def test_a_revoked_identity_stays_revoked() -> None:
    assert ACTIVE.after(IdentityEvent.REVOKED).at(CLOSE).state is IdentityState.REVOKED
