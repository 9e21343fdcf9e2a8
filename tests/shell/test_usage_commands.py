"""Quotas and pools in the window: what a person does there reaches the real desk and its database."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from horizon_desktop.bridge.usage_views import PoolSpec, QuotaSpec
from horizon_desktop.presentation import intents, usage_intents
from horizon_desktop.presentation.select_usage import usage_view
from horizon_desktop.presentation.usage_page import UsagePageView
from horizon_desktop.shell.usage_commands import read_usage
from tests.shell.window_world import World, play

NIGHT = PoolSpec(name="Night pool", total=Decimal(48), most_per_user=Decimal(40))
Scene = Callable[[World], Awaitable[None]]
Play = Callable[[Scene], None]


@pytest.fixture
def played(qapp: QApplication, tmp_path: Path) -> Play:
    def run(scene: Scene) -> None:
        play(qapp, tmp_path, scene, has_usage=True)

    return run


def page(world: World) -> UsagePageView:
    return usage_view(world.state)


async def asked_for(world: World, amount: int, *, user: str = "stratus") -> str:
    """Return the id of a request of somebody else to a pool of this profile."""
    desk = world.bridge.usage
    pool = await world.desk.call(desk.offer_pool(NIGHT))
    return await world.desk.call(desk.request_hours(pool, Decimal(amount), purpose="two more seeds", user=user))


def test_a_pool_is_offered_requested_and_shown(played: Play) -> None:
    async def scene(world: World) -> None:
        world.dispatch(usage_intents.OfferPool(name="Night pool", resource="gpu_hours", total="48", most_per_user="40"))
        await world.until(lambda: world.state.usage is not None and len(page(world).pools) == 1)
        pool = page(world).pools[0]
        assert (pool.name, pool.state, pool.may_request) == ("Night pool", "open", True)
        wish = usage_intents.RequestHours(pool_id=pool.pool_id, amount="8", purpose="ablation", key="click")
        world.dispatch(wish)
        world.dispatch(wish)
        await world.until(lambda: len(page(world).waiting) == 1 and bool(world.state.toasts))
        request = page(world).waiting[0]
        assert (request.purpose, request.badge.name, request.amount) == ("ablation", "aurora", "8")

    played(scene)


def test_a_request_is_approved_with_less_and_then_stands_under_decided(played: Play) -> None:
    async def scene(world: World) -> None:
        allocation = await asked_for(world, 40)
        await read_usage(world.desk)
        assert [request.allocation_id for request in page(world).waiting] == [allocation]
        world.dispatch(usage_intents.ApproveRequest(allocation_id=allocation, amount="20"))
        assert page(world).waiting[0].is_deciding
        await world.until(lambda: len(page(world).decided) == 1)
        assert page(world).waiting == ()
        assert page(world).decided[0].is_approved
        assert page(world).decided[0].line.values["n"] == "20"
        view = await world.desk.call(world.bridge.usage.overview())
        assert view.pools[0].left == Decimal(28)

    played(scene)


def test_a_declined_request_gives_nothing_away(played: Play) -> None:
    async def scene(world: World) -> None:
        allocation = await asked_for(world, 40)
        world.dispatch(usage_intents.DeclineRequest(allocation_id=allocation))
        await world.until(lambda: world.state.usage is not None and len(page(world).decided) == 1)
        assert not page(world).decided[0].is_approved
        view = await world.desk.call(world.bridge.usage.overview())
        assert view.pools[0].left == Decimal(48)

    played(scene)


def test_what_a_rule_refuses_is_said_with_what_is_left(played: Play) -> None:
    async def scene(world: World) -> None:
        pool = await world.desk.call(world.bridge.usage.offer_pool(NIGHT))
        world.dispatch(usage_intents.RequestHours(pool_id=pool, amount="41", purpose="", key="k"))
        await world.until(lambda: bool(world.state.toasts))
        note = world.state.toasts[0].note
        assert (note.key, note.values["detail"]) == ("pool.share", "40")

    played(scene)


def test_a_request_decided_twice_is_shown_as_it_is(played: Play) -> None:
    async def scene(world: World) -> None:
        allocation = await asked_for(world, 8)
        await world.desk.call(world.bridge.usage.decline(allocation))
        world.dispatch(usage_intents.ApproveRequest(allocation_id=allocation))
        await world.until(lambda: bool(world.state.toasts) and not world.state.deciding)
        assert not page(world).decided[0].is_approved

    played(scene)


def test_the_page_is_read_when_it_is_shown_and_its_entry_stands_in_the_side_bar(played: Play) -> None:
    async def scene(world: World) -> None:
        quota = QuotaSpec(beneficiary="maya", limit=Decimal(500), burst=Decimal("1.3"))
        await world.desk.call(world.bridge.usage.give_quota(quota))
        world.dispatch(intents.ShowPage(page="usage"))
        await world.until(lambda: world.state.usage is not None)
        shown = page(world).quotas[0]
        assert (shown.limit, shown.ceiling, shown.bar.limit) == ("500", "650", 769)
        assert shown.owner.values == {"unit": "gpu_hours", "name": "maya"}

    played(scene)


def test_the_months_bookings_are_saved_as_a_table(played: Play, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.answers.target = str(tmp_path / "usage.csv")
        world.dispatch(usage_intents.ExportUsage())
        await world.until(lambda: (tmp_path / "usage.csv").exists())
        assert "cost" in (tmp_path / "usage.csv").read_text(encoding="utf-8").splitlines()[0]

    played(scene)


def test_a_profile_without_a_desk_shows_no_such_page(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await read_usage(world.desk)
        assert world.state.usage is None

    play(qapp, tmp_path, scene)


def test_a_quota_is_given_and_stands_on_the_page(played: Play) -> None:
    async def scene(world: World) -> None:
        world.dispatch(
            usage_intents.GiveQuota(beneficiary="maya", resource="cpu_hours", limit="40", hours=12, burst="1.5")
        )
        await world.until(lambda: world.state.usage is not None and len(page(world).quotas) == 1)
        (given,) = (await world.desk.call(world.bridge.usage.overview())).quotas
        assert (given.beneficiary, given.resource, given.limit, given.ceiling) == (
            "maya", "cpu_hours", Decimal(40), Decimal(60),
        )  # fmt: skip
        assert round(given.expires_at.since(given.starts_at) / 3_600_000) == 12
        assert page(world).quotas[0].owner.values["name"] == "maya"

    played(scene)
