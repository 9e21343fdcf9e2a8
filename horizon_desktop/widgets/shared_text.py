"""A text that several people change: says what was typed here, shows what others typed, and never mixes up the two."""

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from horizon_desktop.widgets.text_mirror import Change, TextMirror, moved, shown, units


class Delta(Protocol):
    """One change of the text, in UTF-16 units of the text as it stands after the changes before it."""

    @property
    def position(self) -> int: ...
    @property
    def removed(self) -> int: ...
    @property
    def inserted(self) -> str: ...


class SharedText(QPlainTextEdit):
    """A plain text editor over a mirror of its true text.

    What a person does comes out as `edited`; what others do goes in through `apply_deltas` and never comes out.
    """

    edited = Signal(int, int, str)
    """UTF-16 position, UTF-16 units removed there, text inserted there: always the smallest change."""
    caret_moved = Signal(int, int)
    """Anchor and head of the own selection, in UTF-16 units."""
    typing_refused = Signal()
    """Somebody typed into a text that they may only read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mirror = TextMirror()
        self._is_applying = False
        self._last_caret = (0, 0)
        self.setUndoRedoEnabled(False)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.document().contentsChange.connect(self._contents_changed)
        self.cursorPositionChanged.connect(self._cursor_moved)
        self.selectionChanged.connect(self._cursor_moved)

    # --- for the class above ---

    def text_moved(self, change: Change) -> None:
        """Every change of the text, whoever made it, while it is being made."""

    def text_settled(self) -> None:
        """One or more changes are done."""

    def follow_text(self, line: int, scroll: int, top: QTextCursor) -> None:
        """Others changed the text: keep the lines in sight that were in sight.

        Args:
            line: Number of the first block in sight before.
            scroll: Value of the scroll bar before.
            top: Stands in that block still.
        """
        if scroll:
            self.verticalScrollBar().setValue(scroll + top.blockNumber() - line)

    # --- the text ---

    def set_text(self, text: str) -> None:
        """Show another text, with line feeds between its lines; nothing comes out of `edited`."""
        self._is_applying = True
        try:
            self._mirror = TextMirror(text)
            self.setPlainText(shown(text))
        finally:
            self._is_applying = False
        self._last_caret = (0, 0)

    def text(self) -> str:
        """Return the true text, with what the screen shows as signs for it."""
        return self._mirror.text()

    def show_step(self, deltas: Sequence[Delta]) -> None:
        """Show what an undo or redo of our own changed, with the caret behind it and in sight.

        Raises:
            ValueError: a change reaches outside the text.
        """
        self.apply_deltas(deltas)
        if deltas:
            place = deltas[-1].position + units(deltas[-1].inserted)
            self.set_caret(place, place)
            self.ensureCursorVisible()

    def apply_deltas(self, deltas: Sequence[Delta]) -> None:
        """Show what others changed. The own caret stays at its characters, and the lines in sight stay in sight.

        Raises:
            ValueError: a change reaches outside the text; the editor and its document have parted.
        """
        if not deltas:
            return
        own = self.textCursor()
        caret = (own.anchor(), own.position())
        top = QTextCursor(self.firstVisibleBlock())
        top_line, scroll = top.blockNumber(), self.verticalScrollBar().value()
        pen = QTextCursor(self.document())
        self._is_applying = True
        pen.beginEditBlock()
        try:
            for delta in deltas:
                change = Change(delta.position, delta.removed, delta.inserted)
                self._mirror.splice(change)
                self._write(pen, change)
                caret = (
                    moved(caret[0], change, is_own=True),
                    moved(caret[1], change, is_own=True),
                )
        finally:
            pen.endEditBlock()
            self._is_applying = False
        self._keep_caret(caret)
        self.follow_text(top_line, scroll, top)
        self.text_settled()

    def replace(self, position: int, removed: int, inserted: str) -> None:
        """Change the text as the person at this editor (paste, replace): `edited` says exactly this."""
        self.replace_each([Change(position, removed, inserted)])

    def replace_each(self, changes: Sequence[Change]) -> None:
        """Make several changes as the person at this editor, each in the text that the one before it left."""
        if self.isReadOnly():
            self.typing_refused.emit()
            return
        pen = QTextCursor(self.document())
        self._is_applying = True
        pen.beginEditBlock()
        try:
            for change in changes:
                self._mirror.splice(change)
                self._write(pen, change)
        finally:
            pen.endEditBlock()
            self._is_applying = False
        for change in changes:
            self.edited.emit(change.position, change.removed, change.inserted)
        self.text_settled()
        self._cursor_moved()

    def _write(self, pen: QTextCursor, change: Change) -> None:
        """Put a change into Qt's document and move along everything that points into it."""
        pen.setPosition(change.position)
        pen.setPosition(change.position + change.removed, QTextCursor.MoveMode.KeepAnchor)
        pen.insertText(shown(change.inserted))
        self.text_moved(change)

    def _contents_changed(self, position: int, removed: int, added: int) -> None:
        """Find out what really changed: Qt reports more than that (preedit, formats, setPlainText)."""
        if self._is_applying:
            return
        added = max(0, min(added, self.document().characterCount() - 1 - position))
        removed = min(removed, len(self._mirror) - position)
        change = self._mirror.difference(position, removed, self._read(position, added))
        if change is None:
            return
        self._mirror.splice(change)
        self.text_moved(change)
        self.text_settled()
        self.edited.emit(change.position, change.removed, change.inserted)

    def _read(self, position: int, length: int) -> str:
        if not length:
            return ""
        pen = QTextCursor(self.document())
        pen.setPosition(position)
        pen.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
        return pen.selectedText().replace("\u2029", "\n").replace("\u2028", "\n")

    # --- the own caret ---

    def caret(self) -> tuple[int, int]:
        """Return anchor and head of the own selection, in UTF-16 units."""
        own = self.textCursor()
        return own.anchor(), own.position()

    def set_caret(self, anchor: int, head: int) -> None:
        """Select from anchor to head, and bring the head into sight."""
        end = len(self._mirror)
        own = self.textCursor()
        own.setPosition(max(0, min(anchor, end)))
        own.setPosition(max(0, min(head, end)), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(own)

    def _keep_caret(self, caret: tuple[int, int]) -> None:
        if self.caret() == caret:
            return
        horizontal, vertical = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        self._is_applying = True
        try:
            self.set_caret(*caret)
        finally:
            self._is_applying = False
        self.horizontalScrollBar().setValue(horizontal)
        self.verticalScrollBar().setValue(vertical)

    def _cursor_moved(self) -> None:
        if self._is_applying or self.caret() == self._last_caret:
            return
        self._last_caret = self.caret()
        self.caret_moved.emit(*self._last_caret)

    # --- clipboard ---

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste plain text only, with line feeds between lines."""
        text = source.text().replace("\r\n", "\n").replace("\r", "\n").replace("\u2029", "\n").replace("\x00", "")
        if not text:
            return
        own = self.textCursor()
        start = own.selectionStart()
        self.replace(start, own.selectionEnd() - start, text)
        self.set_caret(start + units(text), start + units(text))
        self.ensureCursorVisible()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() and not source.hasUrls()

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copy the true text, with what the screen shows as signs for it."""
        own, data = self.textCursor(), QMimeData()
        start = own.selectionStart()
        data.setText(self._mirror.cut(start, own.selectionEnd() - start))
        return data
