"""A toast: an event in one line, over the lower edge of the window, gone by itself."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.shadow import ShadowPainter
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme

HOLD_MS: Final = 5000
_FROM_EDGE: Final = 8


class Toast(QWidget):
    """Shows one sentence at a time over its parent; never takes the focus."""

    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._parent = parent
        self.setObjectName("toast")
        self._shadow = ShadowPainter(theme, level="e3", radius=10)
        margin = self._shadow.margin
        layout = QHBoxLayout(self)
        layout.setContentsMargins(margin + 16, margin + 6, margin + 6, margin + 6)
        layout.setSpacing(10)
        self._icon = IconView(theme, "circle-check", size=16, tone="ok")
        self._text = TextLabel(theme)
        self._close = Button(theme, "", kind="ghost", icon="x", height=SMALL, name="toast.close")
        self._close.set_hint(self.tr("Close"))
        self._close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._close.clicked.connect(self.dismiss)
        for widget in (self._icon, self._text, self._close):
            layout.addWidget(widget)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        self.hide()
        parent.installEventFilter(self)

    def say(self, text: str, *, tone: str = "ok", icon: str = "circle-check") -> None:
        """Show a sentence; it stays 5 s, or while the pointer is on it."""
        self._icon.show_icon(icon, tone=tone)
        self._text.setText(text)
        self.setAccessibleName(text)
        self.adjustSize()
        self._place()
        self.show()
        self.raise_()
        self._timer.start(HOLD_MS)

    def dismiss(self) -> None:
        """Go away, unless the pointer is on it: then a little later."""
        if self.underMouse() and self.sender() is self._timer:
            self._timer.start(HOLD_MS)
            return
        self._timer.stop()
        self.hide()
        self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        parent = self._parent
        self.move((parent.width() - self.width()) // 2, parent.height() - self.height() - _FROM_EDGE)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        margin = self._shadow.margin
        body = QRectF(self.rect()).adjusted(margin, margin, -margin, -margin)
        self._shadow.paint(painter, body, self.devicePixelRatioF())
        painter.setPen(QPen(self._theme.color("line")))
        painter.setBrush(self._theme.color("overlay"))
        painter.drawRoundedRect(body.adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
        painter.end()
