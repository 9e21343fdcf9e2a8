"""Small steps from one state to the next that several reducers take."""

from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from horizon_desktop.domain.collaboration.presence import Participant
from horizon_desktop.presentation.state import AppState, Session, ToastNote
from horizon_desktop.presentation.wording import Words

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")
TOAST_MS: Final = 10_000
"""A toast widget shows each one for 5 s; what waited twice that long is no news."""
MAX_TOASTS: Final = 5


def put(table: Mapping[KeyT, ValueT], key: KeyT, value: ValueT) -> dict[KeyT, ValueT]:
    """Return a table with one entry set."""
    return {**table, key: value}


def without(table: Mapping[KeyT, ValueT], key: KeyT) -> dict[KeyT, ValueT]:
    """Return a table without one entry."""
    return {name: value for name, value in table.items() if name != key}


def with_session(state: AppState, session_id: str, /, **changes: object) -> AppState:
    """Return the state with fields of one session replaced; a session that is not known stays unknown."""
    session = state.active_sessions.get(session_id)
    if session is None:
        return state
    changed = msgspec.structs.replace(session, **changes)
    return msgspec.structs.replace(state, active_sessions=put(state.active_sessions, session_id, changed))


def session_of(state: AppState, session_id: str) -> Session | None:
    """Return a session that is known and not over."""
    session = state.active_sessions.get(session_id)
    return None if session is None or session.state == "ended" else session


def participant_of(state: AppState, session_id: str, peer_id: str) -> Participant | None:
    """Return one person of a session."""
    people = state.ephemeral_participants.get(session_id, ())
    return next((person for person in people if person.peer_id == peer_id), None)


def host_name(state: AppState, session_id: str) -> str:
    """Return the name of a session's host, empty while nobody told it."""
    people = state.ephemeral_participants.get(session_id, ())
    return next((person.name for person in people if person.role == "host"), "")


def with_toast(state: AppState, key: str, /, *, tone: str = "ok", **values: str | int) -> AppState:
    """Return the state with one more thing to tell; the oldest goes when there are too many."""
    number = state.toast_number + 1
    toast = ToastNote(toast_id=number, note=Words(key, values), until=state.now.plus(TOAST_MS), tone=tone)
    return msgspec.structs.replace(state, toast_number=number, toasts=(*state.toasts, toast)[-MAX_TOASTS:])
