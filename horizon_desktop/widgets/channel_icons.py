"""What a person may do, as small icons: grey allowed, green on a tint in use, struck through closed."""

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from horizon_desktop.presentation.people import ChannelMark, ChannelState
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import channel_words

_ICONS: Final = {"edits": "pen-line", "cursors": "mouse-pointer-2", "chat": "message-square"}
_TILE: Final = 18
_ICON: Final = 13
_GAP: Final = 3
_RADIUS: Final = 4


class ChannelIcons(QWidget):
    """One tile a channel; the accessible name says all of them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._marks: tuple[ChannelMark, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def render_marks(self, marks: tuple[ChannelMark, ...]) -> None:
        """Show these channels."""
        if marks == self._marks:
            return
        self._marks = marks
        self.setAccessibleName(", ".join(channel_words(mark.channel, mark.state) for mark in marks))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        count = len(self._marks)
        width = count * self._theme.px(_TILE) + max(0, count - 1) * self._theme.px(_GAP)
        return QSize(width, self._theme.px(_TILE))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            step = self._theme.px(_TILE + _GAP)
            index = event.pos().x() // step
            if 0 <= index < len(self._marks):
                mark = self._marks[index]
                QToolTip.showText(event.globalPos(), channel_words(mark.channel, mark.state), self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tile, icon = self._theme.px(_TILE), self._theme.px(_ICON)
        inset = (tile - icon) / 2
        for index, mark in enumerate(self._marks):
            left = float(index * self._theme.px(_TILE + _GAP))
            is_active = mark.state is ChannelState.ACTIVE
            if is_active:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._theme.color("ok_soft"))
                radius = self._theme.px(_RADIUS)
                painter.drawRoundedRect(QRectF(left, 0, tile, tile), radius, radius)
            is_closed = mark.state is ChannelState.CLOSED
            token = "ok" if is_active else "text_disabled" if is_closed else "text3"
            picture = self._theme.pixmap(_ICONS[mark.channel], _ICON, token, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(left + inset, inset), picture)
            if is_closed:
                painter.setPen(QPen(self._theme.color("text_disabled"), 1.5))
                painter.drawLine(QPointF(left + 3, tile - 2), QPointF(left + tile - 3, 2))
        painter.end()
