"""The main action of New session: what is wrong, the button, and what nothing is shared until."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from horizon_desktop.presentation.new_session import NewSessionView
from horizon_desktop.widgets.button import LARGE, Button
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.texts import text, title
from horizon_desktop.widgets.theme import Theme


class CreateBar(QWidget):
    """The button is never grey: it says what is missing."""

    pressed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._problem = TextLabel(theme, role="small", tone="bad", wraps=True)
        self._problem.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        outer.addWidget(self._problem)
        outer.addSpacing(6)
        self.button = Button(theme, "", kind="primary", icon="ticket-plus", height=LARGE, name="new.create")
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.button.clicked.connect(self.pressed)
        outer.addWidget(self.button)
        outer.addSpacing(10)
        note = TextLabel(theme, self.tr("Nothing is shared until you let someone in."), role="small", tone="text3")
        note.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._note = note
        outer.addWidget(note)

    def render(self, view: NewSessionView) -> None:  # type: ignore[override]
        """Show what pressing does, or what is missing."""
        is_missing = view.problem is not None and view.problem.key == "share.nothing"
        self._problem.setVisible(view.problem is not None and not is_missing)
        if view.problem is not None:
            self._problem.setText(f"{title(view.problem)}. {text(view.problem)}")
        label = self.tr("Create invite")
        if is_missing and view.problem is not None:
            label = title(view.problem)
        elif view.is_creating:
            label = self.tr("Creating the invite")
        self.button.set_text(label)
        self.button.setEnabled(not view.is_creating)
        asks = self.tr("Nothing is shared until you let someone in.")
        opens = self.tr("Whoever has link and code gets in at once.")
        self._note.setText(asks if view.is_approval_asked else opens)
