"""`horizon join`: link and code from every side, what is printed, and the exit status."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from horizon_desktop.bridge.views import DeviceInfo, SessionView
from horizon_desktop.cli.join import JoinWish, join
from horizon_desktop.domain.events import Event, PathChanged, PeerKnocked, SessionEnded
from horizon_desktop.errors import AccessRefused, HorizonError, InviteRefused, Unreachable
from tests.cli.command_world import NOON, World
from tests.fakes.bridge import CODE, GUEST_ID, HOST_ID, LINK, FakeBridge

SESSION = "cc" * 32
Run = Callable[..., "asyncio.Task[int]"]


@pytest.fixture
async def run(world: World) -> Run:
    def start(**changes: object) -> asyncio.Task[int]:
        options: dict[str, object] = {"link": LINK, "code": CODE, "file": None, "name": "Maya", "mirror": None}
        wish = JoinWish(**{**options, **changes})  # type: ignore[arg-type]
        return asyncio.get_running_loop().create_task(join(wish, world, world.report, world.lines))

    return start


async def joined(world: World, running: "asyncio.Task[int]", reason: str = "expired") -> int:
    await world.printed("joined", 2)
    world.bridge.finish(SESSION, reason)
    return await running


async def failure(running: "asyncio.Task[int]") -> HorizonError:
    with pytest.raises(BaseException) as failed:
        await running
    error: BaseException = failed.value
    while isinstance(error, BaseExceptionGroup):
        (error,) = error.exceptions
    assert isinstance(error, HorizonError)
    return error


async def test_preview_session_and_arrival_are_printed_in_this_order(world: World, run: Run) -> None:
    assert await joined(world, run()) == 0
    assert [found["event"] for found in world.events] == ["preview", "session", "joined", "joined", "ended"]
    preview, session, own, host, ended = world.events
    assert (preview["host"], preview["type"], preview["access"]) == ("Ana", "pair", {"edits": 2, "chat": 2})
    assert session["session_id"] == SESSION
    assert (own["peer_id"], own["name"], own["role"], own["device"]) == (GUEST_ID, "Maya", "editor", "box")
    assert (host["peer_id"], host["role"]) == (HOST_ID, "host")
    assert ended["reason"] == "expired"


class Telling(FakeBridge):
    """Publishes facts while it joins."""

    facts: tuple[Event, ...] = ()

    async def join_ephemeral_session(
        self, link: str, code: str, device: DeviceInfo, *, mirror: Path | None = None, is_mirror_forced: bool = False
    ) -> SessionView:
        for fact in self.facts:
            self.bus.publish(fact)
        for _ in range(5):
            await asyncio.sleep(0)
        return await super().join_ephemeral_session(
            link, code, device, mirror=mirror, is_mirror_forced=is_mirror_forced
        )


async def test_waiting_is_printed_before_we_are_in(world: World, run: Run) -> None:
    world.bridge = Telling(NOON)
    world.bridge.facts = (
        PeerKnocked(
            session_id=SESSION,
            peer_id=GUEST_ID,
            name="Maya",
            role="editor",
            device="box",
            pictures=(1,),
            answer_by=NOON,
        ),
    )
    assert await joined(world, run()) == 0
    assert [found["event"] for found in world.events[:3]] == ["preview", "waiting", "session"]


async def test_what_happens_in_the_session_meanwhile_is_told_after_our_arrival(world: World, run: Run) -> None:
    world.bridge = Telling(NOON)
    world.bridge.facts = (PathChanged(session_id=SESSION, peer_id=HOST_ID, path="relay", rtt_ms=4),)
    assert await joined(world, run()) == 0
    assert [found["event"] for found in world.events[:4]] == ["preview", "session", "joined", "path"]


async def test_a_session_that_ends_while_we_come_in_is_told_and_left(world: World, run: Run) -> None:
    world.bridge = Telling(NOON)
    world.bridge.facts = (SessionEnded(session_id=SESSION, reason="revoked", at=NOON),)
    assert await run() == 5
    assert [found["event"] for found in world.events] == ["preview", "session", "joined", "ended"]


async def test_the_end_of_another_session_is_not_ours(world: World, run: Run) -> None:
    world.bridge = Telling(NOON)
    world.bridge.facts = (SessionEnded(session_id="dd" * 32, reason="expired", at=NOON),)
    assert await joined(world, run(), "host") == 0
    assert [found["reason"] for found in world.named("ended")] == ["host"]


async def test_link_and_code_come_from_stdin(world: World, run: Run) -> None:
    world.type(LINK, CODE)
    assert await joined(world, run(link="-", code=None)) == 0
    assert world.asked("join")[0][1] == CODE
    assert "arguments" not in world.err.getvalue()


async def test_link_and_code_come_from_a_file(world: World, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "invite"
    file.write_text(f"\n {LINK} \n\n{CODE}\n", "utf-8")
    assert await joined(world, run(link=None, code=None, file=file)) == 0
    assert world.err.getvalue() == ""


async def test_arguments_are_taken_with_a_warning(world: World, run: Run) -> None:
    assert await joined(world, run()) == 0
    assert "can be read by everybody" in world.err.getvalue()


async def test_a_missing_code_is_read_from_stdin(world: World, run: Run) -> None:
    world.type(CODE)
    assert await joined(world, run(code=None)) == 0
    assert world.asked("join")[0][1] == CODE


async def test_the_code_is_read_after_the_preview_was_shown(world: World, run: Run) -> None:
    running = run(code=None)
    await world.printed("preview")
    assert world.asked("join") == []
    world.type(CODE)
    assert await joined(world, running) == 0


async def test_a_code_with_a_typo_is_refused_before_anything_is_sent(world: World, run: Run) -> None:
    error = await failure(run(code="53S6-6H58"))
    assert (error.key, error.exit_status) == ("code.typo", 3)
    assert world.bridge.asked == []


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (InviteRefused("", code="code.wrong", n=4), 3),
        (InviteRefused("", code="invite.expired"), 3),
        (AccessRefused("", code="join.declined"), 3),
        (Unreachable("", code="hub.unreachable", hub="h"), 4),
    ],
)
async def test_a_refusal_ends_with_its_own_status(world: World, run: Run, problem: HorizonError, status: int) -> None:
    world.bridge.joining = [problem]
    error = await failure(run())
    assert (error.key, error.exit_status) == (problem.key, status)


async def test_a_link_that_is_none_is_refused(world: World, run: Run) -> None:
    assert (await failure(run(link="horizon://elsewhere"))).key == "invite.bad"


@pytest.mark.parametrize(("reason", "status"), [("expired", 0), ("host", 0), ("revoked", 5), ("lost", 4)])
async def test_the_exit_status_says_how_it_ended(world: World, run: Run, reason: str, status: int) -> None:
    assert await joined(world, run(), reason) == status


async def test_ctrl_c_leaves_the_session(world: World, run: Run) -> None:
    running = run()
    await world.printed("joined", 2)
    os.kill(os.getpid(), signal.SIGINT)
    assert await running == 0
    assert world.asked("leave") == [("leave", SESSION)]
    assert world.events[-1]["reason"] == "left"


async def test_ctrl_c_while_waiting_withdraws(world: World, run: Run) -> None:
    running = run(code=None)
    await world.printed("preview")
    os.kill(os.getpid(), signal.SIGINT)
    assert await running == 0
    assert world.asked("join") == []


async def test_typed_lines_are_said_in_the_chat(world: World, run: Run) -> None:
    running = run()
    world.type("hi there", "  ", "y")
    await world.printed("chat", 2)
    await joined(world, running)
    assert [call[2] for call in world.asked("say")] == ["hi there", "y"]


async def test_mirror_and_paths_reach_the_session(world: World, run: Run, tmp_path: Path) -> None:
    running = run(mirror=tmp_path, is_mirror_forced=True, is_direct_allowed=False, profile="work")
    assert await joined(world, running) == 0
    assert world.asked("join") == [("join", CODE, "Maya", tmp_path, True)]
    assert world.opened_with == [("work", False)]


async def test_a_device_that_is_in_already_comes_back_without_a_code(world: World, run: Run) -> None:
    world.bridge.member_links.add(LINK)
    spec_view = await world.bridge.join_ephemeral_session(LINK, "", world.this_device("Maya"))
    world.bridge.interrupt(spec_view)
    running = run(code=None)
    assert await joined(world, running) == 0
    assert world.asked("preview") == []


async def test_another_sessions_membership_does_not_stand_in_for_a_code(world: World, run: Run) -> None:
    world.bridge.member_links.add("horizon://join/other")
    view = await world.bridge.join_ephemeral_session("horizon://join/other", "", world.this_device("Maya"))
    world.bridge.interrupt(view)
    world.type(CODE)
    assert await joined(world, run(code=None)) == 0
    assert [call[1] for call in world.asked("join")] == ["", "", CODE]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"link": None, "code": None}, "credentials.link"),
        ({"code": None}, "credentials.code"),
        ({"file": Path("/nonexistent/invite")}, "credentials.twice"),
        ({"link": None, "file": Path("/nonexistent/invite")}, "credentials.file"),
    ],
)
async def test_missing_credentials_are_wrong_use(world: World, run: Run, changes: dict[str, object], key: str) -> None:
    world.hang_up()
    error = await failure(run(**changes))
    assert (error.key, error.exit_status) == (key, 2)


def test_neither_link_nor_code_show_in_a_repr() -> None:
    wish = JoinWish(link=LINK, code=CODE, file=None, name="Maya", mirror=None)
    assert LINK not in repr(wish) and CODE not in repr(wish)
