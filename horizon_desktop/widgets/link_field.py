"""The field that takes an invite link: paste, Enter or Join, and what is wrong with it below."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from horizon_desktop.presentation.intents import OpenLink
from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets.button import Button
from horizon_desktop.widgets.card import row
from horizon_desktop.widgets.text_field import FieldNote, TextField
from horizon_desktop.widgets.texts import text, title
from horizon_desktop.widgets.theme import Theme

MAX_LINK_LENGTH = 512


class LinkField(QWidget):
    """A field and its button; opening never joins by itself."""

    intent = Signal(object)

    def __init__(self, theme: Theme, *, name: str, spacing: int = 8, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(6)
        line = row(spacing=spacing)
        self.field = TextField(
            theme, label=self.tr("Invite link"), name=f"{name}.link", placeholder=self.tr("Paste invite link")
        )
        self.field.setMaxLength(4 * MAX_LINK_LENGTH)
        self.button = Button(theme, self.tr("Join"), name=f"{name}.join")
        line.addWidget(self.field, 1)
        line.addWidget(self.button)
        self.note = FieldNote(theme, name=f"{name}.note")
        self.note.hide()
        outer.addWidget(self.note)
        outer.insertLayout(0, line)
        self.field.returnPressed.connect(self._open)
        self.field.textEdited.connect(self._clear)
        self.button.clicked.connect(self._open)

    def show_problem(self, problem: Words | None) -> None:
        """Say what is wrong with the link, or nothing."""
        self.field.set_error(has_error=problem is not None)
        self.note.setVisible(problem is not None)
        if problem is not None:
            self.note.show_error(title(problem), text(problem))

    def _clear(self) -> None:
        self.show_problem(None)

    def _open(self) -> None:
        link = self.field.text().strip()
        if not link:
            self.field.setFocus()
            self.show_problem(Words("invite.bad"))
            return
        self.intent.emit(OpenLink(link=link))
