"""The session sun: its place on the arc is the time that is left, its colour only repeats it."""

import math
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from horizon_desktop.presentation.expiry import TimeTone, TimeView
from horizon_desktop.widgets.theme import Theme

_RADIUS: Final = 0.4
_CENTRE_Y: Final = 0.56
_ARC_WIDTH: Final = 0.055
_ARC_WIDTH_MAX: Final = 5.5
_SUN: Final = 0.115
_SUN_LARGE: Final = 0.088
_LARGE_FROM: Final = 60
_HIDE_ARC_BELOW: Final = 34.0
_LINE_WIDTH: Final = 0.04
_LINE_WIDTH_MAX: Final = 4.0
_TRACK: Final = 0.45
"""How much of the outline's colour the arc has where the sun has been."""
_FINE: Final = 0.65
"""How wide the strokes of a fine sun are beside the others."""
_COLORS: Final = {
    TimeTone.OK: "sun",
    TimeTone.WARN: "warn_solid",
    TimeTone.BAD: "bad_solid",
    TimeTone.OFF: "text3",
}


class SessionSun(QProgressBar):
    """A progress bar painted as a sun that rises on the left and sets on the right."""

    def __init__(self, theme: Theme, *, size: int = 36, is_fine: bool = False, parent: QWidget | None = None) -> None:
        """Draw a sun `size` pixels wide (before text scaling), in finer strokes where it stands beside large digits."""
        super().__init__(parent)
        self._theme = theme
        self._size = size
        self._stroke = _FINE if is_fine else 1.0
        self._tone = TimeTone.OFF
        self.setRange(0, 1000)
        self.setTextVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def render_time(self, time: TimeView) -> None:
        """Show the time left."""
        self._tone = time.tone
        self.setValue(time.sun_permille)
        self.setAccessibleName(self._spoken(time))
        self.update()

    def show_place(self, permille: int, *, tone: TimeTone) -> None:
        """Show a place on the arc that is no running time: a picture (first run), or a time window to come."""
        self._tone = tone
        self.setValue(permille)
        self.setAccessibleName(self.tr("Session sun"))
        self.update()

    def _spoken(self, time: TimeView) -> str:
        if time.seconds_left == 0:
            return self.tr("Ended")
        minutes = time.seconds_left // 60
        if minutes == 0:
            if time.seconds_left == 1:
                return self.tr("1 second left")
            return self.tr("{n} seconds left").replace("{n}", str(time.seconds_left))
        if minutes == 1:
            return self.tr("1 minute left")
        return self.tr("{n} minutes left").replace("{n}", str(minutes))

    def sizeHint(self) -> QSize:
        width = self._theme.px(self._size)
        return QSize(width, math.ceil(width * 0.66))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = float(self._theme.px(self._size))
        centre = QPointF(self.width() / 2, size * _CENTRE_Y)
        arc_width = min(size * _ARC_WIDTH, _ARC_WIDTH_MAX) * self._stroke
        self._paint_arc(painter, centre, size * _RADIUS, arc_width)
        self._paint_sun(painter, centre, size)
        line_width = min(size * _LINE_WIDTH, _LINE_WIDTH_MAX) * self._stroke
        line_y = centre.y() + arc_width / 2 + line_width / 2 + 0.5
        half = size * 0.48 - line_width / 2
        self._pen(painter, self._theme.color("text2"), line_width)
        painter.drawLine(QPointF(centre.x() - half, line_y), QPointF(centre.x() + half, line_y))
        painter.end()

    def _degrees_left(self) -> float:
        return 180.0 * (1000 - self.value()) / 1000

    def _paint_arc(self, painter: QPainter, centre: QPointF, radius: float, arc_width: float) -> None:
        box = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
        left = self._degrees_left()
        track = self._theme.color("line_strong")
        track.setAlphaF(_TRACK)
        self._pen(painter, track, arc_width)
        painter.drawArc(box, 0, 180 * 16)
        if left >= _HIDE_ARC_BELOW and self._tone is not TimeTone.OFF:
            self._pen(painter, self._theme.color(_COLORS[self._tone]), arc_width)
            painter.drawArc(box, 0, round(left * 16))

    def _paint_sun(self, painter: QPainter, centre: QPointF, size: float) -> None:
        angle = math.radians(self._degrees_left())
        radius = size * (_SUN_LARGE if size >= _LARGE_FROM else _SUN)
        place = QPointF(
            centre.x() + size * _RADIUS * math.cos(angle),
            centre.y() - size * _RADIUS * math.sin(angle),
        )
        painter.save()
        painter.setClipRect(QRectF(0, 0, self.width(), centre.y() + 0.5))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(_COLORS[self._tone]))
        painter.drawEllipse(place, radius, radius)
        painter.restore()

    @staticmethod
    def _pen(painter: QPainter, color: QColor, width: float) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        style, cap = Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap
        painter.setPen(QPen(color, width, style, cap))
