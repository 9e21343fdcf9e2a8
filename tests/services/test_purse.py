"""A session's purse: metered, debited, warned of, stopped at limit and burst, freed, given back at the end."""

from collections.abc import AsyncIterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.adapters.storage.store import SqlStore
from horizon_desktop.adapters.storage.usage_store import SqlUsageStore
from horizon_desktop.domain.access.policy import Comparison
from horizon_desktop.domain.access.policy_defaults import DEFAULT_POLICIES
from horizon_desktop.domain.access.policy_gates import USE_QUOTA
from horizon_desktop.domain.events import AccessChanged, CostRecorded
from horizon_desktop.domain.usage.amounts import ResourceType
from horizon_desktop.domain.usage.facts import PurseMoved, QuotaWarned
from horizon_desktop.domain.usage.purse import METERED, PurseWish, parse_purse
from horizon_desktop.domain.usage.quota import EphemeralQuota, QuotaStatus
from horizon_desktop.errors import UsageError
from horizon_desktop.services.hosted_session import HostedSession
from horizon_desktop.services.policies import Policies
from horizon_desktop.services.usage import usage_over
from horizon_desktop.services.usage_gates import UsageGates
from tests.fakes.entropy import SeededEntropy
from tests.fakes.telemetry import FakeMeters
from tests.services.session_world import Machine, World, world_of
from tests.services.test_policy_gates import SOON, deny

HOUR_MS = 3_600_000


# --- as it is written ---
@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("cpu_hours=2", PurseWish(resource=ResourceType.CPU_HOURS, limit=Decimal(2))),
        (
            "gpu_hours=1.5, burst=2, rate=3.20",
            PurseWish(resource=ResourceType.GPU_HOURS, limit=Decimal("1.5"), burst=Decimal(2), rate=Decimal("3.20")),
        ),
        ("network_gib=0.000001", PurseWish(resource=ResourceType.NETWORK_GIB, limit=Decimal("0.000001"))),
    ],
)
def test_a_purse_is_written_on_one_line(text: str, wish: PurseWish) -> None:
    assert parse_purse(text) == wish


@pytest.mark.parametrize(
    "text",
    ["", "2", "cpu_hours", "cpu_hours=", "cpu_hours=0", "cpu_hours=-1", "cpu_hours=x", "cpu_hours=1,burst=0.5",
     "cpu_hours=1,burst=11", "cpu_hours=1,colour=2", "cpu_hours=1,burst", "tpu_hours=1", "cpu_hours=1,rate=-1",
     "cpu_hours=1,gpu_hours=1", "cpu_hours=nan", "cpu_hours=0.0000001", "burst=2"],
)  # fmt: skip
def test_what_is_no_purse_is_said(text: str) -> None:
    with pytest.raises(UsageError) as told:
        parse_purse(text)
    assert told.value.key == "purse.form"


@given(st.text())
def test_any_text_is_a_purse_or_refused(text: str) -> None:
    with suppress(UsageError):
        assert parse_purse(text).resource in METERED


# --- in a session ---
class Spending:
    """A host with a purse over a database of its own, and one guest."""

    def __init__(self, store: SqlStore, policies: Policies | None = None) -> None:
        self.world = World()
        self.host: Machine = self.world.machine("host")
        self.guest: Machine = self.world.machine("maya")
        self.meters = FakeMeters()
        self.host.store = store  # type: ignore[assignment]
        self.host.meters = self.meters.meters
        self.host.usage = usage_over(
            SqlUsageStore(store.database),
            bus=self.host.bus,
            clock=self.host.clock,
            entropy=SeededEntropy("usage"),
            gates=UsageGates(policies or Policies(), clock=self.host.clock),
        )
        self.hosted: HostedSession

    async def begin(self, wish: str) -> None:
        self.hosted = await self.world.host_a_file(self.host, purse=parse_purse(wish))
        await self.world.join(self.guest, self.hosted, self.host)

    async def quota(self) -> EphemeralQuota:
        assert self.host.usage is not None
        (quota,) = await self.world.done(self.host.usage.quotas.listing())
        return quota

    async def use(self, *, cpu_hours: str) -> PurseMoved:
        """Let so much processor time pass, and return what was told of it."""
        self.meters.process.spent_ms += int(Decimal(cpu_hours) * HOUR_MS)
        before = len(self.host.facts)
        return await self.host.fact(PurseMoved, after=before)


@pytest.fixture
async def spending(tmp_path: Path) -> AsyncIterator[Spending]:
    async with SqlStore(tmp_path / "horizon.db") as store:
        made = Spending(store)
        async with world_of(made.host, made.guest):
            yield made


async def test_a_policy_that_forbids_an_hour_stops_what_costs_until_it_is_over(tmp_path: Path) -> None:
    quiet = deny(USE_QUOTA, Comparison("time", "timeOfDay", SOON))
    async with SqlStore(tmp_path / "horizon.db") as store:
        spending = Spending(store, Policies((*DEFAULT_POLICIES, quiet)))
        async with world_of(spending.host, spending.guest):
            await spending.begin("cpu_hours=2")
            await spending.world.run_for(seconds=100, step_ms=500)
            moved = await spending.use(cpu_hours="0.5")
            assert (moved.used, moved.is_stopped, moved.reason) == (Decimal(0), True, "policy.denied")
            await spending.world.run_for(seconds=60, step_ms=500)
            moved = await spending.use(cpu_hours="0.25")
            assert (moved.used, moved.is_stopped, moved.reason) == (Decimal("0.25"), False, "")


