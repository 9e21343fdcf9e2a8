"""A participant as a circle with initials and identity glyph: filled is here, outlined is away or reconnecting."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from horizon_desktop.presentation.people import BadgeView
from horizon_desktop.widgets.card import clear
from horizon_desktop.widgets.press_button import PressButton
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.tokens import Glyph

_GLYPH_AT: Final = 0.857
_CUT: Final = 0.25
_UNIT: Final = 0.158
_TEXT: Final = 0.375
_EXTRA: Final = 1


def glyph_path(glyph: Glyph, centre: QPointF, unit: float) -> QPainterPath:
    """Return the outline of an identity glyph whose unit box has half the edge `unit`."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    if glyph.r:
        path.addEllipse(centre, glyph.r * unit, glyph.r * unit)
        if glyph.hole:
            path.addEllipse(centre, glyph.hole * unit, glyph.hole * unit)
    elif glyph.half:
        half = glyph.half * unit
        path.addRect(QRectF(centre.x() - half, centre.y() - half, 2 * half, 2 * half))
    else:
        corners = [QPointF(centre.x() + x * unit, centre.y() + y * unit) for x, y in glyph.points]
        path.addPolygon(QPolygonF(corners))
        path.closeSubpath()
    return path


def paint_glyph(painter: QPainter, theme: Theme, index: int, centre: QPointF, unit: float) -> None:
    """Paint the glyph of a participant's colour: in cursor flags, gutters, tabs and trees."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.identity_color(index))
    painter.drawPath(glyph_path(theme.glyph(index), centre, unit))


def paint_badge(painter: QPainter, theme: Theme, badge: BadgeView, origin: QPointF, size: float) -> None:
    """Paint a badge `size` pixels wide with its upper left corner at `origin`."""
    circle = QRectF(origin.x(), origin.y(), size, size)
    centre = QPointF(origin.x() + size * _GLYPH_AT, origin.y() + size * _GLYPH_AT)
    body, cut = QPainterPath(), QPainterPath()
    cut.addEllipse(centre, size * _CUT, size * _CUT)
    color = theme.identity_color(badge.color)
    width = max(1.5, size * 0.055)
    painter.save()
    painter.setClipPath(_all_but(cut, circle))
    painter.setPen(Qt.PenStyle.NoPen)
    if badge.is_here:
        body.addEllipse(circle)
        painter.fillPath(body, color)
    else:
        body.addEllipse(circle.adjusted(width / 2, width / 2, -width / 2, -width / 2))
        painter.fillPath(body, theme.color("chip"))
        painter.setPen(QPen(color, width))
        painter.drawPath(body)
    font = QFont(theme.font("caption", weight=700))
    font.setPixelSize(max(7, round(size * _TEXT)))
    painter.setFont(font)
    painter.setPen(theme.identity_text(badge.color) if badge.is_here else theme.color("text2"))
    room = circle.translated(-size * 0.02, -size * 0.01)
    painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter), badge.initials)
    painter.restore()
    paint_glyph(painter, theme, badge.color, centre, size * _UNIT)


def _all_but(cut: QPainterPath, circle: QRectF) -> QPainterPath:
    around = QPainterPath()
    around.addRect(circle.adjusted(-4, -4, 4, 4))
    return around.subtracted(cut)


class ParticipantBadge(QWidget):
    """One badge as a picture. 24, 28, 36 or 44 pixels."""

    def __init__(self, theme: Theme, *, size: int = 28, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._size = size
        self._badge: BadgeView | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def render(self, badge: BadgeView, *, spoken: str = "") -> None:  # type: ignore[override]
        """Show a person; `spoken` is the accessible name, else the name and the glyph."""
        self._badge = badge
        glyph = self._theme.glyph_name(badge.color)
        self.setAccessibleName(spoken or f"{badge.name}, {glyph}")
        self.update()

    def sizeHint(self) -> QSize:
        edge = self._theme.px(self._size) + _EXTRA
        return QSize(edge, edge)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._badge is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = float(self._theme.px(self._size))
        paint_badge(painter, self._theme, self._badge, QPointF(0, 0), size)
        painter.end()


class BadgeButton(PressButton):
    """One badge that can be pressed: follow this person."""

    def __init__(self, theme: Theme, *, size: int = 28, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._size = size
        self._badge: BadgeView | None = None
        self.setProperty("focusRadius", size // 2)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def render(self, badge: BadgeView, *, spoken: str = "") -> None:  # type: ignore[override]
        """Show a person; `spoken` is the accessible name, else the name and the glyph."""
        self._badge = badge
        glyph = self._theme.glyph_name(badge.color)
        self.setAccessibleName(spoken or f"{badge.name}, {glyph}")
        self.update()

    def badge(self) -> BadgeView | None:
        """Return who is shown."""
        return self._badge

    def sizeHint(self) -> QSize:
        edge = self._theme.px(self._size) + _EXTRA
        return QSize(edge, edge)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._badge is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = float(self._theme.px(self._size))
        paint_badge(painter, self._theme, self._badge, QPointF(0, 0), size)
        painter.end()


class BadgeRow(QWidget):
    """Several badges beside each other, and how many more there are."""

    def __init__(self, theme: Theme, *, size: int = 24, spacing: int = 3, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._size = size
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(spacing)
        self._shown: tuple[tuple[BadgeView, ...], int] = ((), 0)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def render(self, badges: tuple[BadgeView, ...], more: int = 0) -> None:  # type: ignore[override]
        """Show these people, and a count of `more` after them when there are any."""
        if (badges, more) == self._shown:
            return
        self._shown = (badges, more)
        clear(self._row)
        for badge in badges:
            picture = ParticipantBadge(self._theme, size=self._size, parent=self)
            picture.render(badge)
            self._row.addWidget(picture)
        if more:
            self._row.addWidget(_More(self._theme, more, size=self._size, parent=self))


class _More(QWidget):
    """+2: how many people have no badge of their own here."""

    def __init__(self, theme: Theme, count: int, *, size: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._count = count
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFont(theme.font("caption", weight=600))
        self.setAccessibleName(self.tr("{n} more").replace("{n}", str(count)))

    def sizeHint(self) -> QSize:
        edge = self._theme.px(self._size) + _EXTRA
        return QSize(edge + 4, edge)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = self._theme.px(self._size)
        circle = QRectF(4, 0, size, size)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("chip"))
        painter.drawEllipse(circle)
        painter.setPen(self._theme.color("text2"))
        painter.drawText(circle, int(Qt.AlignmentFlag.AlignCenter), f"+{self._count}")
        painter.end()
