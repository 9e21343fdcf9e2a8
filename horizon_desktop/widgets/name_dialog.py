"""The dialog that asks for the name that others see (form: ui/name_dialog.ui)."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from horizon_desktop._generated.ui_name_dialog import Ui_NameDialog
from horizon_desktop.presentation.intents import Rename
from horizon_desktop.presentation.plain_text import plain
from horizon_desktop.widgets.button import Button
from horizon_desktop.widgets.focus_ring import FocusRing
from horizon_desktop.widgets.theme import Theme

_WIDTH = 380


class NameDialog(QDialog):
    """Takes nothing from the window behind it: `open()` shows it, `intent` says Rename, closing says nothing."""

    intent = Signal(object)

    def __init__(self, theme: Theme, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        form = Ui_NameDialog()
        form.setupUi(self)
        self.setObjectName("name_dialog")
        self.setFixedWidth(theme.px(_WIDTH))
        form.label.setFont(theme.font("small", weight=600))
        form.note.setFont(theme.font("small"))
        self.name_field = form.name_field
        self.name_field.setFont(theme.font("body"))
        self.name_field.setText(name)
        self.name_field.selectAll()
        self.cancel_button = Button(theme, self.tr("Cancel"), kind="ghost", name="name_dialog.cancel")
        self.save_button = Button(theme, self.tr("Save"), kind="primary", name="name_dialog.save")
        form.answers.addWidget(self.cancel_button)
        form.answers.addWidget(self.save_button)
        self.cancel_button.clicked.connect(self.reject)
        self.save_button.clicked.connect(self.save)
        self.name_field.returnPressed.connect(self.save)
        self.name_field.textChanged.connect(self._judge)
        self.focus_ring = FocusRing(theme, self)

    def _judge(self, text: str) -> None:
        self.save_button.setEnabled(bool(plain(text)))

    def save(self) -> None:
        """Say the new name and go away; a name with nothing to see in it stays in the field."""
        name = plain(self.name_field.text())
        if name:
            self.intent.emit(Rename(name=name))
            self.accept()
