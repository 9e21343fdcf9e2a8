"""How facts about a session change the state: its time, files, text, cursors and end."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from horizon_desktop.domain.collaboration.documents import SharedFile
from horizon_desktop.domain.events import (
    ClockSkewed,
    CursorMoved,
    DocumentReset,
    FileSaved,
    FilesChanged,
    FileTrouble,
    HubChanged,
    LeaseExtended,
    SessionEnded,
    SessionOpened,
    WentReadOnly,
)
from horizon_desktop.presentation.changes import put, session_of, with_session, with_toast, without
from horizon_desktop.presentation.facts import DifferenceRead, EditMade, FileOpened, SessionRead
from horizon_desktop.presentation.state import AppState, Cursor, Session

Handler = Callable[[AppState, Any], AppState]
_PAGES_OF_A_SESSION: Final = frozenset({"share", "workspace"})


def session_opened(state: AppState, event: SessionOpened) -> AppState:
    """Know the session from its first fact on; the rest is read from the bridge."""
    if session_of(state, event.session_id) is not None:
        return with_session(state, event.session_id, state="open", expires_at=event.expires_at)
    session = Session(
        session_id=event.session_id,
        session_type=event.session_type,
        title=event.title,
        is_host=event.is_host,
        created_at=state.now,
        expires_at=event.expires_at,
        limit_at=event.expires_at,
    )
    return msgspec.structs.replace(state, active_sessions=put(state.active_sessions, event.session_id, session))


def session_read(state: AppState, fact: SessionRead) -> AppState:
    """Take what the bridge knows; keep what only the window knows."""
    read = fact.session
    known = state.active_sessions.get(read.session_id)
    if known is not None and known.state == "ended":
        return state
    session = read
    if known is not None:
        session = msgspec.structs.replace(
            known,
            **{name: getattr(read, name) for name in _READ_FIELDS},
        )
    state = msgspec.structs.replace(
        state,
        active_sessions=put(state.active_sessions, read.session_id, session),
        ephemeral_participants=put(state.ephemeral_participants, read.session_id, fact.participants),
    )
    return with_files(state, read.session_id, read.files)


_READ_FIELDS: Final = (
    "session_type", "title", "is_host", "state", "created_at", "expires_at", "limit_at", "host_ahead_ms", "own_peer_id",
    "role", "channels", "folder", "hub", "is_hub_embedded", "is_approval_asked", "is_input_paused", "hours",
)  # fmt: skip


def with_files(state: AppState, session_id: str, files: tuple[SharedFile, ...]) -> AppState:
    """Show these files; the one in front stays, or the first takes its place."""
    session = state.active_sessions.get(session_id)
    if session is None:
        return state
    ids = {file.file_id for file in files}
    opened = tuple(file_id for file_id in session.open_files if file_id in ids)
    front = session.front_file if session.front_file in ids else b""
    loading = frozenset(session.loading_files & ids)
    if not front and files:
        front = opened[0] if opened else files[0].file_id
        loading |= {front} - set(opened)
        opened = opened if front in opened else (*opened, front)
    return with_session(state, session_id, files=files, open_files=opened, front_file=front, loading_files=loading)


def files_changed(state: AppState, event: FilesChanged) -> AppState:
    """The list of shared files is another one."""
    return with_files(state, event.session_id, event.files)


def file_saved(state: AppState, event: FileSaved) -> AppState:
    """Somebody else's edit reached the disk: there is something to compare and restore, and no problem."""
    session = session_of(state, event.session_id)
    if session is None:
        return state
    saved = frozenset(file.file_id for file in session.files if file.path == event.file)
    files = tuple(
        msgspec.structs.replace(file, problem="") if file.file_id in saved else file for file in session.files
    )
    edited = session.edited_files | saved if session.is_host else session.edited_files
    count = session.guest_edits + 1 if session.is_host else 0
    return with_session(state, event.session_id, files=files, edited_files=edited, guest_edits=count)


def file_trouble(state: AppState, event: FileTrouble) -> AppState:
    """A file has a problem; it stands at the file, and is told once."""
    session = session_of(state, event.session_id)
    if session is None:
        return state
    files = tuple(
        msgspec.structs.replace(file, problem=event.code) if file.path == event.file else file for file in session.files
    )
    state = with_session(state, event.session_id, files=files)
    return with_toast(state, event.code, tone="warn", file=event.file)


def document_reset(state: AppState, event: DocumentReset) -> AppState:
    """The text is opened again."""
    session = session_of(state, event.session_id)
    if session is None or event.file_id not in session.open_files:
        return state
    return with_session(state, event.session_id, loading_files=session.loading_files | {event.file_id})


