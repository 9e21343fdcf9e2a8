"""The SQLAlchemy engine over one SQLite file, tuned for one writer and durable commits."""

from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from horizon_desktop.adapters.storage.seal import Sealer, trigger_script

READ: Final = "horizon_read"
"""Execution option of a connection that only reads: it begins without taking the write lock."""
_PRAGMAS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",  # a counted try and a persisted edit outlive a power failure
    "foreign_keys=ON",
    "busy_timeout=10000",
    "temp_store=MEMORY",
    "cache_size=-8192",
    "journal_size_limit=67108864",
    "trusted_schema=OFF",
    "secure_delete=ON",  # wiped secrets leave no bytes in the file
)


def make_engine(path: Path, sealer: Sealer | None = None) -> AsyncEngine:
    """Return an engine that has opened nothing yet. Its errors never show the values of a statement.

    With a sealer each of its connections keeps the file's seal up to date.
    """
    url = sa.URL.create("sqlite+aiosqlite", database=str(path))
    # Every transaction is ended by its own block: nothing is left that a connection's return must roll back.
    engine = create_async_engine(url, hide_parameters=True, pool_size=4, max_overflow=0, pool_reset_on_return=None)

    @sa.event.listens_for(engine.sync_engine, "connect")
    def _tune(dbapi: Any, _record: object) -> None:
        dbapi.isolation_level = None  # BEGIN is ours, below
        cursor = dbapi.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        if sealer is not None:
            dbapi.create_function("horizon_step", -1, sealer.step)
            dbapi.run_async(lambda raw: raw.executescript(trigger_script()))

    @sa.event.listens_for(engine.sync_engine, "begin")
    def _begin(conn: sa.Connection) -> None:
        # A deferred BEGIN that reads and then writes fails at once when another writer came between.
        is_read = conn.get_execution_options().get(READ, False)
        begin = "BEGIN" if is_read else "BEGIN IMMEDIATE"
        driver: Any = conn.connection.dbapi_connection
        driver.run_async(lambda raw: raw.execute(begin))  # one turn of the driver's thread; a cursor takes three

    return engine
