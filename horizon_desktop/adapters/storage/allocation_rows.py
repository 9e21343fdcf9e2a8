"""Statements about requests to pools and what became of them. The pool is locked first, always."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from horizon_desktop.adapters.storage import pool_rows, repeat_rows
from horizon_desktop.adapters.storage.usage_schema import POOL_ALLOCATIONS
from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.time_window import TimeWindow
from horizon_desktop.domain.usage.pool import AllocationStatus, PoolAllocation, ResourcePool, UserShare
from horizon_desktop.ports.usage import RepeatKey, Requested

_C: Final = POOL_ALLOCATIONS.c
_LIVE: Final = sa.text("status IN ('pending', 'approved')")
"""Written out, as the partial index is."""


async def get(conn: AsyncConnection, allocation_id: UUID) -> PoolAllocation | None:
    found = (await conn.execute(POOL_ALLOCATIONS.select().where(_C.id == allocation_id))).first()
    return None if found is None else _row(found)


async def listing(
    conn: AsyncConnection, pool_id: UUID | None, user: str | None, status: AllocationStatus | None
) -> Sequence[PoolAllocation]:
    query = POOL_ALLOCATIONS.select().order_by(_C.created_at.desc(), _C.id)
    for column, value in ((_C.pool_id, pool_id), (_C.user_id, user), (_C.status, status)):
        if value is not None:
            query = query.where(column == value)
    return tuple(_row(found) for found in await conn.execute(query))


async def request(
    conn: AsyncConnection,
    allocation: PoolAllocation,
    mail: str,
    window: TimeWindow | None,
    now: Instant,
    repeat: RepeatKey | None,
) -> Requested | Deny:
    first = await repeat_rows.claim(conn, repeat, allocation.id, now)
    if isinstance(first, Deny):
        return first
    pool = await pool_rows.locked(conn, allocation.pool_id)
    if first is not None:
        known = await get(conn, first)
        return _missing() if known is None or pool is None else Requested(allocation=known, pool=pool, is_repeated=True)
    taken = Deny("pool.missing") if pool is None else await _take(conn, pool, allocation, mail, window, now)
    if isinstance(taken, Deny):
        await repeat_rows.forget(conn, repeat)
        return taken
    await pool_rows.write(conn, taken.pool)
    await conn.execute(POOL_ALLOCATIONS.insert(), msgspec.structs.asdict(taken.allocation))
    return taken


async def _take(
    conn: AsyncConnection,
    pool: ResourcePool,
    allocation: PoolAllocation,
    mail: str,
    window: TimeWindow | None,
    now: Instant,
) -> Requested | Deny:
    wanted = allocation.allocated_amount
    share = await pool_rows.share(conn, pool.id, allocation.user_id)
    decision = pool.is_open(now=now, window=window)
    if isinstance(decision, Allow):
        decision = pool.may_request(wanted, share, purpose=allocation.purpose or "")
    if isinstance(decision, Deny):
        return decision
    asked = pool.asked(wanted, now=now)
    if not pool.approves_itself(mail):
        return Requested(allocation=allocation, pool=asked)
    granted = asked.granted(wanted, wanted, is_new_user=not share.has_active, now=now)
    approved = msgspec.structs.replace(allocation, status=AllocationStatus.APPROVED, approved_at=now)
    return Requested(allocation=approved, pool=granted)


async def approve(
    conn: AsyncConnection, allocation_id: UUID, approver: UUID, given: Decimal | None, now: Instant
) -> Requested | Deny:
    found = await _locked(conn, allocation_id)
    if isinstance(found, Deny):
        return found
    allocation, pool = found
    amount = allocation.allocated_amount if given is None else given
    share = await pool_rows.share(conn, pool.id, allocation.user_id, but=allocation_id)
    decision = _may_approve(allocation, pool, share, amount, now)
    if isinstance(decision, Deny):
        return decision
    granted = pool.granted(allocation.allocated_amount, amount, is_new_user=not share.has_active, now=now)
    approved = msgspec.structs.replace(
        allocation,
        allocated_amount=amount,
        status=AllocationStatus.APPROVED,
        approved_by=approver,
        approved_at=now,
        updated_at=now,
    )
    return await _write(conn, approved, granted)


def _may_approve(
    allocation: PoolAllocation, pool: ResourcePool, share: UserShare, amount: Decimal, now: Instant
) -> Allow | Deny:
    if allocation.status is not AllocationStatus.PENDING:
        return Deny("allocation.closed", allocation.status.value)
    if now >= allocation.expires_at:
        return Deny("allocation.expired", allocation.expires_at.iso())
    if amount > allocation.allocated_amount:
        return Deny("allocation.over", f"{allocation.allocated_amount}")
    decision = pool.is_open(now=now)
    return pool.may_join(share) if isinstance(decision, Allow) else decision


async def decline(conn: AsyncConnection, allocation_id: UUID, approver: UUID, now: Instant) -> Requested | Deny:
    found = await _locked(conn, allocation_id)
    if isinstance(found, Deny):
        return found
    allocation, pool = found
    if allocation.status is not AllocationStatus.PENDING:
        return Deny("allocation.closed", allocation.status.value)
    declined = msgspec.structs.replace(
        allocation, status=AllocationStatus.DECLINED, approved_by=approver, released_at=now, updated_at=now
    )
    return await _write(conn, declined, pool.unasked(allocation.allocated_amount, now=now))


async def use(conn: AsyncConnection, allocation_id: UUID, used: Decimal, now: Instant) -> Requested | Deny:
    found = await _locked(conn, allocation_id)
    if isinstance(found, Deny):
        return found
    allocation, pool = found
    decision = allocation.may_use(used, now=now)
    if isinstance(decision, Deny):
        return decision
    after = msgspec.structs.replace(allocation, used_amount=allocation.used_amount + used, updated_at=now)
    return await _write(conn, after, pool)


async def release(conn: AsyncConnection, allocation_id: UUID, now: Instant) -> Requested | Deny:
    found = await _locked(conn, allocation_id)
    if isinstance(found, Deny):
        return found
    return await _close(conn, *found, AllocationStatus.RELEASED, now)


async def expire(conn: AsyncConnection, now: Instant, limit: int) -> Sequence[UUID]:
    due = await conn.execute(
        sa.select(_C.id).where(_LIVE, _C.expires_at <= now).order_by(_C.pool_id, _C.id).limit(limit)
    )
    ended = []
    for allocation_id in tuple(due.scalars()):
        found = await _locked(conn, allocation_id)
        if not isinstance(found, Deny):
            closed = await _close(conn, *found, AllocationStatus.EXPIRED, now)
            if isinstance(closed, Requested):
                ended.append(allocation_id)
    return tuple(ended)


async def _close(
    conn: AsyncConnection, allocation: PoolAllocation, pool: ResourcePool, status: AllocationStatus, now: Instant
) -> Requested | Deny:
    """End a waiting or an approved allocation; what was not used goes back to the pool."""
    if allocation.status is AllocationStatus.PENDING:
        after = pool.unasked(allocation.allocated_amount, now=now)
    elif allocation.status is AllocationStatus.APPROVED:
        others = await pool_rows.share(conn, pool.id, allocation.user_id, but=allocation.id)
        after = pool.freed(allocation.left, is_last_of_user=not others.has_active, now=now)
    else:
        return Deny("allocation.closed", allocation.status.value)
    ended = msgspec.structs.replace(allocation, status=status, released_at=now, updated_at=now)
    return await _write(conn, ended, after)


async def _locked(conn: AsyncConnection, allocation_id: UUID) -> tuple[PoolAllocation, ResourcePool] | Deny:
    """Lock the pool, then read the allocation as it is then."""
    pool_id = await conn.scalar(sa.select(_C.pool_id).where(_C.id == allocation_id))
    pool = None if pool_id is None else await pool_rows.locked(conn, pool_id)
    allocation = await get(conn, allocation_id)
    return _missing() if pool is None or allocation is None else (allocation, pool)


async def _write(conn: AsyncConnection, allocation: PoolAllocation, pool: ResourcePool) -> Requested:
    await conn.execute(
        POOL_ALLOCATIONS.update().where(_C.id == allocation.id).values(msgspec.structs.asdict(allocation))
    )
    await pool_rows.write(conn, pool)
    return Requested(allocation=allocation, pool=pool)


def _missing() -> Deny:
    return Deny("allocation.missing")


def _row(found: sa.Row[*tuple[Any, ...]]) -> PoolAllocation:
    return PoolAllocation(**found._mapping)
