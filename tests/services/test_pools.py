"""Pools on both databases: requests, approval by people and by mail domain, limits, statistics, expiry."""

import asyncio
from collections.abc import AsyncIterator
from datetime import time
from decimal import Decimal
from uuid import UUID

import pytest

from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.usage.amounts import ResourceType
from horizon_desktop.domain.usage.facts import AllocationChanged, PoolChanged
from horizon_desktop.domain.usage.pool import AllocationStatus, PoolAllocation, PoolStatus, PoolType, ResourcePool
from horizon_desktop.errors import UsageError
from tests.services.usage_world import ANA, HOUR, NOON, UsageWorld, opened_world, rule


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[UsageWorld]:
    async with opened_world(database_url) as opened:
        yield opened


async def _pool(world: UsageWorld, total: str = "48", **changes: object) -> ResourcePool:
    given = {
        "name": "Night pool",
        "resource": ResourceType.GPU_HOURS,
        "total": Decimal(total),
        "most_per_user": Decimal(30),
        **changes,
    }
    return await world.pools.create(**given)  # type: ignore[arg-type]


async def _ask(
    world: UsageWorld, pool: ResourcePool, amount: str, user: str = "maya", **more: object
) -> PoolAllocation:
    asked = await world.pools.request(pool.id, user=user, wanted=Decimal(amount), **more)  # type: ignore[arg-type]
    assert isinstance(asked, PoolAllocation), asked
    return asked


async def _refused(world: UsageWorld, pool: ResourcePool, amount: str, user: str = "maya", **more: object) -> str:
    return rule(await world.pools.request(pool.id, user=user, wanted=Decimal(amount), **more))  # type: ignore[arg-type]


async def _books(world: UsageWorld, pool: ResourcePool) -> tuple[str, str, int]:
    found = await world.pools.find(pool.id)
    assert found is not None
    return f"{found.allocated.normalize():f}", f"{found.reserved.normalize():f}", found.current_users


async def test_a_request_waits_is_approved_used_and_gives_the_rest_back(world: UsageWorld) -> None:
    pool = await _pool(world, is_approval_asked=True)
    asked = await _ask(world, pool, "20", purpose="two more seeds")
    assert (asked.status, await _books(world, pool)) == (AllocationStatus.PENDING, ("0", "20", 0))
    approved = await world.pools.approve(asked.id, approver=ANA)
    assert isinstance(approved, PoolAllocation)
    assert (approved.status, approved.approved_by, approved.approved_at) == (AllocationStatus.APPROVED, ANA, NOON)
    assert await _books(world, pool) == ("20", "0", 1)
    await world.pools.use(asked.id, Decimal("12.5"))
    await world.pools.release(asked.id)
    assert await _books(world, pool) == ("12.5", "0", 0)
    assert [fact.status for fact in world.told(AllocationChanged)] == ["pending", "approved", "approved", "released"]


async def test_a_request_may_be_approved_with_less(world: UsageWorld) -> None:
    pool = await _pool(world, is_approval_asked=True)
    asked = await _ask(world, pool, "20")
    approved = await world.pools.approve(asked.id, approver=ANA, given=Decimal(5))
    assert isinstance(approved, PoolAllocation)
    assert (approved.allocated_amount, await _books(world, pool)) == (Decimal(5), ("5", "0", 1))


async def test_more_than_was_asked_cannot_be_approved(world: UsageWorld) -> None:
    pool = await _pool(world, is_approval_asked=True)
    asked = await _ask(world, pool, "20")
    assert rule(await world.pools.approve(asked.id, approver=ANA, given=Decimal(21))) == "allocation.over"


async def test_a_declined_request_leaves_nothing_behind(world: UsageWorld) -> None:
    pool = await _pool(world, is_approval_asked=True)
    asked = await _ask(world, pool, "20")
    await world.pools.decline(asked.id, approver=ANA)
    assert await _books(world, pool) == ("0", "0", 0)
    assert rule(await world.pools.approve(asked.id, approver=ANA)) == "allocation.closed"


@pytest.mark.parametrize(
    ("mail", "status"),
    [
        ("maya@Example.ORG", AllocationStatus.APPROVED),
        ("maya@lab.example.org", AllocationStatus.PENDING),
        ("maya@example.org.evil.net", AllocationStatus.PENDING),
        ("example.org", AllocationStatus.PENDING),
        ("", AllocationStatus.PENDING),
    ],
)
async def test_a_mail_domain_on_the_list_needs_no_person(
    world: UsageWorld, mail: str, status: AllocationStatus
) -> None:
    pool = await _pool(world, auto_approve_domains=("example.org",))
    assert (await _ask(world, pool, "2", mail=mail)).status is status


