"""Where a database is: a path or a URL, and the name of it that may be shown."""

from pathlib import Path
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from horizon_desktop.errors import UsageError

_POSTGRES: Final = frozenset({"postgresql", "postgres", "postgresql+asyncpg"})


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A SQLite file (`path`) or a PostgreSQL database (`path` is None)."""

    url: sa.URL
    name: str
    """For people and logs: without a password."""
    path: Path | None = None

    def __repr__(self) -> str:
        return f"Place({self.name})"


def place_of(where: Path | str) -> Place:
    """Return the place that a path or a URL names.

    Raises:
        UsageError: `store.url`: neither `sqlite:///PATH` nor `postgresql://...`.
    """
    if isinstance(where, Path):
        return Place(url=sa.URL.create("sqlite+aiosqlite", database=str(where)), name=str(where), path=where)
    if "://" not in where:
        return place_of(Path(where))
    try:
        url = sa.make_url(where)
    except (ArgumentError, ValueError) as exc:
        raise UsageError("not the URL of a database", code="store.url") from exc
    if url.drivername in ("sqlite", "sqlite+aiosqlite") and url.database:
        return place_of(Path(url.database))
    if url.drivername in _POSTGRES and url.database:
        return Place(
            url=url.set(drivername="postgresql+asyncpg"),
            name=url.set(drivername="postgresql", query={}).render_as_string(hide_password=True),
        )
    raise UsageError(
        "a database is sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME, got "
        f"{url.set(query={}).render_as_string(hide_password=True)}",
        code="store.url",
    )
