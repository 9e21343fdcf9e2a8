"""What differs between a database and the schema, in words."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from horizon_desktop.adapters.storage.migrate import SCHEMA

MOST_BROKEN = 20
"""Lines about a damaged file."""


def differences(conn: sa.Connection) -> tuple[str, ...]:
    """Return one line for each thing that is missing, too much or of another kind, in the order of their words."""
    context = MigrationContext.configure(conn, opts={"compare_type": True})
    found = {line for difference in compare_metadata(context, SCHEMA) for line in _lines(difference)}
    return (*sorted(found), *(_damage(conn) if conn.dialect.name == "sqlite" else ()))


def _lines(difference: Any) -> Iterator[str]:
    """alembic gives a tuple (what, ...), or a list of such tuples about one column."""
    if isinstance(difference, list):
        for part in difference:
            yield from _lines(part)
        return
    what, *about = difference
    match what:
        case "add_table":
            yield f"table {about[0].name} is missing"
        case "remove_table":
            yield f"table {about[0].name} is not one of ours"
        case "add_column":
            yield f"column {about[1]}.{about[2].name} is missing"
        case "remove_column":
            yield f"column {about[1]}.{about[2].name} is not one of ours"
        case "modify_type":
            yield f"column {about[1]}.{about[2]} is {about[4]!r}, expected {about[5]!r}"
        case "modify_nullable":
            may, must = ("may be empty", "must not be empty") if about[4] else ("must not be empty", "may be empty")
            yield f"column {about[1]}.{about[2]} {may}, expected: {must}"
        case "add_index" | "add_constraint" | "add_fk":
            yield f"{_kind(what)} {about[0].name} is missing"
        case "remove_index" | "remove_constraint" | "remove_fk":
            yield f"{_kind(what)} {about[0].name} is not one of ours, or is another one"
        case _:
            yield f"{what} {about}"


def _kind(what: str) -> str:
    return {"index": "index", "constraint": "constraint", "fk": "foreign key"}[what.partition("_")[2]]


def _damage(conn: sa.Connection) -> Iterator[str]:
    for (line,) in conn.exec_driver_sql(f"PRAGMA integrity_check({MOST_BROKEN})"):
        if line != "ok":
            yield f"damaged: {line}"
    for row in conn.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(MOST_BROKEN):
        yield f"a row of {row[0]} names a row of {row[2]} that is not there"
