"""What the columns of revisions are stored as on each database; a revision outlives the classes of the schema."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def amount(precision: int = 20, scale: int = 6) -> sa.types.TypeEngine[Any]:
    """DECIMAL, on SQLite a scaled int64."""
    return sa.Numeric(precision, scale).with_variant(sa.BigInteger(), "sqlite")


def moment() -> sa.types.TypeEngine[Any]:
    """TIMESTAMPTZ, on SQLite int64 milliseconds since 1970."""
    return sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def array(item: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    """An array, on SQLite a JSON list."""
    return postgresql.ARRAY(item).with_variant(sa.JSON(), "sqlite")


def now() -> sa.TextClause:
    """The default of a moment: when the row is written."""
    milliseconds = "(CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))"
    return sa.text(milliseconds if _is_sqlite() else "now()")


def whole(number: int, scale: int) -> sa.TextClause:
    """The default of an amount: a whole number."""
    return sa.text(str(number * 10**scale if _is_sqlite() else number))


def new_id() -> sa.TextClause | None:
    """The default of an id where the database can make one."""
    return None if _is_sqlite() else sa.text("gen_random_uuid()")


def every_day() -> sa.TextClause:
    """The default of a time window's days: all seven, 0 is Monday."""
    return sa.text("'[0, 1, 2, 3, 4, 5, 6]'" if _is_sqlite() else "'{0,1,2,3,4,5,6}'")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
