"""A QR code: whole-pixel modules, four modules of quiet zone, always dark on white."""

from io import BytesIO
from typing import Final

import qrcode
from PIL import Image
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget
from qrcode.constants import ERROR_CORRECT_L

from horizon_desktop.widgets.theme import Theme

QUIET: Final = 4
_DARK: Final = QColor("#07142B")
_SAVED_MODULE_PX: Final = 12


def modules_of(text: str) -> list[list[bool]]:
    """Return the modules of the QR code that holds `text`, row by row, without the quiet zone."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_L, border=0)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def qr_png(text: str) -> bytes:
    """Return a PNG of the QR code that holds `text`, 12 pixels a module, quiet zone included."""
    modules = modules_of(text)
    edge = len(modules) + 2 * QUIET
    image = Image.new("1", (edge, edge), 1)
    for y, row in enumerate(modules):
        for x, is_dark in enumerate(row):
            if is_dark:
                image.putpixel((x + QUIET, y + QUIET), 0)
    side = edge * _SAVED_MODULE_PX
    target = BytesIO()
    image.resize((side, side), Image.Resampling.NEAREST).save(target, "PNG")
    return target.getvalue()


class QrView(QWidget):
    """Draws a QR code as large as whole device pixels allow within `size`."""

    def __init__(self, theme: Theme, *, size: int = 176, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._size = size
        self._text = ""
        self._modules: list[list[bool]] = []
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str, *, label: str) -> None:
        """Show the code that holds `text`; `label` is the accessible name (the text itself is a secret)."""
        self.setAccessibleName(label)
        if text == self._text:
            return
        self._text = text
        self._modules = modules_of(text) if text else []
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(self._size), self._theme.px(self._size))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line")))
        painter.setBrush(Qt.GlobalColor.white)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 12, 12)
        if self._modules:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            self._paint_modules(painter)
        painter.end()

    def _paint_modules(self, painter: QPainter) -> None:
        ratio = self.devicePixelRatioF()
        count = len(self._modules)
        room = min(self.width(), self.height()) * ratio
        module = max(1, int(room // (count + 2 * QUIET)))
        left = round((self.width() * ratio - count * module) / 2)
        top = round((self.height() * ratio - count * module) / 2)
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        for y, row in enumerate(self._modules):
            for x, is_dark in enumerate(row):
                if is_dark:
                    painter.fillRect(left + x * module, top + y * module, module, module, _DARK)
        painter.restore()
