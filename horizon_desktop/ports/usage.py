"""The store of use: quotas, reservations, pools, time windows and cost. Every call is one transaction."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol
from uuid import UUID

import msgspec

from horizon_desktop.domain.decision import Decision, Deny
from horizon_desktop.domain.ids import SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.time_window import TimeWindow
from horizon_desktop.domain.usage.cost import Attribution, Bill, CostEntry, RateCard
from horizon_desktop.domain.usage.pool import (
    AllocationStatus,
    PoolAllocation,
    PoolStatus,
    PoolUsage,
    ResourcePool,
)
from horizon_desktop.domain.usage.quota import (
    EphemeralQuota,
    QuotaStatus,
    Reservation,
    Settled,
    StandingQuota,
)


class RepeatKey(msgspec.Struct, frozen=True, kw_only=True):
    """Names one request of a caller, so that asking again does nothing again (an idempotency key)."""

    scope: str
    """What is asked for: `quota.reserve`. The same key in another scope is another request."""
    key: str
    request: str
    """What was asked, written out: the same key with another request is refused with repeat.differs."""


class Reserved(msgspec.Struct, frozen=True, kw_only=True):
    """A reservation that holds, and the quota around it."""

    reservation: Reservation
    before: EphemeralQuota
    after: EphemeralQuota
    is_repeated: bool = False


class Requested(msgspec.Struct, frozen=True, kw_only=True):
    """A request to a pool that was taken, and the pool around it."""

    allocation: PoolAllocation
    pool: ResourcePool
    is_repeated: bool = False


class SessionLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a session is limited by, besides its own times."""

    session_id: SessionId
    quota_id: UUID | None = None
    """Its purse: the ephemeral quota that its metered use is debited from."""
    time_window_id: UUID | None = None


class QuotaStore(Protocol):
    """Quotas and their reservations. Raises StoreUnavailable; a missing row is None or a Deny (quota.missing)."""

    async def add_standing(self, quota: StandingQuota) -> None: ...
    async def standing(self, standing_id: UUID) -> StandingQuota | None: ...

    async def add_quota(self, quota: EphemeralQuota, *, repeat: RepeatKey | None = None) -> EphemeralQuota | Deny:
        """Keep a quota. Asked again by the same key, return the one that was made then.

        Refused: repeat.differs; standing.missing; standing.over (`detail`: what is left): the limits of the live
        quotas cut from one standing quota never exceed it.
        """
        ...

    async def quota(self, quota_id: UUID) -> EphemeralQuota | None: ...
    async def quotas(
        self,
        *,
        sponsor: str | None = None,
        beneficiary: str | None = None,
        identity: UUID | None = None,
        status: QuotaStatus | None = None,
    ) -> Sequence[EphemeralQuota]:
        """Return the quotas that match everything given, newest first."""
        ...

    async def step_quota(
        self, quota_id: UUID, status: QuotaStatus, *, reason: str, now: Instant
    ) -> EphemeralQuota | Deny:
        """Suspend, resume, activate or revoke. Refused: quota.missing, quota.status. Revoking frees reservations."""
        ...

    async def extend_quota(self, quota_id: UUID, expires_at: Instant, *, now: Instant) -> EphemeralQuota | Deny:
        """Move the end of a live quota. Refused: quota.missing, quota.expired, quota.revoked."""
        ...

    async def reserve(
        self, reservation: Reservation, *, window: TimeWindow | None, now: Instant, repeat: RepeatKey | None = None
    ) -> Reserved | Deny:
        """Set an amount aside. Callers at once never hold more than limit plus burst together.

        Refused: quota.missing, what EphemeralQuota.may_reserve refuses, repeat.differs.
        """
        ...

    async def settle(self, reservation_id: UUID, used: Decimal, *, entry_id: UUID, now: Instant) -> Settled | Deny:
        """Commit `used` of a held reservation, free the rest, and book its cost under `entry_id` when it has one.

        The same commit again changes nothing. Refused: reservation.missing, reservation.settled (another end),
        reservation.expired, reservation.over (more than was held).
        """
        ...

    async def release(self, reservation_id: UUID, *, now: Instant) -> Settled | Deny:
        """Give a held reservation back. Repeated: nothing. Refused: reservation.missing, .settled, .expired."""
        ...

    async def use(
        self,
        reservation: Reservation,
        *,
        entry_id: UUID,
        window: TimeWindow | None,
        now: Instant,
        is_partial: bool,
        repeat: RepeatKey | None = None,
    ) -> Settled | Deny:
        """Reserve and commit at once. With `is_partial` take what is left, at most the amount, instead of refusing.

        Refused: as `reserve`; with `is_partial` quota.over only when nothing is left.
        """
        ...

    async def reservation(self, reservation_id: UUID) -> Reservation | None: ...
    async def reservations(self, quota_id: UUID) -> Sequence[Reservation]: ...

    async def begin_due(self, now: Instant, *, limit: int) -> Sequence[UUID]:
        """Activate pending quotas whose start has come; at most `limit` of them."""
        ...

    async def expire_quotas(self, now: Instant, *, limit: int) -> Sequence[UUID]:
        """Expire quotas whose end has come, and free their reservations; at most `limit` of them."""
        ...

    async def expire_reservations(self, now: Instant, *, limit: int) -> int:
        """Free held reservations whose end has come; at most `limit`. Return how many."""
        ...

    async def delete_quotas(self, before: Instant, *, limit: int) -> int:
        """Delete quotas that ended before this moment, and repeat keys that old; what they cost stays booked."""
        ...


