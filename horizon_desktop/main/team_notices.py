"""Joins this process with the others of a team that share a PostgreSQL database; alone there is nothing to join."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from horizon_desktop.adapters.memory_bus import MemoryBus
from horizon_desktop.ports.bus import Bus
from horizon_desktop.ports.notices import Notice, Reread
from horizon_desktop.ports.storage import Store
from horizon_desktop.services.notices import NoticeRelay


@asynccontextmanager
async def team_notices(url: str, *, store: Store, bus: Bus) -> AsyncIterator[None]:
    """Tell and hear notices for the time of the block. Raises BusUnavailable: the server cannot be reached.

    Args:
        url: The team's database; empty for a profile on its own file.
    """
    if not url:
        yield
        return
    from horizon_desktop.adapters.postgres_bus.notice_board import PostgresNoticeBoard  # noqa: PLC0415  (teams only)

    local: MemoryBus[Notice | Reread] = MemoryBus()
    async with PostgresNoticeBoard(url, local) as board, asyncio.TaskGroup() as group:
        relay = NoticeRelay(store=store, bus=bus, board=board)
        tasks = [
            group.create_task(relay.tell(), name="notices out"),
            group.create_task(relay.hear(), name="notices in"),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
