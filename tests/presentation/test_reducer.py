"""The reducer: every fact that the window is told of changes the state as the design says, and nothing else does."""

from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.domain import events
from horizon_desktop.domain.access.facts import AccessAudited
from horizon_desktop.domain.collaboration.documents import Caret, SharedFile
from horizon_desktop.domain.collaboration.presence import Quality
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.usage.facts import AllocationChanged, PoolChanged, QuotaChanged
from horizon_desktop.presentation import intents
from horizon_desktop.presentation.facts import (
    CommandFailed,
    JoinRefused,
    JoinStarted,
    SessionMade,
    SessionRead,
    Ticked,
    Told,
)
from horizon_desktop.presentation.reducer import HANDLERS, reduce
from horizon_desktop.presentation.state import AppState
from horizon_desktop.presentation.wording import Words
from tests.presentation.example_state import (
    FILE,
    GUEST,
    HOST,
    HOUR_MS,
    OTHER_FILE,
    SID,
    START,
    after,
    host_person,
    participant,
    running,
    session,
)

SHOWS_NOTHING = {
    *get_args(events.EphemeralMessage),
    events.DocumentUpdated,
    events.LeaseWarning,
    events.InviteChanged,
    events.ActionRefused,
    AccessAudited,
    QuotaChanged,
    PoolChanged,
    AllocationChanged,
}
"""Facts without a handler: the 14 have detailed twins, texts go to the editor, warnings follow from the time."""


def test_every_fact_of_the_product_is_handled_or_known_to_show_nothing() -> None:
    facts = set(get_args(events.LifecycleEvent)) | set(get_args(events.EphemeralMessage))
    assert facts == (facts & set(HANDLERS)) | SHOWS_NOTHING
    assert not SHOWS_NOTHING & set(HANDLERS)


@given(st.one_of(st.none(), st.integers(), st.text(), st.binary()))
def test_what_the_reducer_does_not_know_changes_nothing(happened: object) -> None:
    state = running()
    assert reduce(state, happened) is state


def test_a_fact_about_a_session_that_is_not_known_changes_nothing() -> None:
    state = AppState()
    unknown = events.ChatSaid(session_id="bb", message_id=1, peer_id=GUEST, name="kestrel", at=START, text="hello")
    assert reduce(state, unknown) == state


def test_a_session_is_known_from_its_first_fact() -> None:
    opened = events.SessionOpened(
        session_id=SID, session_type="pair", title="Fix", expires_at=START.plus(HOUR_MS), is_host=True
    )
    assert reduce(AppState(), opened).active_sessions[SID].title == "Fix"


def test_reading_a_session_keeps_what_only_the_window_knows() -> None:
    state = after(running(), intents.ShowPanel(panel="chat"), intents.SelectFile(session_id=SID, file_id=OTHER_FILE))
    state = after(state, SessionRead(session=session(), participants=(host_person(),)))
    assert state.active_sessions[SID].panel == "chat"
    assert state.active_sessions[SID].front_file == OTHER_FILE


def test_the_first_file_comes_to_the_front_by_itself() -> None:
    assert running().active_sessions[SID].front_file == FILE


def test_a_file_that_is_no_longer_shared_leaves_the_front() -> None:
    left = (SharedFile(file_id=OTHER_FILE, path="notes.md", may_edit=True),)
    state = after(running(), events.FilesChanged(session_id=SID, files=left))
    assert state.active_sessions[SID].front_file == OTHER_FILE
    assert FILE not in state.active_sessions[SID].open_files


def test_closing_the_last_tab_leaves_no_file_in_front() -> None:
    state = after(running(), intents.CloseFile(session_id=SID, file_id=FILE))
    assert state.active_sessions[SID].front_file == b""


def test_a_knock_stands_until_it_is_closed() -> None:
    knock = events.PeerKnocked(
        session_id=SID, peer_id="33", name="basalt", role="editor", device="mac", pictures=(), answer_by=START
    )
    state = after(running(), knock)
    assert [waiting.name for waiting in state.active_sessions[SID].knocks] == ["basalt"]
    state = after(state, events.KnockClosed(session_id=SID, peer_id="33", outcome="admitted"))
    assert state.active_sessions[SID].knocks == ()


