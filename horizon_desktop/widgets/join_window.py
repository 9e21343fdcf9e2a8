"""The window of the join page: comes with a link, goes with the session or when it is closed."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow

from horizon_desktop.presentation.intents import CancelJoin
from horizon_desktop.presentation.join import JoinView
from horizon_desktop.widgets.focus_ring import FocusRing
from horizon_desktop.widgets.join_page import JoinPage
from horizon_desktop.widgets.theme import Theme

SIZE = QSize(900, 624)


class JoinWindow(QMainWindow):
    """Shows a JoinView, or nothing."""

    intent = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("join_window")
        self.page = JoinPage(theme)
        self.page.intent.connect(self.intent)
        self.setCentralWidget(self.page)
        self.setWindowTitle(self.page.windowTitle())
        self.resize(SIZE)
        self.focus_ring = FocusRing(theme, self)
        self._view: JoinView | None = None

    def render(self, view: JoinView | None) -> None:  # type: ignore[override]
        """Show the page for a link; None: no link is being followed."""
        before, self._view = self._view, view
        if view is None:
            self.hide()
            return
        if view != before:
            self.page.render(view)
        if before is None or not self.isVisible():
            self.show()
            self.raise_()
            self.activateWindow()
            self.page.focus_main()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing withdraws what was asked."""
        event.ignore()
        self.intent.emit(CancelJoin())
