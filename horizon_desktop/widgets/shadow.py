"""The soft shadow of menus, toasts, dialogs and the floating bar, painted without a graphics effect."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from horizon_desktop.widgets.theme import Theme

_REACH: Final = 0.85
"""How far the shadow reaches, in parts of its blur: half of its strength stands at the edge of the body."""


class ShadowPainter:
    """Paints the shadow of one elevation around a rounded rectangle, and keeps the last picture of it."""

    def __init__(self, theme: Theme, *, level: str = "e3", radius: int = 12) -> None:
        self._theme = theme
        self._level = level
        self._radius = radius
        self._key: tuple[int, int, float, str] = (0, 0, 0.0, "")
        self._pixmap = QPixmap()

    @property
    def margin(self) -> int:
        """Pixels that the shadow needs on every side."""
        shadow = self._theme.shadow(self._level)
        return shadow.blur + shadow.dy

    def paint(self, painter: QPainter, body: QRectF, ratio: float) -> None:
        """Paint the shadow that `body` throws; paint the body itself afterwards.

        Args:
            ratio: The device pixel ratio of the target.
        """
        key = (round(body.width()), round(body.height()), ratio, self._theme.name)
        if key != self._key:
            self._key, self._pixmap = key, self._drawn(body, ratio)
        painter.drawPixmap(
            QRectF(body).adjusted(-self.margin, -self.margin, self.margin, self.margin),
            self._pixmap,
            QRectF(self._pixmap.rect()),
        )

    def _drawn(self, body: QRectF, ratio: float) -> QPixmap:
        shadow = self._theme.shadow(self._level)
        margin = self.margin
        size = QSize(round((body.width() + 2 * margin) * ratio), round((body.height() + 2 * margin) * ratio))
        image = QImage(size, QImage.Format.Format_RGBA64_Premultiplied)  # 8 bits would tint thin layers
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        color = QColor(self._theme.color("shadow"))
        color.setAlphaF(shadow.alpha[self._theme.name] / shadow.blur)
        painter.setBrush(color)
        base = QRectF(margin, margin + shadow.dy, body.width(), body.height())
        for step in range(shadow.blur):
            grow = shadow.blur * _REACH * (1 - 2 * step / shadow.blur)
            rect = base.adjusted(-grow, -grow, grow, grow)
            radius = max(2.0, self._radius + grow)
            painter.drawRoundedRect(rect, radius, radius)
        painter.end()
        return QPixmap.fromImage(image)
