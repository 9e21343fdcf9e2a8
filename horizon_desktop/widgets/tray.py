"""The tray: a sun with the time left, the open sessions, and notifications; nothing where a desktop has no tray."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from horizon_desktop.presentation.intents import Quit, ShowPage
from horizon_desktop.presentation.window import TrayRow, WindowView
from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.window_texts import note_text, note_title

NOTICE_MS = 10_000


class Tray(QObject):
    """Shows the open sessions in the desktop's tray and tells what happens while the window is elsewhere."""

    intent = Signal(object)
    opened = Signal()
    """The window is wanted back."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: tuple[TrayRow, ...] | None = None
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
        if view.tray == self._rows:
            return
        self._rows = view.tray
        if self._icon is not None:
            tip = "\n".join(f"{row.title} \u00b7 {row.time}" for row in view.tray) or self.tr("No session is open.")
            self._icon.setToolTip(tip)
        self._menu.clear()
        for row in view.tray:
            action = self._menu.addAction(f"{row.title}\t{row.time}")
            action.triggered.connect(
                lambda _on=False, row=row: self._go(ShowPage(page="workspace", session_id=row.session_id))
            )
        self._menu.addSeparator()
        self._add(self.tr("New session"), lambda: self._go(ShowPage(page="new_session")))
        self._add(self.tr("Join with link"), lambda: self._go(ShowPage(page="home")))
        self._menu.addSeparator()
        self._add(self.tr("Quit Horizon"), lambda: self.intent.emit(Quit()))

    def _add(self, label: str, act: Callable[[], None]) -> None:
        action = self._menu.addAction(label)
        action.triggered.connect(act)

    def _go(self, intent: ShowPage) -> None:
        self.opened.emit()
        self.intent.emit(intent)

    def notify(self, words: Words, *, is_urgent: bool) -> None:
        """Tell something, where there is a place for it."""
        if self._icon is not None:
            kind = QSystemTrayIcon.MessageIcon.Warning if is_urgent else QSystemTrayIcon.MessageIcon.Information
            self._icon.showMessage(note_title(words), note_text(words), kind, NOTICE_MS)
