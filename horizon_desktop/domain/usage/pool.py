"""ResourcePool: shared amounts and bounties, who may take how much, who approves (SPEC system 9)."""

from decimal import Decimal
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

import msgspec

from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.time_window import TimeWindow
from horizon_desktop.domain.usage.amounts import ZERO, ResourceType
from horizon_desktop.errors import LocalProtocolError

ONE: Final = Decimal("1.000000")


class PoolType(StrEnum):
    """A BOUNTY is given for work that is named: each taking needs a purpose and a person's approval."""

    SHARED = "shared"
    GRANT = "grant"
    DONATED = "donated"
    BOUNTY = "bounty"


class PoolStatus(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    CLOSED = "closed"
    EXPIRED = "expired"


POOL_STEPS: Final = frozenset(
    {
        (PoolStatus.DRAFT, PoolStatus.ACTIVE),
        (PoolStatus.DRAFT, PoolStatus.CLOSED),
        (PoolStatus.ACTIVE, PoolStatus.PAUSED),
        (PoolStatus.ACTIVE, PoolStatus.CLOSED),
        (PoolStatus.PAUSED, PoolStatus.ACTIVE),
        (PoolStatus.PAUSED, PoolStatus.CLOSED),
    }
)
"""What a person may change; expiry comes from time alone. CLOSED and EXPIRED are ends."""


class AllocationStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"
    RELEASED = "released"
    EXPIRED = "expired"


class PoolAllocation(msgspec.Struct, frozen=True, kw_only=True):
    """One row of pool_allocations: a request, and what became of it."""

    id: UUID
    pool_id: UUID
    user_id: str
    """A mail address or another name that is the same every time."""
    ephemeral_identity_id: UUID | None = None
    allocated_amount: Decimal
    used_amount: Decimal = ZERO
    status: AllocationStatus = AllocationStatus.PENDING
    purpose: str | None = None
    approved_by: UUID | None = None
    """None with APPROVED: approved by the pool's own rule."""
    approved_at: Instant | None = None
    released_at: Instant | None = None
    expires_at: Instant
    created_at: Instant
    updated_at: Instant

    @property
    def left(self) -> Decimal:
        return self.allocated_amount - self.used_amount

    def may_use(self, wanted: Decimal, *, now: Instant) -> Decision:
        """Allow, or allocation.closed, allocation.expired, allocation.over (`detail`: what is left)."""
        if self.status is not AllocationStatus.APPROVED:
            return Deny("allocation.closed", self.status.value)
        if now >= self.expires_at:
            return Deny("allocation.expired", self.expires_at.iso())
        return Allow() if wanted <= self.left else Deny("allocation.over", f"{self.left}")


class UserShare(msgspec.Struct, frozen=True, kw_only=True):
    """What one user asks for and has in one pool now."""

    amount: Decimal = ZERO
    """Pending and approved together; what was used counts, too."""
    has_active: bool = False
    """Whether an allocation of this user is approved now: the user counts as concurrent."""


class ResourcePool(msgspec.Struct, frozen=True, kw_only=True):
    """One row of resource_pools, with the specification's names. Amounts have six places."""

    id: UUID
    name: str
    description: str | None = None
    tenant_id: UUID
    pool_type: PoolType
    resource_type: ResourceType
    total_limit: Decimal
    allocated: Decimal = ZERO
    """Held by approved allocations, and used by those that ended."""
    reserved: Decimal = ZERO
    """Asked for by requests that wait."""
    max_allocation_per_user: Decimal
    min_allocation_per_request: Decimal = ONE
    requires_approval: bool = False
    auto_approve_domains: tuple[str, ...] | None = None
    """Mail domains, lower case: requests from there need no person."""
    max_concurrent_users: int | None = None
    current_users: int = 0
    starts_at: Instant | None = None
    expires_at: Instant | None = None
    status: PoolStatus = PoolStatus.ACTIVE
    sponsor_id: UUID | None = None
    time_window_id: UUID | None = None
    created_at: Instant
    updated_at: Instant

    @property
    def left(self) -> Decimal:
        return max(ZERO, self.total_limit - self.allocated - self.reserved)

    def is_open(self, *, now: Instant, window: TimeWindow | None = None) -> Decision:
        """Allow while requests are taken, else pool.draft/paused/closed/expired, pool.pending or window.closed."""
        if self.status is PoolStatus.EXPIRED or (self.expires_at is not None and now >= self.expires_at):
            return Deny("pool.expired")
        if self.status is not PoolStatus.ACTIVE:
            return Deny(f"pool.{self.status.value}")
        if self.starts_at is not None and now < self.starts_at:
            return Deny("pool.pending", self.starts_at.iso())
        return Allow() if window is None else window.admits(now)

    def may_request(self, wanted: Decimal, share: UserShare, *, purpose: str) -> Decision:
        """Allow, or why this request is not taken. Ask `is_open` first.

        pool.least (`detail`: the least amount), pool.share (what this user may still have), pool.over (what is
        left), pool.users (how many at once), pool.purpose (a bounty without one).
        """
        if wanted < self.min_allocation_per_request:
            return Deny("pool.least", f"{self.min_allocation_per_request}")
        if share.amount + wanted > self.max_allocation_per_user:
            return Deny("pool.share", f"{max(ZERO, self.max_allocation_per_user - share.amount)}")
        if wanted > self.left:
            return Deny("pool.over", f"{self.left}")
        if self.pool_type is PoolType.BOUNTY and not purpose:
            return Deny("pool.purpose")
        return self.may_join(share)

    def may_join(self, share: UserShare) -> Decision:
        """Allow a user who is in already or while there is room, else pool.users."""
        is_full = self.max_concurrent_users is not None and self.current_users >= self.max_concurrent_users
        return Deny("pool.users", f"{self.max_concurrent_users}") if is_full and not share.has_active else Allow()

    def approves_itself(self, mail: str) -> bool:
        """Whether a request from this mail address, which the caller has checked, waits for nobody.

        A bounty always waits for a person. Domains are compared whole and without regard to case.
        """
        if self.pool_type is PoolType.BOUNTY:
            return False
        if not self.requires_approval:
            return True
        _, at, domain = mail.rpartition("@")
        return bool(at) and domain.lower() in (self.auto_approve_domains or ())

    def asked(self, wanted: Decimal, *, now: Instant) -> Self:
        """Return the pool with a request that waits."""
        return self._moved(now, reserved=wanted)

    def unasked(self, wanted: Decimal, *, now: Instant) -> Self:
        """Return the pool after a waiting request was declined or went stale."""
        return self._moved(now, reserved=-wanted)

    def granted(self, wanted: Decimal, given: Decimal, *, is_new_user: bool, now: Instant) -> Self:
        """Return the pool after a waiting request for `wanted` got `given`, at most as much."""
        return self._moved(now, reserved=-wanted, allocated=given, users=int(is_new_user))

    def freed(self, unused: Decimal, *, is_last_of_user: bool, now: Instant) -> Self:
        """Return the pool after an allocation ended: what was not used is there for others again."""
        return self._moved(now, allocated=-unused, users=-int(is_last_of_user))

    def stepped(self, status: PoolStatus, *, now: Instant) -> Self | Deny:
        """Return the pool in another status, or pool.status when no such step exists."""
        if (self.status, status) not in POOL_STEPS:
            return Deny("pool.status", f"{self.status.value} to {status.value}")
        return msgspec.structs.replace(self, status=status, updated_at=now)

    def _moved(self, now: Instant, *, reserved: Decimal = ZERO, allocated: Decimal = ZERO, users: int = 0) -> Self:
        moved = msgspec.structs.replace(
            self,
            reserved=self.reserved + reserved,
            allocated=self.allocated + allocated,
            current_users=self.current_users + users,
            updated_at=now,
        )
        is_sound = min(moved.reserved, moved.allocated) >= 0 and moved.current_users >= 0
        if not is_sound or moved.reserved + moved.allocated > self.total_limit:
            raise LocalProtocolError(f"a pool of {self.total_limit} cannot hold {moved.allocated} and {moved.reserved}")
        return moved


class PoolUsage(msgspec.Struct, frozen=True, kw_only=True):
    """Usage statistics of one pool. Amounts have six places."""

    pool_id: UUID
    total: Decimal
    allocated: Decimal
    reserved: Decimal
    used: Decimal
    """By all allocations there ever were."""
    left: Decimal
    users: int
    """At once, now."""
    allocations: dict[str, int]
    """Status to how many."""
    by_user: dict[str, Decimal]
    """User to what was used."""
