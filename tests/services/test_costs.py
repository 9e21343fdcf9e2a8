"""Cost on both databases: prices, bookings, and bills that are right to the last digit."""

from collections.abc import AsyncIterator
from decimal import Decimal
from random import Random

import pytest

from horizon_desktop.domain.events import CostRecorded
from horizon_desktop.domain.usage.amounts import ResourceType
from horizon_desktop.domain.usage.cost import Attribution, CostEntry, bill_of
from horizon_desktop.domain.usage.quota import Settled
from horizon_desktop.errors import UsageError
from tests.services.usage_world import HOUR, NOON, UsageWorld, opened_world, rule

LATER = NOON.plus(1000 * HOUR)
ODD_RATES = ("0.000001", "3", "0.333333", "2.718281", "19.999999", "0.100001")


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[UsageWorld]:
    async with opened_world(database_url) as opened:
        yield opened


async def test_many_odd_commits_sum_to_the_bill_to_the_last_digit(world: UsageWorld) -> None:
    dice = Random(20261122)
    quotas = [
        await world.quota(
            "1000000", sponsor=f"sponsor-{n % 3}", beneficiary=f"guest-{n % 4}", cost_rate=Decimal(ODD_RATES[n])
        )
        for n in range(6)
    ]
    booked = Decimal(0)
    for n in range(120):
        amount = Decimal(dice.randrange(1, 5_000_000_000)).scaleb(-6)
        settled = await world.quotas.use(quotas[n % 6].id, amount, session=f"session-{n % 5}")
        assert isinstance(settled, Settled)
        booked += settled.cost
    entries = await world.costs.entries(since=NOON, until=LATER)
    kept = sum([(await world.now_of(quota)).actual_cost for quota in quotas])
    for by in Attribution:
        bill = await world.costs.bill(by, since=NOON, until=LATER)
        assert bill.total == sum(line.cost for line in bill.lines) == booked == kept
        assert bill == bill_of(entries, by, since=NOON, until=LATER)


async def test_a_bill_is_split_by_sponsor_guest_session_and_resource(world: UsageWorld) -> None:
    await world.costs.set_price(ResourceType.GPU_HOURS, Decimal(3))
    await world.costs.set_price(ResourceType.CPU_HOURS, Decimal("0.05"))
    for sponsor, guest, resource, hours in (
        ("group", "maya", ResourceType.GPU_HOURS, "268"),
        ("grant", "bo", ResourceType.GPU_HOURS, "96"),
        ("grant", "bo", ResourceType.CPU_HOURS, "10"),
    ):
        await world.costs.book(
            sponsor=sponsor, beneficiary=guest, resource=resource, quantity=Decimal(hours), session=f"s-{guest}"
        )
    bills = {by: await world.costs.bill(by, since=NOON, until=LATER) for by in Attribution}
    shares = {by: [(line.name, line.cost) for line in bill.lines] for by, bill in bills.items()}
    assert shares[Attribution.SPONSOR] == [("group", Decimal(804)), ("grant", Decimal("288.5"))]
    assert shares[Attribution.BENEFICIARY] == [("maya", Decimal(804)), ("bo", Decimal("288.5"))]
    assert shares[Attribution.SESSION] == [("s-maya", Decimal(804)), ("s-bo", Decimal("288.5"))]
    assert shares[Attribution.RESOURCE] == [("gpu_hours", Decimal(1092)), ("cpu_hours", Decimal("0.5"))]


async def test_one_sponsors_bill_holds_nothing_of_another(world: UsageWorld) -> None:
    await world.costs.set_price(ResourceType.GPU_HOURS, Decimal(3))
    for sponsor in ("group", "grant"):
        await world.costs.book(
            sponsor=sponsor, beneficiary="maya", resource=ResourceType.GPU_HOURS, quantity=Decimal(1)
        )
    bill = await world.costs.bill(Attribution.BENEFICIARY, since=NOON, until=LATER, sponsor="grant")
    assert bill.total == Decimal(3)


async def test_a_span_takes_its_first_moment_and_not_its_last(world: UsageWorld) -> None:
    await world.costs.set_price(ResourceType.GPU_HOURS, Decimal(1))
    for _ in range(3):
        await world.costs.book(sponsor="ana", beneficiary="maya", resource=ResourceType.GPU_HOURS, quantity=Decimal(1))
        world.clock.advance(ms=HOUR)
    bill = await world.costs.bill(Attribution.SPONSOR, since=NOON, until=NOON.plus(2 * HOUR))
    assert bill.total == Decimal(2)


async def test_the_newest_price_counts_and_a_models_own_comes_first(world: UsageWorld) -> None:
    gpu = ResourceType.GPU_HOURS
    assert await world.costs.price_of(gpu) == 0
    await world.costs.set_price(gpu, Decimal(2))
    await world.costs.set_price(gpu, Decimal(5), model="h100")
    await world.costs.set_price(gpu, Decimal(9), valid_from=NOON.plus(HOUR))
    assert await world.costs.price_of(gpu) == 2
    assert await world.costs.price_of(gpu, model="h100") == 5
    assert await world.costs.price_of(gpu, model="a100") == 2
    world.clock.advance(ms=HOUR)
    assert await world.costs.price_of(gpu) == 9


async def test_a_booking_by_the_same_key_is_one_booking(world: UsageWorld) -> None:
    async def book(quantity: str) -> object:
        return await world.costs.book(
            sponsor="ana", beneficiary="maya", resource=ResourceType.GPU_HOURS, quantity=Decimal(quantity), key="k"
        )

    first = await book("1")
    assert isinstance(first, CostEntry)
    assert await book("1") == first
    assert rule(await book("2")) == "repeat.differs"
    assert len(await world.costs.entries(since=NOON, until=LATER)) == 1


async def test_a_booking_on_a_quota_is_told(world: UsageWorld) -> None:
    quota = await world.quota()
    await world.costs.set_price(ResourceType.NETWORK_GIB, Decimal("0.01"))
    await world.costs.book(
        sponsor="ana",
        beneficiary="maya",
        resource=ResourceType.NETWORK_GIB,
        quantity=Decimal(50),
        quota_id=quota.id,
    )
    assert world.told(CostRecorded) == [CostRecorded(quota_id=quota.id, sponsor_id="ana", cost=Decimal("0.5"))]


@pytest.mark.parametrize("currency", ["EURO", "eur", "E1R", ""])
async def test_a_currency_is_three_capital_letters(world: UsageWorld, currency: str) -> None:
    with pytest.raises(UsageError) as refused:
        await world.costs.set_price(ResourceType.GPU_HOURS, Decimal(1), currency=currency)
    assert refused.value.key == "cost.currency"


async def test_prices_stay_in_one_currency(world: UsageWorld) -> None:
    await world.costs.set_price(ResourceType.GPU_HOURS, Decimal(1), currency="CHF")
    with pytest.raises(UsageError):
        await world.costs.set_price(ResourceType.GPU_HOURS, Decimal(1), currency="EUR")
    assert await world.costs.currency() == "CHF"
