"""Time windows on both databases: kept as they are, changed, removed when nobody carries them, asked for sessions."""

from collections.abc import AsyncIterator
from datetime import date, time
from uuid import UUID

import msgspec
import pytest

from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.events import TimeWindowEvaluated
from horizon_desktop.domain.time_window import TimeWindow
from horizon_desktop.errors import LocalProtocolError, UsageError
from horizon_desktop.ports.records import SessionState
from tests.contracts.test_store import SESSION, session_row
from tests.services.usage_world import HOUR, UsageWorld, opened_world, rule


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[UsageWorld]:
    async with opened_world(database_url) as opened:
        yield opened


async def _night(world: UsageWorld) -> TimeWindow:
    return await world.windows.create(
        name="Nights",
        start=time(22, 30, 15),
        end=time(6),
        zone="Australia/Lord_Howe",
        days_of_week=frozenset({4, 5}),
        blackout_dates=frozenset({date(2026, 12, 25), date(2027, 1, 1)}),
    )


async def test_a_window_comes_back_as_it_was_written(world: UsageWorld) -> None:
    window = await _night(world)
    assert await world.windows.find(window.window_id) == window


async def test_windows_are_listed_by_name(world: UsageWorld) -> None:
    for name in ("b", "a", "c"):
        await world.windows.create(name=name, start=time(9), end=time(17))
    assert [window.name for window in await world.windows.listing()] == ["a", "b", "c"]


async def test_a_changed_window_is_the_new_one(world: UsageWorld) -> None:
    window = msgspec.structs.replace(await _night(world), zone="Asia/Tokyo", blackout_dates=frozenset())
    assert await world.windows.change(window) == Allow()
    assert await world.windows.find(window.window_id) == window


async def test_a_change_that_makes_no_sense_is_refused(world: UsageWorld) -> None:
    window = msgspec.structs.replace(await _night(world), zone="Mars/Olympus")
    with pytest.raises(UsageError) as refused:
        await world.windows.change(window)
    assert refused.value.key == "window.zone"


async def test_a_window_that_a_live_quota_carries_stays(world: UsageWorld) -> None:
    window = await world.windows.create(name="Days", start=time(0), end=time(0))
    quota = await world.quota(window_id=window.window_id)
    assert rule(await world.windows.remove(window.window_id)) == "window.used"
    await world.quotas.revoke(quota.id, reason="left")
    assert await world.windows.remove(window.window_id) == Allow()
    assert rule(await world.windows.remove(window.window_id)) == "window.missing"


async def test_a_session_outside_its_hours_is_refused_with_the_next_opening(world: UsageWorld) -> None:
    await world.store.add_session(session_row())
    window = await world.windows.create(name="Evenings", start=time(18), end=time(22))
    await world.windows.limit_session(SESSION, window_id=window.window_id)
    assert await world.windows.admits_session(SESSION) == Deny("window.closed", "2026-11-21T18:00:00.000Z")
    world.clock.advance(ms=6 * HOUR)
    assert await world.windows.admits_session(SESSION) == Allow()


async def test_a_session_without_hours_is_always_open(world: UsageWorld) -> None:
    assert await world.windows.admits_session(SESSION) == Allow()
    assert world.told(TimeWindowEvaluated) == []


async def test_a_sessions_window_is_told_for_its_purse(world: UsageWorld) -> None:
    await world.store.add_session(session_row())
    window = await world.windows.create(name="Evenings", start=time(18), end=time(22))
    quota = await world.quota()
    await world.windows.limit_session(SESSION, window_id=window.window_id, quota_id=quota.id)
    await world.windows.admits_session(SESSION)
    assert world.told(TimeWindowEvaluated) == [TimeWindowEvaluated(quota_id=quota.id, allowed=False)]


async def test_limits_go_with_their_session(world: UsageWorld) -> None:
    await world.store.add_session(session_row(state=SessionState.ENDED, ended_at=session_row().created_at))
    await world.windows.limit_session(SESSION, quota_id=UUID(int=1))
    await world.store.purge(session_row().created_at.plus(1))
    assert (await world.windows.limits_of(SESSION)).quota_id is None


async def test_a_session_that_is_not_there_cannot_be_limited(world: UsageWorld) -> None:
    with pytest.raises(LocalProtocolError):
        await world.windows.limit_session(SESSION, quota_id=UUID(int=1))
