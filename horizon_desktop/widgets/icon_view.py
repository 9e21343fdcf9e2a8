"""A Lucide icon as a widget: bare, on a tinted tile, or on a tinted disc."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from horizon_desktop.widgets.theme import Theme


class IconView(QWidget):
    """Draws one icon in a tone; decorative unless it is given an accessible name."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        *,
        size: int = 16,
        tone: str = "text2",
        box: int = 0,
        radius: int = 0,
        fill: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Draw `name`.

        Args:
            size: Edge of the icon in pixels before text scaling.
            box: Edge of the tile behind it; 0: as large as the icon.
            radius: Of the tile; half of `box` makes a disc.
            fill: Colour token of the tile; empty: none.
        """
        super().__init__(parent)
        self._theme = theme
        self._name = name
        self._size = size
        self._tone = tone
        self._box = box or size
        self._radius = radius
        self._fill = fill
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_icon(self, name: str, *, tone: str = "", fill: str | None = None) -> None:
        """Draw another icon, in another tone or on another tile if given."""
        self._name = name
        self._tone = tone or self._tone
        self._fill = self._fill if fill is None else fill
        self.update()

    def sizeHint(self) -> QSize:
        edge = self._theme.px(self._box)
        return QSize(edge, edge)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = self._theme.px(self._box)
        left, top = (self.width() - edge) / 2, (self.height() - edge) / 2
        if self._fill:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color(self._fill))
            radius = self._theme.px(self._radius)
            painter.drawRoundedRect(QRectF(left, top, edge, edge), radius, radius)
        icon = self._theme.px(self._size)
        pixmap = self._theme.pixmap(self._name, self._size, self._tone, self.devicePixelRatioF())
        offset = (edge - icon) / 2
        painter.drawPixmap(QRectF(left + offset, top + offset, icon, icon), pixmap, QRectF(pixmap.rect()))
        painter.end()
