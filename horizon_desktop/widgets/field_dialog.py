"""A small dialog of fields below one another, with one answer that does it and one that does not."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLayout, QVBoxLayout, QWidget

from horizon_desktop.widgets.button import Button
from horizon_desktop.widgets.card import row
from horizon_desktop.widgets.choice_field import ChoiceField
from horizon_desktop.widgets.focus_ring import FocusRing
from horizon_desktop.widgets.text_field import FieldNote, TextField
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import said

_WIDTH = 400


class FieldDialog(QDialog):
    """`open()` shows it over its window; `confirm` is what the main button and Enter do."""

    def __init__(self, theme: Theme, *, title: str, confirm: str, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setProperty("surface", "surface")
        self.setFixedWidth(theme.px(_WIDTH))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 20, 24, 20)
        whole.setSpacing(14)
        whole.setSizeConstraint(QLayout.SizeConstraint.SetMinimumSize)
        whole.addWidget(TextLabel(theme, title, role="subtitle"))
        self._column = QVBoxLayout()
        self._column.setSpacing(5)
        whole.addLayout(self._column)
        self.note = FieldNote(theme, name=f"{name}.note")
        self.note.hide()
        whole.addWidget(self.note)
        answers = row(spacing=8)
        self.cancel_button = Button(theme, said("Cancel"), kind="ghost", name=f"{name}.cancel")
        self.confirm_button = Button(theme, confirm, kind="primary", name=f"{name}.confirm")
        self.cancel_button.clicked.connect(self.reject)
        self.confirm_button.clicked.connect(self.confirm)
        answers.addStretch(1)
        answers.addWidget(self.cancel_button)
        answers.addWidget(self.confirm_button)
        whole.addLayout(answers)
        self.focus_ring = FocusRing(theme, self)

    def add_text(self, label: str, name: str, *, text: str = "", placeholder: str = "") -> TextField:
        """Add a field of one line; Enter in it confirms."""
        self._label(label)
        field = TextField(self.theme, label=label, name=f"{self.objectName()}.{name}", placeholder=placeholder)
        field.setText(text)
        field.returnPressed.connect(self.confirm)
        self._column.addWidget(field)
        self._column.addSpacing(7)
        return field

    def add_choice(self, label: str, name: str, choices: tuple[tuple[str, str], ...]) -> ChoiceField:
        """Add a choice; each has its value and what it is called."""
        shown = self._label(label)
        box = ChoiceField(self.theme, label=label, name=f"{self.objectName()}.{name}")
        for value, text in choices:
            box.addItem(text, value)
        shown.setBuddy(box)  # Linux reads a choice out by its value: what it is comes from its label
        self._column.addWidget(box)
        self._column.addSpacing(7)
        return box

    def _label(self, text: str) -> TextLabel:
        label = TextLabel(self.theme, text, role="small", weight=600)
        self._column.addWidget(label)
        return label

    def refuse(self, field: TextField, words: str) -> None:
        """Say what is wrong with a field; nothing is lost."""
        field.set_error(has_error=True)
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.note.show_error(words)
        self.note.show()

    def confirm(self) -> None:
        """Close with a yes; a dialog that asks for something looks at it before."""
        self.accept()
