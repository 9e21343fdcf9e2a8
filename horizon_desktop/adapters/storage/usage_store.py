"""SqlUsageStore: the UsageStore port over SQLAlchemy Core. One call is one transaction."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from horizon_desktop.adapters.storage import (
    allocation_rows,
    cost_rows,
    pool_rows,
    quota_rows,
    reservation_rows,
    window_rows,
)
from horizon_desktop.adapters.storage.database import Database
from horizon_desktop.domain.decision import Decision, Deny
from horizon_desktop.domain.ids import SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.time_window import TimeWindow
from horizon_desktop.domain.usage.cost import Attribution, Bill, CostEntry, RateCard
from horizon_desktop.domain.usage.pool import AllocationStatus, PoolAllocation, PoolStatus, PoolUsage, ResourcePool
from horizon_desktop.domain.usage.quota import EphemeralQuota, QuotaStatus, Reservation, Settled, StandingQuota
from horizon_desktop.ports.usage import RepeatKey, Requested, Reserved, SessionLimits


class SqlUsageStore:
    """Works on a database that somebody else opened and will close (`SqlStore.database`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- quotas ---
    async def add_standing(self, quota: StandingQuota) -> None:
        await self._database.write(quota_rows.add_standing, quota)

    async def standing(self, standing_id: UUID) -> StandingQuota | None:
        return await self._database.read(quota_rows.standing, standing_id)

    async def add_quota(self, quota: EphemeralQuota, *, repeat: RepeatKey | None = None) -> EphemeralQuota | Deny:
        return await self._database.write(quota_rows.add, quota, repeat)

    async def quota(self, quota_id: UUID) -> EphemeralQuota | None:
        return await self._database.read(quota_rows.get, quota_id)

    async def quotas(
        self,
        *,
        sponsor: str | None = None,
        beneficiary: str | None = None,
        identity: UUID | None = None,
        status: QuotaStatus | None = None,
    ) -> Sequence[EphemeralQuota]:
        return await self._database.read(quota_rows.listing, sponsor, beneficiary, identity, status)

    async def step_quota(
        self, quota_id: UUID, status: QuotaStatus, *, reason: str, now: Instant
    ) -> EphemeralQuota | Deny:
        return await self._database.write(quota_rows.step, quota_id, status, reason, now)

    async def extend_quota(self, quota_id: UUID, expires_at: Instant, *, now: Instant) -> EphemeralQuota | Deny:
        return await self._database.write(quota_rows.extend, quota_id, expires_at, now)

    async def reserve(
        self, reservation: Reservation, *, window: TimeWindow | None, now: Instant, repeat: RepeatKey | None = None
    ) -> Reserved | Deny:
        return await self._database.write(reservation_rows.reserve, reservation, window, now, repeat)

    async def settle(self, reservation_id: UUID, used: Decimal, *, entry_id: UUID, now: Instant) -> Settled | Deny:
        return await self._database.write(reservation_rows.settle, reservation_id, used, entry_id, now)

    async def release(self, reservation_id: UUID, *, now: Instant) -> Settled | Deny:
        return await self._database.write(reservation_rows.release, reservation_id, now)

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
        return await self._database.write(reservation_rows.use, reservation, entry_id, window, now, is_partial, repeat)

    async def reservation(self, reservation_id: UUID) -> Reservation | None:
        return await self._database.read(reservation_rows.get, reservation_id)

    async def reservations(self, quota_id: UUID) -> Sequence[Reservation]:
        return await self._database.read(reservation_rows.of_quota, quota_id)

    async def begin_due(self, now: Instant, *, limit: int) -> Sequence[UUID]:
        return await self._database.write(quota_rows.begin_due, now, limit)

    async def expire_quotas(self, now: Instant, *, limit: int) -> Sequence[UUID]:
        return await self._database.write(quota_rows.expire, now, limit)

    async def expire_reservations(self, now: Instant, *, limit: int) -> int:
        return await self._database.write(reservation_rows.expire, now, limit)

    async def delete_quotas(self, before: Instant, *, limit: int) -> int:
        return await self._database.write(quota_rows.delete, before, limit)

    # --- pools ---
    async def add_pool(self, pool: ResourcePool) -> None:
        await self._database.write(pool_rows.add, pool)

    async def pool(self, pool_id: UUID) -> ResourcePool | None:
        return await self._database.read(pool_rows.get, pool_id)

    async def pools(self, *, status: PoolStatus | None = None) -> Sequence[ResourcePool]:
        return await self._database.read(pool_rows.listing, status)

    async def step_pool(self, pool_id: UUID, status: PoolStatus, *, now: Instant) -> ResourcePool | Deny:
        return await self._database.write(pool_rows.step, pool_id, status, now)

    async def request(
        self,
        allocation: PoolAllocation,
        *,
        mail: str,
        window: TimeWindow | None,
        now: Instant,
        repeat: RepeatKey | None = None,
    ) -> Requested | Deny:
        return await self._database.write(allocation_rows.request, allocation, mail, window, now, repeat)

    async def approve(
        self, allocation_id: UUID, *, approver: UUID, given: Decimal | None, now: Instant
    ) -> Requested | Deny:
        return await self._database.write(allocation_rows.approve, allocation_id, approver, given, now)

    async def decline(self, allocation_id: UUID, *, approver: UUID, now: Instant) -> Requested | Deny:
        return await self._database.write(allocation_rows.decline, allocation_id, approver, now)

    async def use_allocation(self, allocation_id: UUID, used: Decimal, *, now: Instant) -> Requested | Deny:
        return await self._database.write(allocation_rows.use, allocation_id, used, now)

    async def release_allocation(self, allocation_id: UUID, *, now: Instant) -> Requested | Deny:
        return await self._database.write(allocation_rows.release, allocation_id, now)

    async def allocation(self, allocation_id: UUID) -> PoolAllocation | None:
        return await self._database.read(allocation_rows.get, allocation_id)

    async def allocations(
        self, *, pool_id: UUID | None = None, user: str | None = None, status: AllocationStatus | None = None
    ) -> Sequence[PoolAllocation]:
        return await self._database.read(allocation_rows.listing, pool_id, user, status)

    async def expire_pools(self, now: Instant, *, limit: int) -> Sequence[UUID]:
        return await self._database.write(pool_rows.expire, now, limit)

    async def expire_allocations(self, now: Instant, *, limit: int) -> Sequence[UUID]:
        return await self._database.write(allocation_rows.expire, now, limit)

    async def pool_usage(self, pool_id: UUID) -> PoolUsage | None:
        return await self._database.read(pool_rows.usage, pool_id)

    # --- cost ---
    async def add_card(self, card: RateCard) -> None:
        await self._database.write(cost_rows.add_card, card)

    async def cards(self) -> Sequence[RateCard]:
        return await self._database.read(cost_rows.cards)

    async def book(self, entry: CostEntry, *, repeat: RepeatKey | None = None) -> CostEntry | Deny:
        return await self._database.write(cost_rows.book, entry, repeat)

    async def entries(
        self,
        *,
        since: Instant,
        until: Instant,
        sponsor: str | None = None,
        quota_id: UUID | None = None,
        session_id: str | None = None,
    ) -> Sequence[CostEntry]:
        return await self._database.read(cost_rows.entries, since, until, sponsor, quota_id, session_id)

    async def bill(self, by: Attribution, *, since: Instant, until: Instant, sponsor: str | None = None) -> Bill:
        return await self._database.read(cost_rows.bill, by, since, until, sponsor)

    # --- time windows ---
    async def add_window(self, window: TimeWindow, *, now: Instant) -> None:
        await self._database.write(window_rows.add, window, now)

    async def window(self, window_id: UUID) -> TimeWindow | None:
        return await self._database.read(window_rows.get, window_id)

    async def windows(self) -> Sequence[TimeWindow]:
        return await self._database.read(window_rows.listing)

    async def update_window(self, window: TimeWindow, *, now: Instant) -> Decision:
        return await self._database.write(window_rows.update, window, now)

    async def remove_window(self, window_id: UUID) -> Decision:
        return await self._database.write(window_rows.remove, window_id)

    async def put_limits(self, limits: SessionLimits) -> None:
        await self._database.write(window_rows.put_limits, limits)

    async def limits(self, session_id: SessionId) -> SessionLimits | None:
        return await self._database.read(window_rows.limits, session_id)
