"""EphemeralSettingsPanel: everything about one running session: its time, its guests, its invites, its end."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from horizon_desktop.presentation.intents import (
    AskEnd,
    AskTime,
    EndSession,
    Extend,
    InviteMore,
    Leave,
    PauseInput,
    ResumeSession,
    SetSessionApproval,
    ShowPage,
)
from horizon_desktop.presentation.sessions_page import PurseView, SessionDetailView
from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets import texts
from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import Card, clear, column, hair_line, row
from horizon_desktop.widgets.chip import Chip
from horizon_desktop.widgets.guest_access_row import GuestAccessRow
from horizon_desktop.widgets.in_place_confirm import InPlaceConfirm
from horizon_desktop.widgets.invite_rows import InviteRows
from horizon_desktop.widgets.page_head import icon_tile
from horizon_desktop.widgets.quota_bar import QuotaBar
from horizon_desktop.widgets.session_card import TYPE_ICONS
from horizon_desktop.widgets.session_sun import SessionSun
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.toggle import Toggle
from horizon_desktop.widgets.usage_texts import usage_phrase
from horizon_desktop.widgets.workspace_texts import said, spoken_time

EXTENSIONS: Final = (15, 30, 60)
ASK_MINUTES: Final = 30


class EphemeralSettingsPanel(QWidget):
    """A host changes the session here while it runs; a guest sees how long it goes on and may leave."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view: SessionDetailView | None = None
        self._was_end_asked = False
        self.setObjectName("settings_panel")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(12)
        outer.addLayout(self._head())
        self.end_confirm = InPlaceConfirm(theme, name="settings.end.confirm", icon="circle-stop")
        self.end_confirm.kept.connect(lambda: self._ask_end(is_shown=False))
        self.end_confirm.confirmed.connect(self._end)
        self.end_confirm.hide()
        outer.addWidget(self.end_confirm)
        outer.addWidget(self._time_card())
        outer.addWidget(self._purse_card())
        outer.addWidget(self._guests_card())
        self.invites = InviteRows(theme)
        self.invites.intent.connect(self.intent)
        outer.addWidget(self.invites)
        outer.addWidget(self._switches())
        outer.addStretch(1)

    # --- making ---

    def _head(self) -> QHBoxLayout:
        head = row(spacing=8)
        self._icon = icon_tile(self._theme, "pen-line")
        head.addWidget(self._icon)
        head.addSpacing(4)
        words = column(spacing=0)
        self._title = ElidedLabel(self._theme, role="subtitle")
        self._title.setObjectName("settings.title")
        self._line = ElidedLabel(self._theme, role="small", tone="text2")
        words.addWidget(self._title)
        words.addWidget(self._line)
        head.addLayout(words, 1)
        self.open_button = Button(self._theme, "", icon="square-arrow-out-up-right", name="settings.open")
        self.open_button.clicked.connect(self._open)
        self.end_button = Button(self._theme, "", kind="danger", icon="circle-stop", name="settings.end")
        self.end_button.clicked.connect(self._press_end)
        head.addWidget(self.open_button)
        head.addWidget(self.end_button)
        return head

    def _time_card(self) -> Card:
        card = Card(name="settings.time", padding=(20, 16, 16, 16), spacing=0)
        line = row(spacing=20)
        self._sun = SessionSun(self._theme, size=64, is_fine=True)
        line.addWidget(self._sun)
        words = column(spacing=0)
        self._digits = TextLabel(self._theme, role="countdown")
        self._digits.setObjectName("settings.digits")
        self._ends = TextLabel(self._theme, tone="text2", wraps=True)
        words.addWidget(self._digits)
        words.addWidget(self._ends)
        self._hours = TextLabel(self._theme, role="small", tone="text2", wraps=True)
        self._hours.setObjectName("settings.hours")
        words.addWidget(self._hours)
        line.addLayout(words, 1)
        line.addWidget(self._extensions())
        self.ask_button = Button(self._theme, texts.action("ask_30"), height=SMALL, name="settings.ask_time")
        self.ask_button.clicked.connect(self._ask_time)
        line.addWidget(self.ask_button)
        card.column.addLayout(line)
        return card

    def _extensions(self) -> QWidget:
        self._more_time = QWidget()
        more = QVBoxLayout(self._more_time)
        more.setContentsMargins(0, 0, 0, 0)
        more.setSpacing(5)
        more.addWidget(TextLabel(self._theme, said("Extend by"), role="small", tone="text2"))
        buttons = row(spacing=6)
        self.extend_buttons: dict[int, Button] = {}
        for minutes in EXTENSIONS:
            label = said("1 h") if minutes == 60 else said("{n} min", n=minutes)
            button = Button(self._theme, label, height=SMALL, name=f"settings.extend_{minutes}")
            button.setAccessibleName(said("Extend by {time}", time=label))
            button.clicked.connect(lambda _on=False, minutes=minutes: self._extend(minutes))
            self.extend_buttons[minutes] = button
            buttons.addWidget(button)
        more.addLayout(buttons)
        return self._more_time

    def _purse_card(self) -> Card:
        self._purse = card = Card(name="settings.purse", padding=(16, 12, 16, 14), spacing=8)
        line = row(spacing=8)
        line.addWidget(TextLabel(self._theme, said("Purse"), role="label"))
        self._spent = TextLabel(self._theme, role="small", tone="text2")
        line.addStretch(1)
        line.addWidget(self._spent)
        card.column.addLayout(line)
        self._spent_bar = QuotaBar(self._theme, height=10)
        card.column.addWidget(self._spent_bar)
        return card

    def _show_purse(self, purse: PurseView | None) -> None:
        self._purse.setVisible(purse is not None)
        if purse is not None:
            words = usage_phrase(purse.line)
            self._spent.setText(words)
            self._spent.set_tone("bad" if purse.is_stopped else "text2")
            self._spent_bar.show_bar(purse.bar, spoken=words, is_over=purse.is_stopped)

    def _guests_card(self) -> Card:
        self._guests = card = Card(name="settings.guests", padding=(1, 0, 1, 1), spacing=0)
        holder = QWidget()
        head = QHBoxLayout(holder)
        head.setContentsMargins(16, 10, 16, 10)
        head.setSpacing(9)
        head.addWidget(TextLabel(self._theme, said("Guests"), role="label"))
        self._places = Chip(self._theme, "")
        head.addWidget(self._places)
        head.addStretch(1)
        self.invite_button = Button(
            self._theme, said("New invite"), kind="link", icon="user-plus", height=SMALL, name="settings.invite"
        )
        self.invite_button.clicked.connect(self._invite)
        head.addWidget(self.invite_button)
        card.column.addWidget(holder)
        self._guest_rows = QVBoxLayout()
        self._guest_rows.setContentsMargins(0, 0, 0, 0)
        self._guest_rows.setSpacing(0)
        card.column.addLayout(self._guest_rows)
        self._nobody = TextLabel(self._theme, said("No one is in yet."), tone="text2")
        self._nobody.setContentsMargins(16, 4, 16, 14)
        card.column.addWidget(self._nobody)
        self._rows: dict[str, GuestAccessRow] = {}
        return card

    def _switches(self) -> Card:
        self._settings = card = Card(name="settings.switches", padding=(16, 14, 16, 14), spacing=0)
        self.approval = self._switch(said("Approve each guest"), said("Ask me before anyone gets in"), "approval")
        self.approval.clicked.connect(self._set_approval)
        card.column.addSpacing(12)
        explained = said("Guests can watch, nobody but you can change anything")
        self.pause = self._switch(said("Pause all input"), explained, "pause")
        self.pause.clicked.connect(self._set_pause)
        return card

    def _switch(self, label: str, explained: str, name: str) -> Toggle:
        line = row(spacing=8)
        words = column(spacing=1)
        words.addWidget(TextLabel(self._theme, label, weight=500))
        words.addWidget(TextLabel(self._theme, explained, role="small", tone="text2", wraps=True))
        line.addLayout(words, 1)
        toggle = Toggle(self._theme, label=label, name=f"settings.{name}")
        toggle.setAccessibleDescription(explained)
        line.addWidget(toggle)
        self._settings.column.addLayout(line)
        return toggle

    # --- showing ---

    def render(self, view: SessionDetailView) -> None:  # type: ignore[override]
        """Show one session."""
        before, self._view = self._view, view
        if before is None or before.session_id != view.session_id:
            self._drop_rows()
            self._was_end_asked = False
        self._icon.show_icon(TYPE_ICONS.get(view.session_type, "pen-line"))
        self._title.setText(view.title)
        self._line.setText(texts.phrase(view.line))
        self.open_button.set_text(said("Resume") if view.is_interrupted else said("Open"))
        self.end_button.set_text(said("End session") if view.is_host else said("Leave"))
        self.end_button.set_icon("circle-stop" if view.is_host else "log-out")
        self.end_button.setVisible(view.is_host or not view.is_interrupted)
        self._show_time(view)
        self._show_purse(view.purse)
        self._guests.setVisible(view.is_host and not view.is_interrupted)
        self._settings.setVisible(view.is_host and not view.is_interrupted)
        self._show_guests(view)
        self.invites.show_invites(view.session_id, view.invites)
        self.approval.setChecked(view.is_approval_asked)
        self.pause.setChecked(view.is_input_paused)
        self._show_end(view)
        self.setAccessibleName(said("Settings of {title}", title=view.title))

    def _show_time(self, view: SessionDetailView) -> None:
        self._sun.render_time(view.time)
        self._digits.setText(view.time.text)
        self._digits.setAccessibleName(spoken_time(view.time.seconds_left))
        if view.is_host and view.choices:
            words = said("ends {time}, can be extended to {n} h in all", time=view.ends_at, n=view.limit_hours)
            self._ends.setText(words)
        elif view.is_host and not view.is_interrupted:
            self._ends.setText(said("ends {time}, which is its longest time", time=view.ends_at))
        else:
            self._ends.setText(said("ends {time}", time=view.ends_at))
        self._hours.setVisible(bool(view.hours))
        self._hours.setText(said("Guests come in at {hours} only", hours=view.hours))
        self._more_time.setVisible(bool(view.choices))
        for minutes, button in self.extend_buttons.items():
            button.setVisible(minutes in view.choices)
        self.ask_button.setVisible(not view.is_host and not view.is_interrupted)
        self.ask_button.setEnabled(not view.has_asked)

    def _show_guests(self, view: SessionDetailView) -> None:
        wanted = [guest.badge.peer_id for guest in view.guests]
        if wanted != list(self._rows):
            self._drop_rows()
            for peer_id in wanted:
                made = GuestAccessRow(self._theme, view.session_id, peer_id)
                made.intent.connect(self.intent)
                self._rows[peer_id] = made
                self._guest_rows.addWidget(hair_line())
                self._guest_rows.addWidget(made)
        for guest in view.guests:
            self._rows[guest.badge.peer_id].show_guest(guest)
        self._nobody.setVisible(not view.guests)
        self._places.setVisible(view.places > 0)
        self._places.set_chip(
            said("{n} of {places} places used", n=view.places_taken, places=view.places), tone="neutral"
        )

    def _drop_rows(self) -> None:
        clear(self._guest_rows)
        self._rows.clear()

    def _show_end(self, view: SessionDetailView) -> None:
        if view.is_end_asked:
            words = Words("endall.confirm", {"n": 1, "g": len(view.guests)})
            self.end_confirm.ask(
                said("End this session?"),
                texts.text(words),
                keep=texts.action("keep_running"),
                confirm=said("End session"),
            )
        self.end_confirm.setVisible(view.is_end_asked and view.is_host)
        self.end_button.setEnabled(not view.is_end_asked)
        if view.is_end_asked and not self._was_end_asked:
            self.end_confirm.keep_button.setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif self._was_end_asked and not view.is_end_asked:
            self.end_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._was_end_asked = view.is_end_asked

    def guest_row(self, peer_id: str) -> GuestAccessRow:
        """Return the row of one guest."""
        return self._rows[peer_id]

    # --- asking ---

    def _open(self) -> None:
        if self._view is not None and self._view.is_interrupted:
            self.intent.emit(ResumeSession(session_id=self._view.session_id))
        elif self._view is not None:
            self.intent.emit(ShowPage(page="workspace", session_id=self._view.session_id))

    def _press_end(self) -> None:
        if self._view is not None and self._view.is_host:
            self._ask_end(is_shown=True)
        elif self._view is not None:
            self.intent.emit(Leave(session_id=self._view.session_id))

    def _ask_end(self, *, is_shown: bool) -> None:
        if self._view is not None:
            self.intent.emit(AskEnd(session_id=self._view.session_id, is_shown=is_shown))

    def _end(self) -> None:
        if self._view is not None:
            self.intent.emit(EndSession(session_id=self._view.session_id))

    def _extend(self, minutes: int) -> None:
        if self._view is not None:
            self.intent.emit(Extend(session_id=self._view.session_id, minutes=minutes))

    def _ask_time(self) -> None:
        if self._view is not None:
            self.intent.emit(AskTime(session_id=self._view.session_id, minutes=ASK_MINUTES))

    def _invite(self) -> None:
        if self._view is not None:
            self.intent.emit(InviteMore(session_id=self._view.session_id))

    def _set_approval(self, is_asked: bool) -> None:  # noqa: FBT001 - the shape of Qt's signal
        if self._view is not None:
            self.intent.emit(SetSessionApproval(session_id=self._view.session_id, is_asked=is_asked))

    def _set_pause(self, is_paused: bool) -> None:  # noqa: FBT001 - the shape of Qt's signal
        if self._view is not None:
            self.intent.emit(PauseInput(session_id=self._view.session_id, is_paused=is_paused))
