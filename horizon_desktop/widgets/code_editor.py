"""The shared editor of one file: gutter, colours, other people's carets, and the keys of somebody who writes code."""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
)
from PySide6.QtWidgets import QFrame, QMenu, QWidget

from horizon_desktop.presentation.workspace import RemoteCaretView
from horizon_desktop.widgets.code_gutter import CodeGutter
from horizon_desktop.widgets.indentation import indent_of, indented, unit_of
from horizon_desktop.widgets.remote_carets import RemoteCarets
from horizon_desktop.widgets.shared_text import SharedText
from horizon_desktop.widgets.syntax_highlighter import SyntaxHighlighter
from horizon_desktop.widgets.text_mirror import Change, units
from horizon_desktop.widgets.theme import Theme

_CARET_WIDTH: Final = 2
_MARGIN: Final = 4
_TOP: Final = 10
"""Room above the first line, beside the document's own margin."""
_SAMPLE_LINES: Final = 100
_COMMAND: Final = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)
_CHANGING_KEYS: Final = frozenset({Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_Return, Qt.Key.Key_Enter})


class CodeEditor(SharedText):
    """Undo is not Qt's own, which would take back other people's text: its keys come out as signals."""

    undo_asked = Signal()
    redo_asked = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._followed = ""
        self._line = 0
        self.remote = RemoteCarets(theme, self)
        self.highlighter = SyntaxHighlighter(self.document(), theme)
        self._gutter = CodeGutter(theme, self, self)
        self.setObjectName("editor_text")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAutoFillBackground(True)
        self.setProperty("focusRing", "none")
        self.setCursorWidth(theme.px(_CARET_WIDTH))
        self.document().setDocumentMargin(theme.px(_MARGIN))
        self.blockCountChanged.connect(lambda _count: self._fit())
        self.updateRequest.connect(self._scrolled)
        self.cursorPositionChanged.connect(self._line_moved)
        self.remote.changed.connect(self._repaint)
        theme.changed.connect(self._retheme)
        self._retheme()

    # --- the file ---

    def open_text(self, text: str, *, file_name: str) -> None:
        """Show the text of a file; its name tells the language."""
        self.setAccessibleName(self.tr("Text of {file}").replace("{file}", file_name))
        self.remote.set_carets(())
        self.set_text(text)
        self.highlighter.set_language(file_name)

    def set_text(self, text: str) -> None:
        """Show another text of the same file; nothing comes out of `edited`."""
        super().set_text(text)
        self.highlighter.restart()

    def set_read_only(self, *, is_read_only: bool) -> None:
        """Let the person type, or only read and copy."""
        self.setReadOnly(is_read_only)
        flags = self.textInteractionFlags()
        self.setTextInteractionFlags(flags | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        self._retheme()

    def text_moved(self, change: Change) -> None:
        """Move along what points into the text."""
        self.remote.move(change)
        self.highlighter.mark(change.position, units(change.inserted))

    def text_settled(self) -> None:
        """Colour what is in sight before it is painted."""
        self.highlighter.color(*self.sight())

    def follow_text(self, line: int, scroll: int, top: QTextCursor) -> None:
        """Stay with the person who is followed, else with the lines in sight."""
        if self._followed:
            self._show_followed()
        else:
            super().follow_text(line, scroll, top)

    def go_to_line(self, line: int) -> None:
        """Put the caret at the start of a line, counted from 1, in the middle of the view."""
        number = max(1, min(line, self.blockCount())) - 1
        start = self.document().findBlockByNumber(number).position()
        self.set_caret(start, start)
        self.centerCursor()

    def own_line(self) -> int:
        """Return the number of the caret's line, from 0."""
        return self.textCursor().blockNumber()

    # --- others ---

    def set_remote_carets(self, carets: Sequence[RemoteCaretView]) -> None:
        """Show where others are in this text; whoever is not among them is not here."""
        self.remote.set_carets(carets)
        if self._followed:
            self._show_followed()

    def show_remote(self, *, is_shown: bool) -> None:
        """Show or hide the carets of others, on this screen only."""
        self.remote.is_shown = is_shown
        self._repaint()

    def shown_carets(self) -> tuple[RemoteCaretView, ...]:
        """Return the carets that are shown now."""
        return self.remote.carets if self.remote.is_shown else ()

    def follow(self, peer_id: str) -> None:
        """Keep this person's caret in sight from now on; empty: nobody's."""
        self._followed = peer_id
        if peer_id:
            self._show_followed()

    def reveal(self, position: int) -> None:
        """Bring a position into sight without moving the own caret; in the middle if it was far away."""
        block = self.document().findBlock(position)
        first, last = self.sight()
        if block.isValid() and not first + 1 <= block.blockNumber() <= last - 2:
            self.verticalScrollBar().setValue(block.blockNumber() - max(1, last - first) // 2)

    def _show_followed(self) -> None:
        for caret in self.remote.carets:
            if caret.peer_id == self._followed:
                self.reveal(caret.head)

    # --- geometry and paint ---

    def block_rect(self, block: QTextBlock) -> QRectF:
        """Return where a block is drawn, in viewport pixels; without the margin below the last one."""
        rect = self.blockBoundingGeometry(block).translated(self.contentOffset())
        if not block.next().isValid():
            rect.setHeight(block.layout().boundingRect().bottom())
        return rect

    def sight(self) -> tuple[int, int]:
        """Return the first and last block in sight."""
        first = self.firstVisibleBlock().blockNumber()
        height = max(1, self.fontMetrics().height())
        return first, min(self.blockCount() - 1, first + self.viewport().height() // height + 2)

    def viewport_size(self) -> tuple[int, int]:
        return self.viewport().width(), self.viewport().height()

    def paintEvent(self, event: QPaintEvent) -> None:
        self.highlighter.color(*self.sight())
        painter = QPainter(self.viewport())
        rect = self.block_rect(self.textCursor().block())
        line = QRectF(0, rect.y(), self.viewport().width(), rect.height())
        painter.fillRect(line, self._theme.color("ed_line"))
        self.remote.paint_under(painter, self)
        painter.end()
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        self.remote.paint_over(painter, self)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        width = self._gutter.wanted_width()
        top = self._theme.px(_TOP)
        self.setViewportMargins(width, top, 0, 0)
        inside = self.contentsRect()
        self._gutter.setGeometry(QRect(inside.left(), inside.top() + top, width, inside.height() - top))

    def _scrolled(self, rect: QRect, moved: int) -> None:
        if moved:
            self._gutter.scroll(0, moved)
            self.viewport().update()  # flags turn below their line at the top edge
        else:
            self._gutter.update(0, rect.y(), self._gutter.width(), rect.height())

    def _line_moved(self) -> None:
        if self.own_line() != self._line:
            self._line = self.own_line()
            self._repaint()

    def _repaint(self) -> None:
        self.viewport().update()
        self._gutter.update()

    def _retheme(self) -> None:
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Base, self._theme.color("ed_bg"))
        palette.setColor(QPalette.ColorRole.Window, self._theme.color("ed_bg"))
        palette.setColor(QPalette.ColorRole.Text, self._theme.color("text"))
        palette.setColor(QPalette.ColorRole.Highlight, self._theme.color("accent"))
        palette.setColor(QPalette.ColorRole.HighlightedText, self._theme.color("on_accent"))
        self.setPalette(palette)
        self.setFont(self._theme.font("code"))
        self._fit()
        self._repaint()

    # --- keys and menu ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Undo):
            self._ask(self.undo_asked.emit)
        elif event.matches(QKeySequence.StandardKey.Redo):
            self._ask(self.redo_asked.emit)
        elif self.isReadOnly():
            self._read_key(event)
        elif not self._typed(event):
            super().keyPressEvent(event)

    def _ask(self, say: Callable[[], None]) -> None:
        if self.isReadOnly():
            self.typing_refused.emit()
        else:
            say()

    def _read_key(self, event: QKeyEvent) -> None:
        keys = QKeySequence.StandardKey
        is_letter = event.text() != "" and event.text().isprintable() and not event.modifiers() & _COMMAND
        is_change = event.key() in _CHANGING_KEYS or event.matches(keys.Paste) or event.matches(keys.Cut)
        if is_letter or is_change:
            self.typing_refused.emit()
        else:
            super().keyPressEvent(event)

    def _typed(self, event: QKeyEvent) -> bool:
        """Handle the keys that an editor of code treats in its own way."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        is_plain = modifiers in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and is_plain:
            block, own = self.textCursor().block(), self.textCursor()
            before = block.text()[: own.selectionStart() - block.position()]
            self.textCursor().insertText("\n" + indent_of(before))
            self.ensureCursorVisible()
            return True
        if event.key() == Qt.Key.Key_Tab and modifiers == Qt.KeyboardModifier.NoModifier:
            if self.textCursor().hasSelection():
                self._indent(is_deeper=True)
            else:
                self.textCursor().insertText(unit_of(self._some_lines()))
            return True
        if event.key() == Qt.Key.Key_Backtab:
            self._indent(is_deeper=False)
            return True
        return False

    def _some_lines(self) -> list[str]:
        """Return lines around the caret, which tell how the file indents."""
        block = self.document().findBlockByNumber(max(0, self.own_line() - _SAMPLE_LINES // 2))
        lines: list[str] = []
        while block.isValid() and len(lines) < _SAMPLE_LINES:
            lines.append(block.text())
            block = block.next()
        return lines

    def _indent(self, *, is_deeper: bool) -> None:
        own, unit = self.textCursor(), unit_of(self._some_lines())
        first = self.document().findBlock(own.selectionStart()).blockNumber()
        last = self.document().findBlock(max(own.selectionStart(), own.selectionEnd() - 1)).blockNumber()
        for number in range(first, last + 1):
            block = self.document().findBlockByNumber(number)
            removed, inserted = indented(block.text(), unit, is_deeper=is_deeper)
            if removed or inserted:
                self.replace(block.position(), removed, inserted)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.own_menu()
        menu.popup(event.globalPos())

    def own_menu(self) -> QMenu:
        """Return the menu of the text: what the keys do, without Qt's own undo."""
        menu = QMenu(self)
        menu.setObjectName("editor_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        has_selection, may_type = self.textCursor().hasSelection(), not self.isReadOnly()
        keys = QKeySequence.StandardKey
        entries: tuple[tuple[str, QKeySequence.StandardKey, Callable[[], None], bool] | None, ...] = (
            (self.tr("Undo"), keys.Undo, self.undo_asked.emit, may_type),
            (self.tr("Redo"), keys.Redo, self.redo_asked.emit, may_type),
            None,
            (self.tr("Cut"), keys.Cut, self.cut, has_selection and may_type),
            (self.tr("Copy"), keys.Copy, self.copy, has_selection),
            (self.tr("Paste"), keys.Paste, self.paste, may_type and self.canPaste()),
            None,
            (self.tr("Select all"), keys.SelectAll, self.selectAll, True),
        )
        for entry in entries:
            if entry is None:
                menu.addSeparator()
                continue
            label, key, action, is_possible = entry
            added = menu.addAction(label)
            added.setShortcut(QKeySequence(key))
            added.setEnabled(is_possible)
            added.triggered.connect(lambda _checked=False, do=action: do())
        return menu
