"""Which of many rows a statement is for, in the words that cost least on each database."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection


def is_among(conn: AsyncConnection, column: sa.Column[Any], ids: Sequence[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a column is one of these: an array on PostgreSQL; of a Uuid, a JSON list on SQLite."""
    if conn.dialect.name != "sqlite":
        return column == sa.any_(sa.literal(list(ids), postgresql.ARRAY(column.type)))
    texts = msgspec.json.encode([one.hex for one in ids]).decode()
    listed = sa.func.json_each(sa.literal(texts)).table_valued("value")
    return sa.type_coerce(column, sa.Text).in_(sa.select(listed.c.value))


def is_in_batch(
    conn: AsyncConnection, table: sa.Table, is_due: sa.ColumnElement[bool], limit: int
) -> sa.ColumnElement[bool]:
    """Return the condition that a row is one of a batch of those that are due.

    On PostgreSQL several nodes may ask at once: each gets rows that no other one holds. It finds them again by their
    place, not by their key: a row that somebody moves meanwhile is left for the next batch.
    """
    if conn.dialect.name == "sqlite":
        (key,) = table.primary_key
        return key.in_(sa.select(key).where(is_due).limit(limit))
    place: sa.ColumnElement[Any] = sa.literal_column(f"{table.name}.ctid")
    held = sa.select(place).select_from(table).where(is_due).limit(limit).with_for_update(skip_locked=True, of=table)
    return place == sa.func.any(sa.func.array(held.correlate(None).scalar_subquery()))
