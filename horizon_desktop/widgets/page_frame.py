"""The frame around the pages that are no session: side bar left, page, status bar below."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from horizon_desktop.presentation.frame import SideBarView, StatusBarView
from horizon_desktop.widgets.scroll_area import scroll_area
from horizon_desktop.widgets.side_bar import SideBar
from horizon_desktop.widgets.status_bar import StatusBar
from horizon_desktop.widgets.theme import Theme

NARROW_BELOW: Final = 1100


class PageFrame(QWidget):
    """Shows one page at a time; a page that is higher than the window scrolls."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("page_frame")
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.side_bar = SideBar(theme)
        self.side_bar.intent.connect(self.intent)
        outer.addWidget(self.side_bar)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        self.stack = QStackedWidget()
        right.addWidget(self.stack, 1)
        self.status_bar = StatusBar(theme)
        right.addWidget(self.status_bar)
        outer.addLayout(right, 1)
        self._places: dict[str, int] = {}

    def add_page(self, name: str, page: QWidget) -> None:
        """Take a page in under a name; its intents go on through the frame."""
        area = scroll_area(f"{name}.frame", page)
        self._places[name] = self.stack.addWidget(area)

    def show_page(self, name: str) -> None:
        """Show the page with this name."""
        self.stack.setCurrentIndex(self._places[name])

    def render_frame(self, side: SideBarView, status: StatusBarView) -> None:
        """Show where we are, who we are, and what this machine knows."""
        self.side_bar.render(side)
        self.status_bar.render(status)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.side_bar.set_narrow(is_narrow=self.width() < self._theme.px(NARROW_BELOW))
