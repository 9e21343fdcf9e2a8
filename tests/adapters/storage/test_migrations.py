"""The schema walks up, down and up again, and says the same as the code."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from horizon_desktop.adapters.storage.migrate import configuration, downgrade, upgrade
from horizon_desktop.adapters.storage.schema import METADATA
from horizon_desktop.adapters.storage.store import NEWEST_REVISION


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sa.Connection]:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'walk.db'}")
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def _tables(conn: sa.Connection) -> set[str]:
    return set(sa.inspect(conn).get_table_names()) - {"alembic_version"}


def test_the_newest_revision_holds_every_table_of_the_schema(conn: sa.Connection) -> None:
    upgrade(conn)
    assert _tables(conn) == set(METADATA.tables)


def test_the_newest_revision_differs_in_nothing_from_the_schema(conn: sa.Connection) -> None:
    upgrade(conn)
    assert compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), METADATA) == []


def test_the_way_down_leaves_nothing(conn: sa.Connection) -> None:
    upgrade(conn)
    downgrade(conn, "base")
    assert _tables(conn) == set()


def test_up_down_and_up_again_ends_where_it_was(conn: sa.Connection) -> None:
    upgrade(conn)
    downgrade(conn, "base")
    upgrade(conn)
    assert _tables(conn) == set(METADATA.tables)


def test_foreign_keys_are_on_again_after_a_walk(conn: sa.Connection) -> None:
    upgrade(conn)
    assert conn.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_the_store_knows_the_newest_revision() -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [NEWEST_REVISION]
