"""Switch and check box, painted over the standard check box so that keyboard and screen readers know them."""

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from horizon_desktop.widgets.theme import Theme


class Toggle(QCheckBox):
    """A switch 36 x 20; its text is its accessible name only, the label stands beside it."""

    def __init__(self, theme: Theme, *, label: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(label)
        self.setObjectName(name)
        self.setProperty("focusRadius", 12)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(40), self._theme.px(24))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, position: QPoint) -> bool:  # noqa: N802
        return self.rect().contains(position)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px = self._theme.px
        track = QRectF((self.width() - px(36)) / 2, (self.height() - px(20)) / 2, px(36), px(20))
        is_on = self.isChecked()
        if is_on:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("accent" if self.isEnabled() else "line_strong"))
        else:
            painter.setPen(QPen(self._theme.color("line_strong"), 1.5))
            painter.setBrush(self._theme.color("field"))
            track = track.adjusted(0.75, 0.75, -0.75, -0.75)
        painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        at_right = is_on != (self.layoutDirection() == Qt.LayoutDirection.RightToLeft)
        inset = px(10)
        x = track.right() - inset if at_right else track.left() + inset
        centre = QPointF(x, track.center().y())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("on_accent" if is_on else "line_strong"))
        radius = px(14) / 2 if is_on else px(12) / 2
        painter.drawEllipse(centre, radius, radius)
        if is_on:
            pixmap = self._theme.pixmap("check", 10, "accent", self.devicePixelRatioF())
            edge = px(10)
            painter.drawPixmap(QPointF(centre.x() - edge / 2, centre.y() - edge / 2), pixmap)
        painter.end()


class CheckBox(QCheckBox):
    """A check box 20 x 20 with its label."""

    def __init__(self, theme: Theme, text: str, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._label = text
        self.setAccessibleName(text)
        self.setObjectName(name)
        self.setFont(theme.font("body"))
        self.setProperty("focusRadius", 6)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        width = self._theme.px(28) + self.fontMetrics().horizontalAdvance(self._label) + 2
        return QSize(width, self._theme.px(24))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, position: QPoint) -> bool:  # noqa: N802
        return self.rect().contains(position)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px = self._theme.px
        box = QRectF(0, (self.height() - px(20)) / 2, px(20), px(20))
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("accent"))
            painter.drawRoundedRect(box, px(4), px(4))
            pixmap = self._theme.pixmap("check", 14, "on_accent", self.devicePixelRatioF())
            offset = (px(20) - px(14)) / 2
            painter.drawPixmap(QPointF(box.left() + offset, box.top() + offset), pixmap)
        else:
            painter.setPen(QPen(self._theme.color("line_strong"), 2))
            painter.setBrush(self._theme.color("field"))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), px(4), px(4))
        painter.setPen(self._theme.color("text" if self.isEnabled() else "text_disabled"))
        room = QRectF(px(28), 0, self.width() - px(28), self.height())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), self._label)
        painter.end()
