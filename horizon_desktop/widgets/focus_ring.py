"""The focus ring: one overlay of a window, shown after keyboard use only, never clipped, never moving the layout."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QApplication, QWidget

from horizon_desktop.widgets.theme import Theme

WIDTH: Final = 2
GAP: Final = 2
_KEYS: Final = frozenset(
    {
        Qt.FocusReason.TabFocusReason,
        Qt.FocusReason.BacktabFocusReason,
        Qt.FocusReason.ShortcutFocusReason,
    }
)
_MOVES: Final = frozenset(
    {
        QEvent.Type.Move,
        QEvent.Type.Resize,
        QEvent.Type.Show,
        QEvent.Type.Hide,
        QEvent.Type.LayoutRequest,
    }
)
_RADIUS: Final = 8


class FocusRing(QWidget):
    """Draws a ring around what has the focus.

    A widget that shows focus itself has the property focusRing = "none"; focusRadius is the radius of the others.
    """

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._target: QWidget | None = None
        self.setObjectName("focus_ring")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def target(self) -> QWidget | None:
        """Return what the ring is drawn around, or None."""
        return self._target

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.FocusIn and isinstance(watched, QWidget):
            if isinstance(event, QFocusEvent):
                self._on_focus(watched, event)
        elif kind == QEvent.Type.MouseButtonPress or (kind == QEvent.Type.FocusOut and watched is self._target):
            self._show_around(None)
        elif self._target is not None and kind in _MOVES and watched is not self:
            self._follow()
        return False

    def _on_focus(self, widget: QWidget, event: QFocusEvent) -> None:
        if widget.window() is not self.window():
            return
        is_wanted = event.reason() in _KEYS and widget.property("focusRing") != "none"
        self._show_around(widget if is_wanted else None)

    def _show_around(self, widget: QWidget | None) -> None:
        self._target = widget
        if widget is None:
            self.hide()
        else:
            self._follow()

    def _follow(self) -> None:
        target = self._target
        if target is None or not target.isVisible():
            self.hide()
            return
        region = target.visibleRegion()
        if region.isEmpty():
            self.hide()
            return
        corner = target.mapTo(self.window(), QPoint(0, 0))
        reach = WIDTH + GAP
        place = QRect(corner, target.size()).adjusted(-reach, -reach, reach, reach)
        if self.geometry() != place:
            self.setGeometry(place)
        self.setMask(self._outline())
        self.raise_()
        self.show()
        self.update()

    def _outline(self) -> QRegion:
        inside = self.rect().adjusted(WIDTH + 3, WIDTH + 3, -WIDTH - 3, -WIDTH - 3)
        return QRegion(self.rect()).subtracted(QRegion(inside))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._target is None:
            return
        given = self._target.property("focusRadius")
        radius = (given if isinstance(given, int) else _RADIUS) + GAP + WIDTH / 2
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("focus"), WIDTH))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        half = WIDTH / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), radius, radius)
        painter.end()