def test_an_answer_that_failed_brings_the_knock_back() -> None:
    knock = events.PeerKnocked(
        session_id=SID, peer_id="33", name="basalt", role="editor", device="mac", pictures=(), answer_by=START
    )
    failed = CommandFailed(intent="LetIn", problem=Words("store.unavailable"), session_id=SID, peer_id="33")
    state = after(running(), knock, intents.LetIn(session_id=SID, peer_id="33"))
    assert state.active_sessions[SID].knocks[0].is_answered
    assert not after(state, failed).active_sessions[SID].knocks[0].is_answered


def test_a_guest_that_leaves_takes_cursor_and_requests_along() -> None:
    state = after(
        running(),
        events.CursorMoved(session_id=SID, peer_id=GUEST, file_id=FILE, anchor=Caret(), head=Caret()),
        events.TimeAsked(session_id=SID, peer_id=GUEST, minutes=30),
        intents.Follow(session_id=SID, peer_id=GUEST),
        events.PeerGone(session_id=SID, participant=participant(), reason="left"),
    )
    left = state.active_sessions[SID]
    assert (dict(left.cursors), dict(left.asked_minutes), left.following) == ({}, {}, "")
    assert state.toasts[-1].note == Words("toast.left", {"name": "kestrel"})


def test_following_goes_along_to_another_file() -> None:
    state = after(
        running(),
        intents.Follow(session_id=SID, peer_id=GUEST),
        events.CursorMoved(session_id=SID, peer_id=GUEST, file_id=OTHER_FILE, anchor=Caret(), head=Caret()),
    )
    assert state.active_sessions[SID].front_file == OTHER_FILE


def test_choosing_a_file_ends_following() -> None:
    state = after(
        running(), intents.Follow(session_id=SID, peer_id=GUEST), intents.SelectFile(session_id=SID, file_id=FILE)
    )
    assert state.active_sessions[SID].following == ""


def said(number: int, *, peer_id: str = GUEST) -> events.ChatSaid:
    return events.ChatSaid(
        session_id=SID, message_id=number, peer_id=peer_id, name="kestrel", at=START, text=f"line {number}"
    )


@given(st.permutations([1, 2, 3, 4, 5]), st.lists(st.integers(1, 5)))
def test_chat_is_in_the_hosts_order_and_each_line_once(order: list[int], repeats: list[int]) -> None:
    state = after(running(), *(said(number) for number in (*order, *repeats)))
    assert [line.message_id for line in state.active_sessions[SID].chat] == [1, 2, 3, 4, 5]


def test_chat_counts_what_nobody_saw() -> None:
    state = after(running(), said(1), said(2, peer_id=HOST))
    assert state.active_sessions[SID].unread == 1
    assert after(state, intents.ShowPanel(panel="chat")).active_sessions[SID].unread == 0


def test_a_role_is_pending_until_the_roster_says_so() -> None:
    state = after(running(), intents.ChangeRole(session_id=SID, peer_id=GUEST, role="observer"))
    assert dict(state.active_sessions[SID].applying) == {GUEST: "observer"}
    changed = msgspec.structs.replace(participant(), role="observer")
    state = after(state, events.RosterChanged(session_id=SID, participants=(host_person(), changed)))
    assert dict(state.active_sessions[SID].applying) == {}


def test_an_extension_answers_requests_for_time() -> None:
    state = after(
        running(),
        events.TimeAsked(session_id=SID, peer_id=GUEST, minutes=30),
        events.LeaseExtended(session_id=SID, expires_at=START.plus(2 * HOUR_MS)),
    )
    assert dict(state.active_sessions[SID].asked_minutes) == {}
    assert state.active_sessions[SID].expires_at == START.plus(2 * HOUR_MS)


def test_the_end_shows_its_page_and_drops_secrets() -> None:
    state = after(running(), events.SessionEnded(session_id=SID, reason="expired", at=START))
    assert state.page == "ended"
    assert SID not in state.pending_invites


def test_an_ended_session_is_not_opened_again_by_a_late_reading() -> None:
    state = after(running(), events.SessionEnded(session_id=SID, reason="host", at=START))
    late = SessionRead(session=session(), participants=())
    assert after(state, late).active_sessions[SID].state == "ended"


def test_leaving_the_page_of_an_ended_session_forgets_it() -> None:
    state = after(
        running(), events.SessionEnded(session_id=SID, reason="host", at=START), intents.ShowPage(page="home")
    )
    assert SID not in state.active_sessions


