"""Workers: what they treat, when they work, who works where several could, and that no failure stops them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from horizon_desktop.adapters.memory_bus import MemoryBus
from horizon_desktop.adapters.postgres_bus.sole_node import PostgresSoleNode
from horizon_desktop.domain.events import EphemeralQuotaExpired, Event
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.ports.configuration import Worker
from horizon_desktop.ports.sole_node import OnlyProcess, SoleNode
from horizon_desktop.services.identities import EphemeralIdentityService
from horizon_desktop.services.workers import ExpiryWorker, IdentityCleanupWorker, PeriodicWorker, Ports, run_workers
from tests.contracts.test_store import NOON as STORE_NOON
from tests.contracts.test_store import identity_row, invite_row, session_row
from tests.fakes.clock import FakeClock
from tests.fakes.entropy import SeededEntropy
from tests.fakes.store import MemoryStore
from tests.services.usage_world import HOUR, UsageWorld, opened_world


def ports(clock: FakeClock, node: SoleNode | None = None) -> Ports:
    return Ports(clock=clock, entropy=SeededEntropy("workers"), node=node or OnlyProcess())


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[UsageWorld]:
    async with opened_world(database_url) as opened:
        yield opened


async def test_the_expiry_worker_ends_quotas_pools_and_allocations_and_deletes_what_is_old(world: UsageWorld) -> None:
    for _ in range(5):
        await world.quota()
    worker = ExpiryWorker(world.usage, Worker(batch=2), ports(world.clock), keep_hours=24)
    await worker.round()
    assert dict(worker.counters.totals) == {"quotas": 0, "pools": 0, "allocations": 0, "deleted": 0}
    world.clock.advance(ms=HOUR)
    await worker.round()
    assert worker.counters.totals["quotas"] == 5
    assert len(world.told(EphemeralQuotaExpired)) == 5
    world.clock.advance(ms=25 * HOUR)
    await worker.round()
    assert (worker.counters.totals["deleted"], worker.counters.rounds) == (5, 3)


class IdentityHouse:
    """A store with one session that has an invite and a guest, and the worker over it."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.clock = FakeClock(STORE_NOON)
        self.bus: MemoryBus[Event] = MemoryBus()
        self.service = EphemeralIdentityService(
            store=self.store, bus=self.bus, clock=self.clock, entropy=SeededEntropy(1), sponsor=DeviceKey(b"h" * 32)
        )

    def worker(self, choice: Worker = Worker(), node: SoleNode | None = None) -> IdentityCleanupWorker:  # noqa: B008
        return IdentityCleanupWorker(self.service, self.service.cleanup, choice, ports(self.clock, node), keep_hours=24)


@pytest.fixture
async def house() -> IdentityHouse:
    made = IdentityHouse()
    await made.store.open_session(session_row(), invite_row())
    await made.store.add_identity(identity_row(state="active"))
    return made


async def test_the_cleanup_worker_closes_what_is_over_and_purges_what_is_old(house: IdentityHouse) -> None:
    worker = house.worker()
    house.clock.advance(minutes=24 * 60)
    await worker.round()
    assert dict(worker.counters.totals) == {"sessions": 1, "invites": 1, "identities": 1, "purged": 0}
    house.clock.advance(minutes=25 * 60)
    await worker.round()
    assert worker.counters.totals["purged"] == 1


async def test_a_worker_that_is_switched_off_returns_at_once(house: IdentityHouse) -> None:
    worker = house.worker(Worker(is_on=False))
    await asyncio.wait_for(worker.run(), 5)
    assert worker.counters.rounds == 0


async def test_a_round_that_fails_is_counted_and_the_next_one_comes(house: IdentityHouse) -> None:
    worker = house.worker()
    house.store.is_broken = True
    await worker.round()
    house.store.is_broken = False
    await worker.round()
    assert (worker.counters.failures, worker.counters.rounds) == (1, 1)


class Odd(PeriodicWorker):
    """A duty with a mistake of ours in it."""

    name = "odd"

    async def _work(self) -> dict[str, int]:
        raise ZeroDivisionError


