"""A small square of colour in a legend."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from horizon_desktop.widgets.theme import Theme

_EDGE: Final = 12


class Swatch(QWidget):
    """Says nothing by itself: its word stands beside it."""

    def __init__(self, theme: Theme, tone: str, *, strength: float = 1.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tone = tone
        self._strength = strength
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        edge = self._theme.px(_EDGE)
        return QSize(edge, edge)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = self._theme.color(self._tone)
        color.setAlphaF(self._strength)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
        painter.end()
