"""The schema walks up, down and up again on both databases, keeps rows, and says the same as the code."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from horizon_desktop.adapters.storage.database import NEWEST_REVISION
from horizon_desktop.adapters.storage.migrate import SCHEMA, configuration, downgrade, upgrade
from tests.postgres import PostgresServer

REVISIONS = tuple(
    reversed([script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()])
)
SPECIFIED_INDEXES = {
    "idx_ephemeral_quotas_identity",
    "idx_ephemeral_quotas_sponsor",
    "idx_ephemeral_quotas_beneficiary",
    "idx_ephemeral_quotas_expires",
    "idx_ephemeral_quotas_status",
}
BARE_QUOTA = (
    "INSERT INTO ephemeral_quotas (id, ephemeral_identity_id, tenant_id, sponsor_id, beneficiary_id, resource_type, "
    "limit_value, expires_at) VALUES (:id, :id, :id, 'ana', 'maya', 'gpu_hours', 1, :later)"
)


class Walk:
    """An empty database, walked by plain functions over a connection."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def __call__(self, step: Callable[..., Any], *arguments: str) -> Any:
        async with self._engine.connect() as conn:
            return await conn.run_sync(step, *arguments)


@pytest.fixture(params=["sqlite", "postgresql"])
async def walk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Walk]:
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path / 'walk.db'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.new_database(is_empty=True)
    engine = create_async_engine(url)
    yield Walk(engine)
    await engine.dispose()


def _tables(conn: sa.Connection) -> set[str]:
    return set(sa.inspect(conn).get_table_names()) - {"alembic_version"}


def _differences(conn: sa.Connection) -> Any:
    return compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), SCHEMA)


def _write(conn: sa.Connection) -> None:
    """Write a session with an invite, and a quota that names only what has no default."""
    is_sqlite = conn.dialect.name == "sqlite"
    conn.exec_driver_sql(
        "INSERT INTO sessions VALUES (%(id)s, %(id)s, 'pair', 't', 1, 2, 3, 'editor', '{}', true, true, "
        "'', '', 'open', '', NULL, 0, %(id)s)".replace("%(id)s", "x'07'" if is_sqlite else "'\\x07'")
    )
    quota = {"id": "0" * 32, "later": 2 if is_sqlite else "2026-11-22T00:00:00Z"}
    text = BARE_QUOTA if is_sqlite else BARE_QUOTA.replace(":later", "CAST(CAST(:later AS text) AS timestamptz)")
    conn.execute(sa.text(text.replace(":id", "CAST(CAST(:id AS text) AS uuid)") if not is_sqlite else text), quota)
    conn.commit()


def _counts(conn: sa.Connection) -> dict[str, int]:
    present = _tables(conn)
    counted: dict[str, int] = {}
    for name in ("sessions", "ephemeral_quotas"):
        if name in present:
            counted[name] = conn.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) or 0
    return counted


async def test_the_newest_revision_holds_every_table_of_the_schema(walk: Walk) -> None:
    await walk(upgrade)
    assert await walk(_tables) == set(SCHEMA.tables)


async def test_the_newest_revision_differs_in_nothing_from_the_schema(walk: Walk) -> None:
    await walk(upgrade)
    assert await walk(_differences) == []


async def test_the_indexes_of_the_specification_have_its_names(walk: Walk) -> None:
    await walk(upgrade)
    found = await walk(lambda conn: {index["name"] for index in sa.inspect(conn).get_indexes("ephemeral_quotas")})
    assert found >= SPECIFIED_INDEXES


async def test_the_way_down_leaves_nothing(walk: Walk) -> None:
    await walk(upgrade)
    await walk(downgrade, "base")
    assert await walk(_tables) == set()


async def test_up_down_and_up_again_ends_where_it_was(walk: Walk) -> None:
    await walk(upgrade)
    await walk(downgrade, "base")
    await walk(upgrade)
    assert await walk(_differences) == []


async def test_every_step_goes_down_and_up_again_and_keeps_the_rows_of_the_tables_that_stay(walk: Walk) -> None:
    await walk(upgrade)
    await walk(_write)
    for lower in reversed(REVISIONS[1:-1]):
        await walk(downgrade, lower)
        assert await walk(_counts) == {"sessions": 1, "ephemeral_quotas": 1}
        await walk(upgrade, "+1")
        await walk(downgrade, lower)
    await walk(upgrade)
    assert await walk(_counts) == {"sessions": 1, "ephemeral_quotas": 1}


async def test_rows_of_the_first_release_are_there_after_the_way_up(walk: Walk) -> None:
    await walk(upgrade, "0001")
    await walk(
        lambda conn: (conn.exec_driver_sql("INSERT INTO settings VALUES ('name', 'Ana')"), conn.commit()),
    )
    await walk(upgrade)
    assert await walk(lambda conn: conn.exec_driver_sql("SELECT value FROM settings").scalar()) == "Ana"


async def test_a_row_without_the_optional_columns_gets_the_defaults_of_the_specification(walk: Walk) -> None:
    await walk(upgrade)
    await walk(_write)
    row = await walk(lambda conn: conn.execute(SCHEMA.tables["ephemeral_quotas"].select()).one()._asdict())
    assert (str(row["used_value"]), str(row["burst_multiplier"]), row["burst_enabled"]) == ("0.000000", "1.0000", False)
    assert row["status"].value == "pending"
    assert row["created_at"].ms > 1_700_000_000_000


async def test_foreign_keys_are_on_again_after_a_walk(tmp_path: Path) -> None:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'walk.db'}")
    async with engine.connect() as conn:
        await conn.run_sync(upgrade)
        assert (await conn.exec_driver_sql("PRAGMA foreign_keys")).scalar() == 1
    await engine.dispose()


def test_the_store_knows_the_newest_revision() -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [NEWEST_REVISION]
