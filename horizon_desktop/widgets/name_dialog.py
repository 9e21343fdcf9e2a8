"""The dialog that asks for the name that others see."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QWidget

from horizon_desktop.presentation.intents import Intent, Rename
from horizon_desktop.presentation.plain_text import NAME_LENGTH


class NameDialog(QInputDialog):
    """Asks for the name that others see."""

    @classmethod
    def ask(cls, parent: QWidget, name: str, say: Callable[[Intent], None]) -> "NameDialog":
        """Open the dialog without stopping anything; a new name is said as an intent."""
        dialog = cls(parent)
        dialog.setObjectName("name_dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(dialog.tr("Change name"))
        dialog.setLabelText(dialog.tr("Your name, as others see it"))
        dialog.setTextValue(name)

        def accepted(text: str) -> None:
            shown = " ".join(text.split())[:NAME_LENGTH]
            if shown:
                say(Rename(name=shown))

        dialog.textValueSelected.connect(accepted)
        dialog.open()
        return dialog
