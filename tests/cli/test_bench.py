"""`horizon bench link`: asked of the running process for each way, told as a table and as objects."""

import io

import pytest

from horizon_desktop.bridge.control_desk import ControlDesk
from horizon_desktop.bridge.views import SessionSpec
from horizon_desktop.cli.app import make_app
from horizon_desktop.cli.bench import MIB, bench_link
from horizon_desktop.cli.person_report import PersonReport
from horizon_desktop.domain.collaboration.session import SessionType
from horizon_desktop.errors import HorizonError
from horizon_desktop.ports.control import MeasureLink
from tests.cli.command_world import World
from tests.fakes.bridge import GUEST_ID

SPEC = SessionSpec(session_type=SessionType.PAIR, title="Loss spike", files=())
BOTH = [MeasureLink(is_sent=is_sent, most_bytes=256 * MIB, most_ms=5000) for is_sent in (True, False)]


async def started(world: World, *names: str) -> str:
    view = await world.bridge.create_ephemeral_session(SPEC)
    for number, name in enumerate(names):
        peer_id = f"{number:02x}" + GUEST_ID[2:]
        world.bridge.enter(view.session_id, world.bridge.person(peer_id, name, "editor"))
    return view.session_id


async def test_both_ways_are_measured_and_told(world: World) -> None:
    session_id = await started(world, "Maya")
    async with world.point.serve(ControlDesk(world.bridge).answer):
        assert await bench_link(BOTH, None, world, world.report) == 0
    first, second = world.events
    assert (first["event"], first["session_id"], first["name"]) == ("measured", session_id, "Maya")
    assert [first["way"], second["way"]] == ["to", "from"]
    assert (first["bytes_per_s"], first["bulk_path"], first["path"]) == (5_000_000, "fast", "direct")
    assert (first["rtt_idle_ms"], first["rtt_p50_ms"], first["rtt_p95_ms"], first["rtt_max_ms"]) == (12, 21, 30, 31)


async def test_people_read_a_table(world: World) -> None:
    await started(world, "Maya")
    out = io.StringIO()
    async with world.point.serve(ControlDesk(world.bridge).answer):
        await bench_link(BOTH, None, world, PersonReport(world.clock, out, io.StringIO()))
    lines = out.getvalue().splitlines()
    assert lines[0].split()[:2] == ["way", "MB/s"]
    assert " ".join(lines[1].split()) == "to Maya 5.00 9.5 MiB 2.0 s direct, QUIC 12 ms 21 ms 30 ms 31 ms"
    assert lines[2].startswith("from Maya")


@pytest.mark.parametrize(("names", "key"), [((), "peer.unknown"), (("Maya", "Tom"), "peer.unknown")])
async def test_without_exactly_one_guest_somebody_has_to_be_named(world: World, names: tuple[str], key: str) -> None:
    await started(world, *names)
    async with world.point.serve(ControlDesk(world.bridge).answer):
        with pytest.raises(HorizonError) as refusal:
            await bench_link(BOTH, None, world, world.report)
    assert refusal.value.key == key


async def test_a_guest_is_named_by_name(world: World) -> None:
    await started(world, "Maya", "Tom")
    wish = MeasureLink(peer="tom", is_sent=True, most_bytes=MIB, most_ms=60_000)
    async with world.point.serve(ControlDesk(world.bridge).answer):
        assert await bench_link([wish], None, world, world.report) == 0
    assert world.events[0]["name"] == "Tom"


async def test_nothing_that_runs_is_said(world: World) -> None:
    with pytest.raises(HorizonError) as refusal:
        await bench_link(BOTH, None, world, world.report)
    assert (refusal.value.key, refusal.value.exit_status) == ("profile.idle", 4)


def test_the_command_says_its_options(world: World) -> None:
    commands = {group.name for group in make_app(world).registered_groups}
    assert "bench" in commands
