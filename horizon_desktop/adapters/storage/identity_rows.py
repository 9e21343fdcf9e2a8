"""Statements about ephemeral identities."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from horizon_desktop.adapters.storage.schema import IDENTITIES
from horizon_desktop.domain.ids import DeviceKey, IdentityId, SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.ports.records import IdentityQuery, IdentityRow


def _row(found: sa.Row[*tuple[Any, ...]]) -> IdentityRow:
    return IdentityRow(**found._mapping)


async def add(conn: AsyncConnection, row: IdentityRow) -> None:
    await conn.execute(IDENTITIES.insert(), msgspec.structs.asdict(row))


async def replace(conn: AsyncConnection, row: IdentityRow) -> None:
    await conn.execute(
        IDENTITIES.delete().where(IDENTITIES.c.session_id == row.session_id, IDENTITIES.c.guest_key == row.guest_key)
    )
    await add(conn, row)


async def update(conn: AsyncConnection, row: IdentityRow) -> None:
    await conn.execute(
        IDENTITIES.update().where(IDENTITIES.c.identity_id == row.identity_id).values(msgspec.structs.asdict(row))
    )


async def get(conn: AsyncConnection, identity_id: IdentityId) -> IdentityRow | None:
    found = await conn.execute(IDENTITIES.select().where(IDENTITIES.c.identity_id == identity_id))
    row = found.first()
    return None if row is None else _row(row)


async def of_key(conn: AsyncConnection, session_id: SessionId, guest_key: DeviceKey) -> IdentityRow | None:
    found = await conn.execute(
        IDENTITIES.select().where(IDENTITIES.c.session_id == session_id, IDENTITIES.c.guest_key == guest_key)
    )
    row = found.first()
    return None if row is None else _row(row)


async def of_session(conn: AsyncConnection, session_id: SessionId) -> Sequence[IdentityRow]:
    found = await conn.execute(
        IDENTITIES.select()
        .where(IDENTITIES.c.session_id == session_id)
        .order_by(IDENTITIES.c.created_at, IDENTITIES.c.identity_id)
    )
    return tuple(_row(row) for row in found)


async def matching(conn: AsyncConnection, query: IdentityQuery) -> Sequence[IdentityRow]:
    wanted = {
        IDENTITIES.c.session_id: query.session_id,
        IDENTITIES.c.sponsor_key: query.sponsor_key,
        IDENTITIES.c.guest_key: query.guest_key,
        IDENTITIES.c.name: query.beneficiary,
    }
    found = IDENTITIES.select().where(*(column == value for column, value in wanted.items() if value is not None))
    if query.states:
        found = found.where(IDENTITIES.c.state.in_(query.states))
    rows = await conn.execute(found.order_by(IDENTITIES.c.created_at, IDENTITIES.c.identity_id).limit(query.limit))
    return tuple(_row(row) for row in rows)


async def purge(conn: AsyncConnection, before: Instant) -> int:
    deleted = await conn.execute(
        IDENTITIES.delete().where(IDENTITIES.c.state.in_(("revoked", "expired")), IDENTITIES.c.expires_at < before)
    )
    return deleted.rowcount
