"""The dialog that asks for another amount than the one somebody asked for."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from horizon_desktop.presentation.usage_page import amount_of
from horizon_desktop.widgets.field_dialog import FieldDialog
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.usage_texts import resource_words
from horizon_desktop.widgets.workspace_texts import said


class AmountDialog(FieldDialog):
    """`chosen` says a plain figure; closing says nothing."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, amount: str, unit: str, parent: QWidget) -> None:
        super().__init__(
            theme, title=said("Change amount"), confirm=said("Approve"), name="amount_dialog", parent=parent
        )
        self.field = self.add_text(resource_words(unit), "amount", text=amount)
        self.field.selectAll()
        self._asked = amount

    def confirm(self) -> None:
        """Say the amount, which is never more than was asked for."""
        amount = amount_of(self.field.text())
        if not amount or float(amount) > float(self._asked):
            self.refuse(self.field, said("More than 0, and at most {n}.", n=self._asked))
            return
        self.chosen.emit(amount)
        self.accept()
