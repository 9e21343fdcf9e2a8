"""How moving about and choosing change the state: pages, the draft of a session, panels, what stands in the corners."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from horizon_desktop.presentation import intents
from horizon_desktop.presentation.changes import put, session_of, with_session, with_toast, without
from horizon_desktop.presentation.facts import (
    CommandFailed,
    Copied,
    ProfileRead,
    SessionCreating,
    SessionMade,
    SettingsRead,
    StartFailed,
    Ticked,
    Told,
    WindowMoved,
)
from horizon_desktop.presentation.new_session import MAX_MINUTES, MIN_MINUTES, SessionDraft
from horizon_desktop.presentation.plain_text import TITLE_LENGTH
from horizon_desktop.presentation.reduce_sessions import with_front_file
from horizon_desktop.presentation.state import AppState

Handler = Callable[[AppState, Any], AppState]
_MAX_GUESTS: Final = 30
_PAGES: Final = frozenset(
    {"first_run", "home", "sessions", "usage", "settings", "doctor", "new_session", "share", "workspace", "ended"}
)
_SESSION_PAGES: Final = frozenset({"share", "workspace", "ended"})


def ticked(state: AppState, fact: Ticked) -> AppState:
    """A second passed: old toasts go."""
    toasts = tuple(toast for toast in state.toasts if toast.until > fact.now)
    return msgspec.structs.replace(state, now=fact.now, utc_offset_s=fact.utc_offset_s, toasts=toasts)


def show_page(state: AppState, intent: intents.ShowPage) -> AppState:
    """Show a page; one of a session only when that session is known."""
    if intent.page not in _PAGES:
        return state
    session_id = intent.session_id or state.front_session
    if intent.page in _SESSION_PAGES and session_id not in state.active_sessions:
        return state
    left = state.active_sessions.get(state.front_session)
    is_over = (
        left is not None and left.state == "ended" and (intent.page != "ended" or session_id != state.front_session)
    )
    if is_over:
        state = msgspec.structs.replace(
            state,
            active_sessions=without(state.active_sessions, state.front_session),
            ephemeral_participants=without(state.ephemeral_participants, state.front_session),
        )
    front = session_id if intent.page in _SESSION_PAGES else state.front_session
    if intent.page == "sessions" and intent.session_id:
        state = msgspec.structs.replace(state, chosen_session=intent.session_id)
    state = msgspec.structs.replace(
        state, page=intent.page, front_session=front, home_problem=None, link_problem=None, is_end_all_asked=False
    )
    return _seen(state)


def back(state: AppState, intent: intents.Back) -> AppState:
    """Go one page up: everything is one step below home."""
    del intent
    return show_page(state, intents.ShowPage(page="home"))


def _seen(state: AppState) -> AppState:
    """The chat that came to the screen has nothing unread."""
    session = state.active_sessions.get(state.front_session)
    if session is None or state.page != "workspace" or session.panel != "chat" or not session.unread:
        return state
    return with_session(state, state.front_session, unread=0)


def with_draft(state: AppState, **changes: object) -> AppState:
    """Return the state with fields of the draft replaced; what was wrong with it may be mended now."""
    changes.setdefault("problem", None)
    return msgspec.structs.replace(state, draft=msgspec.structs.replace(state.draft, **changes))


def choose_type(state: AppState, intent: intents.ChooseSessionType) -> AppState:
    """Another type brings its own preset."""
    return with_draft(state, session_type=intent.session_type, channels={})


def choose_access(state: AppState, intent: intents.ChooseAccess) -> AppState:
    """Open or close one channel."""
    return with_draft(state, channels=put(state.draft.channels, intent.channel, intent.access))


def choose_minutes(state: AppState, intent: intents.ChooseMinutes) -> AppState:
    """Choose the session's length, within what a session may be."""
    return with_draft(state, minutes=min(max(intent.minutes, MIN_MINUTES), MAX_MINUTES))


def choose_guests(state: AppState, intent: intents.ChooseGuests) -> AppState:
    """Choose the places of the first invite."""
    return with_draft(state, guests=min(max(intent.guests, 1), _MAX_GUESTS))


def set_title(state: AppState, intent: intents.SetTitle) -> AppState:
    """Name the session."""
    return with_draft(state, title=intent.title[:TITLE_LENGTH])


