"""aiosqlite with one turn of its thread for a whole statement: executed, its rows read, its cursor closed."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import partial
from typing import Any, Final, NamedTuple, Self

import aiosqlite

_CHUNK: Final = 64
"""Rows that aiosqlite's own iteration takes at a time; ours reads all of them."""

_Work = Callable[[sqlite3.Cursor, str, Any], object]


class _Outcome(NamedTuple):
    """What a statement left when its cursor was closed."""

    rows: list[tuple[Any, ...]]
    description: tuple[tuple[Any, ...], ...] | None
    rowcount: int
    lastrowid: int | None


_NOTHING: Final = _Outcome([], None, -1, None)


class OneTurnConnection(aiosqlite.Connection):
    """A connection for SQLAlchemy's aiosqlite dialect, whose own cursor goes to the thread four times a statement.

    Each turn costs a future, a wake-up of the thread and one of the loop: about 0.1 ms, more than a small statement.
    A transaction begins in the turn of its first statement.
    """

    def __init__(self, database: str, **options: Any) -> None:
        """Open nothing yet; `options` are those of sqlite3.connect."""
        super().__init__(partial(sqlite3.connect, database, **options), _CHUNK)
        self._begin = ""

    def begin_with_next(self, statement: str) -> None:
        """Execute `statement` right before the next one, in its turn; not at all if the transaction ends before."""
        self._begin = statement

    def cursor(self) -> "OneTurnCursor":  # type: ignore[override]
        """Return a cursor that has been nowhere yet."""
        return OneTurnCursor(self)

    async def commit(self) -> None:
        """Commit; where nothing was executed, nothing was begun."""
        if self._begin:
            self._begin = ""
        else:
            await super().commit()

    async def rollback(self) -> None:
        """Roll back; where nothing was executed, nothing was begun."""
        if self._begin:
            self._begin = ""
        else:
            await super().rollback()

    async def whole(self, work: "_Work", operation: str, parameters: Iterable[Any]) -> "_Outcome":
        """Execute one statement in one turn of the thread, after the BEGIN that waits for it.

        Raises:
            sqlite3.Error: the statement; or the BEGIN, and no transaction is open then.
        """
        begin, self._begin = self._begin, ""

        def turn() -> _Outcome:
            raw = self._conn
            if begin:
                raw.execute(begin)
            with closing(raw.cursor()) as cursor:
                work(cursor, operation, parameters)
                rows = cursor.fetchall() if cursor.description else []
                return _Outcome(rows, cursor.description, cursor.rowcount, cursor.lastrowid)

        outcome: _Outcome = await self._execute(turn)  # type: ignore[no-untyped-call]
        return outcome


class OneTurnCursor:
    """What SQLAlchemy's adapter asks of a cursor (AsyncIODBAPICursor); only executing goes to the thread."""

    arraysize = 1

    def __init__(self, connection: OneTurnConnection) -> None:
        self._connection = connection
        self._outcome = _NOTHING

    async def __aenter__(self) -> Self:
        return self

    @property
    def description(self) -> tuple[tuple[Any, ...], ...] | None:
        return self._outcome.description

    @property
    def rowcount(self) -> int:
        return self._outcome.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._outcome.lastrowid

    async def execute(self, operation: str, parameters: Sequence[Any] = ()) -> None:
        self._outcome = await self._connection.whole(sqlite3.Cursor.execute, operation, parameters)

    async def executemany(self, operation: str, parameters: Sequence[Sequence[Any]]) -> None:
        self._outcome = await self._connection.whole(sqlite3.Cursor.executemany, operation, parameters)

    async def fetchall(self) -> list[tuple[Any, ...]]:
        return self._outcome.rows

    async def close(self) -> None:
        """Nothing is open since the statement's own turn ended; what it left can still be read."""
