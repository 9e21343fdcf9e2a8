"""The right card of New session: what the guest will read, time, approval, relay, guests, and the main action."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from horizon_desktop.presentation.expiry import TimeTone
from horizon_desktop.presentation.intents import ChooseGuests, SetApproval, SetRelayAllowed
from horizon_desktop.presentation.new_session import OFFERED_GUESTS, NewSessionView
from horizon_desktop.widgets.access_summary import AccessSummary
from horizon_desktop.widgets.card import Card, column, hair_line, row
from horizon_desktop.widgets.create_bar import CreateBar
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.segmented import TINTED, Segmented
from horizon_desktop.widgets.session_sun import SessionSun
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.toggle import Toggle


class InviteSummaryCard(Card):
    """The same list that the guest reads before accepting."""

    intent = Signal(object)
    create_pressed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(name="new.summary", padding=(20, 18, 20, 16), spacing=0, parent=parent)
        self._theme = theme
        head = row(spacing=8)
        head.addWidget(IconView(theme, "user-check", size=16, tone="text2"))
        head.addWidget(TextLabel(theme, self.tr("What your guest will read"), role="label"), 1)
        self.column.addLayout(head)
        self.column.addSpacing(6)
        self.column.addWidget(TextLabel(theme, self.tr("You will be able to"), role="small", tone="text2"))
        self.column.addSpacing(2)
        self._access = AccessSummary(theme)
        self.column.addWidget(self._access)
        self._rule()
        self.column.addLayout(self._time())
        self._rule()
        self.column.addLayout(self._switches())
        self._rule()
        self.column.addLayout(self._validity())
        self.column.addStretch(1)
        self.column.addSpacing(16)
        self.bar = CreateBar(theme)
        self.bar.pressed.connect(self.create_pressed)
        self.column.addWidget(self.bar)

    def _rule(self) -> None:
        self.column.addSpacing(12)
        self.column.addWidget(hair_line())
        self.column.addSpacing(12)

    def _time(self) -> QVBoxLayout:
        line = row(spacing=14)
        self._sun = SessionSun(self._theme, size=40)
        self._sun.show_place(0, tone=TimeTone.OK)
        line.addWidget(self._sun)
        words = column(spacing=1)
        self._length = TextLabel(self._theme, role="subtitle")
        self._limit = TextLabel(self._theme, role="small", tone="text2", wraps=True)
        words.addWidget(self._length)
        words.addWidget(self._limit)
        line.addLayout(words, 1)
        whole = column()
        whole.addLayout(line)
        return whole

    def _switches(self) -> QVBoxLayout:
        rows = column(spacing=12)
        self.approval = self._switch(
            rows, self.tr("Approve each guest"), self.tr("You see who it is before they get in"), "new.approval"
        )
        self.approval.clicked.connect(lambda is_on: self.intent.emit(SetApproval(is_asked=is_on)))
        self.relay = self._switch(rows, self.tr("Allow relay"), self.tr("Still end-to-end encrypted"), "new.relay")
        self.relay.clicked.connect(lambda is_on: self.intent.emit(SetRelayAllowed(is_allowed=is_on)))
        line = row(spacing=8)
        line.addLayout(self._pair(self.tr("Guests"), self.tr("Up to 30, 5 can write")), 1)
        choices = [(count, str(count), TINTED) for count in OFFERED_GUESTS]
        self.guests = Segmented(self._theme, choices, label=self.tr("Guests"), name="new.guests")
        for count in OFFERED_GUESTS:
            self.guests.segment(count).setMinimumWidth(self._theme.px(37))
        self.guests.chosen.connect(lambda count: self.intent.emit(ChooseGuests(guests=int(count))))
        line.addWidget(self.guests)
        rows.addLayout(line)
        return rows

    def _switch(self, rows: QVBoxLayout, label: str, explained: str, name: str) -> Toggle:
        line = row(spacing=8)
        line.addLayout(self._pair(label, explained), 1)
        toggle = Toggle(self._theme, label=label, name=name)
        toggle.setAccessibleDescription(explained)
        line.addWidget(toggle)
        rows.addLayout(line)
        return toggle

    def _pair(self, label: str, explained: str) -> QVBoxLayout:
        words = column(spacing=1)
        words.addWidget(TextLabel(self._theme, label, weight=500))
        words.addWidget(TextLabel(self._theme, explained, role="small", tone="text2", wraps=True))
        return words

    def _validity(self) -> QVBoxLayout:
        line = row(spacing=10)
        line.addWidget(IconView(self._theme, "ticket", size=16, tone="text2"), 0, Qt.AlignmentFlag.AlignTop)
        words = self.tr("The invite works until the session ends, 24 h at most. 5 wrong codes lock it.")
        line.addWidget(TextLabel(self._theme, words, role="small", tone="text2", wraps=True), 1)
        whole = column()
        whole.addLayout(line)
        return whole

    def render(self, view: NewSessionView) -> None:  # type: ignore[override]
        """Show what is chosen."""
        self._access.render(view.access)
        self._length.setText(self.duration(view.minutes))
        longest = self.tr("{n} h").replace("{n}", str(view.longest_minutes // 60))
        self._limit.setText(self.tr("Only you can extend it, to {longest} at most").replace("{longest}", longest))
        self.approval.setChecked(view.is_approval_asked)
        self.relay.setChecked(view.is_relay_allowed)
        self.guests.set_value(view.guests)
        self.bar.render(view)

    def keep_bar(self) -> None:
        """Take the main action back from wherever it stood meanwhile."""
        self.column.addWidget(self.bar)

    def duration(self, minutes: int) -> str:
        """Return a length of time as people say it: 1 hour, 90 minutes."""
        if minutes % 60 == 0:
            hours = minutes // 60
            return self.tr("1 hour") if hours == 1 else self.tr("{n} hours").replace("{n}", str(hours))
        return self.tr("{n} minutes").replace("{n}", str(minutes))