def add_files(state: AppState, intent: intents.AddFiles) -> AppState:
    """Add to the draft what is not in it yet; files for a running session go to the bridge instead."""
    if intent.session_id:
        return state
    added = tuple(path for path in dict.fromkeys(intent.paths) if path not in state.draft.files)
    return with_draft(state, files=(*state.draft.files, *added))


def remove_draft_file(state: AppState, intent: intents.RemoveDraftFile) -> AppState:
    """Take a file out of the draft."""
    return with_draft(state, files=tuple(path for path in state.draft.files if path != intent.path))


def set_approval(state: AppState, intent: intents.SetApproval) -> AppState:
    """Ask before each guest, or not."""
    return with_draft(state, is_approval_asked=intent.is_asked)


def set_relay(state: AppState, intent: intents.SetRelayAllowed) -> AppState:
    """Allow the relay to carry more than the way in, or not."""
    return with_draft(state, is_relay_allowed=intent.is_allowed)


def creating(state: AppState, fact: SessionCreating) -> AppState:
    """The draft is on its way; it cannot be sent twice."""
    del fact
    return with_draft(state, is_creating=True)


def session_made(state: AppState, fact: SessionMade) -> AppState:
    """Show the link and the code; the next draft starts with the same choices and no files."""
    made = state.draft
    draft = SessionDraft(
        session_type=made.session_type,
        minutes=made.minutes,
        guests=made.guests,
        is_approval_asked=made.is_approval_asked,
        is_relay_allowed=made.is_relay_allowed,
    )
    state = with_session(state, fact.session_id, is_approval_asked=made.is_approval_asked)
    state = msgspec.structs.replace(
        state, draft=draft, is_code_hidden=False, is_web_link=False, link_copied_at=None, code_copied_at=None
    )
    return show_page(state, intents.ShowPage(page="share", session_id=fact.session_id))


def command_failed(state: AppState, fact: CommandFailed) -> AppState:
    """Say what went wrong where it was asked for; what was shown as pending no longer is."""
    if fact.intent == intents.CreateInvite.__name__:
        return with_draft(state, is_creating=False, problem=fact.problem)
    session = session_of(state, fact.session_id)
    if session is not None:
        knocks = tuple(
            msgspec.structs.replace(knock, is_answered=False) if knock.peer_id == fact.peer_id else knock
            for knock in session.knocks
        )
        state = with_session(
            state,
            fact.session_id,
            knocks=knocks,
            applying=without(session.applying, fact.peer_id),
            has_asked=False if fact.intent == intents.AskTime.__name__ else session.has_asked,
        )
    if fact.intent == intents.ResumeSession.__name__:
        return msgspec.structs.replace(state, home_problem=fact.problem)
    return with_toast(state, fact.problem.key, tone="bad", **fact.problem.values)


def start_failed(state: AppState, fact: StartFailed) -> AppState:
    """Home says why nothing works."""
    return msgspec.structs.replace(state, page="home", home_problem=fact.problem)


def told(state: AppState, fact: Told) -> AppState:
    """Say it once."""
    return with_toast(state, fact.key, tone=fact.tone, **fact.values)


def copied(state: AppState, fact: Copied) -> AppState:
    """The copy button says so for a moment."""
    if fact.what == "code":
        return msgspec.structs.replace(state, code_copied_at=state.now)
    return msgspec.structs.replace(state, link_copied_at=state.now)


def profile_read(state: AppState, fact: ProfileRead) -> AppState:
    """We know who we are."""
    return msgspec.structs.replace(state, profile=fact.profile)


def settings_read(state: AppState, fact: SettingsRead) -> AppState:
    """What was remembered."""
    return msgspec.structs.replace(state, theme=fact.theme, is_wayland=fact.is_wayland)


def window_moved(state: AppState, fact: WindowMoved) -> AppState:
    """The window came to the front, or left it."""
    return _seen(msgspec.structs.replace(state, is_window_in_front=fact.is_in_front))


def choose_theme(state: AppState, intent: intents.ChooseTheme) -> AppState:
    """Light, dark, or as the system says."""
    return msgspec.structs.replace(state, theme=intent.theme)


def finish_first_run(state: AppState, intent: intents.FinishFirstRun) -> AppState:
    """The greeting is over."""
    del intent
    return msgspec.structs.replace(state, page="home")


