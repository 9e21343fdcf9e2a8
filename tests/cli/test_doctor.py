"""`horizon doctor`: every cause has its words, no secret is told, and the status says what has to be mended."""

import io
import json
import re
import stat
from pathlib import Path

import msgspec
import pytest

from horizon_desktop.bridge.checkup import hubs_named
from horizon_desktop.bridge.checkup_words import ADVICE, CAUSES, PATHS
from horizon_desktop.cli.doctor import DoctorWish, doctor
from horizon_desktop.cli.person_report import PersonReport
from horizon_desktop.domain.access.invitation import HubAddress, InvitationLink, app_link, parse_link, web_link
from horizon_desktop.domain.collaboration.findings import HubOutcome
from horizon_desktop.domain.collaboration.nat import NatKind
from horizon_desktop.domain.ids import DeviceKey, Locator
from horizon_desktop.errors import InviteRefused, UsageError
from tests.cli.command_world import World
from tests.fakes.probes import FakeHubProbe

ROOT = Path(__file__).resolve().parents[2]
RULES = "".join(
    (ROOT / "horizon_desktop" / "domain" / "collaboration" / f"{name}.py").read_text("utf-8") for name in ("diagnosis",)
)
URL = "https://hub.example:7443"
LINK = InvitationLink(
    locator=Locator(bytes(range(16))),
    host=DeviceKey(bytes(range(32))),
    secret=bytes(range(100, 116)),
    hubs=(HubAddress(host="hub.example", port=7443), HubAddress(host="192.168.1.9", port=7443, pin=bytes(16))),
)


async def run(world: World, **wish: object) -> int:
    return await doctor(msgspec.structs.replace(DoctorWish(), **wish), world, world.report, world.lines)


async def test_each_check_is_told_and_then_what_they_come_to(world: World) -> None:
    assert await run(world, hub=URL) == 0
    assert [line["check"] for line in world.named("check")] == [
        "network", "proxy", "hub", "tls", "clock", "udp", "firewall", "nat", "direct",
    ]  # fmt: skip
    last = world.events[-1]
    assert (last["event"], last["cause"], last["nat"], last["path"]) == ("diagnosis", "fine", "cone", "direct")
    assert world.err.getvalue() == ""


async def test_the_status_is_4_when_a_session_could_not_begin(world: World) -> None:
    world.hub_probe = FakeHubProbe({"hub.example:7443": HubOutcome.PIN})
    assert await run(world, hub=URL) == 4
    assert world.events[-1]["cause"] == "tls.pin"


async def test_the_other_sides_kind_of_network_counts(world: World) -> None:
    assert await run(world, hub=URL, peer=NatKind.SYMMETRIC) == 0
    assert (world.events[-1]["cause"], world.events[-1]["path"]) == ("pair.unlikely", "relay")


@pytest.mark.parametrize("link", [app_link(LINK), web_link(LINK), f"  {app_link(LINK)}\n"])
async def test_of_a_link_only_its_hubs_are_used(world: World, link: str) -> None:
    assert await run(world, hub=link) == 0
    assert world.hub_probe.visited == list(LINK.hubs)
    assert world.err.getvalue(), "a link among the arguments can be read by others"


async def test_a_link_is_read_from_stdin(world: World) -> None:
    world.type(app_link(LINK))
    assert await run(world, hub="-") == 0
    assert world.hub_probe.visited == list(LINK.hubs)
    assert world.err.getvalue() == ""


async def test_neither_output_nor_report_holds_anything_of_an_invite(world: World, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    await run(world, hub=app_link(LINK), report=report)
    told = world.out.getvalue() + world.err.getvalue() + report.read_text("utf-8")
    body = app_link(LINK).rpartition("/")[2]
    for secret in (body, LINK.secret.hex(), LINK.locator.hex(), LINK.host.hex()):
        assert secret not in told
    assert parse_link(app_link(LINK)) == LINK


async def test_the_report_is_the_owners_alone_and_masks_addresses(world: World, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    await run(world, hub=URL, report=report)
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    text = report.read_text("utf-8")
    assert json.loads(text)["cause"] == "fine"
    for whole in ("192.168.1.7", "198.51.100.9", "203.0.113.1", "hub.example"):
        assert whole not in text


async def test_a_file_that_exists_is_never_replaced(world: World, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text("kept")
    with pytest.raises(UsageError) as refused:
        await run(world, hub=URL, report=report)
    assert (refused.value.key, report.read_text()) == ("report.exists", "kept")
    assert world.hub_probe.visited == [], "nothing is done for nothing"


async def test_a_folder_that_is_not_there_is_told(world: World, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        await run(world, hub=URL, report=tmp_path / "nowhere" / "report.json")
    assert refused.value.key == "report.unwritable"


def test_what_is_no_hub_is_refused() -> None:
    with pytest.raises(UsageError):
        hubs_named("ftp://hub.example")
    with pytest.raises(InviteRefused):
        hubs_named("horizon://join/AQ")
    assert hubs_named("  ") == ()


async def test_people_read_marks_words_and_advice(world: World) -> None:
    world.hub_probe = FakeHubProbe({})
    out = io.StringIO()
    report = PersonReport(world.clock, out, world.err)
    assert await doctor(DoctorWish(hub=URL), world, report, world.lines) == 4
    text = out.getvalue()
    assert "ok    network" in text and "stop  hub" in text
    assert text.count("hub.example:7443 doesn't answer") == 2, "among the checks, and as the conclusion"
    assert PATHS["none"] in text


CAUSE = r"\"((?:network|proxy|hub|tls|clock|udp|firewall|nat|direct|pair)\.[a-z_0-9]+|fine|partly)\""


def test_every_cause_has_words_and_no_words_are_without_a_cause() -> None:
    assert set(re.findall(CAUSE, RULES)) == set(CAUSES)


def test_every_advice_has_words_and_no_words_are_without_advice() -> None:
    given = set(re.findall(r"Level\.\w+, (?:cause|\"[a-z_.0-9]+\"), \"([a-z_0-9]+)\"", RULES))
    assert given == set(ADVICE) - {""}


@pytest.mark.parametrize("words", [*CAUSES.values(), *(words for words in ADVICE.values() if words), *PATHS.values()])
def test_every_sentence_is_whole_and_blames_nobody(words: str) -> None:
    assert words.endswith(".")
    assert set(re.findall(r"{(\w+)}", words)) <= {"hub", "proxy", "n"}
    assert not re.search(r"\b(oops|please|sorry|invalid|failed|forbidden|terminate|kill)\b|!", words, re.IGNORECASE)
