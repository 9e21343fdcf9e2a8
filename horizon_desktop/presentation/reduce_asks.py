"""How asking for something changes the state at once: what is pending, and what asks for confirmation."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from horizon_desktop.presentation import intents
from horizon_desktop.presentation.changes import put, session_of, with_session
from horizon_desktop.presentation.select_time import session_level
from horizon_desktop.presentation.state import AppState

Handler = Callable[[AppState, Any], AppState]


def answer_knock(state: AppState, intent: intents.LetIn | intents.Decline) -> AppState:
    """Our answer is on its way; the card goes when it has arrived."""
    session = session_of(state, intent.session_id)
    if session is None:
        return state
    knocks = tuple(
        msgspec.structs.replace(knock, is_answered=True) if knock.peer_id == intent.peer_id else knock
        for knock in session.knocks
    )
    return with_session(state, intent.session_id, knocks=knocks)


def follow(state: AppState, intent: intents.Follow) -> AppState:
    """Go along with somebody, beginning where they are now."""
    session = session_of(state, intent.session_id)
    if session is None:
        return state
    return with_session(state, intent.session_id, following=intent.peer_id)


def change_role(state: AppState, intent: intents.ChangeRole) -> AppState:
    """The new role is pending until the roster says so."""
    session = session_of(state, intent.session_id)
    if session is None:
        return state
    return with_session(state, intent.session_id, applying=put(session.applying, intent.peer_id, intent.role))


def ask_revoke(state: AppState, intent: intents.AskRevoke) -> AppState:
    """Ask for confirmation under the row."""
    return with_session(state, intent.session_id, revoke_asked=intent.peer_id)


def revoke(state: AppState, intent: intents.Revoke) -> AppState:
    """It was confirmed."""
    return with_session(state, intent.session_id, revoke_asked="")


def ask_time(state: AppState, intent: intents.AskTime) -> AppState:
    """The host is asked once for each end."""
    return with_session(state, intent.session_id, has_asked=True)


def dismiss_warning(state: AppState, intent: intents.DismissWarning) -> AppState:
    """Close the warning of this level; the next level comes by itself."""
    session = session_of(state, intent.session_id)
    if session is None:
        return state
    return with_session(state, intent.session_id, dismissed_level=session_level(state, session).value)


def ask_end(state: AppState, intent: intents.AskEnd) -> AppState:
    """Show or take away the confirmation of ending."""
    return with_session(state, intent.session_id, is_end_asked=intent.is_shown)


def end_session(state: AppState, intent: intents.EndSession) -> AppState:
    """It was confirmed."""
    return with_session(state, intent.session_id, is_end_asked=False)


HANDLERS: Final[Mapping[type, Handler]] = {
    intents.LetIn: answer_knock,
    intents.Decline: answer_knock,
    intents.Follow: follow,
    intents.ChangeRole: change_role,
    intents.AskRevoke: ask_revoke,
    intents.Revoke: revoke,
    intents.AskTime: ask_time,
    intents.DismissWarning: dismiss_warning,
    intents.AskEnd: ask_end,
    intents.EndSession: end_session,
}