def show_link_form(state: AppState, intent: intents.ShowLinkForm) -> AppState:
    """Web link or app link."""
    return msgspec.structs.replace(state, is_web_link=intent.is_web, link_copied_at=None)


def hide_code(state: AppState, intent: intents.HideCode) -> AppState:
    """Hide the code from who looks over the shoulder."""
    return msgspec.structs.replace(state, is_code_hidden=intent.is_hidden)


def float_presence(state: AppState, intent: intents.FloatPresence) -> AppState:
    """Dock the presence bar or let it float; where windows cannot stay on top it stays docked, and that is said."""
    if state.is_wayland and intent.form != "docked":
        return with_toast(state, "overlay.wayland", tone="info")
    return msgspec.structs.replace(state, presence_form=intent.form)


def show_cursors(state: AppState, intent: intents.ShowCursors) -> AppState:
    """Show or hide the cursors of others, on this screen only."""
    return msgspec.structs.replace(state, are_cursors_shown=intent.is_shown)


def dismiss_toast(state: AppState, intent: intents.DismissToast) -> AppState:
    """It was read."""
    return msgspec.structs.replace(
        state, toasts=tuple(toast for toast in state.toasts if toast.toast_id != intent.toast_id)
    )


def select_file(state: AppState, intent: intents.SelectFile) -> AppState:
    """Bring a file to the front; who chooses a file follows nobody any more."""
    state = with_front_file(state, intent.session_id, intent.file_id)
    return with_session(state, intent.session_id, following="")


def close_file(state: AppState, intent: intents.CloseFile) -> AppState:
    """Close a tab; its neighbour comes to the front."""
    session = session_of(state, intent.session_id)
    if session is None or intent.file_id not in session.open_files:
        return state
    at = session.open_files.index(intent.file_id)
    left = tuple(file_id for file_id in session.open_files if file_id != intent.file_id)
    front = session.front_file
    if front == intent.file_id:
        front = left[min(at, len(left) - 1)] if left else b""
    loading = session.loading_files - {intent.file_id}
    return with_session(state, intent.session_id, open_files=left, front_file=front, loading_files=loading)


def close_difference(state: AppState, intent: intents.CloseDifference) -> AppState:
    """Back to the text."""
    return with_session(state, intent.session_id, difference=None)


def invite_again(state: AppState, intent: intents.InviteAgain) -> AppState:
    """A new draft with the choices and files of a session that ended."""
    session = state.active_sessions.get(intent.session_id)
    if session is None:
        return state
    folder = session.folder.rstrip("/")
    files = tuple(f"{folder}/{file.path}" for file in session.files) if folder and session.is_host else ()
    draft = msgspec.structs.replace(
        state.draft, session_type=session.session_type, title=session.title, files=files, problem=None
    )
    return show_page(msgspec.structs.replace(state, draft=draft), intents.ShowPage(page="new_session"))


def show_panel(state: AppState, intent: intents.ShowPanel) -> AppState:
    """Choose the tab of the right panel."""
    return _seen(with_session(state, state.front_session, panel=intent.panel))


HANDLERS: Final[Mapping[type, Handler]] = {
    Ticked: ticked,
    intents.ShowPage: show_page,
    intents.Back: back,
    intents.ChooseSessionType: choose_type,
    intents.ChooseAccess: choose_access,
    intents.ChooseMinutes: choose_minutes,
    intents.ChooseGuests: choose_guests,
    intents.SetTitle: set_title,
    intents.AddFiles: add_files,
    intents.RemoveDraftFile: remove_draft_file,
    intents.SetApproval: set_approval,
    intents.SetRelayAllowed: set_relay,
    SessionCreating: creating,
    SessionMade: session_made,
    CommandFailed: command_failed,
    StartFailed: start_failed,
    Told: told,
    Copied: copied,
    ProfileRead: profile_read,
    SettingsRead: settings_read,
    WindowMoved: window_moved,
    intents.ChooseTheme: choose_theme,
    intents.FinishFirstRun: finish_first_run,
    intents.ShowLinkForm: show_link_form,
    intents.HideCode: hide_code,
    intents.FloatPresence: float_presence,
    intents.ShowCursors: show_cursors,
    intents.DismissToast: dismiss_toast,
    intents.SelectFile: select_file,
    intents.CloseFile: close_file,
    intents.CloseDifference: close_difference,
    intents.InviteAgain: invite_again,
    intents.ShowPanel: show_panel,
}
