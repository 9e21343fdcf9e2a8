"""A plain surface with a hair line on some of its edges: bars, side panels, tab strips."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from horizon_desktop.widgets.theme import Theme


class EdgeFrame(QFrame):
    """Fills itself with one token and draws lines on the edges named by letters: l, t, r, b."""

    def __init__(
        self, theme: Theme, *, fill: str = "surface", edges: str = "", name: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.theme = theme
        self.fill = fill
        self.edges = edges
        self.setObjectName(name)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.color(self.fill))
        line = self.theme.color("line")
        width, height = self.width(), self.height()
        places = {
            "l": QRectF(0, 0, 1, height),
            "t": QRectF(0, 0, width, 1),
            "r": QRectF(width - 1, 0, 1, height),
            "b": QRectF(0, height - 1, width, 1),
        }
        for edge in self.edges:
            painter.fillRect(places[edge], line)
        painter.end()
