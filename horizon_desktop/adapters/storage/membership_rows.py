"""Statements about sessions of others: membership, token, and the mirror's last common text."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from horizon_desktop.adapters.storage import conflicts
from horizon_desktop.adapters.storage.schema import MEMBERSHIPS, MIRROR_BASES
from horizon_desktop.domain.ids import FileId, SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.ports.records import MembershipRow, MirrorBaseRow, SessionState


def _row(found: sa.Row[*tuple[Any, ...]]) -> MembershipRow:
    return MembershipRow(**found._mapping)


async def put(conn: AsyncConnection, row: MembershipRow) -> None:
    await conflicts.put(conn, MEMBERSHIPS, msgspec.structs.asdict(row))


async def get(conn: AsyncConnection, session_id: SessionId) -> MembershipRow | None:
    found = await conn.execute(MEMBERSHIPS.select().where(MEMBERSHIPS.c.session_id == session_id))
    row = found.first()
    return None if row is None else _row(row)


async def listing(conn: AsyncConnection, state: SessionState | None) -> Sequence[MembershipRow]:
    query = MEMBERSHIPS.select().order_by(MEMBERSHIPS.c.created_at.desc(), MEMBERSHIPS.c.session_id)
    if state is not None:
        query = query.where(MEMBERSHIPS.c.state == state)
    return tuple(_row(row) for row in await conn.execute(query))


async def set_token(conn: AsyncConnection, session_id: SessionId, token: bytes, host_offset_ms: int) -> None:
    await conn.execute(
        MEMBERSHIPS.update()
        .where(MEMBERSHIPS.c.session_id == session_id)
        .values(token=token, host_offset_ms=host_offset_ms)
    )


async def end(conn: AsyncConnection, session_id: SessionId, reason: str, at: Instant) -> None:
    await conn.execute(
        MEMBERSHIPS.update()
        .where(MEMBERSHIPS.c.session_id == session_id)
        .values(state=SessionState.ENDED, reason=reason, ended_at=at, token=b"")
    )


async def remove(conn: AsyncConnection, session_id: SessionId) -> None:
    await conn.execute(MEMBERSHIPS.delete().where(MEMBERSHIPS.c.session_id == session_id))


async def put_base(conn: AsyncConnection, row: MirrorBaseRow) -> None:
    await conflicts.put(conn, MIRROR_BASES, msgspec.structs.asdict(row))


async def bases(conn: AsyncConnection, session_id: SessionId) -> Sequence[MirrorBaseRow]:
    found = await conn.execute(
        MIRROR_BASES.select()
        .where(MIRROR_BASES.c.session_id == session_id)
        .order_by(MIRROR_BASES.c.path, MIRROR_BASES.c.file_id)
    )
    return tuple(MirrorBaseRow(**row._mapping) for row in found)


async def remove_base(conn: AsyncConnection, session_id: SessionId, file_id: FileId) -> None:
    await conn.execute(
        MIRROR_BASES.delete().where(MIRROR_BASES.c.session_id == session_id, MIRROR_BASES.c.file_id == file_id)
    )
