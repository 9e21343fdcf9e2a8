"""The promises of Clock and Entropy, kept by the system's and by the fakes."""

import asyncio

import pytest

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.domain.instants import Instant
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from tests.fakes.clock import FakeClock
from tests.fakes.entropy import SeededEntropy


@pytest.fixture(params=["system", "fake"])
def clock(request: pytest.FixtureRequest) -> Clock:
    return SystemClock() if request.param == "system" else FakeClock(Instant(1_000))


@pytest.fixture(params=["system", "seeded"])
def entropy(request: pytest.FixtureRequest) -> Entropy:
    return SystemEntropy() if request.param == "system" else SeededEntropy(7)


def test_the_tick_never_runs_back(clock: Clock) -> None:
    readings = [clock.now().tick for _ in range(100)]
    assert readings == sorted(readings)


async def test_a_wait_of_nothing_still_lets_others_run(clock: Clock) -> None:
    ran: list[str] = []
    asyncio.get_running_loop().call_soon(ran.append, "others")
    await clock.sleep(0)
    assert ran == ["others"]


async def test_a_wait_ends_when_its_time_has_come(clock: Clock) -> None:
    before = clock.now().tick
    async with asyncio.TaskGroup() as group:
        group.create_task(clock.sleep(20))
        await asyncio.sleep(0)
        if isinstance(clock, FakeClock):
            clock.advance(ms=20)
    assert clock.now().tick.since(before) >= 20


async def test_a_wait_can_be_cancelled(clock: Clock) -> None:
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(clock.sleep(3_600_000))
        await asyncio.sleep(0)
        waiting.cancel()
    assert waiting.cancelled()


@pytest.mark.parametrize("count", [1, 32, 33, 1024])
def test_as_many_bytes_come_as_were_asked_for(entropy: Entropy, count: int) -> None:
    assert len(entropy.draw(count)) == count


def test_no_two_draws_are_alike(entropy: Entropy) -> None:
    assert len({entropy.draw(16) for _ in range(200)}) == 200


@pytest.mark.parametrize("count", [-1, 0, 1025])
def test_a_count_out_of_range_is_the_callers_mistake(entropy: Entropy, count: int) -> None:
    with pytest.raises(ValueError):
        entropy.draw(count)


async def test_the_fake_clock_walks_from_deadline_to_deadline() -> None:
    clock = FakeClock(Instant(0))
    beats: list[int] = []

    async def beat() -> None:
        for _ in range(3):
            await clock.sleep(1000)
            beats.append(clock.now().instant.ms)

    async with asyncio.TaskGroup() as group:
        group.create_task(beat())
        await clock.run_for(seconds=10)
    assert (beats, clock.now().instant.ms) == ([1000, 2000, 3000], 10_000)


def test_a_jump_of_the_wall_clock_leaves_the_tick_alone() -> None:
    clock = FakeClock(Instant(0))
    before = clock.now().tick
    clock.jump(minutes=-8)
    assert (clock.now().instant.ms, clock.now().tick) == (-480_000, before)
