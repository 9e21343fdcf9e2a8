"""The database as a file: who may read it, what happens to a bad one, and that commits last."""

import asyncio
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from horizon_desktop.adapters.storage.store import SqlStore
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import StoreUnavailable
from tests.contracts.test_store import INVITE, NOON, invite_row, session_row

posix = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "profile" / "horizon.db"


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
async def test_database_and_its_companions_are_owner_only(path: Path) -> None:
    async with SqlStore(path) as store:
        await store.put_setting("a", "b")
        assert {_mode(file) for file in path.parent.iterdir()} == {0o600}
        assert _mode(path.parent) == 0o700


@posix
async def test_a_database_that_others_may_read_is_closed_to_them(path: Path) -> None:
    async with SqlStore(path):
        pass
    path.chmod(0o644)
    async with SqlStore(path):
        assert _mode(path) == 0o600


@posix
async def test_a_link_in_place_of_the_database_is_refused(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(StoreUnavailable):
        await SqlStore(path).__aenter__()
    assert not (tmp_path / "elsewhere.db").exists()


async def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"my diary, not a database" * 100)
    with pytest.raises(StoreUnavailable):
        await SqlStore(path).__aenter__()
    assert path.read_bytes() == b"my diary, not a database" * 100


async def test_a_closed_store_says_that_it_is_closed(path: Path) -> None:
    store = SqlStore(path)
    async with store:
        pass
    with pytest.raises(StoreUnavailable):
        await store.setting("a")


async def test_a_counted_try_is_there_after_a_restart(path: Path) -> None:
    async with SqlStore(path) as store:
        await store.open_session(session_row(), invite_row())
        await store.count_try(INVITE, now=NOON)
    async with SqlStore(path) as store:
        assert await store.count_try(INVITE, now=NOON) == 2


async def test_tries_counted_at_once_are_all_counted(path: Path) -> None:
    async with SqlStore(path) as store:
        await store.open_session(session_row(), invite_row())
        counted = await asyncio.gather(*(store.count_try(INVITE, now=NOON) for _ in range(5)))
    assert sorted(number for number in counted if isinstance(number, int)) == [1, 2, 3, 4, 5]


async def test_two_processes_may_write_in_turn(path: Path) -> None:
    async with SqlStore(path) as one, SqlStore(path) as two:
        await asyncio.gather(*(store.put_setting(f"{n}", "x") for n in range(20) for store in (one, two)))
        assert await one.setting("19") == "x"


async def test_a_cancelled_call_leaves_the_store_usable(path: Path) -> None:
    async with SqlStore(path) as store:
        for turns in range(12):
            call = asyncio.get_running_loop().create_task(store.put_setting("n", str(turns)))
            for _ in range(turns):
                await asyncio.sleep(0)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
        await store.put_setting("n", "after")
        assert await store.setting("n") == "after"


async def test_wiped_secrets_leave_no_bytes_in_the_file(path: Path) -> None:
    canary = b"canary-7Q4M-secret"
    async with SqlStore(path) as store:
        await store.open_session(session_row(), invite_row(sealed=canary * 20))
        await store.end_session(session_row().session_id, reason="host", at=Instant(1))
    assert canary not in b"".join(file.read_bytes() for file in path.parent.iterdir())


async def test_a_database_of_a_newer_version_is_left_alone(path: Path) -> None:
    async with SqlStore(path):
        pass
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
    with pytest.raises(StoreUnavailable) as refused:
        await SqlStore(path).__aenter__()
    assert refused.value.key == "store.newer"


async def test_an_older_database_is_copied_before_it_is_migrated(path: Path) -> None:
    async with SqlStore(path) as store:
        await store.put_setting("kept", "yes")
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '0000'")
        raw.commit()
    with pytest.raises(StoreUnavailable):  # nothing leads up from a revision that never was
        await SqlStore(path).__aenter__()
    copy = path.with_name("horizon.db.before-migration-0000")
    with closing(sqlite3.connect(copy)) as raw:
        assert raw.execute("SELECT value FROM settings WHERE name = 'kept'").fetchone() == ("yes",)
    assert os.name != "posix" or _mode(copy) == 0o600


async def test_an_error_of_the_database_never_shows_values(path: Path) -> None:
    async with SqlStore(path) as store:
        with closing(sqlite3.connect(path)) as raw:
            raw.execute("DROP TABLE settings")
            raw.commit()
        with pytest.raises(StoreUnavailable) as broken:
            await store.put_setting("canary-name", "canary-value")
    assert "canary" not in f"{broken.value}{broken.value.__cause__}"
