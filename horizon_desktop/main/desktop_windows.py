"""The windows of the application, each built once and shown whatever the state says."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, QIcon

from horizon_desktop.main.window_pages import Pages
from horizon_desktop.presentation.intents import CheckInvite, ShowPage
from horizon_desktop.presentation.select_window import window_view
from horizon_desktop.presentation.share import ShareView
from horizon_desktop.presentation.state import AppState
from horizon_desktop.presentation.window import WindowView
from horizon_desktop.shell.window_settings import WindowSettings
from horizon_desktop.widgets.floating_presence import FloatingPresence
from horizon_desktop.widgets.main_window import MainWindow
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.tray import Tray

if TYPE_CHECKING:
    from horizon_desktop.widgets.invite_link_share import InviteLinkShare
    from horizon_desktop.widgets.join_window import JoinWindow
    from horizon_desktop.widgets.workspace_page import WorkspacePage


class Windows(QObject):
    """Main window, join window, floating presence bar and tray. Render in, intents out."""

    def __init__(self, theme: Theme, dispatch: Callable[[object], None]) -> None:
        super().__init__()
        self._theme = theme
        self._seen: WindowView | None = None
        self.main = MainWindow(theme)
        self.main.setWindowIcon(QIcon(theme.brand("horizon", 64, 1.0)))
        self._join: JoinWindow | None = None
        self._dispatch = dispatch
        self.floating = FloatingPresence(theme)
        self.tray = Tray(theme, self)
        self._revealed = ""
        self._pages = Pages(self.main, theme)
        self.main.has_tray = self.tray.is_available
        self.tray.opened.connect(self.main.come_to_front)
        self.main.keys.presence_wanted.connect(self._focus_presence)
        for source in (self.main, self.floating, self.tray):
            source.intent.connect(dispatch)

    @property
    def join(self) -> "JoinWindow":
        """The join window, built when it is first wanted."""
        if self._join is None:
            from horizon_desktop.widgets.join_window import JoinWindow  # noqa: PLC0415  (needed later)

            self._join = JoinWindow(self._theme)
            self._join.intent.connect(self._follow_check)
            self._join.intent.connect(self._dispatch)
        return self._join

    @property
    def workspace(self) -> "WorkspacePage":
        return cast("WorkspacePage", self._pages["workspace"])

    def render(self, state: AppState) -> None:
        """Show the state."""
        view = window_view(state)
        if self._seen is None or self._seen.theme != view.theme:
            self._theme.choose(view.theme)
        self.main.render(view)
        if isinstance(view.shown, ShareView) and view.shown.knock is not None:
            self._reveal(view.shown.knock.peer_id)
        else:
            self._revealed = ""
        self.tray.render(view)
        if view.join is not None or self._join is not None:
            self.join.render(view.join)
        if view.presence is None:
            self.floating.hide()
        else:
            self.floating.show_presence(view.presence)
        self._seen = view

    def _follow_check(self, intent: object) -> None:
        """A check that was asked for in the join window is shown in the main one."""
        if isinstance(intent, CheckInvite):
            self.main.come_to_front()

    def _focus_presence(self) -> None:
        """Put the focus on the presence bar: where it floats, else in the workspace of its session."""
        shown = self._seen.presence if self._seen is not None else None
        if shown is None:
            return
        if self.floating.isVisible():
            self.floating.take_focus()
            return
        self.main.intent.emit(ShowPage(page="workspace", session_id=shown.session_id))
        self.workspace.focus_presence()

    def _reveal(self, peer_id: str) -> None:
        """Bring the approval card of the share page into sight, once for each knock."""
        if peer_id != self._revealed:
            self._revealed = peer_id
            self.main.reveal(cast("InviteLinkShare", self._pages["share"]).approval.let_in_button)

    def restore(self, settings: WindowSettings) -> None:
        """Put the windows where they were last."""
        if settings.geometry:
            self.main.restoreGeometry(settings.geometry)
        screen = QGuiApplication.primaryScreen().name()
        self.floating.place(settings.corner(screen) or "bottom_right", screen=screen)

    def close(self) -> None:
        """Take every window off the screen."""
        for window in (self.main, self._join, self.floating):
            if window is not None:
                window.hide()