class PoolStore(Protocol):
    """Pools and allocations. Raises StoreUnavailable; a missing row is None or a Deny (pool.missing)."""

    async def add_pool(self, pool: ResourcePool) -> None: ...
    async def pool(self, pool_id: UUID) -> ResourcePool | None: ...
    async def pools(self, *, status: PoolStatus | None = None) -> Sequence[ResourcePool]:
        """Return pools, newest first."""
        ...

    async def step_pool(self, pool_id: UUID, status: PoolStatus, *, now: Instant) -> ResourcePool | Deny:
        """Open, pause or close. Refused: pool.missing, pool.status. Closing declines what waits."""
        ...

    async def request(
        self,
        allocation: PoolAllocation,
        *,
        mail: str,
        window: TimeWindow | None,
        now: Instant,
        repeat: RepeatKey | None = None,
    ) -> Requested | Deny:
        """Take a request: PENDING, or APPROVED at once where the pool approves itself.

        Refused: pool.missing, what ResourcePool.is_open and may_request refuse, repeat.differs.
        """
        ...

    async def approve(
        self, allocation_id: UUID, *, approver: UUID, given: Decimal | None, now: Instant
    ) -> Requested | Deny:
        """Approve a waiting request, in full or with less. Refused: allocation.missing, allocation.closed,
        allocation.over (more than was asked), pool.users, and a pool that is not open."""
        ...

    async def decline(self, allocation_id: UUID, *, approver: UUID, now: Instant) -> Requested | Deny: ...
    async def use_allocation(self, allocation_id: UUID, used: Decimal, *, now: Instant) -> Requested | Deny:
        """Add to what is used of an approved allocation. Refused: what PoolAllocation.may_use refuses."""
        ...

    async def release_allocation(self, allocation_id: UUID, *, now: Instant) -> Requested | Deny:
        """End an approved allocation, or withdraw a waiting one: what was not used is free again."""
        ...

    async def allocation(self, allocation_id: UUID) -> PoolAllocation | None: ...
    async def allocations(
        self, *, pool_id: UUID | None = None, user: str | None = None, status: AllocationStatus | None = None
    ) -> Sequence[PoolAllocation]:
        """Return the allocations that match everything given, newest first."""
        ...

    async def expire_pools(self, now: Instant, *, limit: int) -> Sequence[UUID]:
        """Expire pools whose end has come, with their allocations; at most `limit`."""
        ...

    async def expire_allocations(self, now: Instant, *, limit: int) -> Sequence[UUID]:
        """Expire allocations and waiting requests whose end has come; at most `limit`."""
        ...

    async def pool_usage(self, pool_id: UUID) -> PoolUsage | None: ...


class CostStore(Protocol):
    """Rate cards and entries. Raises StoreUnavailable."""

    async def add_card(self, card: RateCard) -> None: ...
    async def cards(self) -> Sequence[RateCard]: ...
    async def book(self, entry: CostEntry, *, repeat: RepeatKey | None = None) -> CostEntry | Deny:
        """Keep an entry; by the same key again return the first one. Refused: repeat.differs."""
        ...

    async def entries(
        self,
        *,
        since: Instant,
        until: Instant,
        sponsor: str | None = None,
        quota_id: UUID | None = None,
        session_id: str | None = None,
    ) -> Sequence[CostEntry]:
        """Return entries booked from `since` until just before `until`, oldest first."""
        ...

    async def bill(self, by: Attribution, *, since: Instant, until: Instant, sponsor: str | None = None) -> Bill:
        """Sum the entries of a span in the database, split one way; equal to bill_of over `entries`."""
        ...


class WindowStore(Protocol):
    """Time windows, and what sessions are limited by. Raises StoreUnavailable."""

    async def add_window(self, window: TimeWindow, *, now: Instant) -> None: ...
    async def window(self, window_id: UUID) -> TimeWindow | None: ...
    async def windows(self) -> Sequence[TimeWindow]:
        """Return all, by name."""
        ...

    async def update_window(self, window: TimeWindow, *, now: Instant) -> Decision:
        """Replace. Refused: window.missing."""
        ...

    async def remove_window(self, window_id: UUID) -> Decision:
        """Delete one that no live quota, pool or session carries. Refused: window.missing, window.used."""
        ...

    async def put_limits(self, limits: SessionLimits) -> None: ...
    async def limits(self, session_id: SessionId) -> SessionLimits | None: ...


class UsageStore(QuotaStore, PoolStore, CostStore, WindowStore, Protocol):
    """All of it."""
