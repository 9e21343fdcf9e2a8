"""The field for a redemption code: one line edit, painted as two groups of four cells."""

from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from horizon_desktop.widgets.theme import Theme

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford base 32: no I, L, O, U."""
_READ_AS: Final = str.maketrans("OIL", "011")
_CELL: Final = (38, 49)
_GAP: Final = 7
_DASH: Final = 22


class CodeInput(QLineEdit):
    """One focus stop, one name. Takes a code in any form: spaces, dashes, lower case, O as 0, I and L as 1."""

    code_changed = Signal(str)
    """The symbols that are in, without the dash."""
    submitted = Signal()
    """Enter was pressed."""

    def __init__(
        self,
        theme: Theme,
        *,
        length: int = 8,
        alphabet: str = ALPHABET,
        cell: tuple[int, int] = _CELL,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._length = length
        self._alphabet = alphabet
        self._cell = cell
        self._has_error = False
        self.setMaxLength(length)
        self.setFont(theme.font("code_xl", px=22))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setProperty("focusRing", "none")
        self.setInputMethodHints(Qt.InputMethodHint.ImhUppercaseOnly | Qt.InputMethodHint.ImhNoPredictiveText)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setDragEnabled(False)
        self.textEdited.connect(self._tidy)
        self.textChanged.connect(self._say)
        self.cursorPositionChanged.connect(lambda _old, _new: self.update())
        self.selectionChanged.connect(self.update)

    def code(self) -> str:
        """Return the symbols that are in, without the dash."""
        return self.text()

    def is_complete(self) -> bool:
        return len(self.text()) == self._length

    def set_error(self, *, has_error: bool) -> None:
        """Outline the cells in red, or not."""
        self._has_error = has_error
        self.update()

    def cleaned(self, text: str) -> str:
        """Return the symbols in `text`, read the forgiving way, cut to the length of a code."""
        upper = text.upper().translate(_READ_AS)
        return "".join(symbol for symbol in upper if symbol in self._alphabet)[: self._length]

    def _tidy(self, text: str) -> None:
        clean = self.cleaned(text)
        if clean != text:
            position = len(self.cleaned(text[: self.cursorPosition()]))
            self.setText(clean)
            self.setCursorPosition(position)

    def _say(self, text: str) -> None:
        self.set_error(has_error=False)
        self.code_changed.emit(text)

    def paste_text(self, text: str) -> None:
        """Put a pasted code in the place of what was in, or at the cursor when it is only a part."""
        clean = self.cleaned(text)
        if not clean:
            return
        if len(clean) == self._length:
            self.setText(clean)
        else:
            self.insert(clean)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste_text(_clipboard_text())
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.submitted.emit()
            return
        typed = event.text()
        is_plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if is_plain and typed and typed.isprintable():
            clean = self.cleaned(typed)
            if clean:
                if self.cursorPosition() < len(self.text()) and not self.hasSelectedText():
                    self.setSelection(self.cursorPosition(), 1)
                self.insert(clean)
            return
        super().keyPressEvent(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Take a drop like a paste."""
        self.paste_text(source.text())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        places = [index for index in range(self._length) if self._box(index).left() <= event.position().x()]
        self.setCursorPosition(min(places[-1] if places else 0, len(self.text())))

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self.selectAll()

    def mouseMoveEvent(self, _event: QMouseEvent) -> None:
        return

    def sizeHint(self) -> QSize:
        return QSize(int(self._box(self._length - 1).right()) + 1, self._theme.px(self._cell[1]) + 1)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _box(self, index: int) -> QRectF:
        px = self._theme.px
        width, height = px(self._cell[0]), px(self._cell[1])
        half = self._length // 2
        left = index * (width + px(_GAP)) + (px(_DASH) if index >= half else 0)
        return QRectF(left + 0.5, 0.5, width - 1, height - 1)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        current = min(self.cursorPosition(), self._length - 1) if self.hasFocus() else -1
        for index in range(self._length):
            self._paint_cell(painter, index, is_current=index == current)
        self._paint_dash(painter)
        painter.end()

    def _paint_cell(self, painter: QPainter, index: int, *, is_current: bool) -> None:
        box = self._box(index)
        text = self.text()
        selection = range(self.selectionStart(), self.selectionEnd()) if self.hasSelectedText() else range(0)
        token, width = "line_strong", 1.0
        if self._has_error:
            token, width = "bad_solid", 2.0
        elif is_current:
            token, width = "accent", 2.0
        inset = (width - 1) / 2
        painter.setPen(QPen(self._theme.color(token if self.isEnabled() else "line"), width))
        fill = "selected" if index in selection else ("field" if self.isEnabled() else "sunken")
        painter.setBrush(self._theme.color(fill))
        radius = self._theme.px(8)
        painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), radius, radius)
        painter.setPen(self._theme.color("text" if self.isEnabled() else "text_disabled"))
        if index < len(text):
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text[index])
        if is_current and index >= len(text) and not self._has_error:
            middle, tall = box.center(), self._theme.px(11)
            painter.setPen(QPen(self._theme.color("text"), 1.5))
            painter.drawLine(QPointF(middle.x(), middle.y() - tall), QPointF(middle.x(), middle.y() + tall))

    def _paint_dash(self, painter: QPainter) -> None:
        half = self._length // 2
        middle = (self._box(half - 1).right() + self._box(half).left()) / 2
        height = self._box(0).center().y()
        pen = QPen(self._theme.color("text3"), 2.5)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        reach = self._theme.px(5)
        painter.drawLine(QPointF(middle - reach, height), QPointF(middle + reach, height))


def _clipboard_text() -> str:
    return QGuiApplication.clipboard().text()
