"""Quotas on both databases: allocate, use, burst, expire; callers at once never oversubscribe."""

import asyncio
from collections.abc import AsyncIterator
from datetime import time
from decimal import Decimal
from uuid import UUID

import pytest

from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.events import (
    BurstUsed,
    CostRecorded,
    EphemeralQuotaCreated,
    EphemeralQuotaExpired,
    TimeWindowEvaluated,
)
from horizon_desktop.domain.usage.amounts import ResourceType
from horizon_desktop.domain.usage.facts import QuotaChanged, QuotaWarned
from horizon_desktop.domain.usage.quota import (
    EphemeralQuota,
    QuotaStatus,
    Reservation,
    ReservationState,
    Settled,
)
from horizon_desktop.errors import UsageError
from tests.services.usage_world import ANA, HOUR, MAYA, NOON, UsageWorld, opened_world, rule


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[UsageWorld]:
    async with opened_world(database_url) as opened:
        yield opened


async def _reserve(world: UsageWorld, quota: EphemeralQuota, amount: str, **more: str) -> Reservation:
    held = await world.quotas.reserve(quota.id, Decimal(amount), **more)  # type: ignore[arg-type]
    assert isinstance(held, Reservation), held
    return held


async def _commit(world: UsageWorld, held: Reservation, amount: str) -> Settled:
    settled = await world.quotas.commit(held.id, Decimal(amount))
    assert isinstance(settled, Settled), settled
    return settled


def _ledger(quota: EphemeralQuota) -> tuple[str, str]:
    return str(quota.used_value), str(quota.reserved_value)


async def test_a_quota_is_allocated_used_into_burst_and_expires(world: UsageWorld) -> None:
    quota = await world.quota("10", burst=Decimal("1.3"), cost_rate=Decimal(3))
    assert quota.status is QuotaStatus.ACTIVE
    first = await _commit(world, await _reserve(world, quota, "8", session="s1"), "7.5")
    assert _ledger(first.after) == ("7.500000", "0.000000")
    second = await _commit(world, await _reserve(world, quota, "5", session="s1"), "5")
    assert (str(second.burst), str(second.cost)) == ("2.500000", "15.000000")
    assert rule(await world.quotas.reserve(quota.id, Decimal(1))) == "quota.over"
    world.clock.advance(ms=HOUR)
    assert await world.quotas.process_expirations() == 1
    assert rule(await world.quotas.reserve(quota.id, Decimal("0.1"))) == "quota.expired"
    assert (await world.now_of(quota)).status is QuotaStatus.EXPIRED
    assert world.told(EphemeralQuotaCreated) == [EphemeralQuotaCreated(quota_id=quota.id, beneficiary_id="maya")]
    assert world.told(BurstUsed) == [BurstUsed(quota_id=quota.id, amount=Decimal("2.500000"))]
    assert [fact.cost for fact in world.told(CostRecorded)] == [Decimal("22.5"), Decimal(15)]
    assert world.told(EphemeralQuotaExpired) == [EphemeralQuotaExpired(quota_id=quota.id)]


async def test_warnings_come_once_at_50_80_95_and_100_percent(world: UsageWorld) -> None:
    quota = await world.quota("100", burst=Decimal(2))
    for amount in ("49", "1", "29", "1", "15", "5", "10"):
        await _commit(world, await _reserve(world, quota, amount, session="s1"), amount)
    assert [fact.percent for fact in world.told(QuotaWarned)] == [50, 80, 95, 100]
    assert {fact.session_id for fact in world.told(QuotaWarned)} == {"s1"}


async def test_one_large_step_tells_every_mark_that_it_passes(world: UsageWorld) -> None:
    quota = await world.quota("100")
    await _commit(world, await _reserve(world, quota, "96"), "96")
    assert [fact.percent for fact in world.told(QuotaWarned)] == [50, 80, 95]


async def test_what_is_reserved_is_not_there_for_others_until_it_is_released(world: UsageWorld) -> None:
    quota = await world.quota("10")
    held = await _reserve(world, quota, "10")
    assert await world.quotas.reserve(quota.id, Decimal("0.000001")) == Deny("quota.over", "0.000000")
    await world.quotas.release(held.id)
    assert _ledger(await world.now_of(quota)) == ("0.000000", "0.000000")
    await _reserve(world, quota, "10")


async def test_the_same_key_reserves_once(world: UsageWorld) -> None:
    quota = await world.quota("10")
    first = await _reserve(world, quota, "4", key="job-1")
    assert await _reserve(world, quota, "4", key="job-1") == first
    assert _ledger(await world.now_of(quota)) == ("0.000000", "4.000000")


async def test_the_same_key_with_another_amount_is_refused(world: UsageWorld) -> None:
    quota = await world.quota("10")
    await _reserve(world, quota, "4", key="job-1")
    assert rule(await world.quotas.reserve(quota.id, Decimal(5), key="job-1")) == "repeat.differs"