async def test_a_pool_without_approval_gives_at_once(world: UsageWorld) -> None:
    asked = await _ask(world, await _pool(world), "2")
    assert (asked.status, asked.approved_by) == (AllocationStatus.APPROVED, None)


async def test_a_bounty_always_asks_a_person_and_a_purpose(world: UsageWorld) -> None:
    pool = await _pool(world, kind=PoolType.BOUNTY, auto_approve_domains=("example.org",))
    assert await _refused(world, pool, "2", mail="maya@example.org") == "pool.purpose"
    asked = await _ask(world, pool, "2", mail="maya@example.org", purpose="speed up the data loader")
    assert asked.status is AllocationStatus.PENDING


async def test_limits_for_a_user_the_pool_and_a_request(world: UsageWorld) -> None:
    pool = await _pool(world, "48", least_per_request=Decimal(2))
    assert await _refused(world, pool, "1") == "pool.least"
    assert await _refused(world, pool, "31") == "pool.share"
    await _ask(world, pool, "20")
    assert await world.pools.request(pool.id, user="maya", wanted=Decimal(11)) == Deny("pool.share", "10.000000")
    assert await world.pools.request(pool.id, user="bo", wanted=Decimal(29)) == Deny("pool.over", "28.000000")
    await _ask(world, pool, "28", user="bo")


async def test_what_a_user_used_up_counts_against_the_users_limit(world: UsageWorld) -> None:
    pool = await _pool(world)
    first = await _ask(world, pool, "20")
    await world.pools.use(first.id, Decimal(15))
    await world.pools.release(first.id)
    assert await world.pools.request(pool.id, user="maya", wanted=Decimal(16)) == Deny("pool.share", "15.000000")


async def test_so_many_users_at_once_and_no_more(world: UsageWorld) -> None:
    pool = await _pool(world, most_users=1)
    first = await _ask(world, pool, "2")
    assert await _refused(world, pool, "2", user="bo") == "pool.users"
    second = await _ask(world, pool, "2")
    await world.pools.release(first.id)
    assert await _refused(world, pool, "2", user="bo") == "pool.users"
    await world.pools.release(second.id)
    await _ask(world, pool, "2", user="bo")


async def test_the_same_click_asks_once(world: UsageWorld) -> None:
    pool = await _pool(world)
    first = await _ask(world, pool, "2", key="click")
    assert await _ask(world, pool, "2", key="click") == first
    assert await _refused(world, pool, "3", key="click") == "repeat.differs"
    assert await _books(world, pool) == ("2", "0", 1)


async def test_requests_at_once_never_get_more_than_there_is(world: UsageWorld) -> None:
    pool = await _pool(world, "10")
    asked = await asyncio.gather(
        *(world.pools.request(pool.id, user=f"user-{n}", wanted=Decimal(3)) for n in range(12))
    )
    assert sum(isinstance(answer, PoolAllocation) for answer in asked) == 3
    assert await _books(world, pool) == ("9", "0", 3)


async def test_an_allocation_gives_no_more_than_it_holds(world: UsageWorld) -> None:
    asked = await _ask(world, await _pool(world), "2")
    await world.pools.use(asked.id, Decimal("1.5"))
    assert await world.pools.use(asked.id, Decimal("0.6")) == Deny("allocation.over", "0.500000")


async def test_a_pool_is_a_draft_then_open_paused_closed(world: UsageWorld) -> None:
    pool = await _pool(world, is_draft=True, is_approval_asked=True)
    assert await _refused(world, pool, "2") == "pool.draft"
    await world.pools.open(pool.id)
    waiting = await _ask(world, pool, "2")
    await world.pools.pause(pool.id)
    assert await _refused(world, pool, "2") == "pool.paused"
    assert rule(await world.pools.approve(waiting.id, approver=ANA)) == "pool.paused"
    await world.pools.close(pool.id)
    declined = await world.pools.allocation(waiting.id)
    assert declined is not None
    assert declined.status is AllocationStatus.DECLINED
    assert rule(await world.pools.open(pool.id)) == "pool.status"
    assert [fact.status for fact in world.told(PoolChanged)] == ["draft", "active", "paused", "closed"]


