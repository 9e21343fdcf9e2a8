"""What the pages show follows from the state."""

import msgspec
import pytest

from horizon_desktop.domain import events
from horizon_desktop.domain.collaboration.documents import SharedFile
from horizon_desktop.domain.collaboration.presence import Quality
from horizon_desktop.presentation import intents
from horizon_desktop.presentation.ended import EndedView
from horizon_desktop.presentation.expiry import WarningLevel
from horizon_desktop.presentation.facts import InvitesRead, JoinRefused, JoinStarted, PreviewRead, Ticked
from horizon_desktop.presentation.join import FormState, PreviewState
from horizon_desktop.presentation.new_session import NewSessionView
from horizon_desktop.presentation.people import Doing
from horizon_desktop.presentation.reconnecting import SilenceStage
from horizon_desktop.presentation.select_people import participant_view, quality_view
from horizon_desktop.presentation.select_time import time_of_day
from horizon_desktop.presentation.select_window import window_view
from horizon_desktop.presentation.select_workspace import workspace_view
from horizon_desktop.presentation.share import ShareView
from horizon_desktop.presentation.state import AppState, Invite, JoinPreview
from horizon_desktop.presentation.wording import Words
from horizon_desktop.presentation.workspace import ReadOnlyReason, WorkspaceView
from tests.presentation.example_state import FILE, GUEST, HOST, HOUR_MS, SID, START, after, participant, running


def invite(name: str = "7Q4M", *, state: str = "open") -> Invite:
    return Invite(
        name=name,
        app_link=f"horizon://join/{name}",
        web_link="",
        code="K7QF-2M97",
        expires_at=START.plus(HOUR_MS),
        places=1,
        places_taken=0,
        tries_left=5,
        state=state,
        is_lan_only=True,
    )


def workspace(state: AppState) -> WorkspaceView:
    return workspace_view(state, state.active_sessions[SID])


def test_a_session_shows_its_time_and_people() -> None:
    view = workspace(running())
    assert view.top.presence.time.text == "1:00:00"
    assert [row.badge.name for row in view.people.rows] == ["aurora", "kestrel"]


def test_a_guest_with_a_wrong_clock_sees_the_hosts_seconds() -> None:
    state = running(is_host=False)
    late = msgspec.structs.replace(state.active_sessions[SID], host_ahead_ms=-600_000)
    state = msgspec.structs.replace(state, active_sessions={SID: late}, now=START.plus(600_000))
    assert workspace(state).expiry.seconds_left == 3600


@pytest.mark.parametrize(
    ("left_s", "level"),
    [(601, WarningLevel.NONE), (600, WarningLevel.NOTICE), (120, WarningLevel.URGENT), (0, WarningLevel.OVER)],
)
def test_warnings_come_with_the_time(left_s: int, level: WarningLevel) -> None:
    state = after(running(), Ticked(now=START.plus(HOUR_MS - left_s * 1000)))
    assert workspace(state).expiry.level is level


def test_a_closed_notice_stays_closed_and_the_urgent_card_comes() -> None:
    state = after(running(), Ticked(now=START.plus(HOUR_MS - 500_000)), intents.DismissWarning(session_id=SID))
    assert workspace(state).expiry.is_dismissed
    state = after(state, Ticked(now=START.plus(HOUR_MS - 100_000)))
    assert not workspace(state).expiry.is_dismissed


def test_an_extension_past_the_limit_is_not_offered() -> None:
    state = running()
    near = msgspec.structs.replace(state.active_sessions[SID], limit_at=START.plus(HOUR_MS + 20 * 60_000))
    state = msgspec.structs.replace(state, active_sessions={SID: near})
    assert workspace(state).expiry.choices == (15,)


def test_a_silent_guest_is_shown_as_reconnecting() -> None:
    silent = events.LinkSilent(session_id=SID, peer_id=GUEST, stage="chip", resume_by=START.plus(300_000))
    state = after(running(), silent)
    row = participant_view(state, state.active_sessions[SID], participant())
    assert row.doing is Doing.RECONNECTING
    assert not row.badge.is_here
    assert quality_view(state, state.active_sessions[SID]).bars == 0


def test_a_silence_becomes_a_banner_with_time_alone() -> None:
    silent = events.LinkSilent(session_id=SID, peer_id=HOST, stage="chip", resume_by=START.plus(300_000))
    state = after(running(is_host=False), silent)
    assert workspace(state).reconnecting.stage is SilenceStage.CHIP
    state = after(state, Ticked(now=START.plus(30_000)))
    assert workspace(state).reconnecting.stage is SilenceStage.BANNER
    assert workspace(state).reconnecting.resume_left_s == 270


def test_the_worst_heard_guest_gives_the_bars() -> None:
    other = participant("33" * 32, name="basalt", color=2)
    state = after(
        running(),
        events.PeerEntered(session_id=SID, participant=other),
        events.QualityMeasured(session_id=SID, peer_id=GUEST, quality=Quality(path="direct", rtt_ms=9)),
        events.QualityMeasured(session_id=SID, peer_id=other.peer_id, quality=Quality(path="relay", rtt_ms=200)),
    )
    assert quality_view(state, state.active_sessions[SID]).path == "relay"


def test_a_host_whose_guest_has_gone_waits_and_a_guest_that_comes_connects() -> None:
    alone = after(running(), events.PeerGone(session_id=SID, participant=participant(), reason="left"))
    assert quality_view(alone, alone.active_sessions[SID]).is_alone
    met = after(alone, events.PeerEntered(session_id=SID, participant=participant()))
    assert not quality_view(met, met.active_sessions[SID]).is_alone


