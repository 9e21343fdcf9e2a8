"""A request that waits for this person: who asks for what and why, what is left afterwards, what it costs."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from horizon_desktop.presentation.usage_intents import ApproveRequest, DeclineRequest
from horizon_desktop.presentation.usage_page import RequestCardView
from horizon_desktop.widgets.amount_dialog import AmountDialog
from horizon_desktop.widgets.button import Button
from horizon_desktop.widgets.card import Card, column, row
from horizon_desktop.widgets.fact_lines import FactLines
from horizon_desktop.widgets.participant_badge import ParticipantBadge
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.usage_texts import usage_phrase
from horizon_desktop.widgets.workspace_texts import said

_BADGE: Final = 36


class RequestCard(Card):
    """Three answers, none of them the default."""

    intent = Signal(object)

    def __init__(self, theme: Theme, allocation_id: str, parent: QWidget | None = None) -> None:
        name = f"usage.request.{allocation_id[:8]}"
        super().__init__(name=name, padding=(16, 14, 16, 14), spacing=0, parent=parent)
        self._theme = theme
        self._id = allocation_id
        self._view: RequestCardView | None = None
        self.column.addLayout(self._head())
        self.column.addSpacing(10)
        self._why = Card(kind="well", padding=(12, 7, 12, 7), spacing=0)
        self._purpose = TextLabel(theme, tone="text2", wraps=True)
        self._why.column.addWidget(self._purpose)
        self.column.addWidget(self._why)
        self.column.addSpacing(10)
        self._facts = FactLines(theme)
        self.column.addWidget(self._facts)
        self.column.addSpacing(12)
        self.column.addLayout(self._answers(name))

    def _head(self) -> QHBoxLayout:
        line = row(spacing=14)
        self._badge = ParticipantBadge(self._theme, size=_BADGE)
        line.addWidget(self._badge)
        words = column(spacing=1)
        top = row(spacing=8)
        self._name = ElidedLabel(self._theme, role="label")
        self._age = TextLabel(self._theme, role="small", tone="text2")
        top.addWidget(self._name, 1)
        top.addWidget(self._age)
        words.addLayout(top)
        self._what = ElidedLabel(self._theme)
        words.addWidget(self._what)
        line.addLayout(words, 1)
        return line

    def _answers(self, name: str) -> QHBoxLayout:
        line = row(spacing=6)
        self.approve_button = Button(self._theme, said("Approve"), kind="primary", icon="check", name=f"{name}.approve")
        self.change_button = Button(self._theme, said("Change amount"), name=f"{name}.change")
        self.decline_button = Button(self._theme, said("Decline"), kind="ghost", name=f"{name}.decline")
        self.approve_button.clicked.connect(lambda: self.intent.emit(ApproveRequest(allocation_id=self._id)))
        self.change_button.clicked.connect(self.change_amount)
        self.decline_button.clicked.connect(lambda: self.intent.emit(DeclineRequest(allocation_id=self._id)))
        line.addWidget(self.approve_button)
        line.addWidget(self.change_button)
        line.addStretch(1)
        line.addWidget(self.decline_button)
        return line

    def show_request(self, view: RequestCardView) -> None:
        """Show the request."""
        if view == self._view:
            return
        self._view = view
        what = usage_phrase(view.what)
        self._badge.render(view.badge)
        self._name.setText(view.badge.name)
        self._age.setText(usage_phrase(view.age))
        self._what.setText(what)
        self._why.setVisible(bool(view.purpose))
        self._purpose.setText(view.purpose)
        self._facts.show_facts(
            (
                ("gauge", "text2", usage_phrase(view.left_after)),
                ("banknote", "text2", usage_phrase(view.cost)),
            )
        )
        for button in (self.approve_button, self.change_button, self.decline_button):
            button.setEnabled(not view.is_deciding)
            button.setAccessibleName(f"{button.label()}: {view.badge.name}, {what}")
        self.setAccessibleName(f"{view.badge.name}, {what}")

    def change_amount(self) -> None:
        """Ask how much to give instead."""
        if self._view is None:
            return
        dialog = AmountDialog(self._theme, self._view.amount, self._view.unit, self.window())
        dialog.chosen.connect(self._approve_other, Qt.ConnectionType.DirectConnection)
        dialog.open()

    def _approve_other(self, amount: str) -> None:
        self.intent.emit(ApproveRequest(allocation_id=self._id, amount=amount))