def test_a_silence_that_was_shown_is_taken_back_in_words() -> None:
    silent = events.LinkSilent(session_id=SID, peer_id=HOST, stage="banner", resume_by=START.plus(300_000))
    back = events.LinkBack(session_id=SID, peer_id=HOST, edits_sent=3)
    state = after(running(is_host=False), silent, back)
    assert state.toasts[-1].note == Words("net.back", {"k": 3})
    assert dict(state.active_sessions[SID].silences) == {}


def test_a_short_silence_is_not_talked_about() -> None:
    silent = events.LinkSilent(session_id=SID, peer_id=HOST, stage="suspect", resume_by=START.plus(300_000))
    state = after(running(is_host=False), silent, events.LinkBack(session_id=SID, peer_id=HOST, edits_sent=0))
    assert state.toasts == ()


def test_quality_follows_the_heartbeats() -> None:
    measured = events.QualityMeasured(session_id=SID, peer_id=GUEST, quality=Quality(path="direct", rtt_ms=9))
    assert after(running(), measured).active_sessions[SID].qualities[GUEST].rtt_ms == 9


def test_a_toast_goes_after_its_time() -> None:
    state = after(running(), Told(key="toast.saved", values={"file": "a"}))
    assert state.toasts
    assert after(state, Ticked(now=START.plus(10_000))).toasts == ()


def test_a_failed_creation_is_said_on_its_page() -> None:
    failed = CommandFailed(intent="CreateInvite", problem=Words("file.binary", {"file": "a.png"}))
    state = after(running(page="new_session"), failed)
    assert state.draft.problem == Words("file.binary", {"file": "a.png"})
    assert not state.draft.is_creating


def test_a_made_session_shows_its_invite_and_keeps_the_choices() -> None:
    state = after(
        running(page="new_session"),
        intents.AddFiles(paths=("/srv/a.py",)),
        intents.ChooseMinutes(minutes=30),
        SessionMade(session_id=SID),
    )
    assert (state.page, state.draft.files, state.draft.minutes) == ("share", (), 30)


@pytest.mark.parametrize(("asked", "kept"), [(1, 5), (90, 90), (100_000, 1440)])
def test_the_length_stays_within_its_limits(asked: int, kept: int) -> None:
    assert after(AppState(), intents.ChooseMinutes(minutes=asked)).draft.minutes == kept


def test_another_type_brings_its_own_access() -> None:
    state = after(
        AppState(),
        intents.ChooseAccess(channel="chat", access=0),
        intents.ChooseSessionType(session_type="review"),
    )
    assert state.draft.channels == {}


def test_the_same_file_is_shared_once() -> None:
    state = after(AppState(), intents.AddFiles(paths=("/a", "/b", "/a")), intents.AddFiles(paths=("/b",)))
    assert state.draft.files == ("/a", "/b")


def test_wayland_keeps_the_bar_docked_and_says_why() -> None:
    state = msgspec.structs.replace(running(), is_wayland=True)
    state = after(state, intents.FloatPresence(form="bar"))
    assert state.presence_form == "docked"
    assert state.toasts[-1].note.key == "overlay.wayland"


def test_a_link_opens_the_join_page_and_joins_nothing() -> None:
    state = after(running(), intents.OpenLink(link="horizon://join/x"))
    assert state.join is not None
    assert state.join.stage == "reading"


def test_a_wrong_code_lets_one_try_again() -> None:
    state = after(
        running(),
        intents.OpenLink(link="x"),
        JoinStarted(code="AAAA-AAAA", name="k"),
        JoinRefused(problem=Words("code.wrong", {"n": 3}), is_final=False),
    )
    assert state.join is not None
    assert (state.join.stage, state.join.problem) == ("ready", Words("code.wrong", {"n": 3}))


def test_the_link_and_the_code_are_in_no_repr() -> None:
    state = after(running(), intents.OpenLink(link="SECRETLINK"), JoinStarted(code="SECRETCODE", name="k"))
    assert "SECRET" not in repr(state.join)


def test_a_page_that_does_not_exist_is_not_shown() -> None:
    state = running()
    assert reduce(state, intents.ShowPage(page="quotas")) == state


def test_time_is_taken_from_the_ticker() -> None:
    assert after(AppState(), Ticked(now=Instant(5), utc_offset_s=3600)).utc_offset_s == 3600
