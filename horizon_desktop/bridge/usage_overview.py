"""From quotas, pools and bookings to what the screen of quotas and pools shows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Decimal
from typing import Final
from uuid import UUID

from horizon_desktop.bridge.usage_views import (
    PoolView,
    QuotaView,
    RequestView,
    SponsorLine,
    UsageView,
    WindowView,
)
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.time_window import TimeWindow
from horizon_desktop.domain.usage.amounts import PLACES, ZERO, ResourceType, times
from horizon_desktop.domain.usage.cost import Attribution, Bill
from horizon_desktop.domain.usage.pool import AllocationStatus, PoolAllocation, PoolStatus, ResourcePool
from horizon_desktop.domain.usage.quota import QUOTA_ENDS, EphemeralQuota
from horizon_desktop.services.usage import Usage

HOUR_MS: Final = 3_600_000
DECIDED_SHOWN: Final = 20
_GONE: Final = (PoolStatus.CLOSED, PoolStatus.EXPIRED)
NEARLY_EMPTY: Final = 10
"""A pool with less than one part in ten left is nearly empty."""


async def overview(usage: Usage, *, now: Instant) -> UsageView:
    """Read everything and return the view of this month."""
    since, until = month_of(now)
    bill = await usage.costs.bill(Attribution.SPONSOR, since=since, until=until)
    pools = await usage.pools.listing()
    windows = {window.window_id: window for window in await usage.windows.listing()}
    allocations = await usage.pools.allocations()
    prices = {resource: await usage.costs.price_of(resource) for resource in ResourceType}
    requests = [_request(allocation, pools, prices) for allocation in allocations]
    quotas = [quota for quota in await usage.quotas.listing() if quota.status not in QUOTA_ENDS]
    pending = [request for request in requests if request.status == AllocationStatus.PENDING.value]
    done = [request for request in requests if request.status != AllocationStatus.PENDING.value]
    done.sort(key=lambda request: request.decided_at or request.asked_at, reverse=True)
    return UsageView(
        since=since,
        until=until,
        currency=await usage.costs.currency(),
        quotas=tuple(quota_view(quota, now) for quota in quotas),
        sponsors=_sponsors(bill),
        cost=bill.total,
        pools=tuple(_pool(pool, windows, allocations) for pool in pools if pool.status not in _GONE),
        waiting=tuple(sorted(pending, key=lambda request: request.asked_at)),
        decided=tuple(done[:DECIDED_SHOWN]),
    )


def month_of(now: Instant) -> tuple[Instant, Instant]:
    """Return the beginnings of this month and of the next one, UTC."""
    today = datetime.fromtimestamp(now.ms / 1000, UTC)
    first = datetime(today.year, today.month, 1, tzinfo=UTC)
    after = datetime(today.year + today.month // 12, today.month % 12 + 1, 1, tzinfo=UTC)
    return Instant(int(first.timestamp()) * 1000), Instant(int(after.timestamp()) * 1000)


def quota_view(quota: EphemeralQuota, now: Instant) -> QuotaView:
    return QuotaView(
        quota_id=str(quota.id),
        resource=quota.resource_type.value,
        sponsor=quota.sponsor_id,
        beneficiary=quota.beneficiary_id,
        limit=quota.limit_value,
        used=quota.used_value,
        reserved=quota.reserved_value,
        ceiling=quota.ceiling,
        left=quota.left,
        warned_percent=quota.warned_percent,
        rate=quota.cost_rate,
        cost=quota.actual_cost,
        status=quota.status.value,
        starts_at=quota.starts_at,
        expires_at=quota.expires_at,
        forecast=_forecast(quota, now),
    )


def window_view(window: TimeWindow, now: Instant) -> WindowView:
    return WindowView(
        window_id=str(window.window_id),
        name=window.name,
        start=f"{window.start:%H:%M}",
        end=f"{window.end:%H:%M}",
        zone=window.zone,
        days=tuple(sorted(window.days_of_week)),
        blackout_dates=tuple(day.isoformat() for day in sorted(window.blackout_dates)),
        is_open=window.at(now) is not None,
        next_open=window.next_open(now),
        next_close=window.next_close(now),
    )


def _forecast(quota: EphemeralQuota, now: Instant) -> Decimal | None:
    """Draw the line of use so far on to the end of the quota."""
    passed, whole = now.since(quota.starts_at), quota.expires_at.since(quota.starts_at)
    if passed < HOUR_MS:
        return None
    return (quota.used_value * whole / min(passed, whole)).quantize(PLACES, ROUND_DOWN)


def _sponsors(bill: Bill) -> tuple[SponsorLine, ...]:
    return tuple(
        SponsorLine(
            sponsor=line.name,
            quantities={resource.value: quantity for resource, quantity in line.quantities.items()},
            cost=line.cost,
            share_percent=int((line.cost * 100 / bill.total).to_integral_value()) if bill.total else 0,
        )
        for line in bill.lines
    )


def _pool(pool: ResourcePool, windows: Mapping[UUID, TimeWindow], allocations: Sequence[PoolAllocation]) -> PoolView:
    own = [allocation for allocation in allocations if allocation.pool_id == pool.id]
    window = None if pool.time_window_id is None else windows.get(pool.time_window_id)
    return PoolView(
        pool_id=str(pool.id),
        name=pool.name,
        description=pool.description or "",
        kind=pool.pool_type.value,
        resource=pool.resource_type.value,
        total=pool.total_limit,
        left=pool.left,
        used=sum((allocation.used_amount for allocation in own), ZERO),
        users=pool.current_users,
        most_users=pool.max_concurrent_users,
        is_approval_asked=pool.requires_approval,
        hours="" if window is None else hours_text(window),
        expires_at=pool.expires_at,
        status=pool.status.value,
        waiting=sum(allocation.status is AllocationStatus.PENDING for allocation in own),
        is_nearly_empty=pool.left * NEARLY_EMPTY < pool.total_limit,
    )


def _request(
    allocation: PoolAllocation, pools: Sequence[ResourcePool], prices: Mapping[ResourceType, Decimal]
) -> RequestView:
    pool = next(pool for pool in pools if pool.id == allocation.pool_id)
    is_decided = allocation.status is not AllocationStatus.PENDING
    return RequestView(
        allocation_id=str(allocation.id),
        pool_id=str(pool.id),
        pool_name=pool.name,
        user=allocation.user_id,
        resource=pool.resource_type.value,
        amount=allocation.allocated_amount,
        used=allocation.used_amount,
        purpose=allocation.purpose or "",
        status=allocation.status.value,
        asked_at=allocation.created_at,
        decided_at=(allocation.released_at or allocation.approved_at) if is_decided else None,
        expires_at=allocation.expires_at,
        left_after=pool.left,
        user_cap=pool.max_allocation_per_user,
        cost=times(allocation.allocated_amount, prices[pool.resource_type]),
        is_self_approved=allocation.approved_at is not None and allocation.approved_by is None,
    )


def hours_text(window: TimeWindow) -> str:
    """Return the hours of a window as people read them: `22:00-06:00 Europe/Berlin`."""
    return f"{window.start:%H:%M}-{window.end:%H:%M} {window.zone}"
