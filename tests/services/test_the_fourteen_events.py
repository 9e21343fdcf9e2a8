"""Each of the 14 facts of the specification is published by the flow that causes it: one session, one quota."""

from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import get_args
from uuid import UUID

import pytest

from horizon_desktop.adapters.storage.store import SqlStore
from horizon_desktop.adapters.storage.usage_store import SqlUsageStore
from horizon_desktop.domain import events
from horizon_desktop.domain.usage.amounts import ResourceType
from horizon_desktop.domain.usage.quota import EphemeralQuota
from horizon_desktop.services.usage import usage_over
from tests.fakes.entropy import SeededEntropy
from tests.services.session_world import Machine, World, world_of

PRODUCED = {
    events.InvitationCreated: "a host makes an invite: services/identities.py invited",
    events.InvitationRedeemed: "a guest comes by it: services/identities.py redeem",
    events.IdentityActivated: "the host lets it in: services/identities.py activate",
    events.IdentityRevoked: "the host takes access back: services/identities.py revoke",
    events.EphemeralQuotaCreated: "a quota is given: services/quotas.py create",
    events.EphemeralQuotaExpired: "its time is over: services/quotas.py process_expirations",
    events.TimeWindowEvaluated: "it is asked within hours: services/time_windows.py evaluate",
    events.BurstUsed: "more than the limit is used: services/quotas.py commit",
    events.CostRecorded: "what is used has a price: services/quotas.py commit",
    events.SessionCreated: "the hub has the session: services/hosted_session.py",
    events.ParticipantJoined: "a guest's link is up: services/guest_traffic.py",
    events.ParticipantLeft: "a guest has gone for good: services/hosted_core.py",
    events.SessionExpired: "0:00: services/hosted_session.py",
    events.QualityChanged: "the link's quality has another word: services/guest_traffic.py",
}


def test_the_list_holds_all_fourteen_and_nothing_else() -> None:
    assert set(PRODUCED) == set(get_args(events.EphemeralMessage))
    assert len(PRODUCED) == 14


async def a_session(world: World, host: Machine, guest: Machine) -> None:
    """A guest comes, stays a while, is revoked; the session runs out."""
    hosted = await world.host_a_file(host, length_s=30)
    await world.join(guest, hosted, host)
    await host.fact(events.QualityChanged)
    await world.done(hosted.revoke(guest.peer_id))
    await host.fact(events.SessionExpired)


async def a_quota(host: Machine, path: Path) -> None:
    """A quota with burst and hours is given, used beyond its limit, and runs out."""
    async with SqlStore(path) as store:
        usage = usage_over(
            SqlUsageStore(store.database), bus=host.bus, clock=host.clock, entropy=SeededEntropy("usage")
        )
        window = await usage.windows.create(name="all day", start=time(0, 0), end=time(0, 0))
        quota = await usage.quotas.create(
            identity=UUID(int=1),
            sponsor="ana",
            beneficiary="maya",
            resource=ResourceType.GPU_HOURS,
            limit=Decimal(10),
            burst=Decimal("1.5"),
            cost_rate=Decimal("2.5"),
            window_id=window.window_id,
            expires_at=host.clock.now().instant.plus(60_000),
        )
        assert isinstance(quota, EphemeralQuota)
        await usage.quotas.use(quota.id, Decimal(12))
        host.clock.advance(minutes=2)
        await usage.quotas.process_expirations()


@pytest.fixture
async def heard(tmp_path: Path) -> list[events.Event]:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        await a_session(world, host, guest)
        await a_quota(host, tmp_path / "horizon.db")
        await world.breathe()
        return list(host.facts)


async def test_each_of_the_fourteen_is_published_by_a_real_flow(heard: list[events.Event]) -> None:
    assert {type(fact) for fact in heard} >= set(PRODUCED)


async def test_facts_of_one_time_come_once(heard: list[events.Event]) -> None:
    once = (
        events.SessionCreated,
        events.InvitationCreated,
        events.InvitationRedeemed,
        events.IdentityActivated,
        events.IdentityRevoked,
        events.ParticipantJoined,
        events.ParticipantLeft,
        events.SessionExpired,
        events.EphemeralQuotaCreated,
        events.EphemeralQuotaExpired,
        events.BurstUsed,
        events.CostRecorded,
    )
    assert {kind.__name__: sum(isinstance(fact, kind) for fact in heard) for kind in once} == {
        kind.__name__: 1 for kind in once
    }