async def test_a_refused_request_may_be_asked_again_by_its_key(world: UsageWorld) -> None:
    quota = await world.quota("10")
    held = await _reserve(world, quota, "8")
    assert rule(await world.quotas.reserve(quota.id, Decimal(4), key="job-1")) == "quota.over"
    await world.quotas.release(held.id)
    await _reserve(world, quota, "4", key="job-1")


async def test_the_same_key_at_once_reserves_once(world: UsageWorld) -> None:
    quota = await world.quota("10")
    answers = await asyncio.gather(*(_reserve(world, quota, "1", key="job-1") for _ in range(10)))
    assert len({held.id for held in answers}) == 1
    assert _ledger(await world.now_of(quota)) == ("0.000000", "1.000000")


async def test_a_commit_that_is_repeated_counts_and_tells_once(world: UsageWorld) -> None:
    quota = await world.quota("10", cost_rate=Decimal(2))
    held = await _reserve(world, quota, "4")
    await _commit(world, held, "4")
    assert (await _commit(world, held, "4")).is_repeated
    assert _ledger(await world.now_of(quota)) == ("4.000000", "0.000000")
    assert len(world.told(CostRecorded)) == 1


async def test_a_reservation_ends_one_way_only(world: UsageWorld) -> None:
    quota = await world.quota("10")
    held = await _reserve(world, quota, "4")
    await _commit(world, held, "3")
    assert rule(await world.quotas.commit(held.id, Decimal(4))) == "reservation.settled"
    assert rule(await world.quotas.release(held.id)) == "reservation.settled"


async def test_more_than_was_held_cannot_be_committed(world: UsageWorld) -> None:
    quota = await world.quota("10")
    held = await _reserve(world, quota, "4")
    assert await world.quotas.commit(held.id, Decimal("4.000001")) == Deny("reservation.over", "4.000000")
    assert _ledger(await world.now_of(quota)) == ("0.000000", "4.000000")


async def test_a_reservation_that_nobody_settles_is_freed(world: UsageWorld) -> None:
    quota = await world.quota("10", expires_at=NOON.plus(10 * HOUR))
    held = await _reserve(world, quota, "4")
    await _reserve(world, quota, "1")
    world.clock.advance(ms=HOUR)
    await world.quotas.process_expirations()
    assert _ledger(await world.now_of(quota)) == ("0.000000", "0.000000")
    assert rule(await world.quotas.commit(held.id, Decimal(4))) == "reservation.expired"


async def test_an_expired_quota_frees_what_it_held(world: UsageWorld) -> None:
    quota = await world.quota("10")
    held = await _reserve(world, quota, "4", key="k")
    world.clock.advance(ms=HOUR)
    await world.quotas.process_expirations()
    assert _ledger(await world.now_of(quota)) == ("0.000000", "0.000000")
    assert (await world.quotas.reservations(quota.id))[0].state is ReservationState.EXPIRED
    assert rule(await world.quotas.commit(held.id, Decimal(1))) == "reservation.expired"


async def test_metered_use_takes_the_rest_and_says_that_it_is_spent(world: UsageWorld) -> None:
    quota = await world.quota("10", burst=Decimal("1.1"))
    first = await world.quotas.use(quota.id, Decimal(9), session="s1", is_partial=True)
    last = await world.quotas.use(quota.id, Decimal(9), session="s1", is_partial=True)
    assert isinstance(first, Settled)
    assert isinstance(last, Settled)
    assert (str(last.reservation.used), last.after.is_spent, str(last.burst)) == ("2.000000", True, "1.000000")
    assert rule(await world.quotas.use(quota.id, Decimal(1), is_partial=True)) == "quota.over"


async def test_metered_use_by_the_same_key_counts_once(world: UsageWorld) -> None:
    quota = await world.quota("10")
    for _ in range(3):
        await world.quotas.use(quota.id, Decimal(2), key="tick-7")
    assert _ledger(await world.now_of(quota)) == ("2.000000", "0.000000")
    assert len(world.told(CostRecorded)) == 1


async def test_a_quota_that_begins_later_is_pending_until_then(world: UsageWorld) -> None:
    quota = await world.quota("10", starts_at=NOON.plus(HOUR), expires_at=NOON.plus(2 * HOUR))
    assert quota.status is QuotaStatus.PENDING
    assert rule(await world.quotas.reserve(quota.id, Decimal(1))) == "quota.pending"
    world.clock.advance(ms=HOUR)
    await world.quotas.process_expirations()
    assert (await world.now_of(quota)).status is QuotaStatus.ACTIVE
    await _reserve(world, quota, "1")


async def test_a_suspended_quota_takes_nothing_new_and_still_settles(world: UsageWorld) -> None:
    quota = await world.quota("10")
    held = await _reserve(world, quota, "4")
    await world.quotas.suspend(quota.id, reason="checking")
    assert await world.quotas.reserve(quota.id, Decimal(1)) == Deny("quota.suspended", "checking")
    await _commit(world, held, "4")
    await world.quotas.resume(quota.id)
    await _reserve(world, quota, "1")
    assert [fact.status for fact in world.told(QuotaChanged)] == ["suspended", "active"]


