"""Background workers: ExpiryWorker and IdentityCleanupWorker, supervised loops with jittered pauses (SPEC 22)."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec
import structlog

from horizon_desktop.errors import HorizonError
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.configuration import Worker
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.records import Swept
from horizon_desktop.ports.sole_node import SoleNode
from horizon_desktop.services.identities import EphemeralIdentityService
from horizon_desktop.services.supervisor import supervised
from horizon_desktop.services.usage import Usage

_log = structlog.get_logger(__name__)

_DRAW_BYTES: Final = 4
_DRAW_MOST: Final = 2 ** (8 * _DRAW_BYTES) - 1
_S_MS: Final = 1000


class Counters(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker has done since its start."""

    rounds: int = 0
    failures: int = 0
    skipped: int = 0
    """Rounds that another process had the duty of."""
    last_round_ms: int = 0
    totals: Mapping[str, int] = {}
    """Name of a step to how many rows it has treated."""


CountWorkers = Callable[[], Mapping[str, Counters]]
"""Returns the counters of a process's workers by their names."""


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """What every worker needs from outside."""

    clock: Clock
    entropy: Entropy
    node: SoleNode


class PeriodicWorker(ABC):
    """One duty, done again and again. A round that fails is logged and counted; the next one comes all the same."""

    name: str

    def __init__(self, choice: Worker, ports: Ports) -> None:
        self._choice = choice
        self._ports = ports
        self.counters = Counters()

    async def run(self) -> None:
        """Work until cancelled; returns at once where the configuration switches this worker off."""
        if not self._choice.is_on:
            _log.info("worker.off", worker=self.name)
            return
        while True:
            await self._ports.clock.sleep(self.pause_ms())
            await self.round()

    async def round(self) -> None:
        """Do the duty once, unless another process has it."""
        if not await self._ports.node.has(self.name):
            self.counters = msgspec.structs.replace(self.counters, skipped=self.counters.skipped + 1)
            return
        await supervised(self._counted(), name=self.name, on_failure=self._failed)

    def pause_ms(self) -> int:
        """Return the next pause: the interval, longer or shorter by up to the jitter."""
        interval_ms = self._choice.interval_s * _S_MS
        spread = interval_ms * self._choice.jitter_percent // 100
        drawn = int.from_bytes(self._ports.entropy.draw(_DRAW_BYTES))
        return interval_ms - spread + 2 * spread * drawn // _DRAW_MOST

    async def _counted(self) -> None:
        begin = self._ports.clock.now().tick
        try:
            treated = await self._work()
        except HorizonError as trouble:  # the store is away: said in a word, without a trace
            _log.warning("worker.failed", worker=self.name, code=trouble.key)
            await self._failed(trouble)
            return
        before = self.counters
        totals = {step: before.totals.get(step, 0) + count for step, count in treated.items()}
        self.counters = msgspec.structs.replace(
            before,
            rounds=before.rounds + 1,
            last_round_ms=self._ports.clock.now().tick.since(begin),
            totals={**before.totals, **totals},
        )
        if any(treated.values()):
            _log.info("worker.round", worker=self.name, **treated)

    async def _failed(self, _failure: Exception) -> None:
        self.counters = msgspec.structs.replace(self.counters, failures=self.counters.failures + 1)

    @abstractmethod
    async def _work(self) -> Mapping[str, int]:
        """Do the duty once; return how many rows each step treated."""


class ExpiryWorker(PeriodicWorker):
    """Ends quotas, pools and allocations whose time is over, and deletes what ended long ago."""

    name = "expiry"

    def __init__(self, usage: Usage, choice: Worker, ports: Ports, *, keep_hours: int) -> None:
        super().__init__(choice, ports)
        self._usage = usage
        self._keep_hours = keep_hours

    async def _work(self) -> Mapping[str, int]:
        quotas, pools, batch = self._usage.quotas, self._usage.pools, self._choice.batch
        return {
            "quotas": await quotas.process_expirations(batch=batch),
            "pools": await pools.process_pool_expirations(),
            "allocations": await pools.process_allocation_expirations(),
            "deleted": await quotas.cleanup_expired(self._keep_hours, batch=batch),
        }


class IdentityCleanupWorker(PeriodicWorker):
    """Closes sessions, invitations and identities whose time is over, and deletes identities that ended long ago."""

    name = "identity_cleanup"

    def __init__(
        self,
        identities: EphemeralIdentityService,
        sweep: Callable[[], Awaitable[Swept]],
        choice: Worker,
        ports: Ports,
        *,
        keep_hours: int,
    ) -> None:
        """Store what to clean up.

        Args:
            sweep: Closes what is over (`Sessions.sweep`, which spares what runs; else `identities.cleanup`).
        """
        super().__init__(choice, ports)
        self._identities = identities
        self._sweep = sweep
        self._keep_hours = keep_hours

    async def _work(self) -> Mapping[str, int]:
        swept = await self._sweep()
        return {
            "sessions": len(swept.sessions) + len(swept.memberships),
            "invites": len(swept.invites),
            "identities": len(swept.identities),
            "purged": await self._identities.purge_expired(keep_hours=self._keep_hours),
        }


class WorkerRoll:
    """The workers of a process, from when they are made: whoever tells of them may have been there before."""

    def __init__(self) -> None:
        self._workers: list[PeriodicWorker] = []

    def add(self, *workers: PeriodicWorker) -> None:
        self._workers += workers

    def counters(self) -> Mapping[str, Counters]:
        """Return what each has done, by its name."""
        return {worker.name: worker.counters for worker in self._workers}


async def run_workers(*workers: PeriodicWorker) -> None:
    """Run workers side by side until cancelled."""
    async with asyncio.TaskGroup() as group:
        for worker in workers:
            group.create_task(worker.run(), name=f"worker {worker.name}")
