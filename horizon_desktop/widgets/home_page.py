"""The home page: start a session, join one, and a card for each session that is open now."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from horizon_desktop.presentation.home import HomeView
from horizon_desktop.presentation.intents import ShowPage
from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets.banner import Banner
from horizon_desktop.widgets.brand_tile import BrandTile
from horizon_desktop.widgets.button import LARGE, Button
from horizon_desktop.widgets.card import Card, row
from horizon_desktop.widgets.chip import Chip, KeyCap
from horizon_desktop.widgets.empty_state import EmptyState
from horizon_desktop.widgets.home_quota_card import HomeQuotaCard
from horizon_desktop.widgets.link_field import LinkField
from horizon_desktop.widgets.page_head import icon_tile, page_head
from horizon_desktop.widgets.phrases import number_word
from horizon_desktop.widgets.session_card import SessionCard
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.texts import phrase, text, title
from horizon_desktop.widgets.theme import Theme

_STACK_BELOW: Final = 720


class HomePage(QWidget):
    """What one can do, and what runs."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("home_page")
        self._cards: dict[str, SessionCard] = {}
        outer = QVBoxLayout(self)
        outer.setContentsMargins(32, 24, 32, 24)
        outer.setSpacing(0)
        self._summary = TextLabel(theme, tone="text2")
        self._title = TextLabel(theme, self.tr("Home"), role="title")
        outer.addLayout(page_head(self._title, self._summary))
        outer.addSpacing(20)
        self._trouble = Banner(theme, name="home.trouble")
        self._trouble.hide()
        outer.addWidget(self._trouble)
        self._start_row = self._starts()
        outer.addLayout(self._start_row)
        outer.addSpacing(24)
        outer.addLayout(self._active_head())
        outer.addSpacing(8)
        self._list = QVBoxLayout()
        self._list.setSpacing(10)
        outer.addLayout(self._list)
        self._empty = self._nothing()
        outer.addWidget(self._empty)
        outer.addStretch(1)
        for before, after in (
            (self.new_button, self.link.field),
            (self.link.field, self.link.button),
            (self.link.button, self.quota.review_button),
        ):
            QWidget.setTabOrder(before, after)

    def _starts(self) -> QBoxLayout:
        starts = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        starts.setSpacing(16)
        self.quota = HomeQuotaCard(self._theme)
        self.quota.intent.connect(self.intent)
        self.quota.hide()
        for card in (self._start_card(), self._join_card(), self.quota):
            card.setMinimumHeight(self._theme.px(205))
            starts.addWidget(card, 1)
        return starts

    def _start_card(self) -> Card:
        start = Card(name="home.start", spacing=0)
        start.column.addWidget(BrandTile(self._theme, size=36))
        start.column.addSpacing(14)
        start.column.addWidget(TextLabel(self._theme, self.tr("Start a session"), role="subtitle"))
        start.column.addSpacing(2)
        words = self.tr("Invite someone to write with you or to read along. It ends by itself.")
        start.column.addWidget(TextLabel(self._theme, words, tone="text2", wraps=True))
        start.column.addStretch(1)
        start.column.addSpacing(16)
        line = row(spacing=8)
        self.new_button = Button(
            self._theme, self.tr("New session"), kind="primary", icon="plus", height=LARGE, name="home.new"
        )
        self.new_button.clicked.connect(lambda: self.intent.emit(ShowPage(page="new_session")))
        line.addWidget(self.new_button)
        line.addWidget(KeyCap(self._theme, "Ctrl N"))
        line.addStretch(1)
        start.column.addLayout(line)
        return start

    def _join_card(self) -> Card:
        join = Card(name="home.join", spacing=0)
        join.column.addWidget(icon_tile(self._theme, "log-in"))
        join.column.addSpacing(14)
        join.column.addWidget(TextLabel(self._theme, self.tr("Join a session"), role="subtitle"))
        join.column.addSpacing(2)
        words = self.tr("Paste the invite link you were sent. You'll need the code as well.")
        join.column.addWidget(TextLabel(self._theme, words, tone="text2", wraps=True))
        join.column.addStretch(1)
        join.column.addSpacing(16)
        self.link = LinkField(self._theme, name="home.join_link")
        self.link.intent.connect(self.intent)
        join.column.addWidget(self.link)
        return join

    def _active_head(self) -> QHBoxLayout:
        head = row(spacing=8)
        self._active = TextLabel(self._theme, self.tr("Active now"), role="label", tone="text2")
        self._count = Chip(self._theme, "0", height=20)
        head.addWidget(self._active)
        head.addWidget(self._count)
        head.addStretch(1)
        return head

    def _nothing(self) -> EmptyState:
        empty = EmptyState(self._theme, name="home.empty")
        empty.show_state(
            "radio-tower",
            self.tr("No sessions yet"),
            self.tr("Start one and it shows up here with its guests and time left."),
        )
        return empty

    def render(self, view: HomeView) -> None:  # type: ignore[override]
        """Show what is open now."""
        count = view.summary.values.get("n")
        values = {**view.summary.values, "n": number_word(count)} if isinstance(count, int) else {}
        self._summary.setText(phrase(Words(view.summary.key, values)))
        self.link.show_problem(view.link_problem)
        self.quota.show_quota(view.quota)
        self._trouble.setVisible(view.problem is not None)
        if view.problem is not None:
            self._trouble.show_state(title(view.problem), text(view.problem), tone="bad")
        self._count.set_chip(str(len(view.cards)), tone="neutral")
        for widget in (self._active, self._count):
            widget.setVisible(bool(view.cards))
        self._empty.setVisible(not view.cards)
        self._show_cards(view)

    def _show_cards(self, view: HomeView) -> None:
        wanted = [card.session_id for card in view.cards]
        for session_id in [key for key in self._cards if key not in wanted]:
            gone = self._cards.pop(session_id)
            self._list.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for place, card in enumerate(view.cards):
            if card.session_id not in self._cards:
                widget = SessionCard(self._theme, card.session_id)
                widget.intent.connect(self.intent)
                self._cards[card.session_id] = widget
            widget = self._cards[card.session_id]
            if self._list.indexOf(widget) != place:
                self._list.insertWidget(place, widget)
            widget.render(card)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_stacked = self.width() < self._theme.px(_STACK_BELOW)
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._start_row.setDirection(down if is_stacked else across)

    def focus_main(self) -> None:
        """Put the focus where work starts."""
        self.new_button.setFocus(Qt.FocusReason.OtherFocusReason)
