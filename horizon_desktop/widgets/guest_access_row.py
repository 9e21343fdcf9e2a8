"""One guest on the page Sessions: who it is, what they may do from now on, and taking it back."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from horizon_desktop.presentation.intents import AskRevoke, ChangeRole, Revoke, Trust
from horizon_desktop.presentation.sessions_page import EDIT_ROLE, VIEW_ROLE, GuestAccessView
from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets import texts
from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import column, row
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.in_place_confirm import InPlaceConfirm
from horizon_desktop.widgets.participant_badge import ParticipantBadge
from horizon_desktop.widgets.segmented import TINTED, Segmented
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.workspace_texts import response_words, risk_words, said

_BADGE: Final = 36


class GuestAccessRow(QWidget):
    """Changes apply at once; the question before revoking stands right under the row."""

    intent = Signal(object)

    def __init__(self, theme: Theme, session_id: str, peer_id: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._session_id = session_id
        self._peer_id = peer_id
        self._was_asked = False
        name = f"sessions.guest.{peer_id[:8]}"
        self.setObjectName(name)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 13, 16, 13)
        outer.setSpacing(12)
        self._badge = ParticipantBadge(theme, size=_BADGE)
        self._name = ElidedLabel(theme, role="label")
        self._device = ElidedLabel(theme, role="small", tone="text2")
        choices: list[tuple[object, str, str]] = [
            (VIEW_ROLE, said("View"), TINTED),
            (EDIT_ROLE, said("Edit"), TINTED),
        ]
        self.access = Segmented(theme, choices, label=said("Edits"), name=f"{name}.edits")
        self.access.chosen.connect(self._change)
        self.revoke_button = Button(theme, said("Revoke"), kind="danger", height=SMALL, name=f"{name}.revoke")
        self.revoke_button.clicked.connect(lambda: self._ask_revoke(peer_id))
        outer.addLayout(self._line())
        outer.addWidget(self._doubt_line(theme, name))
        self.confirm = InPlaceConfirm(theme, name=f"{name}.confirm", icon="user-x")
        self.confirm.kept.connect(lambda: self._ask_revoke(""))
        self.confirm.confirmed.connect(
            lambda: self.intent.emit(Revoke(session_id=self._session_id, peer_id=self._peer_id))
        )
        outer.addWidget(self.confirm)

    def _doubt_line(self, theme: Theme, name: str) -> QWidget:
        self._doubt = QWidget()
        doubt = QHBoxLayout(self._doubt)
        doubt.setContentsMargins(_BADGE + 16, 0, 0, 0)
        self._why = TextLabel(theme, role="small", tone="warn", wraps=True)
        self.trust_button = Button(theme, said("Trust again"), height=SMALL, name=f"{name}.trust")
        self.trust_button.clicked.connect(
            lambda: self.intent.emit(Trust(session_id=self._session_id, peer_id=self._peer_id))
        )
        doubt.addWidget(IconView(theme, "shield-alert", size=14, tone="warn"), 0, Qt.AlignmentFlag.AlignTop)
        doubt.addWidget(self._why, 1)
        doubt.addWidget(self.trust_button)
        return self._doubt

    def _line(self) -> QHBoxLayout:
        line = row(spacing=0)
        line.addWidget(self._badge, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addSpacing(16)
        words = column(spacing=2)
        words.addStretch(1)
        words.addWidget(self._name)
        words.addWidget(self._device)
        words.addStretch(1)
        line.addLayout(words, 1)
        line.addSpacing(12)
        self._choice = QWidget()
        choice = QVBoxLayout(self._choice)
        choice.setContentsMargins(0, 0, 0, 0)
        choice.setSpacing(5)
        choice.addWidget(TextLabel(self._theme, said("Edits"), role="caption", tone="text2"))
        choice.addWidget(self.access)
        line.addWidget(self._choice)
        line.addSpacing(16)
        line.addWidget(self.revoke_button, 0, Qt.AlignmentFlag.AlignBottom)
        return line

    def show_guest(self, view: GuestAccessView) -> None:
        """Show this guest as they are now."""
        name = view.badge.name
        self._badge.render(view.badge)
        self._name.setText(name)
        self._device.setText(_device_words(view))
        self._choice.setVisible(bool(view.roles))
        self.access.set_value(view.role)
        self.access.setAccessibleName(said("Edits of {name}", name=name))
        for segment, label in zip(self.access.segments(), (said("View"), said("Edit")), strict=True):
            segment.setAccessibleName(said("Edits of {name}: {choice}", name=name, choice=label))
        self.revoke_button.setAccessibleName(said("Revoke access of {name}", name=name))
        self.revoke_button.setEnabled(not view.is_revoke_asked)
        self._doubt.setVisible(bool(view.response))
        why = f"{response_words(view.response)}: {risk_words(view.reasons)}" if view.response else ""
        self._why.setText(why)
        self.trust_button.setAccessibleName(said("Trust {name} again", name=name))
        self._show_confirm(name, is_asked=view.is_revoke_asked)
        self.setAccessibleName(f"{name}, {self._device.whole_text()}")

    def _show_confirm(self, name: str, *, is_asked: bool) -> None:
        if is_asked:
            words = Words("revoke.confirm", {"guest": name})
            self.confirm.ask(
                texts.title(words), texts.text(words), keep=texts.action("keep"), confirm=texts.action("revoke")
            )
        self.confirm.setVisible(is_asked)
        if is_asked and not self._was_asked:
            self.confirm.keep_button.setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif self._was_asked and not is_asked:
            self.revoke_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._was_asked = is_asked

    def _change(self, role: object) -> None:
        self.intent.emit(ChangeRole(session_id=self._session_id, peer_id=self._peer_id, role=str(role)))

    def _ask_revoke(self, peer_id: str) -> None:
        self.intent.emit(AskRevoke(session_id=self._session_id, peer_id=peer_id))


def _device_words(view: GuestAccessView) -> str:
    if view.is_applying:
        return said("Applying")
    if view.quality is None:
        state = said("away") if view.badge.is_here else said("reconnecting")
        return f"{view.device} \u00b7 {state}" if view.device else state
    path = said("Direct") if view.quality.path == "direct" else said("Relay")
    return f"{view.device} \u00b7 {path} {view.quality.rtt_ms} ms"
