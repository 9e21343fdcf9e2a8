"""Statements about repeat keys: a request that is asked again is recognized, in the transaction of the request."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from horizon_desktop.adapters.storage import conflicts
from horizon_desktop.adapters.storage.usage_schema import IDEMPOTENCY_KEYS
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.instants import Instant
from horizon_desktop.ports.usage import RepeatKey


async def claim(conn: AsyncConnection, repeat: RepeatKey | None, subject: UUID, now: Instant) -> UUID | Deny | None:
    """Return None for a request that is new, the subject of the first one when it is repeated, or repeat.differs.

    A second caller with the same key waits here until the first one's transaction has ended.
    """
    if repeat is None:
        return None
    row = {
        "scope": repeat.scope,
        "key": repeat.key,
        "request": repeat.request,
        "subject_id": subject,
        "created_at": now,
    }
    if await conflicts.add_if_new(conn, IDEMPOTENCY_KEYS, row):
        return None
    table = IDEMPOTENCY_KEYS.c
    found = await conn.execute(
        sa.select(table.request, table.subject_id).where(table.scope == repeat.scope, table.key == repeat.key)
    )
    request, first = found.one()
    if request != repeat.request:
        return Deny("repeat.differs", repeat.scope)
    known: UUID = first
    return known


async def forget(conn: AsyncConnection, repeat: RepeatKey | None) -> None:
    """Take a claim back: the request was refused, and may be asked again by the same key."""
    if repeat is not None:
        table = IDEMPOTENCY_KEYS.c
        await conn.execute(IDEMPOTENCY_KEYS.delete().where(table.scope == repeat.scope, table.key == repeat.key))


async def delete_older(conn: AsyncConnection, before: Instant) -> None:
    await conn.execute(IDEMPOTENCY_KEYS.delete().where(IDEMPOTENCY_KEYS.c.created_at < before))
