"""What the pages around a session show: first run, home, new session, share, ended, and the frame around them."""

from horizon_desktop.domain.collaboration.session import SessionType
from horizon_desktop.domain.instants import Instant
from horizon_desktop.presentation.access_lines import Reader, access_rows
from horizon_desktop.presentation.approval import ApprovalView
from horizon_desktop.presentation.ended import EndedView, reason_of
from horizon_desktop.presentation.expiry import time_view
from horizon_desktop.presentation.first_run import FirstRunView
from horizon_desktop.presentation.frame import SideBarView, StatusBarView, status_items
from horizon_desktop.presentation.home import (
    HomeView,
    SessionCardView,
    card_action,
    card_badges,
    subtitle_of,
    summary_of,
)
from horizon_desktop.presentation.new_session import PRESETS, NewSessionView, new_session_view
from horizon_desktop.presentation.people import BadgeView, identity_of, initials
from horizon_desktop.presentation.plain_text import TITLE_LENGTH, plain
from horizon_desktop.presentation.select_people import badge_of, guests_of, host_of, own_badge, quality_view
from horizon_desktop.presentation.select_time import (
    SECOND_MS,
    host_now,
    length_s,
    seconds_left,
    seconds_until,
    session_time,
    time_of_day,
)
from horizon_desktop.presentation.select_usage import home_quota, requests_waiting
from horizon_desktop.presentation.share import InviteState, ShareView
from horizon_desktop.presentation.state import AppState, Invite, Knock, Session

MINUTE_S = 60
_OPEN_STATES = frozenset({InviteState.OPEN, InviteState.PAUSED})
_ROLE_LIMITS = {"observer": {"edits": 1}}
"""What a role below the invite's takes away (PROTOCOL section 4)."""


_ENTRY = {"new_session": "home", "share": "home", "first_run": "home", "ended": "home", "doctor": "settings"}
"""Pages without an entry of their own in the side bar, and the one they belong to."""


def first_run_view(state: AppState) -> FirstRunView:
    """Return the greeting of a new profile."""
    profile = state.profile
    return FirstRunView(
        name=plain(profile.name) if profile else "",
        pictures=profile.pictures if profile else (),
        link_problem=state.link_problem,
    )


def side_bar_view(state: AppState) -> SideBarView:
    """Return where we are and who we are."""
    return SideBarView(
        page=_ENTRY.get(state.page, state.page),
        badge=own_badge(state),
        pictures=state.profile.pictures if state.profile else (),
        theme=state.theme,
        has_usage=state.usage is not None,
        requests=requests_waiting(state),
    )


def status_bar_view(state: AppState) -> StatusBarView:
    """Return what this machine knows about key, hub and clock."""
    live = [session for session in state.active_sessions.values() if session.state in {"open", "read_only"}]
    skews = [session.skew_minutes for session in live if session.skew_minutes is not None]
    return StatusBarView(
        items=status_items(
            key_home=state.profile.key_home if state.profile else "",
            is_hub_embedded=all(session.is_hub_embedded for session in live) if live else None,
            is_hub_connected=all(session.is_hub_connected for session in live) if live else None,
            skew_minutes=skews[0] if skews else None,
        ),
        version=state.profile.version if state.profile else "",
    )


