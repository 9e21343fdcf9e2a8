"""What the page Sessions shows follows from the state alone."""

from decimal import Decimal
from uuid import UUID

import msgspec

from horizon_desktop.domain.access.facts import RiskAssessed
from horizon_desktop.domain.events import AccessChanged
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.usage.facts import PurseMoved, QuotaWarned
from horizon_desktop.presentation import intents
from horizon_desktop.presentation.facts import InvitesRead, SessionRead
from horizon_desktop.presentation.select_sessions import hosted_live, sessions_view
from horizon_desktop.presentation.select_window import window_view
from horizon_desktop.presentation.select_workspace import workspace_view
from horizon_desktop.presentation.state import AppState, Invite
from horizon_desktop.presentation.wording import Words
from tests.presentation.example_state import GUEST, HOST, HOUR_MS, SID, START, after, host_person, running, session

OTHER = "bb" * 32


def invite(name: str = "7Q4M", *, state: str = "open", taken: int = 0, places: int = 2) -> Invite:
    return Invite(
        name=name,
        app_link="horizon://join/X",
        web_link="",
        code="K7QF-2M97",
        expires_at=START.plus(HOUR_MS),
        places=places,
        places_taken=taken,
        tries_left=5,
        state=state,
        is_lan_only=True,
    )


