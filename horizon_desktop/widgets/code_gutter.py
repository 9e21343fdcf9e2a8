"""The strip left of the text: line numbers, and the glyphs of who is on which line."""

from typing import Final, Protocol

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QTextBlock, QTextDocument
from PySide6.QtWidgets import QWidget

from horizon_desktop.presentation.workspace import RemoteCaretView
from horizon_desktop.widgets.participant_badge import paint_glyph
from horizon_desktop.widgets.theme import Theme

_LEFT: Final = 8
_GLYPH: Final = 4
_GLYPH_ROOM: Final = 19
_RIGHT: Final = 12
_LEAST_DIGITS: Final = 2
_RIGHT_MIDDLE: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class Lines(Protocol):
    """What a gutter needs of its editor."""

    def block_rect(self, block: QTextBlock) -> QRectF: ...
    def sight(self) -> tuple[int, int]: ...
    def own_line(self) -> int: ...
    def shown_carets(self) -> tuple[RemoteCaretView, ...]: ...
    def document(self) -> QTextDocument: ...


class CodeGutter(QWidget):
    """Painted beside the editor's viewport; says nothing to assistive technology, the caret's line does."""

    def __init__(self, theme: Theme, lines: Lines, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines = lines
        self.setFont(theme.font("code", px=11))
        self._own_font = theme.font("code", px=11, weight=600)
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def wanted_width(self) -> int:
        """Return the pixels needed for the glyphs and the largest line number."""
        digits = max(_LEAST_DIGITS, len(str(self._lines.document().blockCount())))
        numbers = QFontMetricsF(self.font()).horizontalAdvance("9" * digits)
        return round(self._theme.px(_LEFT + _GLYPH_ROOM + _RIGHT) + numbers)

    def sizeHint(self) -> QSize:
        return QSize(self.wanted_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(event.rect(), self._theme.color("ed_bg"))
        first, last = self._lines.sight()
        block = self._lines.document().findBlockByNumber(first)
        own = self._lines.own_line()
        right = self.width() - self._theme.px(_RIGHT)
        ink, ink_own = self._theme.color("ed_gutter"), self._theme.color("text")
        while block.isValid() and block.blockNumber() <= last:
            rect = self._lines.block_rect(block)
            if rect.y() > event.rect().bottom():
                break
            if rect.bottom() >= event.rect().top():
                number = block.blockNumber()
                painter.setFont(self._own_font if number == own else self.font())
                painter.setPen(ink_own if number == own else ink)
                painter.drawText(QRectF(0, rect.y(), right, rect.height()), _RIGHT_MIDDLE, str(number + 1))
            block = block.next()
        self._paint_glyphs(painter, first, last)
        painter.end()

    def _paint_glyphs(self, painter: QPainter, first: int, last: int) -> None:
        taken: dict[int, int] = {}
        for caret in self._lines.shown_carets():
            block = self._lines.document().findBlock(caret.head)
            number = block.blockNumber()
            if not block.isValid() or not first <= number <= last:
                continue
            order = taken.get(number, 0)
            taken[number] = order + 1
            if order > 1:
                continue  # there is room for two; the flags show the others
            rect = self._lines.block_rect(block)
            unit = self._theme.px(_GLYPH) if order == 0 else self._theme.px(3)
            x = self._theme.px(_LEFT + _GLYPH) + order * self._theme.px(8)
            y = rect.y() + rect.height() / 2
            paint_glyph(painter, self._theme, caret.color, QPointF(x, y), unit)