def home_view(state: AppState) -> HomeView:
    """Return the cards of what is open, the soonest end first."""
    sessions = sorted(
        (session for session in state.active_sessions.values() if session.state != "ended"),
        key=lambda session: (session.expires_at, session.session_id),
    )
    next_end_s = max(0, seconds_left(state, sessions[0])) if sessions else 0
    return HomeView(
        summary=summary_of(sessions=len(sessions), next_end_minutes=-(-next_end_s // MINUTE_S)),
        cards=tuple(card_view(state, session) for session in sessions),
        quota=home_quota(state),
        link_problem=state.link_problem,
        problem=state.home_problem,
    )


def card_view(state: AppState, session: Session) -> SessionCardView:
    """Return one active session."""
    guests = guests_of(state, session)
    others = tuple(
        badge_of(session, person)
        for person in state.ephemeral_participants.get(session.session_id, ())
        if person.peer_id != session.own_peer_id
    )
    badges, more = card_badges(others)
    invites = state.pending_invites.get(session.session_id, ())
    is_interrupted = session.state == "interrupted"
    return SessionCardView(
        session_id=session.session_id,
        title=plain(session.title, limit=TITLE_LENGTH),
        session_type=session.session_type,
        subtitle=subtitle_of(
            session_type=session.session_type,
            files=tuple(file.path.rsplit("/", 1)[-1] for file in session.files),
            host="" if session.is_host else host_of(state, session),
        ),
        badges=badges,
        more=more,
        quality=quality_view(state, session) if others and not is_interrupted else None,
        is_waiting=session.is_host and not guests and any(invite.state in _OPEN_STATES for invite in invites),
        is_interrupted=is_interrupted,
        time=session_time(state, session),
        action=card_action(is_interrupted=is_interrupted, is_host=session.is_host, guests=len(guests)),
        is_host=session.is_host,
    )


def new_session_page(state: AppState) -> NewSessionView:
    """Return the page for the draft."""
    seconds = state.trial_length_s or state.draft.minutes * MINUTE_S
    ends_at = state.now.plus(seconds * SECOND_MS)
    off = state.profile.off if state.profile is not None else ()
    return new_session_view(state.draft, ends_at=time_of_day(state, ends_at), off=off)


def newest_invite(state: AppState, session: Session) -> Invite | None:
    """Return the invite that the share page shows: the newest, which stands first."""
    invites = state.pending_invites.get(session.session_id, ())
    return invites[0] if invites else None


def share_view(state: AppState, session: Session) -> ShareView | None:
    """Return the share page; None until the invite is known."""
    invite = newest_invite(state, session)
    if invite is None:
        return None
    is_web = state.is_web_link and bool(invite.web_link)
    left_s = seconds_until(invite.expires_at, host_now(state, session))
    return ShareView(
        session_id=session.session_id,
        title=plain(session.title, limit=TITLE_LENGTH),
        session_type=session.session_type,
        minutes=length_s(session) // MINUTE_S,
        places=invite.places,
        places_taken=invite.places_taken,
        name=invite.name,
        state=InviteState(invite.state),
        link=invite.web_link if is_web else invite.app_link,
        app_link=invite.app_link,
        is_web=is_web,
        has_web=bool(invite.web_link),
        is_lan_only=invite.is_lan_only,
        code=invite.code,
        is_code_hidden=state.is_code_hidden,
        link_copied_s=_seconds_since(state, state.link_copied_at),
        code_copied_s=_seconds_since(state, state.code_copied_at),
        time=time_view(left_s, max(1, invite.expires_at.since(session.created_at) // SECOND_MS)),
        ends_with_session=invite.expires_at >= session.expires_at,
        tries_left=invite.tries_left,
        pictures=state.profile.pictures if state.profile else (),
        is_approval_asked=session.is_approval_asked,
        knock=approval_view(state, session),
    )


def _seconds_since(state: AppState, moment: Instant | None) -> int:
    return -1 if moment is None else max(0, state.now.since(moment) // SECOND_MS)


def approval_view(state: AppState, session: Session) -> ApprovalView | None:
    """Return the card of the one who waits longest and is not answered yet."""
    waiting = [knock for knock in session.knocks if not knock.is_answered]
    if not waiting:
        return None
    knock = waiting[0]
    name = plain(knock.name)
    return ApprovalView(
        session_id=session.session_id,
        peer_id=knock.peer_id,
        name=name,
        title=plain(session.title, limit=TITLE_LENGTH),
        session_type=session.session_type,
        badge=BadgeView(
            peer_id=knock.peer_id,
            name=name,
            initials=initials(name),
            color=identity_of(len(state.ephemeral_participants.get(session.session_id, ()))),
        ),
        device=plain(knock.device, limit=TITLE_LENGTH),
        is_known=knock.is_known,
        pictures=knock.pictures,
        access=access_rows(knock_access(session, knock), reader=Reader.HOST, files=len(session.files)),
        role=knock.role,
        may_view_only=knock.role != "observer",
        seconds_left=max(0, seconds_until(knock.answer_by, state.now)),
        reasons=knock.reasons,
        waiting=len(waiting) - 1,
    )


def knock_access(session: Session, knock: Knock) -> dict[str, int]:
    """Return what the one who waits would be allowed: the session's channels, cut down to the role."""
    channels = dict(session.channels) or dict(PRESETS.get(session.session_type, PRESETS[SessionType.PAIR]))
    limits = _ROLE_LIMITS.get(knock.role, {})
    return {name: min(access, limits.get(name, access)) for name, access in channels.items()}


def ended_view(state: AppState, session: Session) -> EndedView:
    """Return what happened, and what is kept."""
    return EndedView(
        session_id=session.session_id,
        title=plain(session.title, limit=TITLE_LENGTH),
        reason=reason_of(session.end_reason),
        is_host=session.is_host,
        host=host_of(state, session),
        time=time_of_day(state, session.ended_at),
        files=len(session.files) if session.is_host else 0,
        edits=session.guest_edits,
        unsaved=tuple(file.path for file in session.files if file.problem) if session.is_host else (),
        folder="" if session.is_host else session.folder,
        saved_edits=session.waiting_edits,
    )
