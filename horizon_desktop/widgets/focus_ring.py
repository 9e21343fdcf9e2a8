"""The focus ring: one overlay of a window, shown after keyboard use only, never clipped, never moving the layout."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from horizon_desktop.widgets.theme import Theme

WIDTH: Final = 2
GAP: Final = 2
_KEYS: Final = frozenset(
    {
        Qt.Key.Key_Tab,
        Qt.Key.Key_Backtab,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_F6,
    }
)
"""Keys that move the focus: after one of them the ring is shown."""
_MOVES: Final = frozenset(
    {QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.LayoutRequest}
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
        self._watched: list[QWidget] = []
        self._is_keyboard = False
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus)

    def target(self) -> QWidget | None:
        """Return what the ring is drawn around, or None."""
        return self._target

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Watch the focused widget and what holds it; everything else in the window goes past."""
        kind = event.type()
        if kind in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride) and isinstance(event, QKeyEvent):
            self._is_keyboard = self._is_keyboard or event.key() in _KEYS
        elif kind == QEvent.Type.MouseButtonPress:
            self._is_keyboard = False
            self._show_around(None)
        elif self._target is not None and kind in _MOVES:
            self._follow()
        return False

    def _on_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._is_keyboard = False
        self._watch(new)
        is_here = new is not None and new.window() is self.window()
        is_wanted = is_here and self._is_keyboard and new is not None and new.property("focusRing") != "none"
        self._show_around(new if is_wanted else None)

    def _watch(self, widget: QWidget | None) -> None:
        for old in self._watched:
            if isValid(old):
                old.removeEventFilter(self)
        self._watched = []
        while widget is not None:
            widget.installEventFilter(self)
            self._watched.append(widget)
            widget = None if widget.isWindow() else widget.parentWidget()

    def _show_around(self, widget: QWidget | None) -> None:
        self._target = widget
        if widget is None:
            self.hide()
        else:
            self._follow()

    def _follow(self) -> None:
        target = self._target
        if target is None or not isValid(target) or not target.isVisible():
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
