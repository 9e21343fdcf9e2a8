"""The button: primary, secondary, ghost, danger, danger_solid, link; three heights; icon before the label."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from horizon_desktop.widgets.press_button import PressButton
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.tooltip import plain_tooltip

SMALL: Final = 28
NORMAL: Final = 36
LARGE: Final = 44
_RADIUS: Final = {SMALL: 6, NORMAL: 8, LARGE: 8}
_PADDING: Final = {SMALL: 12, NORMAL: 14, LARGE: 20}
_LINK_PADDING: Final = 0
_ICON: Final = {SMALL: 14, NORMAL: 16, LARGE: 16}
_GAP: Final = 8


class _Look:
    """Tokens of one kind: fill, border and text at rest, hovered, pressed and disabled; empty: none."""

    def __init__(self, fills: tuple[str, str, str, str], border: str, text: str, icon: str, weight: int) -> None:
        self.fills = fills
        self.border = border
        self.text = text
        self.icon = icon
        self.weight = weight


_LOOKS: Final = {
    "primary": _Look(("accent", "accent_hover", "accent_pressed", "pressed"), "", "on_accent", "on_accent", 600),
    "secondary": _Look(("surface", "hover", "pressed", "sunken"), "control_border", "text", "text2", 500),
    "done": _Look(("hover", "hover", "pressed", "sunken"), "control_border", "text", "text2", 500),
    "ghost": _Look(("", "hover", "pressed", ""), "", "text", "text2", 500),
    "danger": _Look(("", "bad_soft", "bad_soft", ""), "bad_border", "bad", "bad", 500),
    "danger_solid": _Look(("bad_solid", "bad_solid", "bad_solid", "pressed"), "", "on_accent", "on_accent", 600),
    "link": _Look(("", "", "", ""), "", "accent_text", "accent_text", 500),
}


class Button(PressButton):
    """A push button painted from the tokens. Its label is plain text; an empty label makes a square icon button."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        *,
        kind: str = "secondary",
        icon: str = "",
        height: int = NORMAL,
        icon_size: int = 0,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Make a button.

        Args:
            kind: primary, secondary, done (just pressed: Copied), ghost, danger, danger_solid or link.
            icon: Name of a Lucide icon before the label.
            height: SMALL, NORMAL or LARGE.
            icon_size: Edge of the icon in place of the height's own.
            name: Stable objectName.
        """
        super().__init__(parent)
        self._theme = theme
        self._kind = kind
        self._icon = icon
        self._height = height
        self._icon_size = icon_size or _ICON[height]
        self._label = ""
        self._padding = 0
        self.setProperty("focusRadius", _RADIUS[height])
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAutoDefault(False)
        self.setObjectName(name)
        self._set_font()
        self.set_text(text)
        if kind == "link":
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_text(self, text: str) -> None:
        """Show another label; it is the accessible name too, unless one is set afterwards."""
        self._label = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def label(self) -> str:
        """Return the label."""
        return self._label

    def set_icon(self, icon: str) -> None:
        """Show another icon."""
        self._icon = icon
        self.update()

    def set_kind(self, kind: str) -> None:
        """Look like another kind."""
        self._kind = kind
        self._set_font()
        self.updateGeometry()
        self.update()

    def set_hint(self, text: str) -> None:
        """Say in a tooltip, and as the accessible name of an icon button, what pressing does."""
        self.setToolTip(plain_tooltip(text))
        if not self._label:
            self.setAccessibleName(text)

    def _set_font(self) -> None:
        role = "body" if self._height > SMALL else "small"
        px = 14 if self._height == LARGE else 0
        self.setFont(self._theme.font(role, weight=_LOOKS[self._kind].weight, px=px))

    def sizeHint(self) -> QSize:
        height = self._theme.px(self._height)
        if not self._label:
            return QSize(height, height)
        width = self.fontMetrics().horizontalAdvance(self._label) + 1
        if self._icon:
            width += self._theme.px(self._icon_size + _GAP)
        return QSize(width + 2 * self._theme.px(self._side()), height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _side(self) -> int:
        if self._kind == "link":
            return _LINK_PADDING
        return _PADDING[self._height]

    def _state(self) -> int:
        if not self.isEnabled():
            return 3
        if self.isDown() or self.isChecked():
            return 2
        return 1 if self.underMouse() else 0

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = _LOOKS[self._kind]
        self._paint_shape(painter, look)
        text = self._text_token(look)
        self._paint_content(painter, text, look.icon if self.isEnabled() else text)
        painter.end()

    def _text_token(self, look: _Look) -> str:
        if self.isEnabled():
            return look.text
        return "text3" if look.fills[3] == "pressed" else "text_disabled"

    def _paint_shape(self, painter: QPainter, look: _Look) -> None:
        fill = look.fills[self._state()]
        border = look.border if self.isEnabled() else ("line" if look.border else "")
        if not fill and not border:
            return
        half = 0.5 if border else 0.0
        rect = QRectF(self.rect()).adjusted(half, half, -half, -half)
        pen = QPen(self._theme.color(border)) if border else QPen(Qt.PenStyle.NoPen)
        painter.setPen(pen)
        painter.setBrush(self._theme.color(fill) if fill else QColor(0, 0, 0, 0))
        radius = self._theme.px(_RADIUS[self._height]) - half
        painter.drawRoundedRect(rect, radius, radius)

    def _paint_content(self, painter: QPainter, text: str, icon: str) -> None:
        width = self.fontMetrics().horizontalAdvance(self._label)
        size = self._icon_size
        edge = self._theme.px(size) if self._icon else 0
        gap = self._theme.px(_GAP) if self._icon and self._label else 0
        left = (self.width() - width - edge - gap) / 2
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            icon_left, text_left = left + width + gap, left
        else:
            icon_left, text_left = left, left + edge + gap
        if self._icon:
            pixmap = self._theme.pixmap(self._icon, size, icon, self.devicePixelRatioF())
            top = (self.height() - edge) / 2
            painter.drawPixmap(QPointF(icon_left, top), pixmap)
        painter.setFont(self.font())
        painter.setPen(self._theme.color(text))
        rect = QRectF(text_left, 0, width + 2, self.height())
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter), self._label)
        if self._kind == "link" and self.underMouse():
            base = self.height() / 2 + self.fontMetrics().ascent() / 2 + 1
            painter.drawLine(QPointF(text_left, base), QPointF(text_left + width, base))
