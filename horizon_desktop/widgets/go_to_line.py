"""Go to a line by its number."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.edge_frame import EdgeFrame
from horizon_desktop.widgets.text_field import TextField
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import said


class GoToLine(EdgeFrame):
    """A field above the text. Enter goes there, Escape returns."""

    chosen = Signal(int)
    """Line number, from 1."""
    closed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, edges="b", name="go_to_line", parent=parent)
        self._last = 1
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 9)
        layout.setSpacing(8)
        self.field = TextField(theme, label=said("Go to line"), name="line_field", placeholder=said("Go to line"))
        self.field.setValidator(QIntValidator(1, 99_999_999, self))
        self.field.setMaximumWidth(theme.px(160))
        self._hint = TextLabel(theme, role="small", tone="text2")
        go = Button(theme, said("Go"), height=SMALL, name="go_to_line.go")
        shut = Button(theme, "", kind="ghost", icon="x", height=SMALL, name="go_to_line.close")
        shut.set_hint(said("Close"))
        go.clicked.connect(self._go)
        shut.clicked.connect(self.closed)
        for widget in (self.field, go, self._hint):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(shut)
        self.hide()

    def open_for(self, *, line: int, last: int) -> None:
        """Ask for a line; `line` is where the caret is, `last` the last one."""
        self._last = last
        self.field.setText(str(line))
        self._hint.setText(said("of {n}", n=last))
        self.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def _go(self) -> None:
        text = self.field.text()
        if text.isdigit():
            self.chosen.emit(max(1, min(int(text), self._last)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._go()
        else:
            super().keyPressEvent(event)
