"""Tries and places of an invite: who may try the code, who gets a place, when knocking pauses (PROTOCOL section 3)."""

from enum import StrEnum
from typing import Final, Protocol

import msgspec

from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.instants import Instant

MAX_TRIES: Final = 5
"""Wrong codes for the life of an invite."""
MAX_DECLINES_IN_A_ROW: Final = 3
"""Declined or unanswered knocks that pause an invite."""
DECLINED_WAIT_MS: Final = 60_000
"""How long a declined key waits before it may knock again."""


class InviteState(StrEnum):
    """FULL: every place is taken. BURNED, EXPIRED and CANCELLED are for good."""

    OPEN = "open"
    PAUSED = "paused"
    FULL = "full"
    BURNED = "burned"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class KnockEnd(StrEnum):
    """How a reserved place becomes free again. The first two count towards pausing the invite."""

    DECLINED = "declined"
    UNANSWERED = "unanswered"
    WITHDRAWN = "withdrawn"


class PlaceState(StrEnum):
    """What one device key holds of an invite."""

    RESERVED = "reserved"
    TAKEN = "taken"
    DECLINED = "declined"
    FREED = "freed"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One device key's place, and since when it is what it is."""

    state: PlaceState
    changed_at: Instant


class Invite(Protocol):
    """What the rules need to know of an invite."""

    @property
    def state(self) -> InviteState: ...
    @property
    def expires_at(self) -> Instant: ...
    @property
    def places(self) -> int: ...
    @property
    def places_taken(self) -> int: ...
    @property
    def places_reserved(self) -> int: ...
    @property
    def tries(self) -> int: ...
    @property
    def declines(self) -> int: ...


_CLOSED: Final = {
    InviteState.PAUSED: "invite.paused",
    InviteState.BURNED: "code.locked",
    InviteState.EXPIRED: "invite.expired",
    InviteState.CANCELLED: "invite.cancelled",
}


def is_open(invite: Invite, *, now: Instant) -> Decision:
    """Allow when knocks are taken at all: neither closed, paused, out of time nor full."""
    if invite.state in _CLOSED:
        return Deny(_CLOSED[invite.state])
    if invite.expires_at <= now:
        return Deny("invite.expired")
    if invite.state is InviteState.FULL or invite.places_taken >= invite.places:
        return Deny("invite.used" if invite.places == 1 else "invite.full")
    return Allow()


def may_try(invite: Invite, *, now: Instant) -> Decision:
    """Allow when one more code may be compared."""
    decision = is_open(invite, now=now)
    if isinstance(decision, Allow) and invite.tries >= MAX_TRIES:
        return Deny("code.locked")
    return decision


def may_reserve(invite: Invite, held: Place | None, *, now: Instant) -> Decision:
    """Allow when this key, whose code was right, may hold a place and knock.

    Args:
        held: What the key holds already, None when it never knocked.
    """
    if held is not None and held.state is PlaceState.TAKEN:
        return Deny("invite.used")
    decision = is_open(invite, now=now)
    if isinstance(decision, Deny):
        return decision
    if held is not None and held.state is PlaceState.RESERVED:
        return Deny("knock.open")
    if held is not None and held.state is PlaceState.DECLINED:
        left_ms = held.changed_at.plus(DECLINED_WAIT_MS).since(now)
        if left_ms > 0:
            return Deny("code.slow", str(-(-left_ms // 1000)))
    if invite.places_taken + invite.places_reserved >= invite.places:
        return Deny("invite.full")
    return Allow()


def after_knock(invite: Invite, how: KnockEnd) -> tuple[InviteState, int]:
    """Return state and declines in a row once a knock has ended without a yes."""
    if how is KnockEnd.WITHDRAWN:
        return invite.state, invite.declines
    declines = invite.declines + 1
    if declines >= MAX_DECLINES_IN_A_ROW and invite.state is InviteState.OPEN:
        return InviteState.PAUSED, declines
    return invite.state, declines
