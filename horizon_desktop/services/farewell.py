"""The last words of a hosted session: every guest is told and let go, and no step of the end takes for ever."""

import asyncio
from collections.abc import Awaitable

import structlog

from horizon_desktop.errors import HorizonError
from horizon_desktop.protocol.payloads.control import Ended
from horizon_desktop.services.hosted_core import HostedCore
from horizon_desktop.services.roster import Seat

_log = structlog.get_logger(__name__)


async def say_farewell(core: HostedCore, message: Ended, *, flush_ms: int) -> None:
    """Tell every guest at once that it is over, and close each link once that is acknowledged or `flush_ms` is over."""
    async with asyncio.TaskGroup() as group:
        for seat in core.guests.roster:
            group.create_task(_part_with(core, seat, message, flush_ms=flush_ms))


async def bounded(work: Awaitable[None], ms: int) -> None:
    """Await one step of an end for so long at most; its trouble is logged, and the end goes on."""
    try:
        await asyncio.wait_for(work, ms / 1000)
    except TimeoutError:
        _log.warning("session.end.slow", ms=ms)
    except HorizonError as trouble:  # an end goes on to its end
        _log.warning("session.end.trouble", code=trouble.key)


async def _part_with(core: HostedCore, seat: Seat, message: Ended, *, flush_ms: int) -> None:
    await core.tell(seat.key, message)
    await core.links.drop(seat.key, message.reason, flush_ms=flush_ms)
