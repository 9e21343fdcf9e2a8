"""While following somebody: a frame in their colour around the editor, and a pill that says how to stop."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from horizon_desktop.presentation.workspace import FollowView
from horizon_desktop.widgets.participant_badge import paint_glyph
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import said

_HEIGHT: Final = 30
_SIDE: Final = 13
_GLYPH: Final = 4
_CAP: Final = "Esc"
_CAP_WIDTH: Final = 28
_CAP_HEIGHT: Final = 19


class FollowPill(QAbstractButton):
    """ "Following kestrel" with the key that stops it. Pressing it stops too."""

    stopped = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view: FollowView | None = None
        self.setObjectName("follow_pill")
        self.setProperty("focusRadius", _HEIGHT // 2)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self.stopped)
        self.hide()

    def show_follow(self, view: FollowView | None) -> None:
        """Name whom we follow; None: nobody."""
        self._view = view
        self.setVisible(view is not None)
        if view is not None:
            self.setAccessibleName(said("Following {name}. Stop following", name=view.name))
            self.resize(self.sizeHint())
            self.update()

    def _words(self) -> str:
        return said("Following {name}", name=self._view.name) if self._view is not None else ""

    def sizeHint(self) -> QSize:
        px = self._theme.px
        metrics = QFontMetrics(self._theme.font("small", weight=600))
        text = min(metrics.horizontalAdvance(self._words()), px(220))
        return QSize(px(2 * _SIDE + 2 * _GLYPH + 8 + 9 + _CAP_WIDTH) - px(4) + text, px(_HEIGHT))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._view is None:
            return
        px = self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.identity_color(self._view.color), 2))
        painter.setBrush(self._theme.color("overlay"))
        body = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(body, body.height() / 2, body.height() / 2)
        middle = self.height() / 2
        paint_glyph(painter, self._theme, self._view.color, QPointF(px(_SIDE + _GLYPH), middle), px(_GLYPH))
        font = self._theme.font("small", weight=600)
        painter.setFont(font)
        painter.setPen(self._theme.color("text"))
        left = px(_SIDE + 2 * _GLYPH + 8)
        cap = QRectF(self.width() - px(_CAP_WIDTH + 9), middle - px(_CAP_HEIGHT) / 2, px(_CAP_WIDTH), px(_CAP_HEIGHT))
        room = cap.left() - left - px(4)
        words = QFontMetrics(font).elidedText(self._words(), Qt.TextElideMode.ElideRight, int(room) + 1)
        painter.drawText(QRectF(left, 0, room + 2, self.height()), int(Qt.AlignmentFlag.AlignVCenter), words)
        self._paint_cap(painter, cap)
        painter.end()

    def _paint_cap(self, painter: QPainter, cap: QRectF) -> None:
        painter.setPen(QPen(self._theme.color("control_border"), 1))
        painter.setBrush(self._theme.color("sunken"))
        painter.drawRoundedRect(cap.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setFont(self._theme.font("code", px=10))
        painter.setPen(self._theme.color("text2"))
        painter.drawText(cap, int(Qt.AlignmentFlag.AlignCenter), _CAP)


class FollowFrame(QWidget):
    """The frame itself: it lies over the editor and lets every click through."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._color = 0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_follow(self, view: FollowView | None) -> None:
        """Frame in this person's colour; None: no frame."""
        self.setVisible(view is not None)
        if view is not None:
            self._color = view.color
            self.raise_()
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(self._theme.identity_color(self._color), 2))
        painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()
