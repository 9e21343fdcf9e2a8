"""The workspace: everything around and in the shared editor."""

from enum import StrEnum

import msgspec

from horizon_desktop.presentation.chat_panel import ChatView
from horizon_desktop.presentation.difference import DifferenceView
from horizon_desktop.presentation.expiry import ExpiryView
from horizon_desktop.presentation.file_list import FileListView
from horizon_desktop.presentation.people import BadgeView, PeopleView
from horizon_desktop.presentation.presence_bar import PresenceBarView
from horizon_desktop.presentation.reconnecting import ReconnectingView
from horizon_desktop.presentation.sessions_page import PurseView


class Panel(StrEnum):
    """Tabs of the right panel."""

    PEOPLE = "people"
    CHAT = "chat"


class ReadOnlyReason(StrEnum):
    """Why typing does nothing in a file; empty when it works."""

    NONE = ""
    ROLE = "role"
    """The host lets us watch only."""
    TIME = "time"
    """0:00 has passed."""
    LINK = "link"
    """The place was given up: what is typed could not be sent any more."""


class TopBarView(msgspec.Struct, frozen=True, kw_only=True):
    session_id: str
    title: str
    session_type: str
    """pair or review."""
    is_host: bool
    host: str
    presence: PresenceBarView
    may_invite: bool = True
    is_end_asked: bool = False
    is_input_paused: bool = False
    """Host: guests change nothing; said to a host, who could forget it."""
    purse: PurseView | None = None
    """Host: what the session has spent of what it may."""


class TabView(msgspec.Struct, frozen=True, kw_only=True):
    """One open file."""

    file_id: bytes
    name: str
    path: str
    icon: str
    people: tuple[BadgeView, ...] = ()


class RemoteCaretView(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody else is in a text. Positions are UTF-16 units from the start."""

    peer_id: str
    name: str
    color: int
    anchor: int
    head: int
    label: str = ""
    """Two letters in the flag when the colour is used twice (a ninth person)."""


class EditorView(msgspec.Struct, frozen=True, kw_only=True):
    """What surrounds the text of the file in front; the text itself goes through the binding."""

    file_id: bytes
    path: str
    read_only: ReadOnlyReason = ReadOnlyReason.NONE
    problem: str = ""
    """Copy deck's key: file.vanished, file.encoding, ..."""
    host: str = ""
    is_loading: bool = False


class FollowView(msgspec.Struct, frozen=True, kw_only=True):
    """Whom we follow."""

    peer_id: str
    name: str
    color: int


class WorkspaceView(msgspec.Struct, frozen=True, kw_only=True):
    session_id: str
    is_host: bool
    top: TopBarView
    files: FileListView
    people: PeopleView
    chat: ChatView
    expiry: ExpiryView
    reconnecting: ReconnectingView
    tabs: tuple[TabView, ...] = ()
    editor: EditorView | None = None
    """None: no file is open."""
    following: FollowView | None = None
    difference: DifferenceView | None = None
    panel: Panel = Panel.PEOPLE
