"""The head of one of the three steps of sharing: a numbered disc (a check when done) and a title."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from horizon_desktop.widgets.theme import Theme


class StepDisc(QWidget):
    """Done is green with a check, now is blue with the number, later is outlined."""

    def __init__(self, theme: Theme, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._number = number
        self._state = "later"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_state("later")

    def set_state(self, state: str) -> None:
        """Show done, now or later."""
        self._state = state
        words = {"done": self.tr("done"), "now": self.tr("now"), "later": self.tr("later")}[state]
        name = self.tr("Step {n}, {state}").replace("{state}", words).replace("{n}", str(self._number))
        self.setAccessibleName(name)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(24), self._theme.px(24))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        disc = QRectF(self.rect())
        if self._state == "later":
            painter.setPen(QPen(self._theme.color("line_strong"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            disc = disc.adjusted(0.75, 0.75, -0.75, -0.75)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("ok_solid" if self._state == "done" else "accent"))
        painter.drawEllipse(disc)
        if self._state == "done":
            edge = self._theme.px(14)
            corner = QPointF((self.width() - edge) / 2, (self.height() - edge) / 2)
            painter.drawPixmap(corner, self._theme.pixmap("check", 14, "on_accent", self.devicePixelRatioF()))
        else:
            painter.setFont(self._theme.font("small", weight=700))
            painter.setPen(self._theme.color("on_accent" if self._state == "now" else "text2"))
            painter.drawText(QRectF(self.rect()), int(Qt.AlignmentFlag.AlignCenter), str(self._number))
        painter.end()
