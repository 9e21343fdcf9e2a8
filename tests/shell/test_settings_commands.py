"""Settings and the check of the network: what is asked reaches the bridge, what is found is said in sentences."""

import json
from pathlib import Path

from PySide6.QtWidgets import QApplication

from horizon_desktop.domain.access.invitation import HubAddress, InvitationLink, app_link
from horizon_desktop.domain.ids import DeviceKey, Locator
from horizon_desktop.presentation import intents
from horizon_desktop.presentation.select_settings import doctor_view, settings_view
from horizon_desktop.shell.settings_commands import read_proxy
from tests.shell.window_world import HUB, World, play


def test_a_check_names_the_broken_thing_and_what_to_do(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.dispatch(intents.RunCheck(target=HUB))
        assert doctor_view(world.state).is_running
        await world.until(lambda: doctor_view(world.state).checked is not None)
        checked = doctor_view(world.state).checked
        assert checked is not None
        assert [row.check for row in checked.rows] == [
            "network", "proxy", "hub", "tls", "clock", "udp", "firewall", "nat", "direct",
        ]  # fmt: skip
        assert checked.level == "broken"
        assert "has another key than the one that was named" in checked.cause
        assert "{" not in "".join(row.cause for row in checked.rows)
        assert checked.advice.startswith("Don't enter a code.")
        assert checked.path == "Sessions can't begin from here yet."

    play(qapp, tmp_path, scene)


def test_the_report_is_saved_without_an_address_or_a_name(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.answers.target = str(tmp_path / "check.json")
        world.dispatch(intents.RunCheck(target=HUB))
        await world.until(lambda: doctor_view(world.state).checked is not None)
        world.dispatch(intents.SaveReport())
        await world.until(lambda: (tmp_path / "check.json").exists())
        text = (tmp_path / "check.json").read_text(encoding="utf-8")
        assert json.loads(text)["cause"] == "tls.pin"
        for secret in ("hub.example", "192.168.1.5", "203.0.113.7"):
            assert secret not in text

    play(qapp, tmp_path, scene)


def test_without_a_hub_the_window_says_where_to_name_one(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.dispatch(intents.RunCheck(target=""))
        await world.until(lambda: doctor_view(world.state).checked is not None)
        checked = doctor_view(world.state).checked
        assert checked is not None
        assert "horizon doctor" not in " ".join((checked.advice, *(row.advice for row in checked.rows)))

    play(qapp, tmp_path, scene)


def test_a_text_that_is_no_hub_is_said_at_its_field(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.dispatch(intents.RunCheck(target="https://"))
        await world.until(lambda: doctor_view(world.state).problem is not None)
        assert not doctor_view(world.state).is_running

    play(qapp, tmp_path, scene)


def test_a_proxy_is_chosen_and_shown_without_its_password(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await read_proxy(world.desk)
        shown = settings_view(world.state).proxy
        assert shown is not None
        assert (shown.proxy, shown.source) == ("", "system")
        world.dispatch(intents.ChooseProxy(text="http://me:secret@proxy.example:3128"))
        await world.until(lambda: bool(world.state.toasts))
        proxy = settings_view(world.state).proxy
        assert proxy is not None
        assert (proxy.proxy, proxy.user, proxy.source) == ("proxy.example:3128", "me", "profile")
        assert "secret" not in repr(world.state)

    play(qapp, tmp_path, scene)


def test_what_is_no_proxy_is_said_and_changes_nothing(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await read_proxy(world.desk)
        world.dispatch(intents.ChooseProxy(text="ftp://x"))
        await world.until(lambda: world.state.proxy is not None and world.state.proxy.problem is not None)
        proxy = world.state.proxy
        assert proxy is not None
        assert proxy.problem is not None
        assert (proxy.problem.key, proxy.proxy) == ("proxy.url", "")

    play(qapp, tmp_path, scene)


def test_a_check_from_the_join_page_looks_at_the_hubs_of_its_link(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        link = InvitationLink(
            locator=Locator(bytes(16)),
            host=DeviceKey(bytes(32)),
            secret=bytes(16),
            hubs=(HubAddress(host="hub.example", port=7443),),
        )
        world.desk.store.apply(intents.OpenLink(link=app_link(link)))
        world.dispatch(intents.CheckInvite())
        assert world.state.page == "doctor"
        await world.until(lambda: doctor_view(world.state).checked is not None)
        checked = doctor_view(world.state).checked
        assert checked is not None
        assert "has another key" in checked.cause

    play(qapp, tmp_path, scene)
