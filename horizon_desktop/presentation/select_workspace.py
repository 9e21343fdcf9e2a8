"""What the workspace shows of a session."""

from horizon_desktop.domain.collaboration.channel import ChannelAccess, ChannelKind
from horizon_desktop.domain.collaboration.documents import SharedFile
from horizon_desktop.presentation.chat_panel import ChatLineView, ChatView
from horizon_desktop.presentation.expiry import WarningLevel
from horizon_desktop.presentation.file_list import FileItem, FileListView, icon_of, tree_rows
from horizon_desktop.presentation.people import BadgeView, identity_of, initials
from horizon_desktop.presentation.plain_text import TITLE_LENGTH, plain
from horizon_desktop.presentation.presence_bar import BarForm, PresenceBarView, bar_action
from horizon_desktop.presentation.reconnecting import ReconnectingView, SilenceStage, silence_stage
from horizon_desktop.presentation.select_people import (
    badge_of,
    badges_of,
    guests_of,
    host_of,
    is_shown_silent,
    people_in,
    people_view,
    quality_view,
    silent_ms,
)
from horizon_desktop.presentation.select_sessions import purse_view
from horizon_desktop.presentation.select_time import (
    expiry_view,
    may_extend,
    seconds_until,
    session_level,
    session_time,
    time_of_day,
)
from horizon_desktop.presentation.state import AppState, ChatLine, Session
from horizon_desktop.presentation.workspace import (
    EditorView,
    FollowView,
    Panel,
    ReadOnlyReason,
    TabView,
    TopBarView,
    WorkspaceView,
)


def workspace_view(state: AppState, session: Session) -> WorkspaceView:
    """Return the whole workspace of a session."""
    return WorkspaceView(
        session_id=session.session_id,
        is_host=session.is_host,
        top=top_bar_view(state, session),
        files=file_list_view(state, session),
        people=people_view(state, session),
        chat=chat_view(state, session),
        expiry=expiry_view(state, session, host=host_of(state, session)),
        reconnecting=reconnecting_view(state, session),
        tabs=tab_views(state, session),
        editor=editor_view(state, session),
        following=follow_view(state, session),
        difference=session.difference,
        panel=Panel.PEOPLE if _is_chat_off(state) else Panel(session.panel),
    )


def top_bar_view(state: AppState, session: Session) -> TopBarView:
    """Return the bar over the editor."""
    return TopBarView(
        session_id=session.session_id,
        title=plain(session.title, limit=TITLE_LENGTH),
        session_type=session.session_type,
        is_host=session.is_host,
        host=host_of(state, session),
        presence=presence_bar_view(state, session),
        may_invite=session.is_host and session.state == "open",
        is_end_asked=session.is_end_asked,
        is_input_paused=session.is_host and session.is_input_paused,
        purse=purse_view(session.purse) if session.is_host and session.purse is not None else None,
    )


def file_list_view(state: AppState, session: Session) -> FileListView:
    """Return the tree of shared files."""
    items = tuple(
        FileItem(
            file_id=file.file_id,
            path=file.path,
            may_edit=may_edit(session, file),
            problem=file.problem,
            people=people_in(state, session, file.path, is_self_counted=False),
            has_guest_edits=session.is_host and file.file_id in session.edited_files,
        )
        for file in session.files
    )
    root = session.folder.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] if session.is_host else ""
    return FileListView(
        session_id=session.session_id,
        is_host=session.is_host,
        rows=tree_rows(items, root=root, selected=session.front_file),
        files=len(items),
    )


def may_edit(session: Session, file: SharedFile) -> bool:
    """Whether what we type in a file counts: a host's always does."""
    if session.is_host:
        return True
    return file.may_edit and session.channels.get(ChannelKind.EDITS, ChannelAccess.CLOSED) == ChannelAccess.USE


def file_in_front(session: Session) -> SharedFile | None:
    """Return the file in front."""
    return next((file for file in session.files if file.file_id == session.front_file), None)


def editor_view(state: AppState, session: Session) -> EditorView | None:
    """Return what surrounds the text in front."""
    file = file_in_front(session)
    if file is None:
        return None
    return EditorView(
        file_id=file.file_id,
        path=file.path,
        read_only=read_only_reason(state, session, file),
        problem=file.problem,
        host=host_of(state, session),
        is_loading=file.file_id in session.loading_files,
    )