async def test_even_a_mistake_of_ours_stops_no_worker() -> None:
    worker = Odd(Worker(), ports(FakeClock(STORE_NOON)))
    await worker.round()
    await worker.round()
    assert worker.counters.failures == 2


@pytest.mark.parametrize(("jitter", "spread"), [(0, 0), (10, 6_000), (50, 30_000)])
def test_each_pause_is_within_the_jitter_and_all_of_it_is_used(jitter: int, spread: int) -> None:
    worker = Odd(Worker(interval_s=60, jitter_percent=jitter), ports(FakeClock(STORE_NOON)))
    pauses = [worker.pause_ms() for _ in range(500)]
    assert all(60_000 - spread <= pause <= 60_000 + spread for pause in pauses)
    assert max(pauses) - min(pauses) >= spread


async def test_workers_work_when_their_time_comes_and_not_before(house: IdentityHouse) -> None:
    worker = house.worker(Worker(interval_s=60, jitter_percent=0))

    async def settle() -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(run_workers(worker))
        await settle()
        house.clock.advance(ms=59_999)
        await settle()
        assert worker.counters.rounds == 0
        for _ in range(3):
            house.clock.advance(ms=60_000)
            await settle()
        assert worker.counters.rounds == 3
        task.cancel()


class Elsewhere:
    """Another process has the duty."""

    async def has(self, duty: str) -> bool:
        return False


async def test_what_another_process_does_is_left_to_it(house: IdentityHouse) -> None:
    worker = house.worker(node=Elsewhere())
    await worker.round()
    assert (worker.counters.rounds, worker.counters.skipped) == (0, 1)


# --- one node at a time, on a real server ---
async def test_a_duty_is_one_processs_until_it_goes(new_postgres: str) -> None:
    async with PostgresSoleNode(new_postgres) as first:
        async with PostgresSoleNode(new_postgres) as second:
            assert await first.has("expiry")
            assert not await second.has("expiry")
            assert await second.has("another")
            assert await first.has("expiry")
        async with PostgresSoleNode(new_postgres) as third:
            assert not await third.has("expiry")
    async with PostgresSoleNode(new_postgres) as next_one:
        async with asyncio.timeout(10):
            while not await next_one.has("expiry"):
                await asyncio.sleep(0.01)


async def test_nobody_has_a_duty_while_the_server_is_away() -> None:
    async with PostgresSoleNode("postgresql://nobody@/none?host=/nonexistent") as node:
        assert not await node.has("expiry")


@asynccontextmanager
async def two_processes(url: str) -> AsyncIterator[tuple[UsageWorld, ExpiryWorker, ExpiryWorker]]:
    async with (
        opened_world(url, seed="one") as one,
        opened_world(url, seed="two") as two,
        PostgresSoleNode(url) as node_one,
        PostgresSoleNode(url) as node_two,
    ):
        first = ExpiryWorker(one.usage, Worker(), ports(one.clock, node_one), keep_hours=24)
        second = ExpiryWorker(two.usage, Worker(), ports(two.clock, node_two), keep_hours=24)
        two.clock.advance(ms=HOUR)
        yield one, first, second


async def test_of_two_processes_one_sweeps(new_postgres: str) -> None:
    async with two_processes(new_postgres) as (world, first, second):
        await world.quota()
        world.clock.advance(ms=HOUR)
        await first.round()
        await second.round()
        assert (first.counters.totals["quotas"], second.counters.skipped) == (1, 1)


async def test_two_processes_that_sweep_at_once_end_each_quota_once(new_postgres: str) -> None:
    async with opened_world(new_postgres, seed="one") as one, opened_world(new_postgres, seed="two") as two:
        for _ in range(30):
            await one.quota()
        one.clock.advance(ms=HOUR)
        two.clock.advance(ms=HOUR)
        workers = [ExpiryWorker(each.usage, Worker(batch=4), ports(each.clock), keep_hours=24) for each in (one, two)]
        async with asyncio.TaskGroup() as group:
            for worker in workers:
                group.create_task(worker.round())
        assert sum(worker.counters.totals["quotas"] for worker in workers) == 30
        ended = [*one.told(EphemeralQuotaExpired), *two.told(EphemeralQuotaExpired)]
        assert len({fact.quota_id for fact in ended}) == len(ended) == 30
