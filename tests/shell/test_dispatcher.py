"""Every intent reaches the bridge as it should, and what fails is said where it was asked for."""

import asyncio
import inspect
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from horizon_desktop.bridge.views import InviteView, PreviewView, SessionSpec
from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.events import CodeTried, LeaseWarning, PeerKnocked, SessionOpened
from horizon_desktop.errors import InviteRefused, UsageError
from horizon_desktop.presentation import intents, usage_intents
from horizon_desktop.presentation.facts import WindowMoved
from horizon_desktop.presentation.reducer import HANDLERS as REDUCED
from horizon_desktop.shell.dispatcher import HANDLERS as DONE
from tests.presentation.example_state import FILE, GUEST, HOST, HOUR_MS, SID, START
from tests.shell.window_world import World, play


def invite(*, web_link: str = "") -> InviteView:
    return InviteView(
        name="7Q4M",
        session_id=SID,
        app_link="horizon://join/APP",
        web_link=web_link,
        code="K7QF-2M97",
        expires_at=START.plus(HOUR_MS),
        places=1,
        places_taken=0,
        tries_left=5,
        state="open",
        is_lan_only=True,
    )


def test_every_intent_does_something() -> None:
    every = {
        kind
        for module in (intents, usage_intents)
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, intents.Intent)
    }
    assert every - {intents.Intent} == set(DONE) | (set(REDUCED) & every)


@pytest.mark.parametrize(
    ("intent", "asked"),
    [
        (intents.LetIn(session_id=SID, peer_id=GUEST), ("admit", SID, GUEST, None)),
        (intents.LetIn(session_id=SID, peer_id=GUEST, role="observer"), ("admit", SID, GUEST, Role.OBSERVER)),
        (intents.Decline(session_id=SID, peer_id=GUEST), ("decline", SID, GUEST)),
        (intents.Extend(session_id=SID, minutes=30), ("extend", SID, 30)),
        (
            intents.ChangeRole(session_id=SID, peer_id=GUEST, role="observer"),
            ("change_role", SID, GUEST, Role.OBSERVER),
        ),
        (intents.RetryPath(session_id=SID), ("resume", SID)),
        (intents.SetSessionApproval(session_id=SID, is_asked=False), ("ask_approval", SID, False)),
        (intents.PauseInput(session_id=SID, is_paused=True), ("pause_input", SID, True)),
        (intents.EndAll(), ("end", SID)),
        (intents.Trust(session_id=SID, peer_id=GUEST), ("trust", SID, GUEST)),
        (intents.Revoke(session_id=SID, peer_id=GUEST), ("revoke", SID, GUEST)),
        (intents.AddFiles(paths=("/srv/a",), session_id=SID), ("share_files", SID, (Path("/srv/a"),))),
        (intents.RemoveFile(session_id=SID, file_id=FILE), ("unshare_file", SID, FILE)),
        (intents.RestoreFile(session_id=SID, file_id=FILE), ("restore_file", SID, FILE)),
        (intents.EndSession(session_id=SID), ("end", SID)),
        (intents.Leave(session_id=SID), ("leave", SID)),
        (intents.AskTime(session_id=SID, minutes=30), ("ask_time", SID, 30)),
        (intents.Say(session_id=SID, text="hello"), ("say", SID, "hello")),
        (intents.CancelInvite(session_id=SID, name="7Q4M"), ("cancel_invite", SID, "7Q4M")),
        (intents.ResumeInvite(session_id=SID, name="7Q4M"), ("resume_invite", SID, "7Q4M")),
        (intents.Rename(name="aurora borealis"), ("rename", "aurora borealis")),
    ],
)
def test_an_intent_asks_the_bridge(
    qapp: QApplication, tmp_path: Path, intent: intents.Intent, asked: tuple[object, ...]
) -> None:
    async def scene(world: World) -> None:
        world.dispatch(intent)
        await world.until(lambda: asked in world.bridge.asked)

    play(qapp, tmp_path, scene)


