"""`horizon host`: what it prints, obeys and ends with."""

import asyncio
import os
import signal
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from horizon_desktop.bridge.views import SessionSpec
from horizon_desktop.cli.host import HostWish, host
from horizon_desktop.cli.texts import sentence
from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.access.facts import RiskAssessed
from horizon_desktop.domain.collaboration.session import SessionType
from horizon_desktop.domain.events import ActionRefused, FileSaved, FileTrouble, LeaseWarning, PathChanged, PeerKnocked
from horizon_desktop.domain.usage.facts import PurseMoved
from horizon_desktop.domain.usage.purse import parse_purse
from horizon_desktop.errors import HorizonError, UsageError
from tests.cli.command_world import NOON, World
from tests.fakes.bridge import CODE, LINK

MAYA = "b1" + "0" * 62
MALLORY = "b2" + "0" * 62
SESSION = "01" * 32


def wish(tmp_path: Path, **changes: object) -> HostWish:
    file = tmp_path / "train.py"
    file.write_text("x = 1\n", "utf-8")
    options: dict[str, object] = {
        "files": (file,),
        "session_type": SessionType.PAIR,
        "title": "train.py",
        "length_s": 3600,
        "guests": 2,
        "hub": "",
        "is_approval_asked": True,
    }
    return HostWish(**{**options, **changes})  # type: ignore[arg-type]


def knock(world: World, peer_id: str = MAYA, name: str = "Maya") -> None:
    world.bridge.bus.publish(
        PeerKnocked(
            session_id=SESSION, peer_id=peer_id, name=name, role="editor", device="zephyr",
            pictures=(0, 1, 2, 3, 4, 5, 6), answer_by=NOON.plus(120_000),
        )
    )  # fmt: skip


@pytest.fixture
async def run(world: World, tmp_path: Path) -> Callable[..., asyncio.Task[int]]:
    def start(**changes: object) -> asyncio.Task[int]:
        work = host(wish(tmp_path, **changes), world, world.report, world.lines)
        return asyncio.get_running_loop().create_task(work)

    return start


Run = Callable[..., "asyncio.Task[int]"]


async def test_session_and_invite_are_printed_first(world: World, run: Run) -> None:
    running = run()
    await world.printed("invite")
    world.bridge.finish(SESSION, "expired")
    assert await running == 0
    assert [found["event"] for found in world.events] == ["session", "invite", "ended"]
    session, invite, _ = world.events
    assert (session["session_id"], session["type"]) == (SESSION, "pair")
    assert (invite["link"], invite["code"], invite["expires_at"]) == (LINK, CODE, NOON.plus(3_600_000).iso())


async def test_the_options_reach_the_session(world: World, run: Run) -> None:
    running = run(session_type=SessionType.REVIEW, guests=5, length_s=90, hub="https://h:1", is_approval_asked=False)
    await world.printed("invite")
    world.bridge.finish(SESSION, "host")
    await running
    spec = world.asked("create")[0][1]
    assert isinstance(spec, SessionSpec)
    assert (spec.session_type, spec.guests, spec.length_s, spec.hub) == (SessionType.REVIEW, 5, 90, "https://h:1")
    assert not spec.is_approval_asked


async def test_facts_of_the_session_are_printed_as_the_table_says(world: World, run: Run) -> None:
    running = run()
    await world.printed("invite")
    bus = world.bridge.bus
    bus.publish(PathChanged(session_id=SESSION, peer_id=MAYA, path="direct", rtt_ms=3))
    bus.publish(FileSaved(session_id=SESSION, file="train.py"))
    bus.publish(LeaseWarning(session_id=SESSION, level="notice", seconds_left=600, expires_at=NOON))
    bus.publish(ActionRefused(session_id=SESSION, peer_id=MAYA, channel="edits", rule="edit.view"))
    bus.publish(FileTrouble(session_id=SESSION, file="train.py", code="file.unwritable"))
    world.bridge.finish(SESSION, "expired")
    await running
    told = [{key: value for key, value in found.items() if key != "at"} for found in world.events[2:]]
    assert told == [
        {"event": "path", "peer_id": MAYA, "path": "direct", "rtt_ms": 3},
        {"event": "saved", "file": "train.py"},
        {"event": "warning", "seconds_left": 600},
        {"event": "refused", "peer_id": MAYA, "channel": "edits", "rule": "edit.view"},
        {"event": "error", "code": "file.unwritable", "message": sentence("file.unwritable", {"file": "train.py"})},
        {"event": "ended", "reason": "expired"},
    ]
    assert sentence("file.unwritable", {"file": "train.py"}) in world.err.getvalue()


@pytest.mark.parametrize(
    ("typed", "role"),
    [("y", None), ("y b1", None), (f"Y {MAYA}", None), ("observer b1", Role.OBSERVER), ("y maya", None)],
)
async def test_a_knock_is_answered_with_yes_or_a_role(world: World, run: Run, typed: str, role: Role | None) -> None:
    running = run()
    await world.printed("invite")
    knock(world)
    waiting = await world.printed("waiting")
    world.type(typed)
    joined = await world.printed("joined")
    world.bridge.finish(SESSION, "host")
    await running
    assert (waiting["name"], waiting["role"], waiting["device"]) == ("Maya", "editor", "zephyr")
    assert world.asked("admit") == [("admit", SESSION, MAYA, role)]
    assert joined["peer_id"] == MAYA


async def test_a_knock_is_declined(world: World, run: Run) -> None:
    running = run()
    await world.printed("invite")
    knock(world)
    await world.printed("waiting")
    world.type("n b1")
    await world.until(lambda: world.asked("decline"))
    world.bridge.finish(SESSION, "host")
    await running
    assert world.asked("decline") == [("decline", SESSION, MAYA)]


