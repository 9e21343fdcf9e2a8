"""The SQLAlchemy engine over one PostgreSQL database, through asyncpg."""

from typing import Final

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

TROUBLES: Final = (asyncpg.PostgresError, asyncpg.InterfaceError)
"""What connecting raises past SQLAlchemy: a wrong password, no such database."""
POOL_SIZE: Final = 10
CONNECT_S: Final = 10
STATEMENT_S: Final = 30
"""No statement of ours takes longer on a server that is well."""
POOL_WAIT_S: Final = 60


def make_postgres_engine(url: sa.URL) -> AsyncEngine:
    """Return an engine that has opened nothing yet. Its errors never show the values of a statement.

    Transactions read what is committed; statements lock the rows that they read in order to change them.
    """
    return create_async_engine(
        url,
        hide_parameters=True,
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=POOL_WAIT_S,
        isolation_level="READ COMMITTED",
        connect_args={
            "timeout": CONNECT_S,
            "command_timeout": STATEMENT_S,
            "server_settings": {"application_name": "horizon", "timezone": "UTC"},
        },
    )
