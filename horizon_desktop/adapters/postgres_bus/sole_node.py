"""PostgresSoleNode: the SoleNode port by advisory locks, which end with the connection that took them."""

import hashlib
from types import TracebackType
from typing import Final, Self

import asyncpg
import structlog

_log = structlog.get_logger(__name__)

_SPACE: Final = 0x486F72  # "Hor": our own among the advisory locks of a shared server
_TROUBLE: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_PATIENCE_S: Final = 5.0


class PostgresSoleNode:
    """Holds what it took on a connection of its own, for the time of its `async with`."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+asyncpg://", "postgresql://", 1)
        self._connection: asyncpg.Connection | None = None
        self._held: set[str] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._let_go()

    async def has(self, duty: str) -> bool:
        try:
            return await self._has(duty)
        except _TROUBLE as trouble:  # nobody can say who has it: then it is not us
            _log.warning("duty.unknown", duty=duty, trouble=type(trouble).__name__)
            self._let_go()
            return False

    async def _has(self, duty: str) -> bool:
        if self._connection is None or self._connection.is_closed():
            self._let_go()
            self._connection = await asyncpg.connect(self._url, timeout=_PATIENCE_S)
        if duty in self._held:
            await self._connection.execute("SELECT 1", timeout=_PATIENCE_S)  # the lock lives as long as the line
            return True
        query = "SELECT pg_try_advisory_lock($1, $2)"
        if await self._connection.fetchval(query, _SPACE, _number(duty), timeout=_PATIENCE_S):
            self._held.add(duty)
        return duty in self._held

    def _let_go(self) -> None:
        self._held.clear()
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


def _number(duty: str) -> int:
    """Return the 32-bit number, signed as PostgreSQL has it, that stands for a duty."""
    return int.from_bytes(hashlib.sha256(duty.encode()).digest()[:4], signed=True)
