"""The main window: one page at a time, the approval card and toasts over it, and its keys."""

from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QEvent, QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QScrollArea, QStackedWidget, QWidget

from horizon_desktop.presentation.intents import DismissToast, Quit
from horizon_desktop.presentation.window import ToastView, WindowView
from horizon_desktop.widgets.announcer import Announcer
from horizon_desktop.widgets.approval_card import WIDTH, ApprovalCard
from horizon_desktop.widgets.floating_card import FloatingCard
from horizon_desktop.widgets.focus_ring import FocusRing
from horizon_desktop.widgets.page_frame import PageFrame
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.toast import Toast
from horizon_desktop.widgets.window_keys import WindowKeys
from horizon_desktop.widgets.window_texts import note_line

SIZE: Final = QSize(1280, 800)
SMALLEST: Final = QSize(960, 640)
_FROM_EDGE: Final = 24
_LAID_OUT_MS: Final = 500
"""A page that grew has its new size by then, whatever else the machine does."""
_IDLE_MS: Final = 100
"""Between two pages that are built before they are wanted."""
_ICONS: Final = {"ok": "circle-check", "info": "info", "warn": "triangle-alert", "bad": "octagon-alert"}


class MainWindow(QMainWindow):
    """Shows a WindowView. Pages around sessions stand in the frame with the side bar, those of a session alone."""

    intent = Signal(object)
    fronted = Signal(bool)
    """The window came to the front, or left it."""
    hidden = Signal()
    """It was closed while sessions go on: the tray brings it back."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("main_window")
        self.setWindowTitle("Horizon")
        self.setMinimumSize(SMALLEST)
        self.resize(SIZE)
        self.stack = QStackedWidget()
        self.setCentralWidget(self.stack)
        self.frame = PageFrame(theme)
        self.frame.intent.connect(self.intent)
        self.stack.addWidget(self.frame)
        self._renderers: dict[str, Callable[[Any], None]] = {}
        self._alone: dict[str, QWidget] = {}
        self._focus: dict[str, Callable[[], None]] = {}
        self._later: dict[str, Callable[[], None]] = {}
        self._view: WindowView | None = None
        self.approval = ApprovalCard(theme, kind="plain")
        self.knock = FloatingCard(theme, name="approval.float", padding=(0, 0, 0, 0), parent=self)
        self._set_up_knock()
        self.toast = Toast(theme, self.stack)
        self.toast.closed.connect(self._toast_closed)
        self._toast_id = 0
        self.has_tray = False
        """Whether this desktop has a tray that brings a closed window back."""
        self.announcer = Announcer(self)
        self.focus_ring = FocusRing(theme, self)
        self.keys = WindowKeys(self)
        self.keys.intent.connect(self.intent)

    def _set_up_knock(self) -> None:
        self.approval.setFixedWidth(self._theme.px(WIDTH))
        self.approval.intent.connect(self.intent)
        self.knock.column.addWidget(self.approval)
        self.knock.hide()

    def add_page(
        self, name: str, page: QWidget, render: Callable[[Any], None], *, is_framed: bool, focus: Callable[[], None]
    ) -> None:
        """Take a page in under its name.

        Args:
            render: Shows a view model of this page.
            is_framed: Between side bar and status bar; else it fills the window.
            focus: Puts the focus where this page begins.
        """
        if is_framed:
            self.frame.add_page(name, page)
        else:
            self.stack.addWidget(page)
            self._alone[name] = page
        self._renderers[name] = render
        self._focus[name] = focus

    def add_later(self, name: str, build: Callable[[], None]) -> None:
        """Have a page built, which adds it, when it is first shown or while there is nothing else to do."""
        self._later[name] = build

    def build(self, name: str) -> None:
        """Build a page that waits to be; nothing for one that is there."""
        build = self._later.pop(name, None)
        if build is not None:
            build()

    def _build_next(self) -> None:
        if self._later:
            self.build(next(iter(self._later)))
            QTimer.singleShot(_IDLE_MS, self, self._build_next)

    def render(self, view: WindowView) -> None:  # type: ignore[override]
        """Show the page and what stands over it. What did not change is not drawn again."""
        before, self._view = self._view, view
        self.build(view.page)
        self.keys.see(view)
        if before is None or before.shown != view.shown or before.page != view.page:
            self._renderers[view.page](view.shown)
        if view.page not in self._alone and (
            before is None or (before.side, before.status) != (view.side, view.status)
        ):
            self.frame.render_frame(view.side, view.status)
        if before is None or before.page != view.page:
            self._turn_to(view.page)
        self._show_knock(view)
        self._show_toast(view.toast)

    def _turn_to(self, page: str) -> None:
        if page in self._alone:
            self.stack.setCurrentWidget(self._alone[page])
        else:
            self.frame.show_page(page)
            self.stack.setCurrentWidget(self.frame)
        self.toast.raise_()  # a stack puts the page that it turns to above all
        self._focus[page]()

    def _show_knock(self, view: WindowView) -> None:
        if view.knock is None:
            self.knock.hide()
            return
        is_new = not self.knock.isVisible()
        self.approval.render(view.knock)
        self.knock.resize(self.knock.sizeHint())
        self.knock.fit()
        self._place()
        if is_new:
            self.knock.show()
            self.knock.raise_()
            self.announcer.assertive(self.approval.spoken())

    def reveal(self, widget: QWidget) -> None:
        """Scroll the page so that a widget on it is in sight, again with each new size until the page is laid out."""
        area = widget.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if area is None:
            return
        found, ranged = area, area.verticalScrollBar().rangeChanged

        def show(_low: int = 0, _high: int = 0) -> None:
            found.ensureWidgetVisible(widget)

        show()
        ranged.connect(show)
        QTimer.singleShot(_LAID_OUT_MS, area, lambda: ranged.disconnect(show))

    def _show_toast(self, toast: ToastView | None) -> None:
        if toast is None or toast.toast_id == self._toast_id:
            return
        self._toast_id = toast.toast_id
        line = note_line(toast.words)
        self.toast.say(line, tone=toast.tone, icon=_ICONS.get(toast.tone, "info"))
        self.announcer.polite(line)

    def _toast_closed(self) -> None:
        self.intent.emit(DismissToast(toast_id=self._toast_id))

    def _place(self) -> None:
        body = self.knock.body()
        left, top = self.width() - body.width() - _FROM_EDGE, self.height() - body.height() - _FROM_EDGE
        self.knock.place_body(max(0, left), max(0, top))

    def come_to_front(self) -> None:
        """Show the window over the others, as far as this desktop lets it."""
        self.show()
        self.raise_()
        self.activateWindow()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(_IDLE_MS, self, self._build_next)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            self.fronted.emit(self.isActiveWindow())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Sessions go on in the tray where there is one; else closing asks to quit."""
        event.ignore()
        if self.has_tray and self._view is not None and self._view.tray:
            self.hide()
            self.hidden.emit()
        else:
            self.intent.emit(Quit())
