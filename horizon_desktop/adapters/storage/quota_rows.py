"""Statements about quotas: made, read, stepped, expired in batches, deleted."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from horizon_desktop.adapters.storage import repeat_rows
from horizon_desktop.adapters.storage.exact_types import Exact
from horizon_desktop.adapters.storage.id_sets import is_among, is_in_batch
from horizon_desktop.adapters.storage.usage_schema import EPHEMERAL_QUOTAS, QUOTA_RESERVATIONS, QUOTAS
from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.usage.amounts import ZERO
from horizon_desktop.domain.usage.quota import (
    QUOTA_ENDS,
    EphemeralQuota,
    QuotaStatus,
    ReservationState,
    StandingQuota,
)
from horizon_desktop.errors import LocalProtocolError
from horizon_desktop.ports.usage import RepeatKey

LIVE: Final = sa.text("status IN ('pending', 'active', 'suspended')")
"""Written out, as the partial index is: with values bound to it SQLite would not use the index."""
_C: Final = EPHEMERAL_QUOTAS.c


def row(found: sa.Row[*tuple[Any, ...]]) -> EphemeralQuota:
    return EphemeralQuota(**found._mapping)


async def add_standing(conn: AsyncConnection, quota: StandingQuota) -> None:
    await conn.execute(QUOTAS.insert(), msgspec.structs.asdict(quota))


async def standing(conn: AsyncConnection, standing_id: UUID) -> StandingQuota | None:
    found = (await conn.execute(QUOTAS.select().where(QUOTAS.c.id == standing_id))).first()
    return None if found is None else StandingQuota(**found._mapping)


async def add(conn: AsyncConnection, quota: EphemeralQuota, repeat: RepeatKey | None) -> EphemeralQuota | Deny:
    first = await repeat_rows.claim(conn, repeat, quota.id, quota.created_at)
    if isinstance(first, Deny):
        return first
    if first is not None:
        return await get(conn, first) or Deny("quota.missing")
    decision = await _may_cut(conn, quota)
    if isinstance(decision, Deny):
        await repeat_rows.forget(conn, repeat)
        return decision
    await conn.execute(EPHEMERAL_QUOTAS.insert(), msgspec.structs.asdict(quota))
    return quota


async def _may_cut(conn: AsyncConnection, quota: EphemeralQuota) -> Allow | Deny:
    if quota.quota_id is None:
        return Allow()
    limit = await conn.scalar(
        sa.select(QUOTAS.c.limit_value)
        .where(QUOTAS.c.id == quota.quota_id, QUOTAS.c.resource_type == quota.resource_type)
        .with_for_update()
    )
    if limit is None:
        return Deny("standing.missing")
    cut: Decimal | None = await conn.scalar(
        sa.select(sa.func.sum(_C.limit_value, type_=Exact())).where(_C.quota_id == quota.quota_id, LIVE)
    )
    left = limit - (cut or ZERO)
    return Allow() if quota.limit_value <= left else Deny("standing.over", f"{max(ZERO, left)}")


async def get(conn: AsyncConnection, quota_id: UUID) -> EphemeralQuota | None:
    found = (await conn.execute(EPHEMERAL_QUOTAS.select().where(_C.id == quota_id))).first()
    return None if found is None else row(found)


async def locked(conn: AsyncConnection, quota_id: UUID) -> EphemeralQuota | None:
    """Read a quota in order to change it: every change of one quota passes here first, one after the other."""
    found = (await conn.execute(EPHEMERAL_QUOTAS.select().where(_C.id == quota_id).with_for_update())).first()
    return None if found is None else row(found)


async def write(conn: AsyncConnection, before: EphemeralQuota, after: EphemeralQuota) -> None:
    """Write what became of a locked quota, guarded by what it was.

    Raises:
        LocalProtocolError: it is not what it was when it was read: it had not been locked.
    """
    changed = await conn.execute(
        EPHEMERAL_QUOTAS.update()
        .where(
            _C.id == before.id,
            _C.used_value == before.used_value,
            _C.reserved_value == before.reserved_value,
            _C.status == before.status,
        )
        .values(
            used_value=after.used_value,
            reserved_value=after.reserved_value,
            actual_cost=after.actual_cost,
            status=after.status,
            status_reason=after.status_reason,
            expires_at=after.expires_at,
            updated_at=after.updated_at,
        )
    )
    if changed.rowcount != 1:
        raise LocalProtocolError("a quota changed under its lock")


async def listing(
    conn: AsyncConnection,
    sponsor: str | None,
    beneficiary: str | None,
    identity: UUID | None,
    status: QuotaStatus | None,
) -> Sequence[EphemeralQuota]:
    query = EPHEMERAL_QUOTAS.select().order_by(_C.created_at.desc(), _C.id)
    wanted = (
        (_C.sponsor_id, sponsor),
        (_C.beneficiary_id, beneficiary),
        (_C.ephemeral_identity_id, identity),
        (_C.status, status),
    )
    for column, value in wanted:
        if value is not None:
            query = query.where(column == value)
    return tuple(row(found) for found in await conn.execute(query))


async def step(
    conn: AsyncConnection, quota_id: UUID, status: QuotaStatus, reason: str, now: Instant
) -> EphemeralQuota | Deny:
    before = await locked(conn, quota_id)
    if before is None:
        return Deny("quota.missing")
    after = before.stepped(status, reason=reason, now=now)
    if isinstance(after, Deny):
        return after
    if status is QuotaStatus.REVOKED:
        after = msgspec.structs.replace(after, reserved_value=ZERO)
        await _end_reservations(conn, [quota_id], now)
    await write(conn, before, after)
    return after


async def extend(conn: AsyncConnection, quota_id: UUID, expires_at: Instant, now: Instant) -> EphemeralQuota | Deny:
    before = await locked(conn, quota_id)
    if before is None:
        return Deny("quota.missing")
    if before.status in QUOTA_ENDS:
        return Deny(f"quota.{before.status.value}", before.status_reason or "")
    after = msgspec.structs.replace(before, expires_at=expires_at, updated_at=now)
    await write(conn, before, after)
    return after


async def begin_due(conn: AsyncConnection, now: Instant, limit: int) -> Sequence[UUID]:
    due = (
        sa.select(_C.id)
        .where(_C.status == QuotaStatus.PENDING, _C.starts_at <= now, _C.expires_at > now)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    begun = await conn.execute(
        EPHEMERAL_QUOTAS.update()
        .where(_C.id.in_(due))
        .values(status=QuotaStatus.ACTIVE, updated_at=now)
        .returning(_C.id)
    )
    return tuple(begun.scalars())


async def expire(conn: AsyncConnection, now: Instant, limit: int) -> Sequence[UUID]:
    """Expire one batch."""
    ended = await conn.execute(
        EPHEMERAL_QUOTAS.update()
        .where(is_in_batch(conn, EPHEMERAL_QUOTAS, sa.and_(LIVE, _C.expires_at <= now), limit))
        .values(status=QuotaStatus.EXPIRED, status_reason="expired", reserved_value=ZERO, updated_at=now)
        .returning(_C.id)
    )
    ids: Sequence[UUID] = tuple(ended.scalars())
    await _end_reservations(conn, ids, now)
    return ids


async def _end_reservations(conn: AsyncConnection, quota_ids: Sequence[UUID], now: Instant) -> None:
    if quota_ids:
        held = QUOTA_RESERVATIONS.c
        await conn.execute(
            QUOTA_RESERVATIONS.update()
            .where(is_among(conn, held.quota_id, quota_ids), held.state == ReservationState.HELD)
            .values(state=ReservationState.EXPIRED, settled_at=now)
        )


async def delete(conn: AsyncConnection, before: Instant, limit: int) -> int:
    ended = sa.select(_C.id).where(_C.status.in_(QUOTA_ENDS), _C.updated_at < before).limit(limit)
    deleted = await conn.execute(EPHEMERAL_QUOTAS.delete().where(_C.id.in_(ended)))
    await repeat_rows.delete_older(conn, before)
    return deleted.rowcount