def test_an_empty_line_is_not_said(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.dispatch(intents.Say(session_id=SID, text="  \n"))
        world.dispatch(intents.Say(session_id=SID, text="x"))
        await world.until(lambda: len(world.asked("say")) > 0)
        assert world.asked("say") == [(SID, "x")]

    play(qapp, tmp_path, scene)


def test_a_guest_that_tries_again_tries_the_direct_path_at_once(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.dispatch(intents.RetryPath(session_id=SID))
        await world.until(lambda: world.asked("try_direct") == [(SID,)])

    play(qapp, tmp_path, scene, is_host=False)


def test_a_refused_command_is_told_by_its_key(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.bridge.failures["extend"] = UsageError("no", code="expiry.limit", h=24)
        world.dispatch(intents.Extend(session_id=SID, minutes=30))
        await world.until(lambda: bool(world.state.toasts))
        assert world.state.toasts[0].note.key == "expiry.limit"
        assert world.state.toasts[0].note.values == {"h": 24}

    play(qapp, tmp_path, scene)


def test_creating_a_session_shows_its_invite(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.bridge.invite_views[SID] = [invite()]
        world.answers.files = ("/srv/loss-spike/trainer.py",)
        world.dispatch(intents.AskForFiles(is_folder=False))
        await world.until(lambda: bool(world.state.draft.files))
        world.dispatch(intents.CreateInvite())
        await world.until(lambda: world.state.page == "share")
        spec = world.asked("create")[0][0]
        assert (getattr(spec, "title", ""), getattr(spec, "length_s", 0)) == ("trainer.py", 3600)

    play(qapp, tmp_path, scene)


def test_limits_and_a_purse_go_with_the_new_session(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.bridge.invite_views[SID] = [invite()]
        world.dispatch(intents.AddFiles(paths=("/srv/loss-spike/trainer.py",)))
        world.dispatch(intents.SetLimits(rates={"chat": 2}, purse_resource="cpu_hours", purse_limit="0.5"))
        world.dispatch(intents.CreateInvite())
        await world.until(lambda: world.state.page == "share")
        spec = world.asked("create")[0][0]
        assert isinstance(spec, SessionSpec)
        assert spec.rates == {"chat": 2}
        assert spec.purse is not None
        assert (spec.purse.resource, str(spec.purse.limit)) == ("cpu_hours", "0.500000")

    play(qapp, tmp_path, scene)


def test_nothing_is_created_without_files(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.dispatch(intents.CreateInvite())
        await asyncio.sleep(0)
        assert world.asked("create") == []

    play(qapp, tmp_path, scene)


def test_link_and_code_are_copied_apart(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.bridge.invite_views[SID] = [invite(web_link="https://hub.example/join/X#Y")]
        await world.desk.read_invites(SID)
        world.dispatch(intents.ShowPage(page="share", session_id=SID))
        world.dispatch(intents.CopyLink())
        await world.until(lambda: world.state.link_copied_at is not None)
        assert QGuiApplication.clipboard().text() == "horizon://join/APP"
        world.dispatch(intents.CopyCode())
        await world.until(lambda: world.state.code_copied_at is not None)
        assert QGuiApplication.clipboard().text() == "K7QF-2M97"

    play(qapp, tmp_path, scene)


def test_a_mail_holds_the_link_and_never_the_code(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.bridge.invite_views[SID] = [invite()]
        await world.desk.read_invites(SID)
        world.dispatch(intents.ShowPage(page="share", session_id=SID))
        world.dispatch(intents.WriteMail())
        await world.until(lambda: bool(world.answers.mails))
        assert world.answers.mails == ["horizon://join/APP"]

    play(qapp, tmp_path, scene)


def preview() -> PreviewView:
    return PreviewView(
        host_name="aurora",
        host_key=HOST,
        host_pictures=(1,) * 7,
        is_host_known=False,
        title="Fix",
        session_type="pair",
        role="editor",
        access=(),
        starts_at=START,
        expires_at=START.plus(HOUR_MS),
        invite_expires_at=START.plus(HOUR_MS),
        is_approval_asked=True,
        hub="127.0.0.1:7443",
    )


def test_a_text_that_is_no_link_is_said_at_the_field(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.bridge.failures["preview"] = InviteRefused("no", code="invite.bad")
        world.dispatch(intents.OpenLink(link="nonsense"))
        await world.until(lambda: world.state.link_problem is not None)
        assert world.state.join is None

    play(qapp, tmp_path, scene)


def test_joining_ends_in_the_workspace(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.bridge.preview_view = preview()
        world.dispatch(intents.OpenLink(link="horizon://join/x"))
        await world.until(lambda: world.state.join is not None and world.state.join.preview is not None)
        world.dispatch(intents.Join(link="horizon://join/x", code="K7QF-2M97", name="kestrel"))
        await world.until(lambda: world.state.page == "workspace")
        assert world.state.join is None

    play(qapp, tmp_path, scene, is_host=False)


def test_a_wrong_code_stays_on_the_page(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.bridge.preview_view = preview()
        world.bridge.failures["join"] = InviteRefused("wrong", code="code.wrong", n=3)
        world.dispatch(intents.OpenLink(link="x"))
        world.dispatch(intents.Join(link="x", code="AAAA-AAAA", name="kestrel"))
        await world.until(lambda: world.state.join is not None and world.state.join.problem is not None)
        assert world.state.join is not None
        assert world.state.join.problem is not None
        assert world.state.join.problem.key == "code.wrong"

    play(qapp, tmp_path, scene)


def test_cancelling_withdraws_the_knock(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.bridge.preview_view = preview()
        waiting: asyncio.Future[object] = await world.desk.call(_future())
        world.bridge.joined = waiting  # type: ignore[assignment]
        world.dispatch(intents.OpenLink(link="x"))
        world.dispatch(intents.Join(link="x", code="K7QF-2M97", name="kestrel"))
        await world.until(lambda: len(world.asked("join")) == 1)
        world.dispatch(intents.CancelJoin())
        await world.until(waiting.cancelled)
        assert world.state.join is None

    play(qapp, tmp_path, scene)


async def _future() -> "asyncio.Future[object]":
    return asyncio.get_running_loop().create_future()


def test_an_opened_session_is_read(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        other = "bb" * 32
        view = next(iter(world.bridge.views.values()))
        import msgspec

        world.bridge.views[other] = msgspec.structs.replace(view, session_id=other, title="Another")
        opened = SessionOpened(
            session_id=other, session_type="pair", title="x", expires_at=START.plus(HOUR_MS), is_host=True
        )
        await world.on_network(lambda: world.bridge.publish(opened))
        await world.until(lambda: other in world.state.active_sessions)
        await world.until(lambda: world.state.active_sessions[other].title == "Another")

    play(qapp, tmp_path, scene)


@pytest.mark.parametrize(
    ("fact", "key"),
    [
        (
            PeerKnocked(
                session_id=SID, peer_id="33", name="basalt", role="editor", device="m", pictures=(), answer_by=START
            ),
            "notice.knock",
        ),
        (LeaseWarning(session_id=SID, level="urgent", seconds_left=120, expires_at=START), "notice.urgent"),
        (CodeTried(session_id=SID, invite_name="7Q4M", tries_left=2), "notice.code"),
    ],
)
def test_a_window_elsewhere_notifies(qapp: QApplication, tmp_path: Path, fact: object, key: str) -> None:
    async def scene(world: World) -> None:
        world.desk.store.apply(WindowMoved(is_in_front=False))
        await world.on_network(lambda: world.bridge.publish(fact))  # type: ignore[arg-type]
        await world.until(lambda: bool(world.answers.notices))
        assert [words.key for words in world.answers.notices] == [key]

    play(qapp, tmp_path, scene)


def test_a_window_in_front_does_not_notify(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        tried = CodeTried(session_id=SID, invite_name="7Q4M", tries_left=2)
        await world.on_network(lambda: world.bridge.publish(tried))
        await world.until(lambda: bool(world.state.toasts))
        assert world.answers.notices == []

    play(qapp, tmp_path, scene)


def test_quitting_names_what_runs_and_ends_it(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.dispatch(intents.Quit())
        await world.until(world.desk.over.is_set)
        assert [words.key for words in world.answers.quits] == ["endall.confirm"]
        assert world.asked("end") == [(SID,)]

    play(qapp, tmp_path, scene)


def test_a_copy_is_saved_where_the_person_chose(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.answers.target = str(tmp_path / "copy.py")
        world.dispatch(intents.SaveCopy(session_id=SID, file_id=FILE))
        await world.until(lambda: bool(world.state.toasts))
        assert (tmp_path / "copy.py").read_text() == "one\ntwo\n"

    play(qapp, tmp_path, scene)


def test_a_copy_that_cannot_be_saved_is_told(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.answers.target = str(tmp_path / "no such folder" / "copy.py")
        world.dispatch(intents.SaveCopy(session_id=SID, file_id=FILE))
        await world.until(lambda: bool(world.state.toasts))
        assert world.state.toasts[0].note.key == "toast.unsaved"

    play(qapp, tmp_path, scene)


def test_the_difference_compares_before_and_now(qapp: QApplication, tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.dispatch(intents.ShowDifference(session_id=SID, file_id=FILE))
        await world.until(lambda: world.state.active_sessions[SID].difference is not None)
        shown = world.state.active_sessions[SID].difference
        assert shown is not None
        assert (shown.added, shown.removed) == (2, 1)

    play(qapp, tmp_path, scene)
