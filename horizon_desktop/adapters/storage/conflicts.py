"""Inserts that meet a row of the same key: both databases know ON CONFLICT, each by a construct of its own."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def _insert(conn: AsyncConnection, table: sa.Table) -> "postgresql.Insert | sqlite.Insert":
    return sqlite.insert(table) if conn.dialect.name == "sqlite" else postgresql.insert(table)


async def put(
    conn: AsyncConnection, table: sa.Table, values: Mapping[str, Any], *, kept: frozenset[str] = frozenset()
) -> None:
    """Insert a row, or change the one of the same primary key to these values; columns in `kept` stay as they were."""
    keys = [column.name for column in table.primary_key]
    changed = {name: value for name, value in values.items() if name not in kept and name not in keys}
    insert = _insert(conn, table).values(dict(values))
    await conn.execute(insert.on_conflict_do_update(index_elements=keys, set_=changed))


async def add_if_new(conn: AsyncConnection, table: sa.Table, values: Mapping[str, Any]) -> bool:
    """Insert a row, or leave the one of the same primary key; return whether it was inserted.

    Waits for another transaction that inserts the same key now, and sees what became of it.
    """
    insert = _insert(conn, table).values(dict(values)).on_conflict_do_nothing()
    done = await conn.execute(insert)
    return done.rowcount > 0
