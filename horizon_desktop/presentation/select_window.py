"""From the state to everything that the windows show."""

from collections.abc import Callable, Mapping
from typing import Final

from horizon_desktop.presentation.approval import ApprovalView
from horizon_desktop.presentation.plain_text import TITLE_LENGTH, plain
from horizon_desktop.presentation.select_join import join_view
from horizon_desktop.presentation.select_pages import (
    approval_view,
    ended_view,
    first_run_view,
    home_view,
    new_session_page,
    share_view,
    side_bar_view,
    status_bar_view,
)
from horizon_desktop.presentation.select_people import people_of
from horizon_desktop.presentation.select_sessions import hosted_live, sessions_view
from horizon_desktop.presentation.select_settings import doctor_view, settings_view
from horizon_desktop.presentation.select_time import session_time
from horizon_desktop.presentation.select_usage import usage_view
from horizon_desktop.presentation.select_workspace import presence_bar_view, workspace_view
from horizon_desktop.presentation.state import AppState, Session
from horizon_desktop.presentation.window import PageView, ToastView, TrayRow, WindowView

_LIVE: Final = frozenset({"open", "read_only"})
_SESSION_PAGES: Final = frozenset({"share", "workspace", "ended"})


def window_view(state: AppState) -> WindowView:
    """Return what is shown now."""
    page, shown = page_view(state)
    session = state.active_sessions.get(state.front_session) if page in _SESSION_PAGES else None
    floating = floating_session(state)
    return WindowView(
        page=page,
        shown=shown,
        side=side_bar_view(state),
        status=status_bar_view(state),
        theme=state.theme,
        session_id=session.session_id if session else "",
        is_host=session is not None and session.is_host,
        front_file=session.front_file if session else b"",
        knock=waiting_knock(state, page),
        toast=toast_view(state),
        join=join_view(state, state.join) if state.join else None,
        presence=presence_bar_view(state, floating) if floating else None,
        tray=tray_rows(state),
        hosted=len(hosted_live(state)),
        is_input_paused=is_input_paused(state),
        people=tuple(person.peer_id for person in people_of(state, session) if person.peer_id != session.own_peer_id)
        if session
        else (),
        are_cursors_shown=state.are_cursors_shown,
        panel=session.panel if session else "people",
    )


def is_input_paused(state: AppState) -> bool:
    """Whether guests change nothing in any own session that runs."""
    hosted = hosted_live(state)
    return bool(hosted) and all(session.is_input_paused for session in hosted)


def page_view(state: AppState) -> tuple[str, PageView]:
    """Return the page and its view; one whose session is not known falls back to home."""
    session = state.active_sessions.get(state.front_session)
    if session is not None:
        if state.page == "workspace":
            return ("ended", ended_view(state, session)) if session.state == "ended" else _workspace(state, session)
        if state.page == "ended":
            return "ended", ended_view(state, session)
        share = share_view(state, session) if state.page == "share" else None
        if share is not None:
            return "share", share
    plain_page = _PLAIN_PAGES.get(state.page)
    return (state.page, plain_page(state)) if plain_page is not None else ("home", home_view(state))


_PLAIN_PAGES: Final[Mapping[str, Callable[[AppState], PageView]]] = {
    "first_run": first_run_view,
    "sessions": sessions_view,
    "usage": usage_view,
    "settings": settings_view,
    "doctor": doctor_view,
    "new_session": new_session_page,
}
"""Pages that belong to no session."""


def _workspace(state: AppState, session: Session) -> tuple[str, PageView]:
    return "workspace", workspace_view(state, session)


def live_sessions(state: AppState) -> tuple[Session, ...]:
    """Return the sessions that run now, the soonest end first."""
    live = (session for session in state.active_sessions.values() if session.state in _LIVE)
    return tuple(sorted(live, key=lambda session: (session.expires_at, session.session_id)))


def floating_session(state: AppState) -> Session | None:
    """Return the session that the floating bar shows: the one in front, else the one that ends first."""
    live = live_sessions(state)
    front = next((session for session in live if session.session_id == state.front_session), None)
    return front or (live[0] if live else None)


def waiting_knock(state: AppState, page: str) -> ApprovalView | None:
    """Return the one who waits longest, unless the share page of that session shows it already."""
    for session in live_sessions(state):
        if page == "share" and session.session_id == state.front_session:
            continue
        knock = approval_view(state, session)
        if knock is not None:
            return knock
    return None


def toast_view(state: AppState) -> ToastView | None:
    """Return the oldest thing that was not told yet."""
    if not state.toasts:
        return None
    toast = state.toasts[0]
    return ToastView(toast_id=toast.toast_id, words=toast.note, tone=toast.tone)


def tray_rows(state: AppState) -> tuple[TrayRow, ...]:
    """Return the open sessions with their time left."""
    rows = []
    for session in live_sessions(state):
        time = session_time(state, session)
        rows.append(
            TrayRow(
                session_id=session.session_id,
                title=plain(session.title, limit=TITLE_LENGTH),
                time=time.text,
                sun_permille=time.sun_permille,
            )
        )
    return tuple(rows)
