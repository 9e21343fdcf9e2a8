"""Fifty callers at once, over two connections to one database: a ledger stays between zero and limit plus burst."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from decimal import Decimal
from random import Random

import pytest

from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.usage.quota import EphemeralQuota, Reservation, ReservationState, Settled
from tests.services.usage_world import NOON, UsageWorld, opened_world

CALLERS = 50
STEPS = 6
LATER = NOON.plus(10**9)


@pytest.fixture
async def worlds(database_url: str) -> AsyncIterator[list[UsageWorld]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(opened_world(database_url, seed=seed)) for seed in ("one", "two")]


async def _caller(world: UsageWorld, quota: EphemeralQuota, dice: Random) -> list[Settled]:
    """Reserve, commit, release and use at random; return what was committed."""
    committed: list[Settled] = []
    for _ in range(STEPS):
        wanted = Decimal(dice.randrange(1, 900_000)).scaleb(-6)
        if dice.random() < 0.3:
            used = await world.quotas.use(quota.id, wanted, is_partial=dice.random() < 0.5)
            committed += [used] if isinstance(used, Settled) else []
            continue
        held = await world.quotas.reserve(quota.id, wanted)
        if isinstance(held, Deny):
            assert held.rule == "quota.over"
        elif dice.random() < 0.4:
            await world.quotas.release(held.id)
        elif dice.random() < 0.8:
            settled = await world.quotas.commit(held.id, min(held.amount, wanted / 2).quantize(Decimal("0.000001")))
            assert isinstance(settled, Settled)
            committed.append(settled)
    return committed


async def _watch(world: UsageWorld, quota: EphemeralQuota, is_over: asyncio.Event) -> int:
    """Read the quota over and over; return how often. It never leaves its bounds."""
    read = 0
    while not is_over.is_set():
        seen = await world.now_of(quota)
        assert seen.used_value >= 0
        assert seen.reserved_value >= 0
        assert seen.used_value + seen.reserved_value <= quota.ceiling
        read += 1
    return read


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_ledger_never_goes_below_zero_or_above_limit_plus_burst(worlds: list[UsageWorld], seed: int) -> None:
    quota = await worlds[0].quota("20", burst=Decimal("1.25"), cost_rate=Decimal("0.333333"))
    is_over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        watch = group.create_task(_watch(worlds[1], quota, is_over))
        done = await asyncio.gather(*(_caller(worlds[n % 2], quota, Random(seed * 1000 + n)) for n in range(CALLERS)))
        is_over.set()
    assert watch.result() > 0
    committed = [settled for of_one in done for settled in of_one]
    after = await worlds[0].now_of(quota)
    rows = await worlds[0].quotas.reservations(quota.id)
    held = [row.amount for row in rows if row.state is ReservationState.HELD]
    entries = await worlds[0].costs.entries(since=NOON, until=LATER, quota_id=quota.id)
    assert after.reserved_value == sum(held)
    assert after.used_value == sum(settled.reservation.used for settled in committed)
    assert after.actual_cost == sum(settled.cost for settled in committed) == sum(entry.cost for entry in entries)
    assert after.burst_used == sum(settled.burst for settled in committed)


async def test_of_many_that_want_the_last_hour_one_gets_it(worlds: list[UsageWorld]) -> None:
    quota = await worlds[0].quota("1")
    asked = await asyncio.gather(*(worlds[n % 2].quotas.reserve(quota.id, Decimal(1)) for n in range(CALLERS)))
    assert sum(isinstance(answer, Reservation) for answer in asked) == 1


async def test_a_reservation_that_many_settle_at_once_is_settled_once(worlds: list[UsageWorld]) -> None:
    quota = await worlds[0].quota("10", cost_rate=Decimal(1))
    held = await worlds[0].quotas.reserve(quota.id, Decimal(4))
    assert isinstance(held, Reservation)
    settled = await asyncio.gather(*(worlds[n % 2].quotas.commit(held.id, Decimal(4)) for n in range(10)))
    assert sum(isinstance(answer, Settled) and not answer.is_repeated for answer in settled) == 1
    assert (await worlds[0].now_of(quota)).actual_cost == 4