def file_opened(state: AppState, fact: FileOpened) -> AppState:
    """The text is in the editor."""
    session = session_of(state, fact.session_id)
    if session is None:
        return state
    return with_session(state, fact.session_id, loading_files=session.loading_files - {fact.file_id})


def edit_made(state: AppState, fact: EditMade) -> AppState:
    """Count own edits while the host is not heard."""
    session = session_of(state, fact.session_id)
    if session is None or session.is_host or not session.silences:
        return state
    return with_session(state, fact.session_id, waiting_edits=session.waiting_edits + 1)


def difference_read(state: AppState, fact: DifferenceRead) -> AppState:
    """Show or close the comparison."""
    return with_session(state, fact.session_id, difference=fact.difference)


def cursor_moved(state: AppState, event: CursorMoved) -> AppState:
    """A caret moved; whoever follows its owner goes along to the file."""
    session = session_of(state, event.session_id)
    if session is None or event.peer_id == session.own_peer_id:
        return state
    if not event.file_id:
        return with_session(state, event.session_id, cursors=without(session.cursors, event.peer_id))
    cursor = Cursor(file_id=event.file_id, anchor=event.anchor, head=event.head)
    state = with_session(
        state,
        event.session_id,
        cursors=put(session.cursors, event.peer_id, cursor),
        last_used=put(session.last_used, (event.peer_id, "cursors"), state.now),
    )
    if session.following == event.peer_id and session.front_file != event.file_id:
        return with_front_file(state, event.session_id, event.file_id)
    return state


def with_front_file(state: AppState, session_id: str, file_id: bytes) -> AppState:
    """Bring a shared file to the front, opening it where needed."""
    session = session_of(state, session_id)
    if session is None or all(file.file_id != file_id for file in session.files):
        return state
    is_open = file_id in session.open_files
    return with_session(
        state,
        session_id,
        front_file=file_id,
        open_files=session.open_files if is_open else (*session.open_files, file_id),
        loading_files=session.loading_files if is_open else session.loading_files | {file_id},
        difference=None,
    )


def lease_extended(state: AppState, event: LeaseExtended) -> AppState:
    """The end moved: warnings start anew and requests for time are answered."""
    session = session_of(state, event.session_id)
    if session is None:
        return state
    return with_session(
        state,
        event.session_id,
        expires_at=event.expires_at,
        state="open" if session.state == "read_only" else session.state,
        has_asked=False,
        asked_minutes={},
        dismissed_level="",
    )


def went_read_only(state: AppState, event: WentReadOnly) -> AppState:
    """0:00 has come."""
    return with_session(state, event.session_id, state="read_only")


def session_ended(state: AppState, event: SessionEnded) -> AppState:
    """Keep what the last page tells; everything that was open is closed."""
    session = session_of(state, event.session_id)
    if session is None:
        return state
    state = with_session(
        state,
        event.session_id,
        state="ended",
        end_reason=event.reason,
        ended_at=event.at,
        knocks=(),
        silences={},
        cursors={},
        following="",
        is_end_asked=False,
        revoke_asked="",
    )
    is_shown = state.front_session == event.session_id and state.page in _PAGES_OF_A_SESSION
    return msgspec.structs.replace(
        state,
        pending_invites=without(state.pending_invites, event.session_id),
        page="ended" if is_shown else state.page,
    )


def clock_skewed(state: AppState, event: ClockSkewed) -> AppState:
    """This machine's clock is far off the host's."""
    state = with_session(state, event.session_id, skew_minutes=event.minutes)
    return with_toast(state, "clock.skew", tone="warn", n=abs(event.minutes))


def hub_changed(state: AppState, event: HubChanged) -> AppState:
    """Our own connection to the hub came or went."""
    return with_session(state, event.session_id, is_hub_connected=event.is_connected, hub=event.hub)


HANDLERS: Final[Mapping[type, Handler]] = {
    SessionOpened: session_opened,
    SessionRead: session_read,
    FilesChanged: files_changed,
    FileSaved: file_saved,
    FileTrouble: file_trouble,
    DocumentReset: document_reset,
    FileOpened: file_opened,
    EditMade: edit_made,
    DifferenceRead: difference_read,
    CursorMoved: cursor_moved,
    LeaseExtended: lease_extended,
    WentReadOnly: went_read_only,
    SessionEnded: session_ended,
    ClockSkewed: clock_skewed,
    HubChanged: hub_changed,
}
