"""EphemeralQuota: how much one guest may use until when, and what each step does to it (SPEC system 7)."""

from decimal import Decimal
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

import msgspec

from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.time_window import TimeWindow
from horizon_desktop.domain.usage.amounts import ZERO, ResourceType, amount, times, times_down
from horizon_desktop.errors import LocalProtocolError

WARN_PERCENT: Final = (50, 80, 95)
"""Of the limit, by what is used."""
FULL_PERCENT: Final = 100
NO_BURST: Final = Decimal("1.0000")
MAX_MULTIPLIER: Final = Decimal(10)


class QuotaStatus(StrEnum):
    """PENDING until its start, ACTIVE, SUSPENDED by a person; EXPIRED and REVOKED are ends."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"


QUOTA_ENDS: Final = (QuotaStatus.EXPIRED, QuotaStatus.REVOKED)
QUOTA_STEPS: Final = frozenset(
    {
        (QuotaStatus.PENDING, QuotaStatus.ACTIVE),
        (QuotaStatus.PENDING, QuotaStatus.REVOKED),
        (QuotaStatus.ACTIVE, QuotaStatus.SUSPENDED),
        (QuotaStatus.ACTIVE, QuotaStatus.REVOKED),
        (QuotaStatus.SUSPENDED, QuotaStatus.ACTIVE),
        (QuotaStatus.SUSPENDED, QuotaStatus.REVOKED),
    }
)
"""What a person may change; expiry comes from time alone."""


class EphemeralQuota(msgspec.Struct, frozen=True, kw_only=True):
    """One row of ephemeral_quotas, with the specification's names. Amounts have six places."""

    id: UUID
    quota_id: UUID | None = None
    """The standing quota it is cut from."""
    ephemeral_identity_id: UUID
    tenant_id: UUID
    sponsor_id: str
    beneficiary_id: str
    resource_type: ResourceType
    limit_value: Decimal
    used_value: Decimal = ZERO
    reserved_value: Decimal = ZERO
    starts_at: Instant
    expires_at: Instant
    time_window_id: UUID | None = None
    burst_enabled: bool = False
    burst_multiplier: Decimal = NO_BURST
    pool_id: UUID | None = None
    actual_cost: Decimal = ZERO
    cost_rate: Decimal = ZERO
    """Price of one unit."""
    status: QuotaStatus = QuotaStatus.PENDING
    status_reason: str | None = None
    created_at: Instant
    updated_at: Instant

    @property
    def ceiling(self) -> Decimal:
        """The limit, with burst where it is enabled: nothing is ever used or reserved above it."""
        return times_down(self.limit_value, self.burst_multiplier) if self.burst_enabled else self.limit_value

    @property
    def left(self) -> Decimal:
        """What can still be reserved, burst included."""
        return max(ZERO, self.ceiling - self.used_value - self.reserved_value)

    @property
    def burst_used(self) -> Decimal:
        """What is used above the limit."""
        return max(ZERO, self.used_value - self.limit_value)

    @property
    def warned_percent(self) -> int:
        """The highest of 50, 80, 95 and 100 percent of the limit that use has reached, 0 below the first."""
        reached = [mark for mark in (*WARN_PERCENT, FULL_PERCENT) if self.used_value * 100 >= self.limit_value * mark]
        return reached[-1] if reached else 0

    @property
    def is_spent(self) -> bool:
        """Whether use has reached the limit plus burst."""
        return self.used_value >= self.ceiling

    def is_live(self, now: Instant) -> Decision:
        """Allow between start and end while active, else quota. and pending, expired, suspended or revoked."""
        if self.status is QuotaStatus.EXPIRED or now >= self.expires_at:
            return Deny("quota.expired", self.expires_at.iso())
        if self.status in (QuotaStatus.SUSPENDED, QuotaStatus.REVOKED):
            return Deny(f"quota.{self.status.value}", self.status_reason or "")
        return Allow() if now >= self.starts_at else Deny("quota.pending", self.starts_at.iso())

    def may_reserve(self, wanted: Decimal, *, now: Instant, window: TimeWindow | None = None) -> Decision:
        """Allow, or what `is_live` and the window refuse, or quota.over (`detail`: what is left)."""
        decision = self.is_live(now)
        if isinstance(decision, Allow) and window is not None:
            decision = window.admits(now)
        if isinstance(decision, Deny):
            return decision
        return Allow() if wanted <= self.left else Deny("quota.over", f"{self.left}")

    def reserved(self, wanted: Decimal, *, now: Instant) -> Self:
        """Return the quota with so much more set aside. Ask `may_reserve` first.

        Raises:
            LocalProtocolError: it would go above the ceiling.
        """
        return self._moved(now, reserved=wanted)

    def committed(self, held: Decimal, used: Decimal, *, now: Instant) -> Self:
        """Return the quota after a reservation of `held` ended with `used` in use, at most `held`; its cost is booked.

        Raises:
            LocalProtocolError: more used than held, or more held than is reserved.
            UsageError: usage.amount: it would cost more than can be counted.
        """
        if used > held:
            raise LocalProtocolError(f"{used} used of {held} held")
        return self._moved(now, reserved=-held, used=used)

    def released(self, held: Decimal, *, now: Instant) -> Self:
        """Return the quota after a reservation of `held` was given back. Raises LocalProtocolError as `committed`."""
        return self._moved(now, reserved=-held)

    def stepped(self, status: QuotaStatus, *, reason: str, now: Instant) -> Self | Deny:
        """Return the quota in another status, or quota.status when no such step exists."""
        if (self.status, status) not in QUOTA_STEPS:
            return Deny("quota.status", f"{self.status.value} to {status.value}")
        return msgspec.structs.replace(self, status=status, status_reason=reason or None, updated_at=now)

    def _moved(self, now: Instant, *, reserved: Decimal = ZERO, used: Decimal = ZERO) -> Self:
        after_reserved, after_used = self.reserved_value + reserved, self.used_value + used
        if after_reserved < 0 or after_used < 0 or after_reserved + after_used > self.ceiling:
            raise LocalProtocolError(f"a quota of {self.ceiling} cannot hold {after_used} and {after_reserved}")
        return msgspec.structs.replace(
            self,
            reserved_value=after_reserved,
            used_value=after_used,
            actual_cost=amount(self.actual_cost + times(used, self.cost_rate)),
            updated_at=now,
        )


