"""One database, SQLite or PostgreSQL: opened, brought up to date or refused, and every call one transaction."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Concatenate, Final, ParamSpec, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from horizon_desktop.adapters.storage.database_file import back_up, prepare
from horizon_desktop.adapters.storage.engine import READ
from horizon_desktop.adapters.storage.opening import open_engine
from horizon_desktop.adapters.storage.owned_calls import OwnedCalls
from horizon_desktop.adapters.storage.place import Place, place_of
from horizon_desktop.adapters.storage.seal import Sealer
from horizon_desktop.adapters.storage.sealing import Sealing, StoreSeal
from horizon_desktop.errors import LocalProtocolError, StoreUnavailable

NEWEST_REVISION: Final = "0007"
"""Head of migrations/; a test compares them."""
ATTEMPTS: Final = 3
"""How often a write is done again after PostgreSQL ended it for the sake of another one."""
_WORTH_ANOTHER: Final = frozenset({"40001", "40P01"})
"""serialization_failure and deadlock_detected (PostgreSQL, appendix A)."""
P = ParamSpec("P")
ResultT = TypeVar("ResultT")
Statement = Callable[Concatenate[AsyncConnection, P], Awaitable[ResultT]]


class Database:
    """Opens on entering. Every call raises StoreUnavailable.

    A SQLite file is made when it is not there, and migrated after a copy. A PostgreSQL database is shared, so it is
    migrated by `horizon db upgrade` and never in passing: one of another revision is refused with store.older or
    store.newer. A row that contradicts another one raises LocalProtocolError: the caller's mistake.
    """

    def __init__(self, where: Path | str, *, seal: StoreSeal | None = None) -> None:
        """Store where it is: a path, or a URL as `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/NAME`.

        Args:
            seal: What a SQLite file is sealed with; one that is not as we left it is refused as `Sealing` says.
        """
        self._place = place_of(where)
        path = self._place.path
        self._sealing = None if seal is None or path is None else Sealing(path, seal)
        self._engine: AsyncEngine | None = None
        self._troubles: tuple[type[Exception], ...] = ()
        self._calls = OwnedCalls()

    @property
    def place(self) -> Place:
        return self._place

    async def __aenter__(self) -> Self:
        path = self._place.path
        if path is not None:
            await asyncio.to_thread(prepare, path)
        if self._sealing is not None:
            await self._sealing.verify()
        self._open()
        self._calls = OwnedCalls()
        await self._calls.open()
        try:
            is_migrated = await self._bring_up_to_date()
            if self._sealing is not None:
                await self._seal(self._sealing, is_migrated=is_migrated)
        except BaseException:
            await self._close()
            raise
        return self

    def _open(self, sealer: Sealer | None = None) -> None:
        opened = open_engine(self._place, sealer)
        self._engine, self._troubles = opened.engine, opened.troubles

    async def _seal(self, sealing: Sealing, *, is_migrated: bool) -> None:
        """Go on with connections that keep the seal; what was migrated or is new is sealed now."""
        await self._opened.dispose()
        if is_migrated or not await sealing.has_seal():
            await sealing.reseal()
        else:
            await sealing.keep()
        self._open(sealing.sealer)

    async def keep_head(self) -> None:
        """Let no state from before this moment pass for the newest one again. Nothing without a seal."""
        if self._sealing is not None:
            await self._sealing.keep()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._close()

    async def write(self, statement: Statement[P, ResultT], *args: P.args, **kwargs: P.kwargs) -> ResultT:
        """Run `statement` in a transaction that writes, and commit it.

        On SQLite it holds the one write lock from its beginning. On PostgreSQL it must lock the rows that it reads
        in order to change them (`with_for_update`), and may be run again after a deadlock.
        """
        return await self._calls.carry(self._write_now(self._opened, statement, *args, **kwargs))

    async def read(self, statement: Statement[P, ResultT], *args: P.args, **kwargs: P.kwargs) -> ResultT:
        """Run `statement` in a transaction that only reads."""
        return await self._calls.carry(self._read_now(self._opened, statement, *args, **kwargs))

    async def _write_now(
        self, engine: AsyncEngine, statement: Statement[P, ResultT], *args: P.args, **kwargs: P.kwargs
    ) -> ResultT:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with engine.begin() as conn:
                    return await statement(conn, *args, **kwargs)
            except IntegrityError as exc:
                raise LocalProtocolError(f"the store refuses a contradiction: {_first_line(exc)}") from exc
            except self._troubles as exc:
                if attempt == ATTEMPTS or not _is_worth_another(exc):
                    raise self._unavailable() from exc
        raise self._unavailable()

    async def _read_now(
        self, engine: AsyncEngine, statement: Statement[P, ResultT], *args: P.args, **kwargs: P.kwargs
    ) -> ResultT:
        try:
            async with engine.connect() as conn:
                await conn.execution_options(**{READ: True})
                return await statement(conn, *args, **kwargs)
        except self._troubles as exc:
            raise self._unavailable() from exc

    @property
    def _opened(self) -> AsyncEngine:
        if self._engine is None:
            raise StoreUnavailable("the store is not open")
        return self._engine

    async def _close(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            await self._calls.close()
            await engine.dispose()
            await self.keep_head()

    async def _bring_up_to_date(self) -> bool:
        """Migrate where that is ours to do; return whether there was anything to do."""
        revision = await self.read(stored_revision)
        if revision == NEWEST_REVISION:
            return False
        if revision > NEWEST_REVISION:
            raise StoreUnavailable(
                f"{self._place.name} was written by a newer version (revision {revision})",
                code="store.newer",
                file=self._place.name,
            )
        path = self._place.path
        if path is None:
            raise StoreUnavailable(
                f"{self._place.name} is at revision {revision or 'none'}, expected {NEWEST_REVISION}: "
                "run horizon db upgrade",
                code="store.older",
                file=self._place.name,
            )
        if revision:
            await asyncio.to_thread(back_up, path, revision)
        # Imported here because it is needed once a release and costs a fifth of a second.
        from horizon_desktop.adapters.storage import migrate  # noqa: PLC0415

        try:
            async with self._opened.connect() as conn:
                await conn.run_sync(migrate.upgrade)
        except self._troubles as exc:
            raise self._unavailable() from exc
        return True

    def _unavailable(self) -> StoreUnavailable:
        return StoreUnavailable(f"the database {self._place.name} cannot be used", file=self._place.name)


async def stored_revision(conn: AsyncConnection) -> str:
    """Return the revision that the database is at, empty for a new one."""
    if not await conn.run_sync(_has_revisions):
        return ""
    revision: str | None = await conn.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return revision or ""


def _has_revisions(conn: sa.Connection) -> bool:
    return sa.inspect(conn).has_table("alembic_version")


def _first_line(exc: IntegrityError) -> str:
    """Return what contradicts; PostgreSQL's second line would show the values."""
    return str(exc.orig).partition("\n")[0]


def _is_worth_another(exc: Exception) -> bool:
    return isinstance(exc, DBAPIError) and getattr(exc.orig, "sqlstate", "") in _WORTH_ANOTHER
