"""QuotaBar: used, reserved in the same colour paler, a tick at the limit, burst hatched behind it."""

from typing import Final

from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from horizon_desktop.presentation.usage_page import BarView
from horizon_desktop.widgets.theme import Theme

_RESERVED: Final = 0.42
_STEP: Final = 5
_WHOLE: Final = 1000
_FULL: Final = BarView(used=0, reserved=0, limit=_WHOLE)


class QuotaBar(QProgressBar):
    """A progress bar for screen readers; its numbers stand in words above it."""

    def __init__(self, theme: Theme, *, height: int = 16, parent: QWidget | None = None) -> None:
        """Draw a bar `height` pixels high (before text scaling): 16 for a quota, 6 for a share."""
        super().__init__(parent)
        self._theme = theme
        self._height = height
        self._view = _FULL
        self._tone = "accent"
        self.setRange(0, _WHOLE)
        self.setTextVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_bar(self, view: BarView, *, spoken: str, is_over: bool = False) -> None:
        """Show a quota. `spoken` says its numbers."""
        self._view = view
        self._tone = "warn_solid" if is_over else "accent"
        self.setValue(view.used)
        self.setAccessibleName(spoken)
        self.update()

    def show_share(self, permille: int, *, spoken: str) -> None:
        """Show one part of a whole."""
        self.show_bar(BarView(used=permille, reserved=0, limit=_WHOLE), spoken=spoken)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(120), self._theme.px(self._height))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(40), self._theme.px(self._height))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect())
        shape = QPainterPath()
        shape.addRoundedRect(whole, whole.height() / 2, whole.height() / 2)
        painter.setClipPath(shape)
        painter.fillRect(whole, self._theme.color("chip"))
        limit = self._at(self._view.limit)
        if self._view.limit < _WHOLE:
            self._paint_burst(painter, QRectF(limit, 0, whole.width() - limit, whole.height()))
        used, held = self._at(self._view.used), self._at(self._view.used + self._view.reserved)
        color = self._theme.color(self._tone)
        painter.fillRect(QRectF(0, 0, used, whole.height()), color)
        paler = QColor(color)
        paler.setAlphaF(_RESERVED)
        painter.fillRect(QRectF(used, 0, held - used, whole.height()), paler)
        if self._view.limit < _WHOLE:
            painter.fillRect(QRectF(limit - 1, 0, 2, whole.height()), self._theme.color("text"))
        painter.end()

    def _at(self, permille: int) -> float:
        return self.width() * permille / _WHOLE

    def _paint_burst(self, painter: QPainter, room: QRectF) -> None:
        painter.fillRect(room, self._theme.color("pressed"))
        painter.setPen(QPen(self._theme.color("line_strong"), 1))
        left = room.left() - room.height()
        step = self._theme.px(_STEP)
        painter.save()
        painter.setClipRect(room, Qt.ClipOperation.IntersectClip)
        while left < room.right():
            painter.drawLine(QLineF(left, room.bottom(), left + room.height(), room.top()))
            left += step
        painter.restore()