class StandingQuota(msgspec.Struct, frozen=True, kw_only=True):
    """What a sponsor has to give: the ephemeral quotas cut from it never exceed it together."""

    id: UUID
    tenant_id: UUID
    owner_id: str
    resource_type: ResourceType
    limit_value: Decimal
    created_at: Instant
    updated_at: Instant


class ReservationState(StrEnum):
    HELD = "held"
    COMMITTED = "committed"
    RELEASED = "released"
    EXPIRED = "expired"


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """An amount set aside in one quota, until it is committed, released, or its time is over."""

    id: UUID
    quota_id: UUID
    amount: Decimal
    used: Decimal = ZERO
    """What was committed of it."""
    session_id: str = ""
    state: ReservationState = ReservationState.HELD
    created_at: Instant
    expires_at: Instant
    settled_at: Instant | None = None


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What committing or releasing a reservation did."""

    reservation: Reservation
    before: EphemeralQuota
    after: EphemeralQuota
    is_repeated: bool = False
    """The same step was done before; nothing changed now."""

    @property
    def burst(self) -> Decimal:
        """How much of this step went above the limit."""
        return self.after.burst_used - self.before.burst_used

    @property
    def passed_percents(self) -> tuple[int, ...]:
        """Which of 50, 80, 95 and 100 percent of the limit use has passed by this step."""
        marks = (*WARN_PERCENT, FULL_PERCENT)
        return tuple(mark for mark in marks if self.before.warned_percent < mark <= self.after.warned_percent)

    @property
    def cost(self) -> Decimal:
        """What this step cost."""
        return self.after.actual_cost - self.before.actual_cost
