"""`horizon db` on both databases: what differs is said in words, and the way up and down is told."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine
from typer.testing import CliRunner

from horizon_desktop.adapters.storage.care import SqlDatabaseCare
from horizon_desktop.adapters.storage.database import NEWEST_REVISION
from horizon_desktop.adapters.storage.place import place_of
from horizon_desktop.adapters.storage.store import SqlStore
from horizon_desktop.cli.app import make_app
from horizon_desktop.errors import StoreUnavailable, UsageError
from tests.cli.command_world import World
from tests.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'profile' / 'horizon.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database(is_empty=True)


async def _damage(url: str, *statements: str) -> None:
    engine = create_async_engine(place_of(url).url, poolclass=sa.NullPool)
    async with engine.begin() as conn:
        for statement in statements:
            await conn.exec_driver_sql(statement)
    await engine.dispose()


async def test_a_new_database_is_brought_up_and_is_then_as_it_should_be(empty_url: str) -> None:
    care = SqlDatabaseCare(empty_url)
    moved = await care.upgrade()
    assert (moved.before, moved.after, moved.copy) == ("", NEWEST_REVISION, "")
    state = await care.check()
    assert (state.revision, state.newest, state.differences) == (NEWEST_REVISION, NEWEST_REVISION, ())


async def test_what_differs_is_said_in_words(database_url: str) -> None:
    await SqlDatabaseCare(database_url).upgrade()
    await _damage(
        database_url,
        "DROP TABLE session_limits",
        "DROP INDEX idx_ephemeral_quotas_status",
        "ALTER TABLE settings ADD COLUMN colour TEXT",
        "CREATE TABLE diary (id INTEGER NOT NULL PRIMARY KEY)",
    )
    assert set((await SqlDatabaseCare(database_url).check()).differences) == {
        "table session_limits is missing",
        "index idx_ephemeral_quotas_status is missing",
        "column settings.colour is not one of ours",
        "table diary is not one of ours",
    }


async def test_down_and_up_again_keeps_what_the_step_allows(database_url: str) -> None:
    care = SqlDatabaseCare(database_url)
    await care.upgrade()
    async with SqlStore(database_url) as store:
        await store.put_setting("kept", "yes")
    moved = await care.downgrade("0002")
    assert (moved.before, moved.after) == (NEWEST_REVISION, "0002")
    assert (await care.upgrade()).before == "0002"
    async with SqlStore(database_url) as store:
        assert await store.setting("kept") == "yes"


async def test_a_file_is_copied_before_it_is_moved(tmp_path: Path) -> None:
    path = tmp_path / "profile" / "horizon.db"
    async with SqlStore(path) as store:
        await store.put_setting("kept", "yes")
    moved = await SqlDatabaseCare(path).downgrade("base")
    assert moved.after == ""
    with closing(sqlite3.connect(moved.copy)) as raw:
        assert raw.execute("SELECT value FROM settings").fetchall() == [("yes",)]


@pytest.mark.parametrize("revision", ["9999", NEWEST_REVISION, "soon"])
async def test_only_a_revision_below_can_be_walked_down_to(database_url: str, revision: str) -> None:
    await SqlDatabaseCare(database_url).upgrade()
    with pytest.raises(StoreUnavailable) as refused:
        await SqlDatabaseCare(database_url).downgrade(revision)
    assert refused.value.key == "store.revision"


async def test_a_shared_database_is_never_migrated_in_passing(postgres: PostgresServer) -> None:
    url = postgres.new_database(is_empty=True)
    with pytest.raises(StoreUnavailable) as refused:
        await SqlStore(url).__aenter__()
    assert refused.value.key == "store.older"
    await SqlDatabaseCare(url).upgrade()
    async with SqlStore(url) as store:
        await store.put_setting("a", "b")


async def test_two_processes_that_migrate_at_once_take_turns(postgres: PostgresServer) -> None:
    url = postgres.new_database(is_empty=True)
    await asyncio.gather(*(SqlDatabaseCare(url).upgrade() for _ in range(3)))
    assert (await SqlDatabaseCare(url).check()).differences == ()


async def test_a_database_that_cannot_be_reached_is_said_without_its_password(postgres: PostgresServer) -> None:
    url = postgres.url("no_such").replace("postgres@", "postgres:canary-pass@")
    for opening in (SqlStore(url).__aenter__(), SqlDatabaseCare(url).check()):
        with pytest.raises(StoreUnavailable) as refused:
            await opening
        assert "canary" not in f"{refused.value}{refused.value.values}"


@pytest.mark.parametrize("url", ["mysql://u:canary@h/n", "postgresql://", "postgresql://host:port/x", "sqlite://"])
def test_what_is_no_database_is_refused_without_showing_a_password(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        place_of(url)
    assert refused.value.key == "store.url"
    assert "canary" not in str(refused.value)


async def test_a_file_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable) as refused:
        await SqlDatabaseCare(tmp_path / "none.db").check()
    assert refused.value.key == "store.missing"
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_differs_and_ends_with_1(empty_url: str) -> None:
    world = World()

    def command(*arguments: str) -> int:
        return CliRunner().invoke(make_app(world), ["db", *arguments, "--database", empty_url, "--json"]).exit_code

    steps = (("upgrade",), ("check",), ("downgrade", "0003"), ("downgrade", "0003", "--yes"), ("check",))
    assert [command(*step) for step in steps] == [0, 0, 2, 0, 1]


def test_a_person_is_told_in_lines(empty_url: str) -> None:
    def say(*arguments: str) -> str:
        return CliRunner().invoke(make_app(World()), ["db", *arguments, "--database", empty_url]).output

    assert f"revision none, now {NEWEST_REVISION}." in say("upgrade")
    assert "It is as it should be." in say("check")
