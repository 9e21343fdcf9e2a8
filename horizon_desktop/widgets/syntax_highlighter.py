"""Colours for the words of an editor: what is in sight first, the rest in small pieces while nothing else happens."""

from typing import Final

from PySide6.QtCore import QElapsedTimer, QObject, QTimer
from PySide6.QtGui import QTextBlock, QTextCharFormat, QTextDocument, QTextLayout

from horizon_desktop.widgets.line_lexer import ROOT, LineLexer, Span
from horizon_desktop.widgets.theme import Theme

_PIECE_MS: Final = 4
"""How long colouring out of sight may hold the window in one go."""
_PAUSE_MS: Final = 8
_UNKNOWN: Final = -1
_COLORS: Final = ("ed_kw", "ed_str", "ed_num", "ed_com", "ed_fn")


class SyntaxHighlighter(QObject):
    """Keeps the colours of a document right. Each block's user state is the number of the lexer state it leaves.

    QSyntaxHighlighter would colour a whole 2 MB text at once, and again after one quote at its top; this one does not.
    """

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._document = document
        self._theme = theme
        self._lexer = LineLexer("")
        self._states: list[tuple[str, ...]] = [ROOT]
        self._numbers: dict[tuple[str, ...], int] = {ROOT: 0}
        self._formats: dict[str, QTextCharFormat] = {}
        self._dirty: set[int] = set()
        """Blocks before the frontier that changed since they were coloured."""
        self._frontier = 0
        """Every block from here on was never coloured for good."""
        self._guessed: set[int] = set()
        """Blocks in sight that were coloured without knowing what stands before them."""
        self._count = document.blockCount()
        self._timer = QTimer(self)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._piece)
        theme.changed.connect(self._recolor)
        self._read_colors()

    def set_language(self, file_name: str) -> None:
        """Colour by the language that the name of the file tells."""
        self._lexer = LineLexer(file_name)
        self._states, self._numbers = [ROOT], {ROOT: 0}
        block = self._document.begin()
        while block.isValid():
            block.setUserState(_UNKNOWN)
            block = block.next()
        self.restart()

    def restart(self) -> None:
        """Forget all colours: the text is another one now."""
        self._count = self._document.blockCount()
        self._dirty.clear()
        self._guessed.clear()
        self._frontier = 0
        self._run()

    def mark(self, position: int, added: int) -> None:
        """Note that the text changed: `added` UTF-16 units stand at `position` that were not coloured yet."""
        first = self._document.findBlock(position).blockNumber()
        last = max(first, self._document.findBlock(position + added).blockNumber())
        moved = self._document.blockCount() - self._count
        self._count += moved
        if moved:
            self._shift(first, moved)
        if moved or last > first:
            last += 1  # the line after may follow another one now
        self._guessed.clear()
        self._dirty.update(range(first, min(last + 1, self._frontier)))
        self._run()

    def color(self, first: int, last: int) -> None:
        """Colour what is in sight now, from block `first` to `last`, where it is not right yet."""
        if self._lexer.is_plain:
            return
        block = self._document.findBlockByNumber(first)
        while block.isValid() and block.blockNumber() <= last:
            number = block.blockNumber()
            if number == self._frontier or number in self._dirty:
                self._settle(block)
            elif number > self._frontier and number not in self._guessed:
                self._guess(block)
            block = block.next()

    @property
    def is_done(self) -> bool:
        """Nothing waits to be coloured."""
        return self._lexer.is_plain or (not self._dirty and self._frontier >= self._count)

    def _shift(self, first: int, moved: int) -> None:
        """Renumber after `moved` blocks came (or, below zero, went) right behind block `first`."""
        gone = first - min(moved, 0)
        self._dirty = {
            number if number <= first else number + moved for number in self._dirty if not first < number <= gone
        }
        if self._frontier > first:
            self._frontier = max(first + 1, self._frontier + moved)

    def _run(self) -> None:
        if not self.is_done and not self._timer.isActive():
            self._timer.start()

    def _piece(self) -> None:
        clock = QElapsedTimer()
        clock.start()
        while not self.is_done and clock.elapsed() < _PIECE_MS:
            number = min(self._dirty) if self._dirty else self._frontier
            block = self._document.findBlockByNumber(number)
            if block.isValid():
                self._settle(block)
            else:
                self._dirty.discard(number)
        if self.is_done:
            self._timer.stop()

    def _settle(self, block: QTextBlock) -> None:
        """Colour a block for good if what stands before it is known, else for now."""
        number = block.blockNumber()
        before = block.previous().userState() if number else 0
        if before == _UNKNOWN or (number and number - 1 in self._dirty):
            self._guess(block)
            return
        spans, after = self._lexer.line(block.text(), self._states[before])
        state = self._number(after)
        is_new = number >= self._frontier
        has_changed = block.userState() != state
        block.setUserState(state)
        self._put(block, spans)
        self._dirty.discard(number)
        self._guessed.discard(number)
        if is_new:
            self._frontier = number + 1
        elif has_changed and number + 1 < self._frontier:
            self._dirty.add(number + 1)

    def _guess(self, block: QTextBlock) -> None:
        before = block.previous().userState()
        spans, _ = self._lexer.line(block.text(), self._states[before] if before != _UNKNOWN else ROOT)
        self._put(block, spans)
        self._guessed.add(block.blockNumber())

    def _number(self, state: tuple[str, ...]) -> int:
        if state not in self._numbers:
            self._numbers[state] = len(self._states)
            self._states.append(state)
        return self._numbers[state]

    def _put(self, block: QTextBlock, spans: list[Span]) -> None:
        layout = block.layout()
        if not spans and not layout.formats():
            return
        text = block.text()
        is_wide = not text.isascii() and any(character > "\uffff" for character in text)
        ranges: list[QTextLayout.FormatRange] = []
        for start, length, color in spans:
            if is_wide:
                length = length + _wide(text[start : start + length])
                start = start + _wide(text[:start])
            part = QTextLayout.FormatRange()
            part.start, part.length, part.format = start, length, self._formats[color]
            ranges.append(part)
        layout.setFormats(ranges)
        self._document.markContentsDirty(block.position(), block.length())

    def _recolor(self) -> None:
        self._read_colors()
        self.restart()

    def _read_colors(self) -> None:
        for color in _COLORS:
            made = QTextCharFormat()
            made.setForeground(self._theme.color(color))
            self._formats[color] = made


def _wide(text: str) -> int:
    return sum(character > "\uffff" for character in text)
