"""PostgresNoticeBoard: the NoticeBoard port over one PostgreSQL database, on connections of its own."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, Protocol, Self

import asyncpg
import msgspec
import stamina
import structlog

from horizon_desktop.errors import BusUnavailable, LocalProtocolError
from horizon_desktop.ports.notices import Notice, Reread

_log = structlog.get_logger(__name__)

CHANNEL: Final = "horizon_notices"
MOST_BYTES: Final = 7_999
"""A payload of NOTIFY is shorter than 8000 bytes (PostgreSQL manual, NOTIFY)."""
MAX_WAITING: Final = 4096
"""Notices on their way out; beyond it the oldest is dropped and everybody is told to read again."""
_REREAD: Final = Notice(session="", kind="reread", id="")
_FIRST_PAUSE_S: Final = 0.1
_MOST_PAUSE_S: Final = 5.0
_JITTER_S: Final = 0.05
_TROUBLE: Final = (
    OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError,
)  # fmt: skip
"""asyncpg tells a connection that ends under a statement by any of these."""


class LocalBoard(Protocol):
    """Hands what was heard to the subscribers of this process."""

    def publish(self, event: Notice | Reread) -> None: ...
    def subscribe(self) -> AbstractContextManager[AsyncIterator[Notice | Reread]]: ...


class PostgresNoticeBoard:
    """Listens for the time of its `async with`; never takes a connection from the store's pool.

    A lost connection is dialled again with growing pauses, for as long as it takes. Notices meant for that time
    are lost by NOTIFY's nature, so every subscriber gets a Reread when the line is back.
    """

    def __init__(self, url: str, local: LocalBoard) -> None:
        """Store where to listen.

        Args:
            url: postgresql://..., also with +asyncpg.
            local: Delivers to the subscribers here.
        """
        self._url = url.replace("postgresql+asyncpg://", "postgresql://", 1)
        self._local = local
        self._waiting: deque[bytes] = deque()
        self._news = asyncio.Event()
        self._group = asyncio.TaskGroup()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Raises BusUnavailable: the server cannot be reached at the start."""
        try:
            connection = await self._listening()
        except _TROUBLE as exc:
            raise BusUnavailable("the database does not answer") from exc
        await self._group.__aenter__()
        self._tasks = [
            self._group.create_task(self._listen(connection), name="notices.listen"),
            self._group.create_task(self._send(), name="notices.send"),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await self._group.__aexit__(None, None, None)

    def publish(self, notice: Notice) -> None:
        payload = msgspec.json.encode(notice)
        if len(payload) > MOST_BYTES:
            raise LocalProtocolError(f"a notice has at most {MOST_BYTES} bytes, got {len(payload)}")
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.clear()
            payload = msgspec.json.encode(_REREAD)
        self._waiting.append(payload)
        self._news.set()

    def subscribe(self) -> AbstractContextManager[AsyncIterator[Notice | Reread]]:
        return self._local.subscribe()

    # --- hearing ---
    async def _listen(self, connection: asyncpg.Connection) -> None:
        while True:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _, lost=lost: lost.set())
            if connection.is_closed():
                lost.set()
            try:
                await lost.wait()
            finally:
                connection.terminate()
            _log.warning("notices.lost")
            connection = await self._dialled(listening=True)
            _log.info("notices.back")
            self._local.publish(Reread())

    async def _listening(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(self._url)
        await connection.add_listener(CHANNEL, self._heard)
        return connection

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        try:
            notice = msgspec.json.decode(str(payload), type=Notice)
        except msgspec.MsgspecError:  # another program's, or a later version's
            _log.warning("notices.unreadable")
            return
        self._local.publish(Reread() if notice == _REREAD else notice)

    # --- telling ---
    async def _send(self) -> None:
        connection: asyncpg.Connection | None = None
        try:
            while True:
                while not self._waiting:
                    self._news.clear()
                    await self._news.wait()
                if connection is None or connection.is_closed():
                    connection = await self._dialled(listening=False)
                payload = self._waiting[0]
                try:
                    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload.decode())
                except _TROUBLE:  # it may have been told: twice does no harm
                    connection.terminate()
                    connection = None
                else:
                    self._told(payload)
        finally:
            if connection is not None:
                connection.terminate()

    def _told(self, payload: bytes) -> None:
        if self._waiting and self._waiting[0] is payload:  # else it was dropped for a Reread meanwhile
            self._waiting.popleft()

    async def _dialled(self, *, listening: bool) -> asyncpg.Connection:
        """Return a new connection, however long it takes."""
        attempts = stamina.retry_context(
            on=_TROUBLE,
            attempts=None,
            timeout=None,
            wait_initial=_FIRST_PAUSE_S,
            wait_max=_MOST_PAUSE_S,
            wait_jitter=_JITTER_S,
        )
        async for attempt in attempts:
            with attempt:
                return await self._listening() if listening else await asyncpg.connect(self._url)
        raise BusUnavailable("an endless series of attempts has ended")