async def test_an_expired_pool_ends_what_hangs_on_it_and_keeps_what_was_used(world: UsageWorld) -> None:
    pool = await _pool(world, expires_at=NOON.plus(HOUR), is_approval_asked=True)
    first = await _ask(world, pool, "20")
    waiting = await _ask(world, pool, "5")
    await world.pools.approve(first.id, approver=ANA)
    await world.pools.use(first.id, Decimal(7))
    assert first.expires_at == NOON.plus(HOUR)
    world.clock.advance(ms=HOUR)
    assert await world.pools.process_pool_expirations() == 1
    assert await _books(world, pool) == ("7", "0", 0)
    for allocation in (first, waiting):
        ended = await world.pools.allocation(allocation.id)
        assert ended is not None
        assert ended.status is AllocationStatus.EXPIRED
    assert await _refused(world, pool, "2") == "pool.expired"


async def test_an_expired_allocation_goes_back_and_a_stale_request_goes_away(world: UsageWorld) -> None:
    pool = await _pool(world, is_approval_asked=True)
    given = await _ask(world, pool, "20", last_ms=HOUR)
    await _ask(world, pool, "5", last_ms=HOUR)
    await world.pools.approve(given.id, approver=ANA)
    await world.pools.use(given.id, Decimal(7))
    world.clock.advance(ms=HOUR)
    assert rule(await world.pools.use(given.id, Decimal(1))) == "allocation.expired"
    assert await world.pools.process_allocation_expirations() == 2
    assert await _books(world, pool) == ("7", "0", 0)
    assert [fact.status for fact in world.told(AllocationChanged)][-2:] == ["expired", "expired"]


async def test_a_pool_with_hours_takes_requests_in_them_only(world: UsageWorld) -> None:
    night = await world.windows.create(name="Nights", start=time(22), end=time(6))
    pool = await _pool(world, window_id=night.window_id)
    assert await _refused(world, pool, "2") == "window.closed"
    world.clock.advance(ms=10 * HOUR)
    await _ask(world, pool, "2")


async def test_statistics_say_who_used_how_much(world: UsageWorld) -> None:
    pool = await _pool(world, is_approval_asked=True)
    for user, used in (("maya", "3"), ("bo", "1.25"), ("li", None)):
        asked = await _ask(world, pool, "5", user=user)
        if used is not None:
            await world.pools.approve(asked.id, approver=ANA)
            await world.pools.use(asked.id, Decimal(used))
    usage = await world.pools.usage(pool.id)
    assert usage is not None
    assert usage.by_user == {"maya": Decimal(3), "bo": Decimal("1.25")}
    assert (usage.used, usage.left, usage.users) == (Decimal("4.25"), Decimal(33), 2)
    assert usage.allocations == {"approved": 2, "pending": 1}


async def test_a_pool_comes_back_as_it_was_written(world: UsageWorld) -> None:
    pool = await _pool(
        world,
        auto_approve_domains=("example.org", "lab.example"),
        most_users=3,
        starts_at=NOON,
        expires_at=NOON.plus(HOUR),
        sponsor=ANA,
        description="8 x 80 GB",
    )
    assert await world.pools.find(pool.id) == pool
    assert await world.pools.listing(status=PoolStatus.ACTIVE) == (pool,)
    assert await world.pools.listing(status=PoolStatus.DRAFT) == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "  "}, "pool.name"),
        ({"most_users": 0}, "pool.users"),
        ({"expires_at": NOON}, "pool.period"),
        ({"auto_approve_domains": ("a@b",)}, "pool.domain"),
        ({"auto_approve_domains": ("",)}, "pool.domain"),
        ({"most_per_user": Decimal(0)}, "usage.amount"),
    ],
)
async def test_a_pool_that_makes_no_sense_is_refused(world: UsageWorld, changes: dict[str, object], code: str) -> None:
    with pytest.raises(UsageError) as refused:
        await _pool(world, **changes)  # type: ignore[arg-type]
    assert refused.value.key == code


async def test_what_is_not_there_is_refused_by_name(world: UsageWorld) -> None:
    nobody = UUID(int=7)
    assert rule(await world.pools.request(nobody, user="maya", wanted=Decimal(1))) == "pool.missing"
    assert rule(await world.pools.open(nobody)) == "pool.missing"
    assert rule(await world.pools.approve(nobody, approver=ANA)) == "allocation.missing"
    assert await world.pools.usage(nobody) is None
