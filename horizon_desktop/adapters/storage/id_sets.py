"""Many ids as one parameter of a statement, where one parameter for each would cost more than the statement."""

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
