"""The invites of a session, a row each: how far it is used, how many tries are left, showing it and taking it back."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from horizon_desktop.presentation.intents import CancelInvite, ResumeInvite, ShowPage
from horizon_desktop.presentation.sessions_page import InviteRowView
from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import Card, clear, hair_line, row
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.texts import phrase
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import said

_ROW: Final = 40
_NAME: Final = 140


class InviteRows(Card):
    """A card with the newest invite first."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(name="sessions.invites", padding=(1, 0, 1, 1), spacing=0, parent=parent)
        self._theme = theme
        self._session_id = ""
        self._shape: tuple[object, ...] = ()
        self._lines: dict[str, ElidedLabel] = {}
        head = row(spacing=0)
        head.setContentsMargins(16, 10, 16, 9)
        head.addWidget(TextLabel(theme, said("Invites"), role="label"))
        self.column.addLayout(head)
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self.column.addLayout(self._rows)

    def show_invites(self, session_id: str, invites: tuple[InviteRowView, ...]) -> None:
        """Show the invites as they are now; rows are made anew only when what they offer changes."""
        shape = (session_id, *((invite.name, invite.is_open, invite.may_show, invite.may_resume) for invite in invites))
        if shape != self._shape:
            self._session_id, self._shape = session_id, shape
            self._build(invites)
        for invite in invites:
            self._lines[invite.name].setText(phrase(invite.line))
        self.setVisible(bool(invites))

    def _build(self, invites: tuple[InviteRowView, ...]) -> None:
        clear(self._rows)
        self._lines.clear()
        for invite in invites:
            self._rows.addWidget(hair_line())
            self._rows.addWidget(self._row(invite))

    def _row(self, invite: InviteRowView) -> QWidget:
        holder = QWidget()
        holder.setMinimumHeight(self._theme.px(_ROW))
        line = QHBoxLayout(holder)
        line.setContentsMargins(16, 5, 16, 5)
        line.setSpacing(6)
        icon, tone = ("ticket", "text2") if invite.is_open else ("ticket-check", "ok")
        line.addWidget(IconView(self._theme, icon, size=16, tone=tone))
        line.addSpacing(6)
        name = ElidedLabel(self._theme, said("Invite {name}", name=invite.name))
        name.setFixedWidth(self._theme.px(_NAME))
        line.addWidget(name)
        state = ElidedLabel(self._theme, role="small", tone="text2")
        self._lines[invite.name] = state
        line.addWidget(state, 1)
        for button in self._buttons(invite):
            line.addWidget(button)
        return holder

    def _buttons(self, invite: InviteRowView) -> list[Button]:
        made: list[Button] = []
        if invite.may_show:
            intent: object = ShowPage(page="share", session_id=self._session_id)
            made.append(
                self._button(invite.name, "show", said("Show"), said("Show invite {name}", name=invite.name), intent)
            )
        if invite.may_resume:
            intent = ResumeInvite(session_id=self._session_id, name=invite.name)
            made.append(
                self._button(
                    invite.name,
                    "resume",
                    said("Open again"),
                    said("Open invite {name} again", name=invite.name),
                    intent,
                )
            )
        if invite.is_open:
            intent = CancelInvite(session_id=self._session_id, name=invite.name)
            label = said("Take back invite {name}", name=invite.name)
            made.append(self._button(invite.name, "cancel", said("Cancel"), label, intent, kind="danger"))
        return made

    def _button(
        self, invite: str, key: str, label: str, spoken: str, intent: object, *, kind: str = "secondary"
    ) -> Button:
        button = Button(self._theme, label, kind=kind, height=SMALL, name=f"sessions.invite.{invite}.{key}")
        button.setAccessibleName(spoken)
        button.clicked.connect(lambda: self.intent.emit(intent))
        return button
