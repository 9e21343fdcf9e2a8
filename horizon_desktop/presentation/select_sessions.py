"""From the state to the page Sessions."""

from decimal import Decimal
from typing import Final

from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.collaboration.channel import ChannelAccess, ChannelKind
from horizon_desktop.domain.collaboration.presence import Participant
from horizon_desktop.presentation.expiry import countdown
from horizon_desktop.presentation.new_session import PRESETS
from horizon_desktop.presentation.plain_text import TITLE_LENGTH, plain
from horizon_desktop.presentation.presence_bar import QualityView
from horizon_desktop.presentation.select_people import (
    badge_of,
    guests_of,
    host_of,
    is_shown_silent,
    people_of,
    quality_view,
)
from horizon_desktop.presentation.select_time import (
    HOUR_MS,
    choices,
    host_now,
    seconds_until,
    session_time,
    time_of_day,
)
from horizon_desktop.presentation.sessions_page import (
    EDIT_ROLE,
    VIEW_ROLE,
    GuestAccessView,
    InviteRowView,
    PurseView,
    SessionDetailView,
    SessionRowView,
    SessionsView,
    invite_line,
    session_line,
)
from horizon_desktop.presentation.share import InviteState
from horizon_desktop.presentation.state import AppState, Invite, Purse, Session
from horizon_desktop.presentation.usage_page import bar_of, figure, permille
from horizon_desktop.presentation.wording import Words

_OPEN: Final = frozenset({InviteState.OPEN, InviteState.PAUSED})
_COUNTED: Final = frozenset({InviteState.OPEN, InviteState.PAUSED, InviteState.FULL})
_LIVE: Final = frozenset({"open", "read_only"})


def listed_sessions(state: AppState) -> tuple[Session, ...]:
    """Return every session that is not over, the soonest end first."""
    open_ones = (session for session in state.active_sessions.values() if session.state != "ended")
    return tuple(sorted(open_ones, key=lambda session: (session.expires_at, session.session_id)))


def chosen_session(state: AppState) -> Session | None:
    """Return the session whose details are shown: the one chosen, else the first of the list."""
    listed = listed_sessions(state)
    chosen = next((session for session in listed if session.session_id == state.chosen_session), None)
    return chosen or (listed[0] if listed else None)


def hosted_live(state: AppState) -> tuple[Session, ...]:
    """Return the own sessions that run now: what "End everything" ends."""
    return tuple(session for session in listed_sessions(state) if session.is_host and session.state in _LIVE)


def sessions_view(state: AppState) -> SessionsView:
    """Return the page."""
    chosen = chosen_session(state)
    hosted = hosted_live(state)
    return SessionsView(
        rows=tuple(_row(state, session, is_chosen=session is chosen) for session in listed_sessions(state)),
        detail=_detail(state, chosen) if chosen is not None else None,
        hosted=len(hosted),
        guests=sum(len(guests_of(state, session)) for session in hosted),
        is_end_all_asked=state.is_end_all_asked and bool(hosted),
    )


def _row(state: AppState, session: Session, *, is_chosen: bool) -> SessionRowView:
    others = [person for person in people_of(state, session) if person.peer_id != session.own_peer_id]
    invites = state.pending_invites.get(session.session_id, ())
    return SessionRowView(
        session_id=session.session_id,
        title=plain(session.title, limit=TITLE_LENGTH),
        session_type=session.session_type,
        line=session_line(
            people=len(others) + 1,
            path=quality_view(state, session).path if others else "",
            host="" if session.is_host else host_of(state, session),
            is_waiting=session.is_host and not others and any(invite.state in _OPEN for invite in invites),
            is_interrupted=session.state == "interrupted",
        ),
        time=session_time(state, session),
        is_chosen=is_chosen,
    )


