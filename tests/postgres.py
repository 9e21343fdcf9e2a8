"""A real PostgreSQL for tests: one server a run on a socket of its own, one fresh database a test from a template."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from horizon_desktop.adapters.storage.migrate import upgrade

FOLDERS = (*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/bin"), Path("/usr/local/bin"))
START_S = 30
TEMPLATE = "migrated"
SERVER_USER = "postgres"
"""PostgreSQL refuses to run as root; Debian's package makes this user."""


def _binaries() -> Path | None:
    return next((folder for folder in FOLDERS if (folder / "initdb").exists()), None)


def need_postgres() -> Path:
    """Return where initdb is; without it skip, or fail where it must be there (CI)."""
    folder = _binaries()
    if folder is None:
        missing = "PostgreSQL is not installed (Debian: postgresql)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return folder


class PostgresServer:
    """A running server. Makes databases; its URLs name its socket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = 0

    def url(self, name: str) -> str:
        return f"postgresql+asyncpg://{SERVER_USER}@/{name}?host={self._folder}"

    def new_database(self, *, is_empty: bool = False) -> str:
        """Return the URL of a new database, with the newest tables unless `is_empty`."""
        self._made += 1
        name = f"test_{self._made}"
        template = "template0" if is_empty else TEMPLATE
        _run(self._execute("postgres", f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        return self.url(name)

    async def _execute(self, database: str, statement: str) -> None:
        engine = create_async_engine(self.url(database), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        async with engine.connect() as conn:
            await conn.exec_driver_sql(statement)
        await engine.dispose()

    async def make_template(self) -> None:
        await self._execute("postgres", f'CREATE DATABASE "{TEMPLATE}" TEMPLATE template0')
        engine = create_async_engine(self.url(TEMPLATE), poolclass=sa.NullPool)
        async with engine.connect() as conn:
            await conn.run_sync(upgrade)
        await engine.dispose()


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server of our own with the newest tables in a template; stop it by its pid."""
    binaries = need_postgres()
    folder = Path(tempfile.mkdtemp(prefix="horizon-pg-"))
    account = None if os.geteuid() else pwd.getpwnam(SERVER_USER)
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    data = folder / "data"
    settings = ("listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", "max_connections=100")
    with (folder / "log").open("wb") as log:
        subprocess.run(
            [binaries / "initdb", "--no-sync", "-A", "trust", "-U", SERVER_USER, "-E", "UTF8", "-D", data],
            check=True, stdout=log, stderr=log, user=account and account.pw_uid, cwd=folder,
        )  # fmt: skip
        server = subprocess.Popen(
            [binaries / "postgres", "-D", data, *(part for line in settings for part in ("-c", line))],
            stdout=log, stderr=log, user=account and account.pw_uid, cwd=folder,
        )  # fmt: skip
        try:
            _wait_until_ready(server, folder)
            running = PostgresServer(folder)
            _run(running.make_template())
            yield running
        finally:
            server.send_signal(signal.SIGINT)  # a fast shut-down; SIGTERM would wait for clients that were killed
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
            shutil.rmtree(folder, ignore_errors=True)


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run on a loop of its own: whoever asks for a database may stand on one already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def _wait_until_ready(server: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + START_S
    while not (folder / ".s.PGSQL.5432").exists() or "ready to accept" not in (folder / "log").read_text("utf-8"):
        if server.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"PostgreSQL did not start:\n{(folder / 'log').read_text('utf-8')}")
        time.sleep(0.02)
