"""What a process does beside what people ask of it: background workers, and notices of a team's other processes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from horizon_desktop.main.team_notices import team_notices
from horizon_desktop.ports.network_watch import NetworkWatch
from horizon_desktop.ports.sole_node import OnlyProcess, SoleNode
from horizon_desktop.services.host_parts import Parts
from horizon_desktop.services.sessions import Sessions
from horizon_desktop.services.usage import Usage
from horizon_desktop.services.workers import (
    ExpiryWorker,
    IdentityCleanupWorker,
    PeriodicWorker,
    Ports,
    WorkerRoll,
    run_workers,
)


@asynccontextmanager
async def working(
    parts: Parts, sessions: Sessions, usage: Usage, watch: NetworkWatch, roll: WorkerRoll
) -> AsyncIterator[None]:
    """Run the workers, hear other processes and follow the network for the time of the block. Raises BusUnavailable.

    Args:
        roll: Takes the workers, for whoever tells what they have done.
    """
    url = parts.configuration.database.url
    async with (
        team_notices(url, store=parts.store, bus=parts.bus),
        _sole_node(url) as node,
        asyncio.TaskGroup() as group,
    ):
        workers = make_workers(parts, sessions, usage, node=node)
        roll.add(*workers)
        tasks = (
            group.create_task(run_workers(*workers), name="workers"),
            group.create_task(sessions.follow_network(watch), name="network watch"),
        )
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


def make_workers(parts: Parts, sessions: Sessions, usage: Usage, *, node: SoleNode) -> tuple[PeriodicWorker, ...]:
    """Return the workers, each with its own interval, batch and switch.

    Each process closes what is over among its own sessions; quotas and pools, which all share, are one's duty.
    """
    chosen = parts.configuration.workers
    ports = Ports(clock=parts.clock, entropy=parts.entropy, node=node)
    alone = Ports(clock=parts.clock, entropy=parts.entropy, node=OnlyProcess())
    return (
        ExpiryWorker(usage, chosen.expiry, ports, keep_hours=chosen.keep_hours),
        IdentityCleanupWorker(
            parts.identities, sessions.sweep, chosen.identity_cleanup, alone, keep_hours=chosen.keep_hours
        ),
    )


@asynccontextmanager
async def _sole_node(url: str) -> AsyncIterator[SoleNode]:
    """Give who says which process has a duty: this one, or the first to come where a database is shared."""
    if not url:
        yield OnlyProcess()
        return
    from horizon_desktop.adapters.postgres_bus.sole_node import PostgresSoleNode  # noqa: PLC0415  (teams only)

    async with PostgresSoleNode(url) as node:
        yield node