async def test_an_answer_that_fits_two_people_answers_neither(world: World, run: Run) -> None:
    running = run()
    await world.printed("invite")
    knock(world)
    knock(world, MALLORY, "Mallory")
    await world.printed("waiting", 2)
    world.type("y b")
    error = await world.printed("error")
    world.bridge.finish(SESSION, "host")
    await running
    assert error["code"] == "knock.ambiguous"
    assert world.asked("admit") == []


async def test_any_other_line_is_said_in_the_chat(world: World, run: Run) -> None:
    running = run()
    await world.printed("invite")
    world.type("", "no thanks", "y", "hello, everybody there")
    await world.until(lambda: len(world.asked("say")) == 3)
    world.bridge.finish(SESSION, "host")
    await running
    assert [call[2] for call in world.asked("say")] == ["no thanks", "y", "hello, everybody there"]


async def test_an_answer_that_comes_too_late_is_not_said_in_the_chat(world: World, run: Run) -> None:
    running = run()
    await world.printed("invite")
    world.type(f"y {MAYA}")
    error = await world.printed("error")
    world.bridge.finish(SESSION, "host")
    await running
    assert error["code"] == "knock.none"
    assert world.asked("say") == []


async def test_the_end_of_the_input_does_not_end_the_session(world: World, run: Run) -> None:
    running = run()
    await world.printed("invite")
    world.hang_up()
    await world.until(lambda: not running.done())
    world.bridge.finish(SESSION, "expired")
    assert await running == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_ctrl_c_ends_the_session_for_everyone(world: World, run: Run, number: signal.Signals) -> None:
    running = run()
    await world.printed("invite")
    os.kill(os.getpid(), number)
    assert await running == 0
    assert world.asked("end") == [("end", SESSION)]
    assert world.events[-1]["reason"] == "host"


async def test_a_file_that_is_not_there_is_an_error(world: World, run: Run, tmp_path: Path) -> None:
    with pytest.raises(BaseException) as failed:
        await run(files=(tmp_path / "gone.py",))
    assert _only(failed.value).key == "file.vanished"


@pytest.mark.parametrize(
    ("changes", "key"),
    [({"guests": 31}, "session.places"), ({"length_s": 5}, "session.length"), ({"title": "x" * 81}, "session.title")],
)
async def test_more_than_any_session_may_be_is_wrong_use(
    world: World, run: Run, changes: dict[str, object], key: str
) -> None:
    with pytest.raises(UsageError) as refused:
        await run(**changes)
    assert refused.value.key == key
    assert world.bridge.asked == []


async def test_a_session_that_crashed_ends_with_status_1(world: World, run: Run) -> None:
    running = run()
    await world.printed("invite")
    world.bridge.finish(SESSION, "crash")
    assert await running == 1


async def test_interrupted_sessions_go_on(world: World, run: Run, tmp_path: Path) -> None:
    view = await world.bridge.create_ephemeral_session(
        SessionSpec(session_type=SessionType.PAIR, title="old", files=())
    )
    world.bridge.interrupt(view)
    running = run(is_resumed=True, files=())
    await world.printed("invite")
    world.bridge.finish(view.session_id, "host")
    assert await running == 0
    assert world.asked("resume") == [("resume", view.session_id)]
    assert world.named("session")[0]["session_id"] == view.session_id


async def test_nothing_to_resume_is_an_error(world: World, run: Run) -> None:
    with pytest.raises(BaseException) as failed:
        await run(is_resumed=True, files=())
    assert _only(failed.value).key == "session.none"


async def test_a_second_process_of_the_profile_is_refused(world: World, run: Run) -> None:
    running = run()
    await world.printed("invite")
    with pytest.raises(BaseException) as failed:
        await run()
    assert _only(failed.value).key == "profile.busy"
    world.bridge.finish(SESSION, "host")
    await running


def _only(error: BaseException) -> HorizonError:
    while isinstance(error, BaseExceptionGroup):
        (error,) = error.exceptions
    assert isinstance(error, HorizonError)
    return error


async def test_a_guest_whom_something_speaks_against_is_trusted_again_by_name(world: World, run: Run) -> None:
    running = run()
    await world.printed("invite")
    told = {"session_id": SESSION, "peer_id": MAYA}
    world.bridge.bus.publish(RiskAssessed(**told, level="high", response="read_only", reasons=("clock_skew",)))
    risk = await world.printed("risk")
    assert (risk["level"], risk["response"], risk["reasons"]) == ("high", "read_only", ["clock_skew"])
    world.type("trust b1")
    await world.until(lambda: world.asked("trust"))
    assert world.asked("trust") == [("trust", SESSION, MAYA)]
    world.bridge.finish(SESSION, "host")
    assert await running == 0


async def test_a_purse_reaches_the_session_and_its_debits_are_printed(world: World, run: Run) -> None:
    wanted = parse_purse("cpu_hours=2,burst=1.5")
    running = run(purse=wanted)
    await world.printed("invite")
    amounts = {"used": Decimal(1), "limit": Decimal(2), "ceiling": Decimal(3), "cost": Decimal("0.5")}
    world.bridge.bus.publish(
        PurseMoved(session_id=SESSION, quota_id=UUID(int=1), resource="cpu_hours", is_stopped=False, **amounts)
    )
    purse = await world.printed("purse")
    assert (purse["used"], purse["limit"], purse["ceiling"], purse["cost"]) == ("1", "2", "3", "0.5")
    world.bridge.finish(SESSION, "host")
    assert await running == 0
    (spec,) = [call[1] for call in world.asked("create")]
    assert spec.purse == wanted
