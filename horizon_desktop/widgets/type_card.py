"""The cards that choose a session's type: radio buttons with icon, name and one line."""

from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QRadioButton, QSizePolicy, QWidget

from horizon_desktop.widgets.theme import Theme

_HEIGHT: Final = 87
_PAD: Final = 14


class TypeCard(QRadioButton):
    """One type; arrow keys move between the cards of a group."""

    def __init__(
        self, theme: Theme, icon: str, title: str, line: str, *, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self._title = title
        self._line = line
        self.setAccessibleName(title)
        self.setAccessibleDescription(line)
        self.setObjectName(name)
        self.setProperty("focusRadius", 12)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(124), self._theme.px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, position: QPoint) -> bool:  # noqa: N802
        return self.rect().contains(position)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px = self._theme.px
        is_on = self.isChecked()
        width = 2.0 if is_on else 1.0
        fill = "selected" if is_on else ("hover" if self.underMouse() else "surface")
        painter.setPen(QPen(self._theme.color("accent" if is_on else "line"), width))
        painter.setBrush(self._theme.color(fill))
        half = width / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), px(11), px(11))
        ink = "accent_text" if is_on else "text2"
        pixmap = self._theme.pixmap(self._icon, 20, ink, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(px(_PAD), px(_PAD)), pixmap)
        room = self.width() - 2 * px(_PAD)
        self._paint_line(painter, self._title, "label", "text", px(41), room)
        self._paint_line(painter, self._line, "small", "text2", px(60), room)
        if is_on:
            self._paint_mark(painter)
        painter.end()

    def _paint_line(self, painter: QPainter, text: str, role: str, token: str, top: int, room: int) -> None:
        painter.setFont(self._theme.font(role))
        painter.setPen(self._theme.color(token))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
        box = QRectF(self._theme.px(_PAD), top, room + 2, self._theme.px(20))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), shown)

    def _paint_mark(self, painter: QPainter) -> None:
        px = self._theme.px
        centre = QPointF(self.width() - px(20), px(20))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("accent"))
        painter.drawEllipse(centre, px(8), px(8))
        pixmap = self._theme.pixmap("check", 10, "on_accent", self.devicePixelRatioF())
        painter.drawPixmap(QPointF(centre.x() - px(5), centre.y() - px(5)), pixmap)
