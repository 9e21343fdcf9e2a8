"""Statements about pools: made, read, stepped and expired, each with the allocations that hang on them."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from horizon_desktop.adapters.storage.exact_types import Exact
from horizon_desktop.adapters.storage.usage_schema import POOL_ALLOCATIONS, RESOURCE_POOLS
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.usage.amounts import ZERO
from horizon_desktop.domain.usage.pool import AllocationStatus, PoolStatus, PoolUsage, ResourcePool, UserShare

_C: Final = RESOURCE_POOLS.c
_A: Final = POOL_ALLOCATIONS.c
_OPEN: Final = sa.text("status IN ('draft', 'active', 'paused')")
_ASKED: Final = (AllocationStatus.PENDING, AllocationStatus.APPROVED)


async def add(conn: AsyncConnection, pool: ResourcePool) -> None:
    await conn.execute(RESOURCE_POOLS.insert(), msgspec.structs.asdict(pool))


async def get(conn: AsyncConnection, pool_id: UUID) -> ResourcePool | None:
    found = (await conn.execute(RESOURCE_POOLS.select().where(_C.id == pool_id))).first()
    return None if found is None else _row(found)


async def locked(conn: AsyncConnection, pool_id: UUID) -> ResourcePool | None:
    """Read a pool in order to change it or its allocations: one caller after the other."""
    found = (await conn.execute(RESOURCE_POOLS.select().where(_C.id == pool_id).with_for_update())).first()
    return None if found is None else _row(found)


async def write(conn: AsyncConnection, pool: ResourcePool) -> None:
    """Write what became of a locked pool."""
    await conn.execute(
        RESOURCE_POOLS.update()
        .where(_C.id == pool.id)
        .values(
            allocated=pool.allocated,
            reserved=pool.reserved,
            current_users=pool.current_users,
            status=pool.status,
            updated_at=pool.updated_at,
        )
    )


async def listing(conn: AsyncConnection, status: PoolStatus | None) -> Sequence[ResourcePool]:
    query = RESOURCE_POOLS.select().order_by(_C.created_at.desc(), _C.id)
    if status is not None:
        query = query.where(_C.status == status)
    return tuple(_row(found) for found in await conn.execute(query))


async def step(conn: AsyncConnection, pool_id: UUID, status: PoolStatus, now: Instant) -> ResourcePool | Deny:
    before = await locked(conn, pool_id)
    if before is None:
        return Deny("pool.missing")
    after = before.stepped(status, now=now)
    if isinstance(after, Deny):
        return after
    if status is PoolStatus.CLOSED:
        await conn.execute(
            POOL_ALLOCATIONS.update()
            .where(_A.pool_id == pool_id, _A.status == AllocationStatus.PENDING)
            .values(status=AllocationStatus.DECLINED, released_at=now, updated_at=now)
        )
        after = msgspec.structs.replace(after, reserved=ZERO)
    await write(conn, after)
    return after


async def share(conn: AsyncConnection, pool_id: UUID, user: str, *, but: UUID | None = None) -> UserShare:
    """Return what a user asks for, holds and has used up in a pool; `but` leaves one allocation out."""
    query = sa.select(_A.status, _A.allocated_amount, _A.used_amount).where(_A.pool_id == pool_id, _A.user_id == user)
    if but is not None:
        query = query.where(_A.id != but)
    amount, has_active = ZERO, False
    for status, allocated, used in await conn.execute(query):
        amount += allocated if status in _ASKED else used
        has_active = has_active or status is AllocationStatus.APPROVED
    return UserShare(amount=amount, has_active=has_active)


async def expire(conn: AsyncConnection, now: Instant, limit: int) -> Sequence[UUID]:
    due = await conn.execute(
        sa.select(_C.id)
        .where(_OPEN, _C.expires_at <= now)
        .order_by(_C.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids: Sequence[UUID] = tuple(due.scalars())
    for pool_id in ids:
        await _expire_one(conn, pool_id, now)
    return ids


async def _expire_one(conn: AsyncConnection, pool_id: UUID, now: Instant) -> None:
    """Expire a pool with all that was asked and given: only what was used stays counted."""
    used = await conn.scalar(sa.select(sa.func.sum(_A.used_amount, type_=Exact())).where(_A.pool_id == pool_id))
    await conn.execute(
        POOL_ALLOCATIONS.update()
        .where(_A.pool_id == pool_id, _A.status.in_(_ASKED))
        .values(status=AllocationStatus.EXPIRED, released_at=now, updated_at=now)
    )
    await conn.execute(
        RESOURCE_POOLS.update()
        .where(_C.id == pool_id)
        .values(status=PoolStatus.EXPIRED, allocated=used or ZERO, reserved=ZERO, current_users=0, updated_at=now)
    )


async def usage(conn: AsyncConnection, pool_id: UUID) -> PoolUsage | None:
    pool = await get(conn, pool_id)
    if pool is None:
        return None
    counted = await conn.execute(sa.select(_A.status, sa.func.count()).where(_A.pool_id == pool_id).group_by(_A.status))
    allocations = {status.value: count for status, count in counted}
    by_user = await conn.execute(
        sa.select(_A.user_id, sa.func.sum(_A.used_amount, type_=Exact()))
        .where(_A.pool_id == pool_id, _A.used_amount > ZERO)
        .group_by(_A.user_id)
    )
    used = {found.user_id: found[1] for found in by_user}
    return PoolUsage(
        pool_id=pool_id,
        total=pool.total_limit,
        allocated=pool.allocated,
        reserved=pool.reserved,
        used=sum(used.values(), ZERO),
        left=pool.left,
        users=pool.current_users,
        allocations=allocations,
        by_user=used,
    )


def _row(found: sa.Row[*tuple[Any, ...]]) -> ResourcePool:
    return ResourcePool(**found._mapping)
