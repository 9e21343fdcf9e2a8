"""A question before something is taken away, right where it happens, with the safe choice first."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import column, row
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme


class InPlaceConfirm(QFrame):
    """A question with two answers. Escape keeps things as they are."""

    kept = Signal()
    confirmed = Signal()

    def __init__(
        self, theme: Theme, *, name: str, is_framed: bool = True, icon: str = "", parent: QWidget | None = None
    ) -> None:
        """Make a question without words.

        Args:
            is_framed: In a red frame of its own; else it stands in a card.
            icon: With an icon the question is wide: the answers stand beside it instead of below.
        """
        super().__init__(parent)
        self.setObjectName(name)
        if is_framed:
            self.setProperty("kind", "banner")
            self.setProperty("tone", "bad")
        self._title = TextLabel(theme, role="label", wraps=True)
        self._text = TextLabel(theme, role="small", tone="text2", wraps=True)
        self.keep_button = Button(theme, "", height=SMALL, name=f"{name}.keep")
        self.confirm_button = Button(theme, "", kind="danger_solid", height=SMALL, name=f"{name}.confirm")
        self.keep_button.clicked.connect(self.kept)
        self.confirm_button.clicked.connect(self.confirmed)
        if icon:
            self._lay_wide(theme, icon)
        else:
            self._lay_high()

    def _lay_high(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(2)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addSpacing(8)
        line = row(spacing=8)
        line.addWidget(self.keep_button)
        line.addStretch(1)
        line.addWidget(self.confirm_button)
        layout.addLayout(line)

    def _lay_wide(self, theme: Theme, icon: str) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 12, 12, 12)
        layout.setSpacing(16)
        layout.addWidget(IconView(theme, icon, size=18, tone="bad", box=20))
        words = column(spacing=1)
        words.addWidget(self._title)
        words.addWidget(self._text)
        layout.addLayout(words, 1)
        answers = row(spacing=6)
        answers.addWidget(self.keep_button)
        answers.addWidget(self.confirm_button)
        layout.addLayout(answers)

    def ask(self, title: str, text: str, *, keep: str, confirm: str) -> None:
        """Show the question; the answer that changes nothing comes first."""
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self.setAccessibleName(f"{title} {text}".strip())
        self.keep_button.set_text(keep)
        self.confirm_button.set_text(confirm)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focused = next((button for button in (self.keep_button, self.confirm_button) if button.hasFocus()), None)
        if event.key() == Qt.Key.Key_Escape:
            self.kept.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and focused is not None:
            focused.click()
        else:
            super().keyPressEvent(event)
