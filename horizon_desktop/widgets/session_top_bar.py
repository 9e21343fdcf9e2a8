"""The top of the workspace: back, what this session is, the docked presence bar, and the way out."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from horizon_desktop.presentation.intents import AskEnd, FloatPresence, InviteMore, Leave, PauseInput, ShowPage
from horizon_desktop.presentation.presence_bar import MAX_BADGES, BarForm
from horizon_desktop.presentation.sessions_page import PurseView
from horizon_desktop.presentation.workspace import TopBarView
from horizon_desktop.widgets.button import NORMAL, SMALL, Button
from horizon_desktop.widgets.card import upright_line
from horizon_desktop.widgets.chip import Chip
from horizon_desktop.widgets.edge_frame import EdgeFrame
from horizon_desktop.widgets.ephemeral_presence_bar import EphemeralPresenceBar
from horizon_desktop.widgets.floating_presence import may_float
from horizon_desktop.widgets.text_label import ElidedLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.usage_texts import usage_phrase
from horizon_desktop.widgets.workspace_texts import said

HEIGHT: Final = 55
LOW_PERCENT: Final = 80
_NARROW: Final = 1100
_NARROW_BADGES: Final = 3


class SessionTopBar(EdgeFrame):
    """55 pixels high; in a narrow window it keeps every button and gives up words."""

    intent = Signal(object)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, edges="b", name="session_top_bar", parent=parent)
        self._view: TopBarView | None = None
        self.setFixedHeight(theme.px(HEIGHT))
        line = QHBoxLayout(self)
        line.setContentsMargins(15, 0, 14, 1)
        line.setSpacing(10)
        back = Button(theme, "", kind="ghost", icon="arrow-left", height=SMALL, icon_size=16, name="top_bar.back")
        back.set_hint(said("Back to Home; the session goes on"))
        back.clicked.connect(lambda: self.intent.emit(ShowPage(page="home")))
        self._title = ElidedLabel(theme, role="label", px=14)
        self._title.setObjectName("session_title")
        self._chip = Chip(theme, "", tone="info", height=20)
        self._make_notes()
        self.presence = EphemeralPresenceBar(theme)
        self.presence.intent.connect(self.intent)
        self._float = Button(
            theme, "", kind="ghost", icon="picture-in-picture-2", height=SMALL, icon_size=16, name="top_bar.float"
        )
        self._float.clicked.connect(self._toggle_float)
        self._float.setVisible(may_float())
        self._invite = Button(theme, said("Invite"), icon="user-plus", height=NORMAL, name="top_bar.invite")
        self._invite.clicked.connect(self._ask_invite)
        self._end = Button(theme, "", kind="danger", icon="circle-stop", height=NORMAL, name="top_bar.end")
        self._end.clicked.connect(self._ask_end)
        for widget in (back, self._title, self._chip, self.paused, self.purse):
            line.addWidget(widget)
        line.addStretch(1)
        line.addWidget(self.presence)
        line.addWidget(upright_line(20))
        for button in (self._float, self._invite, self._end):
            line.addWidget(button)

    def _make_notes(self) -> None:
        """What a host should not forget while writing: that input is paused, and what the purse has left."""
        self.paused = Button(
            self.theme, said("Paused"), kind="ghost", icon="circle-pause", height=SMALL, name="top_bar.paused"
        )
        self.paused.set_hint(said("Guests can watch only. Press to let their input go on"))
        self.paused.setAccessibleName(said("Input is paused. Let it go on"))
        self.paused.clicked.connect(self._go_on)
        self.purse = Button(self.theme, "", kind="ghost", icon="banknote", height=SMALL, name="top_bar.purse")
        self.purse.clicked.connect(self._show_sessions)
        self.paused.hide()
        self.purse.hide()

    def show_bar(self, view: TopBarView) -> None:
        """Show the session's name, kind, people, link and time."""
        self._view = view
        self._title.setText(view.title)
        self._show_chip(view)
        self.paused.setVisible(view.is_input_paused)
        self._show_purse(view.purse)
        self.presence.show_presence(view.presence)
        is_docked = view.presence.form is BarForm.DOCKED
        self._float.set_hint(said("Keep the presence bar on top") if is_docked else said("Dock the presence bar"))
        self._invite.setVisible(view.is_host and view.may_invite)
        label = said("End") if view.is_host else said("Leave")
        if self._end.label() != label:
            self._end.set_kind("danger" if view.is_host else "secondary")
            self._end.set_icon("circle-stop" if view.is_host else "log-out")
            self._end.set_text(label)
            self._end.setAccessibleName(said("End session") if view.is_host else said("Leave session"))
        self._fit()

    @property
    def end_button(self) -> Button:
        """The button that ends the session or leaves it."""
        return self._end

    def _show_chip(self, view: TopBarView) -> None:
        if not view.is_host:
            self._chip.set_chip(said("Guest of {host}", host=view.host), tone="info", icon="user-check")
        elif view.session_type == "review":
            self._chip.set_chip(said("Review"), tone="info", icon="eye")
        else:
            self._chip.set_chip(said("Pair editing"), tone="info", icon="pen-line")

    def _show_purse(self, purse: PurseView | None) -> None:
        self.purse.setVisible(purse is not None)
        if purse is not None:
            self.purse.set_text(said("Spent") if purse.is_stopped else said("{n} %", n=purse.percent))
            self.purse.set_icon("triangle-alert" if purse.is_stopped or purse.percent >= LOW_PERCENT else "banknote")
            words = said("Purse: {line}", line=usage_phrase(purse.line))
            self.purse.set_hint(words)
            self.purse.setAccessibleName(words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        is_narrow = self.width() < self.theme.px(_NARROW)
        self.presence.set_most_badges(_NARROW_BADGES if is_narrow else MAX_BADGES)
        self._chip.setVisible(not is_narrow)
        if self._view is not None:
            word = "" if is_narrow else said("Invite")
            if self._invite.label() != word:
                self._invite.set_text(word)
                self._invite.set_hint(said("Invite another guest"))

    def _go_on(self) -> None:
        if self._view is not None:
            self.intent.emit(PauseInput(session_id=self._view.session_id, is_paused=False))

    def _show_sessions(self) -> None:
        if self._view is not None:
            self.intent.emit(ShowPage(page="sessions", session_id=self._view.session_id))

    def _toggle_float(self) -> None:
        if self._view is not None:
            is_docked = self._view.presence.form is BarForm.DOCKED
            self.intent.emit(FloatPresence(form=str(BarForm.BAR if is_docked else BarForm.DOCKED)))

    def _ask_invite(self) -> None:
        if self._view is not None:
            self.intent.emit(InviteMore(session_id=self._view.session_id))

    def _ask_end(self) -> None:
        if self._view is None:
            return
        if self._view.is_host:
            self.intent.emit(AskEnd(session_id=self._view.session_id, is_shown=not self._view.is_end_asked))
        else:
            self.intent.emit(Leave(session_id=self._view.session_id))
