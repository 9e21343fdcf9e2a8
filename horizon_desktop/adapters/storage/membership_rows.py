"""Statements about sessions of others: membership, token, and the mirror's last common text."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from horizon_desktop.adapters.storage import conflicts
from horizon_desktop.adapters.storage.schema import MEMBERSHIPS, MIRROR_BASES
from horizon_desktop.domain.ids import DeviceKey, FileId, SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.ports.records import MembershipRow, MirrorBaseRow, SessionState

NOBODY: Final = DeviceKey(b"")
"""Owner of the rows of a store that was opened for nobody, and of those of before there were owners."""
_OWNED: Final = "owner_key"


def _plain(table: sa.Table) -> "sa.Select[Any]":
    return sa.select(*(column for column in table.c if column.name != _OWNED))


def _row(found: sa.Row[*tuple[Any, ...]]) -> MembershipRow:
    return MembershipRow(**found._mapping)


def _is(table: sa.Table, session_id: SessionId, owner: DeviceKey) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.session_id == session_id, table.c.owner_key == owner


async def adopt(conn: AsyncConnection, owner: DeviceKey) -> None:
    """Make what has no owner yet that of this guest: for a profile's own file, with no others in it."""
    of_nobody = MEMBERSHIPS.select().where(MEMBERSHIPS.c.owner_key == NOBODY)
    for found in (await conn.execute(of_nobody)).all():
        await conn.execute(MEMBERSHIPS.insert(), {**found._mapping, _OWNED: owner})
        await conn.execute(
            MIRROR_BASES.update().where(*_is(MIRROR_BASES, found.session_id, NOBODY)).values(owner_key=owner)
        )
        await conn.execute(MEMBERSHIPS.delete().where(*_is(MEMBERSHIPS, found.session_id, NOBODY)))


async def put(conn: AsyncConnection, row: MembershipRow, owner: DeviceKey) -> None:
    await conflicts.put(conn, MEMBERSHIPS, {**msgspec.structs.asdict(row), _OWNED: owner})


async def get(conn: AsyncConnection, session_id: SessionId, owner: DeviceKey) -> MembershipRow | None:
    found = await conn.execute(_plain(MEMBERSHIPS).where(*_is(MEMBERSHIPS, session_id, owner)))
    row = found.first()
    return None if row is None else _row(row)


async def listing(conn: AsyncConnection, state: SessionState | None, owner: DeviceKey) -> Sequence[MembershipRow]:
    query = _plain(MEMBERSHIPS).where(MEMBERSHIPS.c.owner_key == owner)
    query = query.order_by(MEMBERSHIPS.c.created_at.desc(), MEMBERSHIPS.c.session_id)
    if state is not None:
        query = query.where(MEMBERSHIPS.c.state == state)
    return tuple(_row(row) for row in await conn.execute(query))


async def set_token(
    conn: AsyncConnection, session_id: SessionId, token: bytes, host_offset_ms: int, owner: DeviceKey
) -> None:
    await conn.execute(
        MEMBERSHIPS.update()
        .where(*_is(MEMBERSHIPS, session_id, owner))
        .values(token=token, host_offset_ms=host_offset_ms)
    )


async def end(conn: AsyncConnection, session_id: SessionId, reason: str, at: Instant, owner: DeviceKey) -> None:
    await conn.execute(
        MEMBERSHIPS.update()
        .where(*_is(MEMBERSHIPS, session_id, owner))
        .values(state=SessionState.ENDED, reason=reason, ended_at=at, token=b"")
    )


async def remove(conn: AsyncConnection, session_id: SessionId, owner: DeviceKey) -> None:
    await conn.execute(MEMBERSHIPS.delete().where(*_is(MEMBERSHIPS, session_id, owner)))


async def put_base(conn: AsyncConnection, row: MirrorBaseRow, owner: DeviceKey) -> None:
    await conflicts.put(conn, MIRROR_BASES, {**msgspec.structs.asdict(row), _OWNED: owner})


async def bases(conn: AsyncConnection, session_id: SessionId, owner: DeviceKey) -> Sequence[MirrorBaseRow]:
    found = await conn.execute(
        _plain(MIRROR_BASES)
        .where(*_is(MIRROR_BASES, session_id, owner))
        .order_by(MIRROR_BASES.c.path, MIRROR_BASES.c.file_id)
    )
    return tuple(MirrorBaseRow(**row._mapping) for row in found)


async def remove_base(conn: AsyncConnection, session_id: SessionId, file_id: FileId, owner: DeviceKey) -> None:
    await conn.execute(
        MIRROR_BASES.delete().where(*_is(MIRROR_BASES, session_id, owner), MIRROR_BASES.c.file_id == file_id)
    )
