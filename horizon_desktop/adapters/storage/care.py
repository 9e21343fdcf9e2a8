"""SqlDatabaseCare: checks a database and walks it up and down, on SQLite after a copy."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from horizon_desktop.adapters.storage.database import NEWEST_REVISION, stored_revision
from horizon_desktop.adapters.storage.database_file import back_up, prepare
from horizon_desktop.adapters.storage.differences import differences
from horizon_desktop.adapters.storage.engine import READ
from horizon_desktop.adapters.storage.migrate import downgrade, upgrade
from horizon_desktop.adapters.storage.opening import open_engine
from horizon_desktop.adapters.storage.place import place_of
from horizon_desktop.adapters.storage.sealing import Sealing, StoreSeal
from horizon_desktop.errors import StoreUnavailable
from horizon_desktop.ports.database_care import DatabaseMoved, DatabaseState

BASE: Final = "base"


class SqlDatabaseCare:
    """The DatabaseCare port over a SQLite file or a PostgreSQL database. Opens it for each call."""

    def __init__(self, where: Path | str, *, seal: Callable[[], Awaitable[StoreSeal | None]] | None = None) -> None:
        """Store where it is: a path or a URL. Raises UsageError (`store.url`).

        Args:
            seal: Finds what a profile's own file is sealed with; None for every other database.
        """
        self._place = place_of(where)
        self._find_seal = seal

    async def check(self) -> DatabaseState:
        self._must_be_there()
        async with self._connected() as conn:
            await conn.execution_options(**{READ: True})
            revision = await stored_revision(conn)
            found = await conn.run_sync(differences)
        return DatabaseState(name=self._place.name, revision=revision, newest=NEWEST_REVISION, differences=found)

    async def upgrade(self) -> DatabaseMoved:
        path = self._place.path
        if path is not None:
            await asyncio.to_thread(prepare, path)
        return await self._walk(upgrade)

    async def downgrade(self, revision: str) -> DatabaseMoved:
        self._must_be_there()
        async with self._connected() as conn:
            await conn.execution_options(**{READ: True})
            before = await stored_revision(conn)
        if revision != BASE and not revision < before:
            raise StoreUnavailable(
                f"{self._place.name} is at {before or 'none'}: expected a revision below it or base, got {revision!r}",
                code="store.revision",
            )
        return await self._walk(downgrade, revision)

    def _must_be_there(self) -> None:
        if self._place.path is not None and not self._place.path.exists():
            raise StoreUnavailable(f"there is no {self._place.name}", code="store.missing", file=self._place.name)

    async def accept(self) -> None:
        self._must_be_there()
        sealing = await self._sealing()
        if sealing is None:
            raise StoreUnavailable(f"{self._place.name} is not sealed", code="store.unsealed", file=self._place.name)
        await sealing.reseal()

    async def _sealing(self) -> Sealing | None:
        if self._find_seal is None or self._place.path is None:
            return None
        seal = await self._find_seal()
        return None if seal is None else Sealing(self._place.path, seal)

    async def _walk(self, step: Callable[..., None], *arguments: str) -> DatabaseMoved:
        sealing = await self._sealing()
        if sealing is not None:
            await sealing.verify()
        async with self._connected() as conn:
            before = await stored_revision(conn)
            await conn.commit()
            copy = ""
            if self._place.path is not None and before:
                copy = str(await asyncio.to_thread(back_up, self._place.path, before))
            await conn.run_sync(step, *arguments)
            after = await stored_revision(conn)
        if sealing is not None:
            await (sealing.reseal() if after == NEWEST_REVISION else sealing.forget())
        return DatabaseMoved(name=self._place.name, before=before, after=after, copy=copy)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        opened = open_engine(self._place)
        try:
            async with opened.engine.connect() as conn:
                yield conn
        except opened.troubles as exc:
            raise StoreUnavailable(f"the database {self._place.name} cannot be used", file=self._place.name) from exc
        finally:
            await opened.engine.dispose()