def read_only_reason(state: AppState, session: Session, file: SharedFile) -> ReadOnlyReason:
    """Return why typing does nothing."""
    if session.is_host:
        return ReadOnlyReason.NONE
    if session.state != "open" or session_level(state, session) is WarningLevel.OVER:
        return ReadOnlyReason.TIME
    if reconnecting_view(state, session).stage is SilenceStage.LOST:
        return ReadOnlyReason.LINK
    return ReadOnlyReason.NONE if may_edit(session, file) else ReadOnlyReason.ROLE


def tab_views(state: AppState, session: Session) -> tuple[TabView, ...]:
    """Return the open files in the order they were opened."""
    files: dict[bytes, SharedFile] = {file.file_id: file for file in session.files}
    return tuple(
        TabView(
            file_id=file_id,
            name=files[file_id].path.rsplit("/", 1)[-1],
            path=files[file_id].path,
            icon=icon_of(files[file_id].path.rsplit("/", 1)[-1]),
            people=people_in(state, session, files[file_id].path, is_self_counted=False),
        )
        for file_id in session.open_files
        if file_id in files
    )


def chat_view(state: AppState, session: Session) -> ChatView:
    """Return the chat. Somebody who has left keeps name and a grey circle at what they said."""
    people = {person.peer_id: person for person in state.ephemeral_participants.get(session.session_id, ())}
    badges: dict[tuple[str, str], BadgeView] = {}
    lines = []
    for line in session.chat:
        who = (line.peer_id, line.name)
        if who not in badges:
            person = people.get(line.peer_id)
            badges[who] = _gone_badge(line) if person is None else badge_of(session, person)
        lines.append(
            ChatLineView(
                message_id=line.message_id,
                badge=badges[who],
                time=time_of_day(state, line.at),
                text=line.text,
                is_own=line.peer_id == session.own_peer_id,
            )
        )
    may_write = session.is_host or session.channels.get(ChannelKind.CHAT, 0) == ChannelAccess.USE
    return ChatView(
        session_id=session.session_id,
        lines=tuple(lines),
        unread=session.unread,
        may_write=may_write and session.state != "read_only",
        host=host_of(state, session),
        is_off=_is_chat_off(state),
        is_link_lost=not session.is_host and reconnecting_view(state, session).stage is not SilenceStage.NONE,
    )


def _is_chat_off(state: AppState) -> bool:
    return state.profile is not None and ChannelKind.CHAT in state.profile.off


def _gone_badge(line: ChatLine) -> BadgeView:
    name = plain(line.name)
    return BadgeView(peer_id=line.peer_id, name=name, initials=initials(name), color=identity_of(0), is_here=False)


def reconnecting_view(state: AppState, session: Session) -> ReconnectingView:
    """Return chip, banner or nothing for the peers that are not heard; the longest silence rules."""
    silent = [peer_id for peer_id in session.silences if is_shown_silent(session, peer_id)]
    if not silent:
        return ReconnectingView(session_id=session.session_id, is_host=session.is_host, host=host_of(state, session))
    first = max(silent, key=lambda peer_id: silent_ms(state, session, peer_id))
    left_s = max(0, seconds_until(session.silences[first].resume_by, state.now))
    guests = guests_of(state, session)
    return ReconnectingView(
        session_id=session.session_id,
        stage=silence_stage(silent_ms(state, session, first), left_s * 1000),
        is_host=session.is_host,
        host=host_of(state, session),
        guests=tuple(plain(person.name) for person in guests if person.peer_id in silent),
        is_everyone=all(person.peer_id in silent for person in guests),
        resume_left_s=left_s,
        waiting_edits=session.waiting_edits,
    )


def follow_view(state: AppState, session: Session) -> FollowView | None:
    """Return whom we follow."""
    people = state.ephemeral_participants.get(session.session_id, ())
    person = next((person for person in people if person.peer_id == session.following), None)
    if person is None:
        return None
    return FollowView(peer_id=person.peer_id, name=plain(person.name), color=identity_of(person.color))


def presence_bar_view(state: AppState, session: Session) -> PresenceBarView:
    """Return the floating bar."""
    time = session_time(state, session)
    is_reconnecting = reconnecting_view(state, session).stage is not SilenceStage.NONE
    return PresenceBarView(
        session_id=session.session_id,
        title=plain(session.title, limit=TITLE_LENGTH),
        is_host=session.is_host,
        form=BarForm(state.presence_form),
        badges=badges_of(state, session),
        people=people_view(state, session).rows,
        quality=quality_view(state, session),
        time=time,
        unread=session.unread,
        action=bar_action(is_host=session.is_host, tone=time.tone, is_reconnecting=is_reconnecting),
        may_extend=may_extend(session),
        has_asked=session.has_asked,
    )