async def test_a_revoked_quota_is_over_for_good(world: UsageWorld) -> None:
    quota = await world.quota("10")
    held = await _reserve(world, quota, "4")
    await world.quotas.revoke(quota.id, reason="left")
    assert rule(await world.quotas.commit(held.id, Decimal(4))) == "reservation.expired"
    assert rule(await world.quotas.resume(quota.id)) == "quota.status"
    assert rule(await world.quotas.extend(quota.id, NOON.plus(9 * HOUR))) == "quota.revoked"


async def test_an_extended_quota_lasts_longer(world: UsageWorld) -> None:
    quota = await world.quota("10")
    await world.quotas.extend(quota.id, NOON.plus(3 * HOUR))
    world.clock.advance(ms=2 * HOUR)
    assert await world.quotas.process_expirations() == 0
    await _reserve(world, quota, "1")


async def test_outside_its_hours_a_quota_gives_nothing_and_says_when_it_opens(world: UsageWorld) -> None:
    night = await world.windows.create(name="Nights", start=time(22), end=time(6), zone="Europe/Berlin")
    quota = await world.quota("10", window_id=night.window_id, expires_at=NOON.plus(24 * HOUR))
    refused = await world.quotas.reserve(quota.id, Decimal(1))
    assert refused == Deny("window.closed", "2026-11-21T21:00:00.000Z")
    world.clock.advance(ms=9 * HOUR)
    await _reserve(world, quota, "1")
    assert [fact.allowed for fact in world.told(TimeWindowEvaluated)] == [False, True]


async def test_quotas_cut_from_a_standing_one_never_exceed_it(world: UsageWorld) -> None:
    standing = await world.quotas.create_standing(owner="ana", resource=ResourceType.GPU_HOURS, limit=Decimal(10))
    first = await world.quota("6", standing_id=standing.id)
    refused = await world.quotas.create(
        identity=MAYA,
        sponsor="ana",
        beneficiary="maya",
        resource=ResourceType.GPU_HOURS,
        limit=Decimal(5),
        expires_at=NOON.plus(HOUR),
        standing_id=standing.id,
    )
    assert refused == Deny("standing.over", "4.000000")
    await world.quotas.revoke(first.id, reason="left")
    await world.quota("10", standing_id=standing.id)


async def test_ended_quotas_are_deleted_after_their_hours_and_their_cost_stays(world: UsageWorld) -> None:
    quota = await world.quota("10", cost_rate=Decimal(1))
    await _commit(world, await _reserve(world, quota, "2"), "2")
    world.clock.advance(ms=HOUR)
    await world.quotas.process_expirations()
    world.clock.advance(ms=24 * HOUR)
    assert await world.quotas.cleanup_expired(24) == 0
    world.clock.advance(ms=1)
    assert await world.quotas.cleanup_expired(24) == 1
    assert await world.quotas.find(quota.id) is None
    entries = await world.costs.entries(since=NOON, until=NOON.plus(100 * HOUR), quota_id=quota.id)
    assert [entry.cost for entry in entries] == [Decimal(2)]


async def test_quotas_are_found_by_sponsor_guest_identity_and_status(world: UsageWorld) -> None:
    mine = await world.quota("1", sponsor="ana", identity=ANA)
    await world.quota("1", sponsor="bo", beneficiary="li")
    assert [quota.id for quota in await world.quotas.listing(sponsor="ana")] == [mine.id]
    assert [quota.id for quota in await world.quotas.listing(identity=ANA)] == [mine.id]
    assert [quota.sponsor_id for quota in await world.quotas.listing(beneficiary="li")] == ["bo"]
    assert await world.quotas.listing(status=QuotaStatus.EXPIRED) == ()


async def test_a_quota_comes_back_as_it_was_written(world: UsageWorld) -> None:
    quota = await world.quota("9000000000000", cost_rate=Decimal("0.000001"), pool_id=ANA)
    assert await world.now_of(quota) == quota


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"limit": Decimal("0.0000001")}, "usage.amount"),
        ({"limit": Decimal(-1)}, "usage.amount"),
        ({"limit": Decimal("NaN")}, "usage.amount"),
        ({"limit": Decimal(9_000_000_000_001)}, "usage.amount"),
        ({"burst": Decimal("0.5")}, "quota.burst"),
        ({"burst": Decimal("1.00001")}, "quota.burst"),
        ({"expires_at": NOON}, "quota.period"),
    ],
)
async def test_a_quota_that_makes_no_sense_is_refused_before_anything_is_written(
    world: UsageWorld, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(UsageError) as refused:
        await world.quota(**changes)  # type: ignore[arg-type]
    assert refused.value.key == code
    assert await world.quotas.listing() == ()


async def test_what_is_not_there_is_refused_by_name(world: UsageWorld) -> None:
    nobody = UUID(int=7)
    assert rule(await world.quotas.reserve(nobody, Decimal(1))) == "quota.missing"
    assert rule(await world.quotas.commit(nobody, Decimal(1))) == "reservation.missing"
    assert rule(await world.quotas.suspend(nobody, reason="")) == "quota.missing"
