"""Find and replace in the file in front; a pattern may be a regular expression."""

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import row
from horizon_desktop.widgets.edge_frame import EdgeFrame
from horizon_desktop.widgets.shared_text import SharedText
from horizon_desktop.widgets.text_field import TextField
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.text_mirror import Change, units
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import counted, said

MAX_MATCHES = 10_000
"""More than anybody steps through; counting stops here."""


class FindBar(EdgeFrame):
    """Above the text. Enter goes on, Shift+Enter back, Escape returns to the text."""

    closed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, edges="b", name="find_bar", parent=parent)
        self._editor: SharedText | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 9)
        layout.setSpacing(8)
        self.find_field = TextField(theme, label=said("Find"), name="find_field", placeholder=said("Find"))
        self.replace_field = TextField(
            theme, label=said("Replace with"), name="replace_field", placeholder=said("Replace with")
        )
        self._count = TextLabel(theme, role="small", tone="text2")
        self._count.setMinimumWidth(theme.px(72))
        self.regex_button = self._button(theme, ".*", "find_regex", said("Pattern is a regular expression"))
        self.case_button = self._button(theme, "Aa", "find_case", said("Capitals matter"))
        for toggle in (self.regex_button, self.case_button):
            toggle.setCheckable(True)
            toggle.toggled.connect(lambda _on: self._recount())
        layout.addLayout(self._find_line(theme))
        self.replace_button = Button(theme, said("Replace"), height=SMALL, name="replace_one")
        self.all_button = Button(theme, said("Replace all"), height=SMALL, name="replace_all")
        self._second = self._replace_line()
        layout.addWidget(self._second)
        self.find_field.textChanged.connect(lambda _text: self._typed())
        self.hide()

    def _find_line(self, theme: Theme) -> QHBoxLayout:
        back = self._button(theme, "", "find_back", said("Previous match"), icon="chevron-up")
        forward = self._button(theme, "", "find_next", said("Next match"), icon="chevron-down")
        shut = self._button(theme, "", "find_close", said("Close"), icon="x")
        back.clicked.connect(lambda: self.step(is_back=True))
        forward.clicked.connect(lambda: self.step(is_back=False))
        shut.clicked.connect(self.closed)
        line = row(spacing=6)
        line.addWidget(self.find_field, 1)
        for widget in (self._count, self.case_button, self.regex_button, back, forward, shut):
            line.addWidget(widget)
        return line

    def _replace_line(self) -> QWidget:
        whole = QWidget()
        line = row(spacing=6)
        whole.setLayout(line)
        line.addWidget(self.replace_field, 1)
        self.replace_button.clicked.connect(self.replace_one)
        self.all_button.clicked.connect(self.replace_all)
        line.addWidget(self.replace_button)
        line.addWidget(self.all_button)
        return whole

    @staticmethod
    def _button(theme: Theme, text: str, name: str, hint: str, *, icon: str = "") -> Button:
        button = Button(theme, text, kind="ghost", icon=icon, height=SMALL, name=name)
        button.set_hint(hint)
        button.setAccessibleName(f"{text} {hint}".strip())
        return button

    def open_for(self, editor: SharedText, *, is_replacing: bool) -> None:
        """Search this text; what is selected in one line becomes the pattern."""
        self._editor = editor
        chosen = editor.textCursor().selectedText()
        if chosen and "\u2029" not in chosen:
            self.find_field.setText(chosen)
        self._second.setVisible(is_replacing and not editor.isReadOnly())
        self.show()
        self.find_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.find_field.selectAll()
        self._recount()

    def step(self, *, is_back: bool) -> bool:
        """Select the next or previous match, round the end; return whether there is one."""
        matches = self._matches()
        if self._editor is None or not matches:
            return False
        low, high = sorted(self._editor.caret())
        if is_back:
            start, end = next((m for m in reversed(matches) if m[1] <= low and m != (low, high)), matches[-1])
        else:
            start, end = next((m for m in matches if m[0] >= high and m != (low, high)), matches[0])
        self._editor.set_caret(start, end)
        self._recount()
        return True

    def replace_one(self) -> None:
        """Replace the selected match, and select the next one."""
        editor = self._editor
        if editor is None or editor.isReadOnly():
            return
        low, high = sorted(editor.caret())
        if (low, high) in self._matches():
            put = self.replace_field.text()
            editor.replace(low, high - low, put)
            editor.set_caret(low + units(put), low + units(put))
        self.step(is_back=False)

    def replace_all(self) -> None:
        """Replace every match, each as its own small change, so that nobody's text around them is touched."""
        editor = self._editor
        if editor is None or editor.isReadOnly():
            return
        matches = self._matches()
        put = self.replace_field.text()
        editor.replace_each([Change(start, end - start, put) for start, end in reversed(matches)])
        self._count.setText(counted("1 replaced", "{n} replaced", len(matches)))

    def _typed(self) -> None:
        editor = self._editor
        if editor is not None:
            low = min(editor.caret())
            editor.set_caret(low, low)
            self.step(is_back=False)
        self._recount()

    def _pattern(self) -> re.Pattern[str] | None:
        text = self.find_field.text()
        flags = re.MULTILINE if self.case_button.isChecked() else re.MULTILINE | re.IGNORECASE
        try:
            return re.compile(text if self.regex_button.isChecked() else re.escape(text), flags) if text else None
        except re.error:
            return None

    def _matches(self) -> list[tuple[int, int]]:
        """Return start and end of every match, in UTF-16 units."""
        pattern = self._pattern()
        if pattern is None or self._editor is None:
            return []
        text, found = self._editor.text(), []
        passed, position = 0, 0
        for match in pattern.finditer(text):
            if match.end() == match.start():
                continue
            position += units(text[passed : match.start()])
            length = units(match.group())
            found.append((position, position + length))
            position += length
            passed = match.end()
            if len(found) >= MAX_MATCHES:
                break
        return found

    def _recount(self) -> None:
        has_error = bool(self.find_field.text()) and self._pattern() is None
        self.find_field.set_error(has_error=has_error)
        if has_error:
            self._count.setText(said("Not a pattern"))
            return
        matches = self._matches()
        low, high = sorted(self._editor.caret()) if self._editor is not None else (0, 0)
        at = matches.index((low, high)) + 1 if (low, high) in matches else 0
        if not self.find_field.text():
            self._count.setText("")
        elif not matches:
            self._count.setText(said("No match"))
        else:
            self._count.setText(said("{at} of {n}", at=at, n=len(matches)) if at else str(len(matches)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.find_field.hasFocus():
            self.step(is_back=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.replace_field.hasFocus():
            self.replace_one()
        else:
            super().keyPressEvent(event)
