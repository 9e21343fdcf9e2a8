"""Statements about reservations: each step changes a quota and its reservation in one transaction, by one pure rule.

The quota is locked first, always; so callers at once come one after the other and never hold more than it allows.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from horizon_desktop.adapters.storage import cost_rows, quota_rows, repeat_rows
from horizon_desktop.adapters.storage.usage_schema import QUOTA_RESERVATIONS
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.time_window import TimeWindow
from horizon_desktop.domain.usage.amounts import ZERO
from horizon_desktop.domain.usage.cost import CostEntry
from horizon_desktop.domain.usage.quota import EphemeralQuota, Reservation, ReservationState, Settled
from horizon_desktop.ports.usage import RepeatKey, Reserved

_C: Final = QUOTA_RESERVATIONS.c
_HELD: Final = sa.text("state = 'held'")
"""Written out, as the partial index is."""


async def get(conn: AsyncConnection, reservation_id: UUID) -> Reservation | None:
    found = (await conn.execute(QUOTA_RESERVATIONS.select().where(_C.id == reservation_id))).first()
    return None if found is None else _row(found)


async def of_quota(conn: AsyncConnection, quota_id: UUID) -> Sequence[Reservation]:
    found = await conn.execute(
        QUOTA_RESERVATIONS.select().where(_C.quota_id == quota_id).order_by(_C.created_at, _C.id)
    )
    return tuple(_row(row) for row in found)


async def reserve(
    conn: AsyncConnection, reservation: Reservation, window: TimeWindow | None, now: Instant, repeat: RepeatKey | None
) -> Reserved | Deny:
    first = await repeat_rows.claim(conn, repeat, reservation.id, now)
    if isinstance(first, Deny):
        return first
    before = await quota_rows.locked(conn, reservation.quota_id)
    if first is not None:
        known = await get(conn, first)
        if known is None or before is None:
            return Deny("reservation.missing")
        return Reserved(reservation=known, before=before, after=before, is_repeated=True)
    decision = (
        Deny("quota.missing") if before is None else before.may_reserve(reservation.amount, now=now, window=window)
    )
    if before is None or isinstance(decision, Deny):
        await repeat_rows.forget(conn, repeat)
        return decision if isinstance(decision, Deny) else Deny("quota.missing")
    after = before.reserved(reservation.amount, now=now)
    await quota_rows.write(conn, before, after)
    await conn.execute(QUOTA_RESERVATIONS.insert(), msgspec.structs.asdict(reservation))
    return Reserved(reservation=reservation, before=before, after=after)


async def use(
    conn: AsyncConnection,
    reservation: Reservation,
    entry_id: UUID,
    window: TimeWindow | None,
    now: Instant,
    is_partial: bool,  # noqa: FBT001  (passed through the store's write)
    repeat: RepeatKey | None,
) -> Settled | Deny:
    if is_partial:
        quota = await quota_rows.locked(conn, reservation.quota_id)
        if quota is not None and ZERO < quota.left < reservation.amount:
            reservation = msgspec.structs.replace(reservation, amount=quota.left)
    held = await reserve(conn, reservation, window, now, repeat)
    if isinstance(held, Deny):
        return held
    settled = await settle(conn, held.reservation.id, held.reservation.amount, entry_id, now)
    if isinstance(settled, Deny) or held.is_repeated:
        return settled
    return msgspec.structs.replace(settled, before=held.before)


async def settle(
    conn: AsyncConnection, reservation_id: UUID, used: Decimal, entry_id: UUID, now: Instant
) -> Settled | Deny:
    found = await _locked(conn, reservation_id)
    if isinstance(found, Deny):
        return found
    reservation, before = found
    if reservation.state is ReservationState.COMMITTED and reservation.used == used:
        return Settled(reservation=reservation, before=before, after=before, is_repeated=True)
    if reservation.state is not ReservationState.HELD:
        return _over(reservation)
    if used > reservation.amount:
        return Deny("reservation.over", f"{reservation.amount}")
    after = before.committed(reservation.amount, used, now=now)
    ended = await _end(conn, reservation, ReservationState.COMMITTED, used, now)
    await quota_rows.write(conn, before, after)
    settled = Settled(reservation=ended, before=before, after=after)
    if used:
        await cost_rows.add(conn, _entry(settled, entry_id, now))
    return settled


async def release(conn: AsyncConnection, reservation_id: UUID, now: Instant) -> Settled | Deny:
    found = await _locked(conn, reservation_id)
    if isinstance(found, Deny):
        return found
    reservation, before = found
    if reservation.state is ReservationState.RELEASED:
        return Settled(reservation=reservation, before=before, after=before, is_repeated=True)
    if reservation.state is not ReservationState.HELD:
        return _over(reservation)
    after = before.released(reservation.amount, now=now)
    ended = await _end(conn, reservation, ReservationState.RELEASED, ZERO, now)
    await quota_rows.write(conn, before, after)
    return Settled(reservation=ended, before=before, after=after)


async def expire(conn: AsyncConnection, now: Instant, limit: int) -> int:
    due = await conn.execute(
        sa.select(_C.quota_id).where(_HELD, _C.expires_at <= now).order_by(_C.quota_id).limit(limit)
    )
    ended = 0
    for quota_id in sorted(set(due.scalars())):
        before = await quota_rows.locked(conn, quota_id)
        if before is not None:
            ended += await _expire_of(conn, before, now)
    return ended


async def _expire_of(conn: AsyncConnection, before: EphemeralQuota, now: Instant) -> int:
    done = await conn.execute(
        QUOTA_RESERVATIONS.update()
        .where(_HELD, _C.quota_id == before.id, _C.expires_at <= now)
        .values(state=ReservationState.EXPIRED, settled_at=now)
        .returning(_C.amount)
    )
    amounts = tuple(done.scalars())
    if amounts:
        await quota_rows.write(conn, before, before.released(sum(amounts, ZERO), now=now))
    return len(amounts)


async def _locked(conn: AsyncConnection, reservation_id: UUID) -> tuple[Reservation, EphemeralQuota] | Deny:
    """Lock the quota, then read the reservation as it is then."""
    quota_id = await conn.scalar(sa.select(_C.quota_id).where(_C.id == reservation_id))
    quota = None if quota_id is None else await quota_rows.locked(conn, quota_id)
    reservation = await get(conn, reservation_id)
    if quota is None or reservation is None:
        return Deny("reservation.missing")
    return reservation, quota


async def _end(
    conn: AsyncConnection, reservation: Reservation, state: ReservationState, used: Decimal, now: Instant
) -> Reservation:
    ended = msgspec.structs.replace(reservation, state=state, used=used, settled_at=now)
    await conn.execute(
        QUOTA_RESERVATIONS.update().where(_C.id == reservation.id).values(state=state, used=used, settled_at=now)
    )
    return ended


def _over(reservation: Reservation) -> Deny:
    if reservation.state is ReservationState.EXPIRED:
        return Deny("reservation.expired")
    return Deny("reservation.settled", reservation.state.value)


def _entry(settled: Settled, entry_id: UUID, now: Instant) -> CostEntry:
    quota = settled.after
    return CostEntry(
        id=entry_id,
        tenant_id=quota.tenant_id,
        quota_id=quota.id,
        sponsor_id=quota.sponsor_id,
        beneficiary_id=quota.beneficiary_id,
        session_id=settled.reservation.session_id,
        resource_type=quota.resource_type,
        quantity=settled.reservation.used,
        rate=quota.cost_rate,
        cost=settled.cost,
        booked_at=now,
    )


def _row(found: sa.Row[*tuple[Any, ...]]) -> Reservation:
    return Reservation(**found._mapping)
