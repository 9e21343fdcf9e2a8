"""The approval card: who wants to join, what they will be able to do, and three answers, none of them the default."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from horizon_desktop.presentation.approval import VIEW_ONLY_ROLE, ApprovalView
from horizon_desktop.presentation.intents import Decline, LetIn
from horizon_desktop.widgets.access_summary import AccessSummary
from horizon_desktop.widgets.button import Button
from horizon_desktop.widgets.card import Card, column, row
from horizon_desktop.widgets.chip import Chip
from horizon_desktop.widgets.fact_lines import FactLines
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.key_pictures import KeyPictures
from horizon_desktop.widgets.participant_badge import ParticipantBadge
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import risk_words

WIDTH: Final = 456


class ApprovalCard(Card):
    """Shows one knock; takes no focus when it appears."""

    intent = Signal(object)

    def __init__(self, theme: Theme, *, kind: str = "popover", parent: QWidget | None = None) -> None:
        """Make a card.

        Args:
            kind: popover over a session, or card inside the page Share.
        """
        super().__init__(kind=kind, name="approval", padding=(22, 20, 22, 16), spacing=0, parent=parent)
        self._theme = theme
        self._view: ApprovalView | None = None
        self.column.addLayout(self._head())
        self.column.addSpacing(14)
        self.column.addWidget(self._person())
        self.column.addSpacing(14)
        self._careful = FactLines(theme)
        self._careful.setObjectName("approval.careful")
        self.column.addWidget(self._careful)
        self.column.addLayout(self._proof())
        self.column.addSpacing(16)
        self.column.addWidget(TextLabel(theme, self.tr("They will be able to"), role="label"))
        self.column.addSpacing(4)
        self._access = AccessSummary(theme)
        self.column.addWidget(self._access)
        self.column.addSpacing(14)
        self.column.addLayout(self._answers())
        self.column.addSpacing(10)
        self._left = TextLabel(theme, role="small", tone="text3")
        self._left.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.column.addWidget(self._left)

    def _head(self) -> QVBoxLayout:
        head = column(spacing=1)
        line = row(spacing=8)
        self._title = ElidedLabel(self._theme, role="subtitle")
        line.addWidget(self._title, 1)
        line.addWidget(Chip(self._theme, self.tr("Right code"), tone="ok", icon="check"))
        head.addLayout(line)
        self._session = ElidedLabel(self._theme, tone="text2")
        head.addWidget(self._session)
        return head

    def _person(self) -> Card:
        well = Card(kind="well", padding=(15, 14, 15, 14), spacing=0)
        line = row(spacing=16)
        self._badge = ParticipantBadge(self._theme, size=36)
        line.addWidget(self._badge)
        words = column(spacing=6)
        self._name = ElidedLabel(self._theme, role="label")
        self._device = ElidedLabel(self._theme, role="small", tone="text2")
        words.addWidget(self._name)
        words.addWidget(self._device)
        line.addLayout(words, 1)
        well.column.addLayout(line)
        return well

    def _proof(self) -> QVBoxLayout:
        proof = column(spacing=6)
        line = row(spacing=8)
        self._known_icon = IconView(self._theme, "key-round", size=14, tone="text2")
        line.addWidget(self._known_icon)
        self._known = TextLabel(self._theme, role="small", tone="text2")
        line.addWidget(self._known, 1)
        proof.addLayout(line)
        line = row(spacing=8)
        line.addWidget(IconView(self._theme, "fingerprint", size=14, tone="text2"), 0, Qt.AlignmentFlag.AlignTop)
        words = self.tr("Both screens show these pictures. Compare them if you're unsure.")
        line.addWidget(TextLabel(self._theme, words, role="small", tone="text2", wraps=True), 1)
        proof.addLayout(line)
        self._pictures = KeyPictures(self._theme, tile=(52, 52), gap=5)
        proof.addSpacing(2)
        proof.addWidget(self._pictures)
        return proof

    def _answers(self) -> QHBoxLayout:
        line = row(spacing=8)
        self.decline_button = Button(self._theme, self.tr("Decline"), kind="danger", name="approval.decline")
        self.view_button = Button(self._theme, self.tr("Let in, view only"), name="approval.let_in_view")
        self.let_in_button = Button(
            self._theme, self.tr("Let in"), kind="primary", icon="check", name="approval.let_in"
        )
        self.decline_button.clicked.connect(self._decline)
        self.view_button.clicked.connect(lambda: self._let_in(VIEW_ONLY_ROLE))
        self.let_in_button.clicked.connect(lambda: self._let_in(""))
        line.addWidget(self.decline_button)
        line.addStretch(1)
        line.addWidget(self.view_button)
        line.addWidget(self.let_in_button)
        return line

    def render(self, view: ApprovalView) -> None:  # type: ignore[override]
        """Show who knocks."""
        self._view = view
        self._title.setText(self.tr("{name} wants to join").replace("{name}", view.name))
        self._session.setText(f"{view.title} \u00b7 {self._type(view.session_type)}")
        self._badge.render(view.badge)
        self._name.setText(view.name)
        self._device.setText(view.device)
        self._known.setText(self.tr("A key you know") if view.is_known else self.tr("New to you"))
        self._known_icon.show_icon("shield-check" if view.is_known else "key-round")
        self._careful.setVisible(bool(view.reasons))
        if view.reasons:
            words = self.tr("Careful: {what}").replace("{what}", risk_words(view.reasons))
            self._careful.show_facts((("shield-alert", "warn", words),))
        self._pictures.render(view.pictures)
        self._access.render(view.access)
        self.view_button.setVisible(view.may_view_only)
        text = self.tr("Declines by itself in {left}").replace("{left}", view.countdown)
        if view.waiting:
            others = self.tr("{n} more waiting").replace("{n}", str(view.waiting))
            text = f"{text} \u00b7 {others}"
        self._left.setText(text)
        for button in (self.decline_button, self.view_button, self.let_in_button):
            button.setAccessibleName(f"{button.label()}: {view.name}")
        self.setAccessibleName(self.spoken())

    def spoken(self) -> str:
        """Return what a screen reader announces when the card appears."""
        return "" if self._view is None else self.spoken_of(self._view)

    def spoken_of(self, view: ApprovalView) -> str:
        """Return what is announced of a knock."""
        text = self.tr("{name} wants to join, right code, from {device}")
        text = text.replace("{device}", view.device).replace("{name}", view.name)
        return f"{text}. {risk_words(view.reasons)}" if view.reasons else text

    def _type(self, kind: str) -> str:
        return self.tr("review") if kind == "review" else self.tr("pair editing")

    def _let_in(self, role: str) -> None:
        if self._view is not None:
            self.intent.emit(LetIn(session_id=self._view.session_id, peer_id=self._view.peer_id, role=role))

    def _decline(self) -> None:
        if self._view is not None:
            self.intent.emit(Decline(session_id=self._view.session_id, peer_id=self._view.peer_id))
