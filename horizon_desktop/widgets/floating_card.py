"""A card that floats: its shadow is painted in the widget's own margin, so that it can repaint every second cheaply."""

from PySide6.QtCore import QEvent, QMargins, QRect, QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLayout, QVBoxLayout, QWidget

from horizon_desktop.widgets.shadow import ShadowPainter
from horizon_desktop.widgets.theme import Theme


class FloatingCard(QWidget):
    """A rounded surface with a shadow around it. What it holds goes into `column`."""

    def __init__(
        self,
        theme: Theme,
        *,
        name: str,
        radius: int = 12,
        padding: tuple[int, int, int, int] = (22, 20, 22, 20),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.theme = theme
        self._radius = radius
        self._border = ""
        self.keeps_fit = False
        """The card stands free (in no layout) and is always as high as its content."""
        self._shadow = ShadowPainter(theme, level="e3", radius=radius)
        self.setObjectName(name)
        self.column = QVBoxLayout(self)
        margin = self._shadow.margin
        left, top, right, bottom = padding
        self.column.setContentsMargins(margin + left, margin + top, margin + right, margin + bottom)
        self.column.setSpacing(0)

    @property
    def margin(self) -> int:
        """Pixels between the edge of the widget and the edge of the card."""
        return self._shadow.margin

    def set_border(self, color: str) -> None:
        """Draw the edge 2 pixels wide in a colour (#RRGGBB); empty: the hair line."""
        self._border = color
        self.update()

    def body(self) -> QRect:
        """Return the card itself, in own coordinates."""
        return self.rect().marginsRemoved(QMargins(self.margin, self.margin, self.margin, self.margin))

    def fit(self) -> None:
        """Be as high as the content needs at this width."""
        for layout in self.findChildren(QLayout):
            layout.invalidate()
        width = self.width()
        height = self.column.totalHeightForWidth(width)
        self.resize(width, height if height > 0 else self.column.totalSizeHint().height())

    def event(self, event: QEvent) -> bool:
        is_done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and self.keeps_fit:
            self.fit()
        return is_done

    def place_body(self, x: int, y: int) -> None:
        """Move the widget so that the card's upper left corner is at x, y."""
        self.move(x - self.margin, y - self.margin)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        body = QRectF(self.body())
        self._shadow.paint(painter, body, self.devicePixelRatioF())
        width = 2.0 if self._border else 1.0
        painter.setPen(QPen(QColor(self._border) if self._border else self.theme.color("line"), width))
        painter.setBrush(self.theme.color("overlay"))
        inset = body.adjusted(width / 2, width / 2, -width / 2, -width / 2)
        radius = min(self._radius, body.height() / 2) - width / 2
        painter.drawRoundedRect(inset, radius, radius)
        painter.end()
