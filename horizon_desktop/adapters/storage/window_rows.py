"""Statements about time windows, and about what sessions are limited by."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from horizon_desktop.adapters.storage import conflicts
from horizon_desktop.adapters.storage.usage_schema import (
    EPHEMERAL_QUOTAS,
    RESOURCE_POOLS,
    SESSION_LIMITS,
    TIME_WINDOWS,
)
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.time_window import TimeWindow
from horizon_desktop.ports.usage import SessionLimits

_C: Final = TIME_WINDOWS.c


def _values(window: TimeWindow, now: Instant) -> dict[str, Any]:
    return {
        "name": window.name,
        "start_time": window.start,
        "end_time": window.end,
        "timezone": window.zone,
        "days_of_week": tuple(sorted(window.days_of_week)),
        "blackout_dates": tuple(sorted(window.blackout_dates)) or None,
        "updated_at": now,
    }


def _row(found: sa.Row[*tuple[Any, ...]]) -> TimeWindow:
    return TimeWindow(
        window_id=found.id,
        name=found.name,
        start=found.start_time,
        end=found.end_time,
        zone=found.timezone,
        days_of_week=frozenset(found.days_of_week),
        blackout_dates=frozenset(found.blackout_dates or ()),
    )


async def add(conn: AsyncConnection, window: TimeWindow, now: Instant) -> None:
    await conn.execute(TIME_WINDOWS.insert(), {"id": window.window_id, "created_at": now, **_values(window, now)})


async def get(conn: AsyncConnection, window_id: UUID) -> TimeWindow | None:
    found = (await conn.execute(TIME_WINDOWS.select().where(_C.id == window_id))).first()
    return None if found is None else _row(found)


async def listing(conn: AsyncConnection) -> Sequence[TimeWindow]:
    return tuple(_row(found) for found in await conn.execute(TIME_WINDOWS.select().order_by(_C.name, _C.id)))


async def update(conn: AsyncConnection, window: TimeWindow, now: Instant) -> Decision:
    done = await conn.execute(TIME_WINDOWS.update().where(_C.id == window.window_id).values(_values(window, now)))
    return Allow() if done.rowcount else Deny("window.missing")


async def remove(conn: AsyncConnection, window_id: UUID) -> Decision:
    carriers = (
        sa.select(sa.func.count())
        .select_from(EPHEMERAL_QUOTAS)
        .where(EPHEMERAL_QUOTAS.c.time_window_id == window_id, sa.text("status NOT IN ('expired', 'revoked')")),
        sa.select(sa.func.count())
        .select_from(RESOURCE_POOLS)
        .where(RESOURCE_POOLS.c.time_window_id == window_id, sa.text("status NOT IN ('expired', 'closed')")),
        sa.select(sa.func.count()).select_from(SESSION_LIMITS).where(SESSION_LIMITS.c.time_window_id == window_id),
    )
    for carrier in carriers:
        if await conn.scalar(carrier):
            return Deny("window.used")
    done = await conn.execute(TIME_WINDOWS.delete().where(_C.id == window_id))
    return Allow() if done.rowcount else Deny("window.missing")


async def put_limits(conn: AsyncConnection, limits: SessionLimits) -> None:
    await conflicts.put(conn, SESSION_LIMITS, msgspec.structs.asdict(limits))


async def limits(conn: AsyncConnection, session_id: SessionId) -> SessionLimits | None:
    found = (await conn.execute(SESSION_LIMITS.select().where(SESSION_LIMITS.c.session_id == session_id))).first()
    return None if found is None else SessionLimits(**found._mapping)
