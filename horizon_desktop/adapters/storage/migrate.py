"""Brings a database to a revision of the schema, with alembic and without an ini file.

alembic takes a fifth of a second to import, so the store imports this module only when there is something to do.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from horizon_desktop.adapters.storage.usage_schema import USAGE_TABLES
from horizon_desktop.errors import StoreUnavailable

FOLDER: Final = Path(__file__).parent / "migrations"
SCHEMA: Final = USAGE_TABLES[0].metadata
"""Every table there is: those of usage are registered beside those of a profile."""
_UPGRADE_LOCK: Final = 0x486F72697A6F6E  # "Horizon"
"""Advisory lock of PostgreSQL under which one process migrates at a time."""


def configuration(conn: sa.Connection | None = None) -> Config:
    """Return alembic's settings over our folder of revisions, on this connection."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=conn, metadata=SCHEMA)
    return config


def upgrade(conn: sa.Connection, revision: str = "head") -> None:
    """Walk up to `revision` in transactions; foreign keys are checked afterwards."""
    _walk(conn, command.upgrade, revision)


def downgrade(conn: sa.Connection, revision: str) -> None:
    """Walk down to `revision`, "base" for an empty database."""
    _walk(conn, command.downgrade, revision)


def _walk(conn: sa.Connection, step: Callable[[Config, str], None], revision: str) -> None:
    is_sqlite = conn.dialect.name == "sqlite"
    if is_sqlite:
        # A table rebuilt while foreign keys are on takes its children's rows with it.
        _pragma(conn, "foreign_keys=OFF")
    else:
        conn.execute(sa.select(sa.func.pg_advisory_lock(_UPGRADE_LOCK)))
        conn.commit()
    try:
        step(configuration(conn), revision)
        conn.commit()
    except CommandError as exc:
        raise StoreUnavailable(f"cannot migrate the database to {revision}: {exc}") from exc
    finally:
        if not is_sqlite:
            conn.rollback()
            conn.execute(sa.select(sa.func.pg_advisory_unlock(_UPGRADE_LOCK)))
            conn.commit()
    if is_sqlite:
        broken = conn.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        conn.rollback()
        _pragma(conn, "foreign_keys=ON")
        if broken:
            raise StoreUnavailable(f"rows without their parents after migrating to {revision}")


def _pragma(conn: sa.Connection, text: str) -> None:
    """Set a pragma outside of any transaction: SQLite ignores some of them inside one."""
    cursor = conn.connection.cursor()
    cursor.execute(f"PRAGMA {text}")
    cursor.close()