def test_a_viewer_reads_and_cannot_type() -> None:
    state = after(
        running(is_host=False),
        events.AccessChanged(session_id=SID, role="observer", channels={"edits": 1, "cursors": 2, "chat": 2}),
    )
    editor = workspace(state).editor
    assert editor is not None
    assert editor.read_only is ReadOnlyReason.ROLE


def test_after_zero_nobody_types() -> None:
    state = after(running(is_host=False), Ticked(now=START.plus(HOUR_MS)))
    editor = workspace(state).editor
    assert editor is not None
    assert editor.read_only is ReadOnlyReason.TIME


def test_a_files_problem_stands_at_the_file() -> None:
    state = after(running(), events.FileTrouble(session_id=SID, file="trainer.py", code="file.vanished"))
    rows = [row for row in workspace(state).files.rows if row.file_id == FILE]
    assert rows[0].problem == "file.vanished"


def test_a_saved_guest_edit_can_be_compared() -> None:
    state = after(running(), events.FileSaved(session_id=SID, file="trainer.py"))
    rows = [row for row in workspace(state).files.rows if row.file_id == FILE]
    assert rows[0].has_guest_edits


def test_the_share_page_shows_the_newest_invite() -> None:
    state = after(running(page="share"), InvitesRead(session_id=SID, invites=(invite("NEWW"), invite("OLDD"))))
    view = window_view(state)
    assert isinstance(view.shown, ShareView)
    assert view.shown.name == "NEWW"


def test_the_share_page_waits_for_its_invite_at_home() -> None:
    assert window_view(running(page="share")).page == "home"


def test_a_knock_stands_over_every_page_but_its_own() -> None:
    knock = events.PeerKnocked(
        session_id=SID, peer_id="33" * 32, name="basalt", role="editor", device="mac", pictures=(), answer_by=START
    )
    state = after(running(), InvitesRead(session_id=SID, invites=(invite(),)), knock)
    assert window_view(state).knock is not None
    state = after(state, intents.ShowPage(page="share", session_id=SID))
    view = window_view(state)
    assert view.knock is None
    assert isinstance(view.shown, ShareView)
    assert view.shown.knock is not None
    assert view.shown.knock.name == "basalt"


def test_a_strangers_name_is_made_harmless() -> None:
    knock = events.PeerKnocked(
        session_id=SID, peer_id="33", name="ba\u202esalt\n<b>", role="editor", device="m", pictures=(), answer_by=START
    )
    view = window_view(after(running(), knock))
    assert view.knock is not None
    assert view.knock.name == "basalt <b>"


def test_the_end_says_why() -> None:
    view = window_view(after(running(), events.SessionEnded(session_id=SID, reason="expired", at=START)))
    assert isinstance(view.shown, EndedView)
    assert view.shown.reason == "expired"


def test_the_draft_says_what_is_missing() -> None:
    view = window_view(after(AppState(), intents.ShowPage(page="new_session")))
    assert isinstance(view.shown, NewSessionView)
    assert view.shown.problem == Words("share.nothing")


def test_time_of_day_is_the_local_one() -> None:
    assert time_of_day(AppState(utc_offset_s=5400), START) == "09:30"


def preview() -> JoinPreview:
    return JoinPreview(
        host_name="aurora",
        host_key=HOST,
        host_pictures=(1, 2, 3, 4, 5, 6, 7),
        is_host_known=False,
        title="Fix the loss spike",
        session_type="pair",
        role="editor",
        access=(("edits", 2), ("chat", 2)),
        starts_at=START,
        expires_at=START.plus(HOUR_MS),
        invite_expires_at=START.plus(HOUR_MS),
        is_approval_asked=True,
        hub="127.0.0.1:7443",
    )


def test_the_join_page_loads_then_shows_who_invites() -> None:
    state = after(running(page="home"), intents.OpenLink(link="x"))
    loading = window_view(state).join
    assert loading is not None
    assert loading.preview is PreviewState.LOADING
    shown = window_view(after(state, PreviewRead(link="x", preview=preview()))).join
    assert shown is not None
    assert shown.host is not None
    assert (
        shown.host.duration == Words("duration.hours", {"n": 1, "until": "08:00"})
        or shown.host.duration.values["n"] == 1
    )


def test_a_slowed_form_opens_again_by_itself() -> None:
    state = after(
        running(page="home"),
        intents.OpenLink(link="x"),
        JoinStarted(code="AAAA-AAAA", name="k"),
        JoinRefused(problem=Words("code.slow", {"s": 10}), is_final=False),
    )
    slowed = window_view(state).join
    assert slowed is not None
    assert (slowed.form.state, slowed.form.seconds_left) == (FormState.SLOWED, 10)
    opened = window_view(after(state, Ticked(now=START.plus(10_000)))).join
    assert opened is not None
    assert opened.form.state is FormState.ENTER


def test_the_floating_bar_shows_the_session_that_ends_first() -> None:
    view = window_view(after(running(), intents.ShowPage(page="home")))
    assert view.presence is not None
    assert view.presence.session_id == SID


def test_nothing_floats_without_a_session() -> None:
    assert window_view(AppState()).presence is None


def test_files_share_one_state_with_their_problem() -> None:
    files = (SharedFile(file_id=FILE, path="a/b.py", may_edit=True, problem="file.big"),)
    view = workspace(after(running(), events.FilesChanged(session_id=SID, files=files)))
    assert [row.path for row in view.files.rows] == ["", "a", "a/b.py"]
