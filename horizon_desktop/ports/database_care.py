"""Looking after a database: is it what this version expects, and bringing it up or down."""

from typing import Protocol

import msgspec


class DatabaseState(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found. Nothing was changed."""

    name: str
    """Path or URL, without a password."""
    revision: str
    """What the database is at; empty for one without our tables."""
    newest: str
    differences: tuple[str, ...]
    """In words what is missing, too much or of another kind; empty for a database that is as it should be."""


class DatabaseMoved(msgspec.Struct, frozen=True, kw_only=True):
    """What an upgrade or a downgrade did."""

    name: str
    before: str
    """Revision; empty for none."""
    after: str
    copy: str = ""
    """Where a SQLite file was copied to before; empty when there was nothing to copy, or for PostgreSQL."""


class DatabaseCare(Protocol):
    """Over one database. Every call raises StoreUnavailable and nothing else."""

    async def check(self) -> DatabaseState:
        """Compare the database with what this version expects; on SQLite its pages and foreign keys, too."""
        ...

    async def upgrade(self) -> DatabaseMoved:
        """Bring it to the newest revision, making it when there is none."""
        ...

    async def accept(self) -> None:
        """Seal a profile's file as it is, after a person has put back a copy of it on purpose.

        Raises StoreUnavailable, store.unsealed: it is not a profile's own file.
        """
        ...

    async def downgrade(self, revision: str) -> DatabaseMoved:
        """Bring it down to a revision, or "base" for no tables at all; what the tables above it held is lost.

        Raises StoreUnavailable, store.revision: there is no such revision below it.
        """
        ...
