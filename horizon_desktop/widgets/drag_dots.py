"""The six dots by which the floating bar is dragged."""

from typing import Final

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from horizon_desktop.widgets.theme import Theme

_WIDTH: Final = 24
_STEP: Final = 5


class DragDots(QWidget):
    """Only a picture and a hand: the bar that holds it does the moving."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.SizeAllCursor)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(_WIDTH), self._theme.px(_WIDTH))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("text3"))
        step, radius = self._theme.px(_STEP), 1.1 * self._theme.text_scale
        for across in (-0.5, 0.5):
            for down in (-1, 0, 1):
                center = QPointF(self.width() / 2 + across * step, self.height() / 2 + down * step)
                painter.drawEllipse(center, radius, radius)
        painter.end()