def two_sessions() -> AppState:
    other = msgspec.structs.replace(
        session(), session_id=OTHER, title="Other", expires_at=START.plus(HOUR_MS // 2), is_host=True
    )
    return after(running(page="sessions"), SessionRead(session=other, participants=(host_person(),)))


def test_the_soonest_end_stands_first_and_is_chosen() -> None:
    view = sessions_view(two_sessions())
    assert [(row.session_id, row.is_chosen) for row in view.rows] == [(OTHER, True), (SID, False)]
    assert view.detail is not None
    assert view.detail.session_id == OTHER


def test_a_chosen_session_stays_chosen_and_leaves_no_question_behind() -> None:
    asked = after(
        two_sessions(),
        intents.ChooseSession(session_id=SID),
        intents.AskRevoke(session_id=SID, peer_id=GUEST),
        intents.AskEnd(session_id=SID, is_shown=True),
    )
    detail = sessions_view(asked).detail
    assert detail is not None
    assert (detail.session_id, detail.is_end_asked, detail.guests[0].is_revoke_asked) == (SID, True, True)
    moved = after(asked, intents.ChooseSession(session_id=OTHER), intents.ChooseSession(session_id=SID))
    again = sessions_view(moved).detail
    assert again is not None
    assert (again.is_end_asked, again.guests[0].is_revoke_asked) == (False, False)


def test_a_guests_row_says_view_or_edit_and_what_was_asked_for_counts_at_once() -> None:
    state = after(running(page="sessions"), intents.ChangeRole(session_id=SID, peer_id=GUEST, role="observer"))
    detail = sessions_view(state).detail
    assert detail is not None
    guest = detail.guests[0]
    assert (guest.role, guest.roles, guest.is_applying) == ("observer", ("observer", "editor"), True)


def test_in_a_review_nobody_can_be_given_the_right_to_edit() -> None:
    review = msgspec.structs.replace(session(), session_type="review", channels={"edits": 1, "chat": 2})
    state = running(page="sessions")
    people = state.ephemeral_participants[SID]
    detail = sessions_view(after(state, SessionRead(session=review, participants=people))).detail
    assert detail is not None
    assert detail.guests[0].roles == ()


def test_invites_say_where_they_stand_and_only_the_newest_open_one_is_shown() -> None:
    invites = (
        invite("NEW1"),
        invite("OLD2"),
        invite("FULL", state="full", taken=2),
        invite("STOP", state="cancelled"),
        invite("HALT", state="paused"),
    )
    detail = sessions_view(after(running(page="sessions"), InvitesRead(session_id=SID, invites=invites))).detail
    assert detail is not None
    assert [(row.name, row.is_open, row.may_show, row.may_resume) for row in detail.invites] == [
        ("NEW1", True, True, False),
        ("OLD2", True, False, False),
        ("FULL", False, False, False),
        ("STOP", False, False, False),
        ("HALT", True, False, True),
    ]
    assert detail.invites[2].line == Words("invite.row.full", {"n": 2})
    assert (detail.places, detail.places_taken) == (8, 2)


def test_ending_everything_is_asked_where_it_is_counted() -> None:
    state = after(two_sessions(), intents.ShowPage(page="home"), intents.AskEndAll(is_shown=True))
    view = sessions_view(state)
    assert (state.page, view.is_end_all_asked, view.hosted, view.guests) == ("sessions", True, 2, 1)
    assert not sessions_view(after(state, intents.EndAll())).is_end_all_asked
    left = after(state, intents.ShowPage(page="home"), intents.ShowPage(page="sessions"))
    assert not sessions_view(left).is_end_all_asked


def test_a_guests_session_is_listed_and_never_ended_with_ones_own() -> None:
    state = running(is_host=False, page="sessions")
    view = sessions_view(state)
    assert view.rows[0].line == Words("sessions.guest", {"host": "aurora"})
    assert (view.hosted, hosted_live(state)) == (0, ())
    assert view.detail is not None
    assert (view.detail.is_host, view.detail.guests, view.detail.choices) == (False, (), ())


def test_approval_is_shown_as_asked_until_the_session_is_read_again() -> None:
    state = after(running(page="sessions"), intents.SetSessionApproval(session_id=SID, is_asked=False))
    detail = sessions_view(state).detail
    assert detail is not None
    assert not detail.is_approval_asked
    read = after(state, SessionRead(session=session(), participants=state.ephemeral_participants[SID]))
    shown = sessions_view(read).detail
    assert shown is not None
    assert shown.is_approval_asked


def test_an_interrupted_session_can_be_resumed_and_nothing_else() -> None:
    idle = msgspec.structs.replace(session(), state="interrupted", expires_at=Instant(START.ms + HOUR_MS))
    view = sessions_view(after(AppState(page="sessions", now=START), SessionRead(session=idle, participants=())))
    assert view.rows[0].line == Words("sessions.interrupted")
    assert view.detail is not None
    assert (view.detail.is_interrupted, view.detail.choices, view.hosted) == (True, (), 0)


def doubted(response: str = "read_only", level: str = "high") -> RiskAssessed:
    reasons = ("unusual_rate", "failed_codes") if level != "low" else ()
    return RiskAssessed(session_id=SID, peer_id=GUEST, level=level, response=response, reasons=reasons)


def test_what_speaks_against_a_guest_stands_in_their_row_and_is_told_once() -> None:
    state = after(running(page="sessions"), doubted(), doubted())
    detail = sessions_view(state).detail
    assert detail is not None
    guest = detail.guests[0]
    assert (guest.response, guest.reasons) == ("read_only", ("unusual_rate", "failed_codes"))
    assert [toast.note.key for toast in state.toasts] == ["toast.risk.read_only"]


def test_a_guest_who_is_trusted_again_has_nothing_against_them() -> None:
    state = after(running(page="sessions"), doubted(), doubted(response="allow", level="low"))
    detail = sessions_view(state).detail
    assert detail is not None
    assert (detail.guests[0].response, detail.guests[0].reasons) == ("", ())


def test_a_guest_is_told_nothing_of_doubts() -> None:
    state = running(is_host=False)
    assert after(state, doubted()) == state


def moved(used: str, *, is_stopped: bool = False) -> PurseMoved:
    return PurseMoved(
        session_id=SID,
        quota_id=UUID(int=7),
        resource="cpu_hours",
        used=Decimal(used),
        limit=Decimal(2),
        ceiling=Decimal(3),
        cost=Decimal(0),
        is_stopped=is_stopped,
    )


def test_a_purse_runs_down_in_sight_and_its_end_is_told_once() -> None:
    state = after(running(page="sessions"), moved("0.5"))
    detail = sessions_view(state).detail
    assert detail is not None
    assert detail.purse is not None
    assert detail.purse.line == Words("usage.purse", {"used": "0.5", "limit": "2", "unit": "cpu_hours"})
    assert (detail.purse.bar.used, detail.purse.bar.limit) == (166, 666)
    spent = after(state, moved("3", is_stopped=True), moved("3", is_stopped=True))
    shown = sessions_view(spent).detail
    assert shown is not None
    assert shown.purse is not None
    assert shown.purse.is_stopped
    assert [toast.note.key for toast in spent.toasts] == ["toast.purse.spent"]


def test_the_marks_of_a_purse_are_told() -> None:
    warned = QuotaWarned(quota_id=UUID(int=7), sponsor_id=HOST, session_id=SID, percent=80, left=Decimal(1))
    state = after(running(), warned)
    assert (state.toasts[0].note.key, state.toasts[0].note.values["n"]) == ("toast.purse.mark", 80)


def test_a_pause_shows_at_once_on_the_page_in_the_workspace_and_in_the_tray() -> None:
    state = after(running(), intents.PauseInput(session_id=SID, is_paused=True))
    detail, shown = sessions_view(state).detail, window_view(state)
    assert detail is not None
    assert (detail.is_input_paused, shown.is_input_paused) == (True, True)
    assert workspace_view(state, state.active_sessions[SID]).top.is_input_paused
    on = after(state, intents.PauseInput(is_paused=False))
    assert not window_view(on).is_input_paused


def test_every_own_session_is_paused_where_none_is_named_and_nobody_elses() -> None:
    guest = msgspec.structs.replace(session(), session_id="cc" * 32, is_host=False, own_peer_id=GUEST)
    state = after(two_sessions(), SessionRead(session=guest, participants=(host_person(),)))
    state = after(state, intents.PauseInput(is_paused=True))
    assert {key for key, one in state.active_sessions.items() if one.is_input_paused} == {SID, OTHER}


def test_what_the_purse_has_left_moves_in_the_workspace_while_it_is_spent() -> None:
    def moved(used: str, *, is_stopped: bool = False) -> PurseMoved:
        return PurseMoved(
            session_id=SID,
            quota_id=UUID(int=1),
            resource="cpu_hours",
            used=Decimal(used),
            limit=Decimal(2),
            ceiling=Decimal(3),
            cost=Decimal(0),
            is_stopped=is_stopped,
        )

    state = running()
    assert workspace_view(state, state.active_sessions[SID]).top.purse is None
    for event, percent in ((moved("1.6"), 80), (moved("3", is_stopped=True), 150)):
        state = after(state, event)
        purse = workspace_view(state, state.active_sessions[SID]).top.purse
        assert purse is not None
        assert (purse.percent, purse.is_stopped) == (percent, event.is_stopped)


def test_the_page_opens_at_the_session_that_is_named() -> None:
    state = after(two_sessions(), intents.ShowPage(page="sessions", session_id=SID))
    detail = sessions_view(state).detail
    assert detail is not None
    assert detail.session_id == SID


def test_a_guest_whose_input_is_paused_is_told_that_it_may_read_and_sees_it_at_the_file() -> None:
    guest = msgspec.structs.replace(
        session(), is_host=False, own_peer_id=GUEST, role="editor", channels={"edits": 2, "chat": 2}
    )
    known = SessionRead(session=guest, participants=running().ephemeral_participants[SID])
    state = after(running(), known, AccessChanged(session_id=SID, role="editor", channels={"edits": 1, "chat": 2}))
    assert state.toasts[-1].note.values["list"] == "observer"
    editor = workspace_view(state, state.active_sessions[SID]).editor
    assert editor is not None
    assert editor.read_only == "role"
    on = after(state, AccessChanged(session_id=SID, role="editor", channels={"edits": 2, "chat": 2}))
    assert on.toasts[-1].note.values["list"] == "editor"
    shown = workspace_view(on, on.active_sessions[SID]).editor
    assert shown is not None
    assert shown.read_only == ""
