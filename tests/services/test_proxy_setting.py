"""The proxy of a profile: kept for its owner alone, below the configuration, above the system's."""

import stat
from pathlib import Path

import pytest

from horizon_desktop.adapters.proxy_file import ProxyFile
from horizon_desktop.bridge import view_of
from horizon_desktop.bridge.views import ProxyView
from horizon_desktop.domain.collaboration.proxy import Proxy, ProxyChoice
from horizon_desktop.errors import StoreUnavailable, UsageError
from horizon_desktop.services.proxy_setting import ProxySetting, ProxySource

FIRM = Proxy(host="proxy.firm.example", port=3128, user="kestrel", password="sesame")


async def opened(folder: Path, *, configured: str = "") -> ProxySetting:
    setting = ProxySetting(home=ProxyFile(folder / "proxy"), configured=configured)
    await setting.load()
    return setting


async def test_without_a_choice_the_system_decides(tmp_path: Path) -> None:
    setting = await opened(tmp_path)
    assert (setting.choice(), setting.source) == (ProxyChoice(), ProxySource.SYSTEM)


async def test_a_choice_holds_at_once_and_after_a_restart(tmp_path: Path) -> None:
    setting = await opened(tmp_path)
    await setting.choose(FIRM.url)
    again = await opened(tmp_path)
    for each in (setting, again):
        assert (each.choice().proxy, each.source) == (FIRM, ProxySource.PROFILE)
    assert stat.S_IMODE((tmp_path / "proxy").stat().st_mode) == 0o600


@pytest.mark.parametrize(("text", "is_system_used"), [("none", False), ("", True)])
async def test_no_proxy_and_the_systems_can_be_chosen_again(tmp_path: Path, text: str, *, is_system_used: bool) -> None:
    setting = await opened(tmp_path)
    await setting.choose(FIRM.url)
    await setting.choose(text)
    assert (await opened(tmp_path)).choice() == ProxyChoice(is_system_used=is_system_used)


async def test_the_configuration_stands_above_the_profile(tmp_path: Path) -> None:
    await (await opened(tmp_path)).choose(FIRM.url)
    setting = await opened(tmp_path, configured="http://10.0.0.9:80")
    assert (setting.choice().proxy, setting.source) == (Proxy(host="10.0.0.9", port=80), ProxySource.CONFIGURATION)
    with pytest.raises(UsageError) as refused:
        await setting.choose("none")
    assert refused.value.key == "proxy.configured"


async def test_what_is_no_proxy_changes_nothing(tmp_path: Path) -> None:
    setting = await opened(tmp_path)
    await setting.choose(FIRM.url)
    with pytest.raises(UsageError):
        await setting.choose("https://proxy.firm.example")
    assert (await opened(tmp_path)).choice().proxy == FIRM


async def test_a_file_that_holds_something_else_is_left_alone_and_the_system_decides(tmp_path: Path) -> None:
    (tmp_path / "proxy").write_bytes(b"\xff\xfe")
    assert (await opened(tmp_path)).source is ProxySource.SYSTEM
    (tmp_path / "proxy").write_text("what is this?")
    assert (await opened(tmp_path)).source is ProxySource.SYSTEM
    assert (tmp_path / "proxy").read_text() == "what is this?"


async def test_a_choice_that_cannot_be_kept_does_not_hold(tmp_path: Path) -> None:
    setting = ProxySetting(home=ProxyFile(tmp_path / "missing" / "proxy"))
    with pytest.raises(StoreUnavailable):
        await setting.choose(FIRM.url)
    assert setting.source is ProxySource.SYSTEM


def test_what_is_shown_has_no_password() -> None:
    shown = view_of.proxy(ProxyChoice(proxy=FIRM, is_system_used=False), ProxySource.PROFILE)
    assert shown == ProxyView(proxy="proxy.firm.example:3128", user="kestrel", source="profile")
    assert view_of.proxy(ProxyChoice(is_system_used=False), ProxySource.PROFILE).proxy == "none"
    assert view_of.proxy(ProxyChoice(), ProxySource.SYSTEM).proxy == ""
