"""EphemeralIdentity: one guest's device in one session, from the knock to the end (SPEC system 1)."""

from enum import StrEnum
from typing import Final

import msgspec

from horizon_desktop.domain.access.capability import AccessPeriod, CapabilitySet
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import DeviceKey, IdentityId, InvitationId, SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import LocalProtocolError


class IdentityState(StrEnum):
    """REVOKED and EXPIRED are for good."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"


class IdentityEvent(StrEnum):
    """What can happen to an identity."""

    ADMITTED = "admitted"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    REVOKED = "revoked"
    EXPIRED = "expired"


_NEXT: Final[dict[tuple[IdentityState, IdentityEvent], IdentityState]] = {
    (IdentityState.PENDING, IdentityEvent.ADMITTED): IdentityState.ACTIVE,
    (IdentityState.PENDING, IdentityEvent.REVOKED): IdentityState.REVOKED,
    (IdentityState.PENDING, IdentityEvent.EXPIRED): IdentityState.EXPIRED,
    (IdentityState.ACTIVE, IdentityEvent.SUSPENDED): IdentityState.SUSPENDED,
    (IdentityState.ACTIVE, IdentityEvent.REVOKED): IdentityState.REVOKED,
    (IdentityState.ACTIVE, IdentityEvent.EXPIRED): IdentityState.EXPIRED,
    (IdentityState.SUSPENDED, IdentityEvent.RESUMED): IdentityState.ACTIVE,
    (IdentityState.SUSPENDED, IdentityEvent.REVOKED): IdentityState.REVOKED,
    (IdentityState.SUSPENDED, IdentityEvent.EXPIRED): IdentityState.EXPIRED,
}
_VOIDS_TOKENS: Final = frozenset({IdentityEvent.SUSPENDED, IdentityEvent.REVOKED})
"""Events after which no token given out so far is good."""


class EphemeralIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Who a guest is for the length of one session. Bound to one device key; a sponsor answers for it."""

    identity_id: IdentityId
    session: SessionId
    invitation_id: InvitationId
    sponsor: DeviceKey
    """The host, who let it in."""
    beneficiary: str
    """The guest's name, as it gave it."""
    device: DeviceKey
    """The only key that may act as this identity."""
    state: IdentityState
    window: AccessPeriod
    capabilities: CapabilitySet
    epoch: int = 0

    def after(self, event: IdentityEvent) -> "EphemeralIdentity":
        """Return the identity after `event`; a suspension or revocation voids every token given out so far.

        Raises:
            LocalProtocolError: the event cannot happen in this state.
        """
        state = _NEXT.get((self.state, event))
        if state is None:
            raise LocalProtocolError(f"an identity that is {self.state} cannot be {event}")
        epoch = self.epoch + 1 if event in _VOIDS_TOKENS else self.epoch
        return msgspec.structs.replace(self, state=state, epoch=epoch)

    def may(self, event: IdentityEvent) -> Decision:
        """Allow an event that can happen now, else Deny with identity.state."""
        if (self.state, event) in _NEXT:
            return Allow()
        return Deny("identity.state", f"{event} while {self.state}")

    def changed(self, capabilities: CapabilitySet) -> "EphemeralIdentity":
        """Return the identity with other capabilities; one that narrows voids the tokens given out so far."""
        is_narrower = not self.capabilities.is_within(capabilities)
        epoch = self.epoch + 1 if is_narrower else self.epoch
        return msgspec.structs.replace(self, capabilities=capabilities, epoch=epoch)

    def at(self, now: Instant) -> "EphemeralIdentity":
        """Return the identity as it is at `now`: EXPIRED once its window has closed, unless revoked before."""
        is_over = now >= self.window.closes and (self.state, IdentityEvent.EXPIRED) in _NEXT
        return self.after(IdentityEvent.EXPIRED) if is_over else self

    def admits(self, device: DeviceKey, *, now: Instant) -> Decision:
        """Allow `device` to act as this identity now, or say which rule refuses."""
        if device != self.device:
            return Deny("identity.device")
        if self.state is IdentityState.REVOKED:
            return Deny("access.revoked")
        if self.state is not IdentityState.ACTIVE:
            return Deny("identity.state", self.state)
        return self.window.admits(now)
