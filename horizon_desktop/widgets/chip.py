"""A chip: a short word on a tint, with or without an icon; and the key cap that shows a shortcut."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from horizon_desktop.widgets.theme import Theme

_TONES: Final = {
    "neutral": ("chip", "text2"),
    "info": ("info_soft", "info"),
    "ok": ("ok_soft", "ok"),
    "warn": ("warn_soft", "warn"),
    "bad": ("bad_soft", "bad"),
    "accent": ("accent", "on_accent"),
}
_ICON: Final = 12


class Chip(QWidget):
    """A pill with a word: neutral, info, ok, warn, bad or accent (counts)."""

    def __init__(
        self,
        theme: Theme,
        text: str,
        *,
        tone: str = "neutral",
        icon: str = "",
        height: int = 20,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tone = tone
        self._icon = icon
        self._height = height
        self._text = text
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFont(theme.font("caption", weight=600))
        self.setAccessibleName(text)

    def set_chip(self, text: str, *, tone: str, icon: str = "") -> None:
        """Show another word, tone and icon."""
        if (text, tone, icon) == (self._text, self._tone, self._icon):
            return
        self._text, self._tone, self._icon = text, tone, icon
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        return self._text

    def _room(self) -> int:
        return self._theme.px(7 if self._icon else 8)

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self._text) + 1 + 2 * self._room()
        if self._icon:
            width += self._theme.px(_ICON + 4)
        height = self._theme.px(self._height)
        return QSize(max(width, height), height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill, ink = _TONES[self._tone]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(fill))
        radius = self.height() / 2
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        left = float(self._room())
        if self._icon:
            edge = self._theme.px(_ICON)
            pixmap = self._theme.pixmap(self._icon, _ICON, ink, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(left, (self.height() - edge) / 2), pixmap)
            left += self._theme.px(_ICON + 4)
        painter.setPen(self._theme.color(ink))
        room = QRectF(left, 0, self.width() - left, self.height())
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        if not self._icon:
            room, flags = QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter
        painter.drawText(room, int(flags), self._text)
        painter.end()


class KeyCap(QWidget):
    """The keys of a shortcut, as people read them: Ctrl N."""

    def __init__(self, theme: Theme, keys: str, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._keys = keys
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFont(theme.font("code", px=10))
        self.setAccessibleName(keys)

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self._keys) + self._theme.px(11)
        return QSize(width, self._theme.px(18))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("control_border")))
        painter.setBrush(self._theme.color("sunken"))
        radius = self._theme.px(4)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.setPen(self._theme.color("text2"))
        painter.drawText(QRectF(self.rect()), int(Qt.AlignmentFlag.AlignCenter), self._keys)
        painter.end()
