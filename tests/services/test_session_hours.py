"""A session with hours: outside them a guest with link and right code is sent away in words, and told when it opens."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from horizon_desktop.adapters.storage.store import SqlStore
from horizon_desktop.adapters.storage.usage_store import SqlUsageStore
from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.events import PeerEntered, PeerKnocked
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import AccessRefused
from horizon_desktop.services.hosted_session import HostedSession
from horizon_desktop.services.redeeming import RedemptionDevice
from horizon_desktop.services.session_hours import LOOK_MS
from horizon_desktop.services.usage import Usage, usage_over
from tests.fakes.entropy import SeededEntropy
from tests.services.session_world import Machine, World, world_of


class Office:
    """A host whose session may have hours, and a guest at its door."""

    def __init__(self, store: SqlStore) -> None:
        self.world = World()
        self.host: Machine = self.world.machine("host")
        self.guest: Machine = self.world.machine("maya")
        self.host.store = store  # type: ignore[assignment]
        self.usage: Usage = usage_over(
            SqlUsageStore(store.database), bus=self.host.bus, clock=self.host.clock, entropy=SeededEntropy("usage")
        )
        self.host.usage = self.usage
        self.hosted: HostedSession

    def clock_time(self, *, hours: int) -> time:
        """Return the time of day so many hours from now, UTC."""
        now = datetime.fromtimestamp(self.host.clock.now().instant.ms / 1000, UTC) + timedelta(hours=hours)
        return now.time().replace(second=0, microsecond=0)

    async def open_only(self, *, from_hours: int, to_hours: int) -> None:
        """Give the session hours from and to so many hours from now, and let them be noticed."""
        window = await self.world.done(
            self.usage.windows.create(
                name="office", start=self.clock_time(hours=from_hours), end=self.clock_time(hours=to_hours)
            )
        )
        session = self.hosted.core.row.session_id
        await self.world.done(self.usage.windows.limit_session(session, window_id=window.window_id))
        await self.world.until(lambda: self.hosted.core.hours.window is not None, "the hours are noticed")

    async def knock(self) -> "asyncio.Task[object]":
        secrets = self.hosted.invitations.views()[0].secrets
        assert secrets is not None
        device = RedemptionDevice(name="maya", device="laptop", system="Linux", version="0.1.0")
        joining = self.guest.sessions.join(
            secrets.app_link, secrets.shown_code, device, shown=None, mirror=None, is_mirror_forced=False
        )
        task = asyncio.get_running_loop().create_task(joining)
        await self.world.until(lambda: task.done(), "the guest has an answer")
        return task


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with SqlStore(tmp_path / "horizon.db") as store:
        made = Office(store)
        async with world_of(made.host, made.guest):
            made.hosted = await made.world.host_a_file(made.host)
            yield made


async def test_outside_the_hours_a_guest_is_sent_away_and_told_so(office: Office) -> None:
    await office.open_only(from_hours=3, to_hours=5)
    with pytest.raises(AccessRefused) as told:
        (await office.knock()).result()
    assert told.value.key == "window.closed"
    assert not office.host.heard(PeerKnocked)
    decision = office.hosted.core.hours.admits()
    assert isinstance(decision, Deny)
    assert decision.detail > Instant(office.host.clock.now().instant.ms).iso()


async def test_within_the_hours_a_guest_comes_in(office: Office) -> None:
    await office.open_only(from_hours=-2, to_hours=2)
    (await office.knock()).result()
    assert office.host.heard(PeerEntered)


async def test_a_guest_who_is_in_cannot_come_back_once_the_hours_are_over(office: Office) -> None:
    (await office.knock()).result()
    core = office.hosted.core
    assert core._admission(office.guest.key.key) == Allow()
    await office.open_only(from_hours=3, to_hours=5)
    assert isinstance(core._admission(office.guest.key.key), Deny)


async def test_a_session_without_hours_is_open_at_all_times(office: Office) -> None:
    await office.world.run_for(seconds=LOOK_MS // 1000 + 1, step_ms=1000)
    assert office.hosted.core.hours.admits() == Allow()
