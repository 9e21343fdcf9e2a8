"""The desk of quotas and pools: what the screen shows, what its buttons do, and what is refused in which words."""

import csv
import io
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from horizon_desktop.bridge.usage_csv import entries_csv
from horizon_desktop.bridge.usage_desk import UsageDesk
from horizon_desktop.bridge.usage_overview import month_of
from horizon_desktop.bridge.usage_views import PoolSpec, QuotaSpec, WindowSpec
from horizon_desktop.domain.ids import session_text
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import HorizonError, QuotaRefused, UsageError
from tests.contracts.test_store import SESSION, session_row
from tests.services.usage_world import ANA, HOUR, UsageWorld, opened_world

NIGHT = PoolSpec(name="Night pool", total=Decimal(48), most_per_user=Decimal(40))


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[UsageWorld]:
    async with opened_world(database_url) as opened:
        yield opened


@pytest.fixture
def desk(world: UsageWorld) -> UsageDesk:
    return UsageDesk(world.usage, clock=world.clock, person=ANA, name="aurora")


async def test_a_request_is_shown_with_what_is_left_and_what_it_costs_then_approved(
    world: UsageWorld, desk: UsageDesk
) -> None:
    await desk.set_price("gpu_hours", Decimal(3))
    pool = await desk.offer_pool(NIGHT)
    asked = await desk.request_hours(pool, Decimal(40), purpose="two more seeds", user="stratus", key="click")
    (waiting,) = (await desk.overview()).waiting
    assert (waiting.user, waiting.amount, waiting.purpose) == ("stratus", Decimal(40), "two more seeds")
    assert (waiting.left_after, waiting.cost, waiting.user_cap) == (Decimal(8), Decimal(120), Decimal(40))
    await desk.approve(asked, amount=Decimal(20))
    seen = await desk.overview()
    assert (seen.waiting, [line.status for line in seen.decided]) == ((), ["approved"])
    assert (seen.pools[0].left, seen.pools[0].users, seen.pools[0].is_nearly_empty) == (Decimal(28), 1, False)
    assert seen.decided[0].decided_at == world.clock.now().instant


async def test_a_decline_is_shown_as_decided(desk: UsageDesk) -> None:
    pool = await desk.offer_pool(NIGHT)
    await desk.decline(await desk.request_hours(pool, Decimal(40)))
    assert [(line.status, line.user) for line in (await desk.overview()).decided] == [("declined", "aurora")]


async def test_quotas_and_the_cost_by_sponsor_are_shown(world: UsageWorld, desk: UsageDesk) -> None:
    await desk.set_price("gpu_hours", Decimal(3))
    quota_id = await desk.give_quota(QuotaSpec(beneficiary="maya", limit=Decimal(500), burst=Decimal("1.3"), hours=10))
    world.clock.advance(ms=5 * HOUR)
    quota = (await world.quotas.listing())[0]
    await world.quotas.use(quota.id, Decimal("412.000001"))
    seen = await desk.overview()
    (shown,) = seen.quotas
    assert (shown.quota_id, shown.used, shown.limit, shown.ceiling) == (
        quota_id,
        Decimal("412.000001"),
        Decimal(500),
        Decimal(650),
    )
    assert (shown.warned_percent, shown.forecast) == (80, Decimal("824.000002"))
    assert [(line.sponsor, line.cost, line.share_percent) for line in seen.sponsors] == [
        ("aurora", Decimal("1236.000003"), 100)
    ]
    assert seen.cost == Decimal("1236.000003")


async def test_the_export_holds_every_digit_and_no_formula(world: UsageWorld, desk: UsageDesk) -> None:
    quota = await world.quota("10", sponsor="=cmd()", cost_rate=Decimal("0.333333"))
    await world.quotas.use(quota.id, Decimal("0.000003"), session="s1")
    heading, line = csv.reader(io.StringIO(await desk.export_csv()))
    assert dict(zip(heading, line, strict=True)) == {
        "time": "2026-11-21T12:00:00.000Z",
        "sponsor": "'=cmd()",
        "guest": "maya",
        "session": "s1",
        "resource": "gpu_hours",
        "quantity": "0.000003",
        "rate": "0.333333",
        "cost": "0.000001",
        "currency": "EUR",
    }
    assert entries_csv([], currency="EUR").count("\r\n") == 1


async def test_what_a_rule_refuses_is_an_error_with_the_rules_name(desk: UsageDesk) -> None:
    pool = await desk.offer_pool(NIGHT)
    with pytest.raises(QuotaRefused) as refused:
        await desk.request_hours(pool, Decimal(41))
    assert (refused.value.key, refused.value.values["detail"]) == ("pool.share", "40.000000")


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        (WindowSpec(name="x", start="25:00", end="06:00"), "window.times"),
        (WindowSpec(name="x", start="22:00", end="06:00", zone="Mars"), "window.zone"),
        (WindowSpec(name="x", start="22:00", end="06:00", days=(7,)), "window.days"),
        (WindowSpec(name="x", start="22:00", end="06:00", blackout_dates=("soon",)), "window.blackouts"),
        (WindowSpec(name="", start="22:00", end="06:00"), "window.name"),
    ],
)
async def test_hours_that_make_no_sense_are_refused(desk: UsageDesk, spec: WindowSpec, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        await desk.add_window(spec)
    assert refused.value.key == code


async def test_hours_are_shown_with_their_next_opening_and_limit_a_session(world: UsageWorld, desk: UsageDesk) -> None:
    await world.store.add_session(session_row())
    window = await desk.add_window(WindowSpec(name="Evenings", start="18:00", end="22:00", zone="Europe/Berlin"))
    assert (window.is_open, window.next_open) == (False, world.clock.now().instant.plus(5 * HOUR))
    await desk.limit_session(session_text(SESSION), window_id=window.window_id)
    carried = await desk.session_window(session_text(SESSION))
    assert carried is not None
    assert carried.name == "Evenings"
    with pytest.raises(QuotaRefused) as refused:
        await desk.remove_window(window.window_id)
    assert refused.value.key == "window.used"


async def test_ids_and_words_from_outside_are_checked(desk: UsageDesk) -> None:
    calls = (
        desk.approve("not an id"),
        desk.offer_pool(PoolSpec(name="x", total=Decimal(1), most_per_user=Decimal(1), kind="lottery")),
        desk.give_quota(QuotaSpec(beneficiary="maya", limit=Decimal(1), resource="love")),
    )
    codes = []
    for call in calls:
        with pytest.raises(HorizonError) as refused:
            await call
        codes.append(refused.value.key)
    assert codes == ["usage.id", "pool.kind", "usage.resource"]


def test_december_ends_with_the_year() -> None:
    since, until = month_of(Instant(1_798_000_000_000))
    assert (since.iso(), until.iso()) == ("2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z")
