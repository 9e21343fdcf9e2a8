"""The tray: a sun with the time left, the open sessions, and notifications; nothing where a desktop has no tray."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from horizon_desktop.presentation.intents import AskEndAll, FloatPresence, Intent, PauseInput, Quit, ShowPage
from horizon_desktop.presentation.window import TrayRow, WindowView
from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.window_texts import note_text, note_title
from horizon_desktop.widgets.workspace_texts import said

NOTICE_MS = 10_000


class Tray(QObject):
    """Shows the open sessions in the desktop's tray and tells what happens while the window is elsewhere."""

    intent = Signal(object)
    opened = Signal()
    """The window is wanted back."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: tuple[tuple[TrayRow, ...], bool, bool, bool] | None = None
        self._menu = QMenu()
        self._menu.setObjectName("tray_menu")
        self._icon: QSystemTrayIcon | None = None
        if QSystemTrayIcon.isSystemTrayAvailable():
            self._icon = QSystemTrayIcon(QIcon(theme.brand("horizon", 32, 1.0)), self)
            self._icon.setContextMenu(self._menu)
            self._icon.activated.connect(lambda _reason: self.opened.emit())
            self._icon.messageClicked.connect(self.opened)
            self._icon.show()

    @property
    def is_available(self) -> bool:
        """Whether this desktop has a tray."""
        return self._icon is not None

    @property
    def menu(self) -> QMenu:
        """The tray's menu."""
        return self._menu

    def render(self, view: WindowView) -> None:
        """Show the open sessions and their time left."""
        shown = (view.tray, view.hosted > 0, view.presence is not None, view.is_input_paused)
        if shown == self._shown:
            return
        self._shown = shown
        if self._icon is not None:
            tip = "\n".join(f"{row.title} \u00b7 {row.time}" for row in view.tray) or self.tr("No session is open.")
            self._icon.setToolTip(tip)
        self._menu.clear()
        fill_menu(self._menu, self._theme, view, go=self._go, ask=self.intent.emit)

    def _go(self, intent: Intent) -> None:
        self.opened.emit()
        self.intent.emit(intent)

    def notify(self, words: Words, *, is_urgent: bool) -> None:
        """Tell something, where there is a place for it."""
        if self._icon is not None:
            kind = QSystemTrayIcon.MessageIcon.Warning if is_urgent else QSystemTrayIcon.MessageIcon.Information
            self._icon.showMessage(note_title(words), note_text(words), kind, NOTICE_MS)


def fill_menu(
    menu: QMenu,
    theme: Theme,
    view: WindowView,
    *,
    go: Callable[[Intent], None],
    ask: Callable[[Intent], None],
) -> None:
    """Put the open sessions and what can be done from anywhere into a menu.

    Args:
        go: Asks for something and brings the window back.
        ask: Asks for something; the window stays where it is.
    """

    def add(icon: str, label: str, act: Callable[[Intent], None], intent: Intent, *, tone: str = "text2") -> None:
        action = menu.addAction(theme.icon(icon, 16, tone), label)
        action.triggered.connect(lambda _on=False: act(intent))

    for row in view.tray:
        session = ShowPage(page="workspace", session_id=row.session_id)
        add("sunset", f"{row.title}\t{row.time}", go, session, tone="sun")
    menu.addSeparator()
    add("plus", said("New session"), go, ShowPage(page="new_session"))
    add("log-in", said("Join with link"), go, ShowPage(page="home"))
    if view.presence is not None:
        add("picture-in-picture-2", said("Show presence bar"), ask, FloatPresence(form="bar"))
    if view.hosted:
        menu.addSeparator()
        label = said("Let input go on") if view.is_input_paused else said("Pause all input")
        add("circle-pause", label, ask, PauseInput(is_paused=not view.is_input_paused))
        add("octagon-x", said("End everything"), go, AskEndAll(is_shown=True), tone="bad")
    menu.addSeparator()
    add("power", said("Quit Horizon"), ask, Quit())
