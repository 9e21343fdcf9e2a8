"""`horizon hub`: a hub without anything else, until it is stopped."""

import asyncio

from horizon_desktop.cli.doors import Doors, HubOptions
from horizon_desktop.cli.report import Report
from horizon_desktop.cli.shutdown import run_until_stopped
from horizon_desktop.errors import EXIT_OK


async def hub(options: HubOptions, doors: Doors, report: Report) -> int:
    """Serve until Ctrl-C or SIGTERM; then tell every client and close."""
    stopped = asyncio.Event()

    async def serve() -> int:
        async with doors.open_hub(options) as ready:
            report.ready(ready)
            await stopped.wait()
        return EXIT_OK

    async def land() -> bool:
        stopped.set()
        return True

    return await run_until_stopped(serve(), land)