async def test_what_is_used_is_debited_while_the_session_runs(spending: Spending) -> None:
    await spending.begin("cpu_hours=2,rate=10")
    moved = await spending.use(cpu_hours="0.25")
    assert (moved.used, moved.limit, moved.cost, moved.is_stopped) == (
        Decimal("0.25"), Decimal(2), Decimal("2.5"), False,
    )  # fmt: skip
    moved = await spending.use(cpu_hours="0.5")
    assert moved.used == Decimal("0.75")
    assert sum(fact.cost for fact in spending.host.heard(CostRecorded)) == Decimal("7.5")


async def test_the_host_is_warned_at_50_80_and_95_percent(spending: Spending) -> None:
    await spending.begin("cpu_hours=1,burst=2")
    for step in ("0.4", "0.2", "0.25", "0.12"):
        await spending.use(cpu_hours=step)
    warnings = spending.host.heard(QuotaWarned)
    assert [fact.percent for fact in warnings] == [50, 80, 95]
    assert {fact.session_id for fact in warnings} == {spending.hosted.core.text_id}


async def test_at_limit_and_burst_what_costs_stops_and_talking_goes_on(spending: Spending) -> None:
    await spending.begin("cpu_hours=1,burst=1.5")
    assert not (await spending.use(cpu_hours="1.2")).is_stopped
    moved = await spending.use(cpu_hours="5")
    assert (moved.used, moved.ceiling, moved.is_stopped, moved.reason) == (
        Decimal("1.5"), Decimal("1.5"), True, "quota.over",
    )  # fmt: skip
    await spending.guest.fact(AccessChanged, lambda fact: fact.channels.get("edits") == 1)
    joined = spending.guest.sessions.joined[spending.hosted.core.text_id]
    assert joined.core.channels["chat"] == 2
    await spending.world.done(joined.say("can we get more?"))


async def test_a_quota_that_is_suspended_stops_what_costs_until_it_is_resumed(spending: Spending) -> None:
    await spending.begin("cpu_hours=1")
    quota, usage = await spending.quota(), spending.host.usage
    assert usage is not None
    await spending.world.done(usage.quotas.suspend(quota.id, reason="by the sponsor"))
    assert (await spending.host.fact(PurseMoved, lambda fact: fact.is_stopped)).reason == "quota.suspended"
    await spending.guest.fact(AccessChanged, lambda fact: fact.channels.get("edits") == 1)
    await spending.world.done(usage.quotas.resume(quota.id))
    heard = len(spending.guest.facts)
    await spending.guest.fact(AccessChanged, lambda fact: fact.channels.get("edits") == 2, after=heard)


async def test_the_end_of_a_session_debits_the_last_of_it_and_gives_the_rest_back(spending: Spending) -> None:
    await spending.begin("cpu_hours=1")
    spending.meters.process.spent_ms += HOUR_MS // 10
    await spending.world.done(spending.hosted.end("host"))
    quota = await spending.quota()
    assert (quota.status, quota.used_value) == (QuotaStatus.REVOKED, Decimal("0.1"))


async def test_gpu_time_is_debited_where_there_is_a_gpu(spending: Spending) -> None:
    await spending.begin("gpu_hours=1")
    spending.meters.gpu.spent_ms += HOUR_MS // 4
    moved = await spending.host.fact(PurseMoved, lambda fact: fact.used > 0)
    assert (moved.resource, moved.used) == ("gpu_hours", Decimal("0.25"))


async def test_gpu_hours_are_refused_where_no_gpu_can_be_metered(spending: Spending) -> None:
    spending.meters.gpu.is_there = False
    with pytest.raises(UsageError) as told:
        await spending.begin("gpu_hours=1")
    assert told.value.key == "purse.no_gpu"


async def test_bytes_are_debited_as_the_links_carry_them(spending: Spending) -> None:
    await spending.begin("network_gib=1")
    moved = await spending.host.fact(PurseMoved, lambda fact: fact.used > 0)
    carried = spending.hosted.core.links.carried_bytes
    assert Decimal(0) < moved.used <= Decimal(carried) / 2**30


async def test_a_session_that_is_resumed_goes_on_with_its_purse(tmp_path: Path) -> None:
    async with SqlStore(tmp_path / "horizon.db") as store:
        spending = Spending(store)
        async with spending.guest.running():
            async with spending.host.running():
                await spending.begin("cpu_hours=1")
                await spending.use(cpu_hours="0.3")
                row = spending.hosted.core.row
            async with spending.host.running():
                spending.hosted = await spending.world.done(spending.host.sessions.resume_hosted(row))
                moved = await spending.use(cpu_hours="0.3")
                assert moved.used == Decimal("0.6")


async def test_without_meters_a_purse_is_refused() -> None:
    world = World()
    host = world.machine("host")
    async with world_of(host):
        with pytest.raises(UsageError) as told:
            await world.host_a_file(host, purse=parse_purse("cpu_hours=1"))
        assert told.value.key == "purse.none"
