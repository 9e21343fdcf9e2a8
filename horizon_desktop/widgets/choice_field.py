"""A field with a list of choices, and the design's chevron at its end."""

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QWidget

from horizon_desktop.widgets.theme import Theme

_ICON = 16
_FROM_EDGE = 10


class ChoiceField(QComboBox):
    """A combo box 36 high, drawn like the other fields."""

    def __init__(self, theme: Theme, *, label: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName(name)
        self.setAccessibleName(label)
        self.setFont(theme.font("body"))
        self.setProperty("focusRing", "none")
        self.setMinimumHeight(theme.px(36))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        edge = self._theme.px(_ICON)
        pixmap = self._theme.pixmap("chevron-down", _ICON, "text2", self.devicePixelRatioF())
        left = self.width() - edge - self._theme.px(_FROM_EDGE)
        painter.drawPixmap(QPointF(left, (self.height() - edge) / 2), pixmap)
        painter.end()