def _detail(state: AppState, session: Session) -> SessionDetailView:
    invites = state.pending_invites.get(session.session_id, ())
    counted = [invite for invite in invites if invite.state in _COUNTED]
    return SessionDetailView(
        session_id=session.session_id,
        title=plain(session.title, limit=TITLE_LENGTH),
        session_type=session.session_type,
        line=_detail_line(state, session),
        is_host=session.is_host,
        is_interrupted=session.state == "interrupted",
        time=session_time(state, session),
        ends_at=time_of_day(state, session.expires_at),
        limit_hours=session.limit_at.since(session.created_at) // HOUR_MS,
        choices=choices(session) if session.is_host and session.state in _LIVE else (),
        has_asked=session.has_asked,
        guests=_guests(state, session) if session.is_host else (),
        places=sum(invite.places for invite in counted),
        places_taken=sum(invite.places_taken for invite in counted),
        invites=tuple(_invite(state, session, invite, is_newest=place == 0) for place, invite in enumerate(invites)),
        purse=purse_view(session.purse) if session.purse is not None else None,
        is_approval_asked=session.is_approval_asked,
        is_input_paused=session.is_input_paused,
        hours=plain(session.hours, limit=TITLE_LENGTH),
        is_end_asked=session.is_end_asked,
    )


def _detail_line(state: AppState, session: Session) -> Words:
    kind = session.session_type if session.session_type in PRESETS else "pair"
    if not session.is_host:
        return Words(f"card.{kind}.guest", {"host": host_of(state, session)})
    if not session.files:
        return Words(f"card.{kind}.none")
    folder = plain(session.folder, limit=TITLE_LENGTH)
    return Words(f"sessions.detail.{kind}", {"folder": folder, "n": len(session.files)})


def _guests(state: AppState, session: Session) -> tuple[GuestAccessView, ...]:
    return tuple(_guest(session, person) for person in guests_of(state, session))


def _guest(session: Session, person: Participant) -> GuestAccessView:
    role = session.applying.get(person.peer_id, person.role)
    doubt = session.doubts.get(person.peer_id)
    may_edit = dict(session.channels).get(ChannelKind.EDITS, ChannelAccess.CLOSED) == ChannelAccess.USE
    return GuestAccessView(
        badge=badge_of(session, person),
        device=plain(person.device, limit=TITLE_LENGTH),
        quality=_guest_quality(session, person),
        role=VIEW_ROLE if role == Role.OBSERVER else EDIT_ROLE,
        roles=(VIEW_ROLE, EDIT_ROLE) if may_edit else (),
        is_applying=person.peer_id in session.applying,
        is_revoke_asked=session.revoke_asked == person.peer_id,
        reasons=doubt.reasons if doubt is not None else (),
        response=doubt.response if doubt is not None else "",
    )


def _guest_quality(session: Session, person: Participant) -> QualityView | None:
    if is_shown_silent(session, person.peer_id):
        return None
    measured = session.qualities.get(person.peer_id)
    if measured is not None:
        return QualityView(bars=measured.bars, path=measured.path, rtt_ms=measured.rtt_ms)
    return QualityView(bars=1, path=person.path, rtt_ms=person.rtt_ms) if person.rtt_ms > 0 else None


def _invite(state: AppState, session: Session, invite: Invite, *, is_newest: bool) -> InviteRowView:
    left_s = max(0, seconds_until(invite.expires_at, host_now(state, session)))
    return InviteRowView(
        name=invite.name,
        is_open=invite.state in _OPEN,
        line=invite_line(
            state=invite.state,
            left=countdown(left_s),
            tries=invite.tries_left,
            places=invite.places,
            taken=invite.places_taken,
        ),
        may_show=is_newest and invite.state in _OPEN,
        may_resume=invite.state == InviteState.PAUSED,
    )


def purse_view(purse: Purse) -> PurseView:
    """Return what a session has spent of what it may."""
    values: dict[str, str | int] = {
        "used": figure(purse.used),
        "limit": figure(purse.limit),
        "unit": purse.resource,
    }
    return PurseView(
        line=Words("usage.purse.stopped" if purse.is_stopped else "usage.purse", values),
        bar=bar_of(used=purse.used, reserved=Decimal(0), limit=purse.limit, ceiling=purse.ceiling),
        is_stopped=purse.is_stopped,
        percent=permille(purse.used, purse.limit) // 10
        if purse.used <= purse.limit
        else int(purse.used * 100 / purse.limit),
    )
