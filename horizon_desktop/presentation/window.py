"""What the windows show: the page of the main window, the join window, the floating bar, and what stands over them."""

import msgspec

from horizon_desktop.presentation.approval import ApprovalView
from horizon_desktop.presentation.doctor import DoctorView, SettingsView
from horizon_desktop.presentation.ended import EndedView
from horizon_desktop.presentation.first_run import FirstRunView
from horizon_desktop.presentation.frame import SideBarView, StatusBarView
from horizon_desktop.presentation.home import HomeView
from horizon_desktop.presentation.join import JoinView
from horizon_desktop.presentation.new_session import NewSessionView
from horizon_desktop.presentation.presence_bar import PresenceBarView
from horizon_desktop.presentation.sessions_page import SessionsView
from horizon_desktop.presentation.share import ShareView
from horizon_desktop.presentation.usage_page import UsagePageView
from horizon_desktop.presentation.wording import Words
from horizon_desktop.presentation.workspace import WorkspaceView

PageView = (
    FirstRunView
    | HomeView
    | SessionsView
    | UsagePageView
    | SettingsView
    | DoctorView
    | NewSessionView
    | ShareView
    | WorkspaceView
    | EndedView
)


class ToastView(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to tell."""

    toast_id: int
    words: Words
    tone: str


class TrayRow(msgspec.Struct, frozen=True, kw_only=True):
    """One open session in the tray's menu."""

    session_id: str
    title: str
    time: str
    sun_permille: int


class WindowView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that this application shows now."""

    page: str
    """first_run, home, sessions, usage, settings, doctor, new_session, share, workspace or ended."""
    shown: PageView
    side: SideBarView
    status: StatusBarView
    theme: str
    session_id: str = ""
    """The session whose page is shown, empty on pages of none."""
    is_host: bool = False
    front_file: bytes = b""
    knock: ApprovalView | None = None
    """Somebody waits, and the page shown does not say so itself."""
    toast: ToastView | None = None
    join: JoinView | None = None
    presence: PresenceBarView | None = None
    """The floating bar; None: there is no session that it could show."""
    tray: tuple[TrayRow, ...] = ()
    is_input_paused: bool = False
    """In every own session that runs."""
    hosted: int = 0
    """Own sessions that run now."""
    people: tuple[str, ...] = ()
    """Peer ids of the others in the session shown, in join order: for the keys that follow them."""
    are_cursors_shown: bool = True
    panel: str = "people"
