"""The page Quotas and pools: what was used, who paid, who asks for more; deciding stands on the right."""

from collections.abc import Callable
from itertools import pairwise
from typing import Final, TypeVar

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from horizon_desktop.presentation.usage_intents import ExportUsage
from horizon_desktop.presentation.usage_page import DecidedRowView, UsagePageView
from horizon_desktop.widgets.button import Button
from horizon_desktop.widgets.card import Card, clear, column, row
from horizon_desktop.widgets.chip import Chip
from horizon_desktop.widgets.cost_card import CostCard
from horizon_desktop.widgets.empty_state import EmptyState
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.page_head import UNBOUNDED, page_head
from horizon_desktop.widgets.pool_dialogs import OfferDialog, RequestDialog
from horizon_desktop.widgets.pools_card import PoolsCard
from horizon_desktop.widgets.quota_card import QuotaCard
from horizon_desktop.widgets.quota_dialog import QuotaDialog
from horizon_desktop.widgets.request_card import RequestCard
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.usage_texts import day_words, usage_phrase
from horizon_desktop.widgets.workspace_texts import said

_RIGHT: Final = 372
_STACK_BELOW: Final = 980
_ASKING_BELOW: Final = 440
_HEAD_BELOW: Final = 640
"""Under it (large text) the buttons stand below the title."""
_ROW: Final = 32
WidgetT = TypeVar("WidgetT", bound=QWidget)


class UsagePage(QWidget):
    """Left what was used, right what waits for this person."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view = UsagePageView(is_read=False)
        self._quotas: dict[str, QuotaCard] = {}
        self._requests: dict[str, RequestCard] = {}
        self._decided: tuple[tuple[DecidedRowView, ...], QDate] | None = None
        self.setObjectName("usage_page")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(32, 22, 24, 20)
        outer.setSpacing(0)
        outer.addLayout(self._head())
        outer.addSpacing(16)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(20)
        self._columns.addWidget(self._left(), 1)
        self._columns.addWidget(self._right())
        outer.addLayout(self._columns)
        self._empty = EmptyState(theme, name="usage.empty")
        self._empty.acted.connect(lambda key: self.give() if key == "give" else self.offer())
        outer.addWidget(self._empty, 1)
        outer.addStretch(1)

    # --- making ---

    def _head(self) -> QBoxLayout:
        self._top = head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        head.setSpacing(8)
        self._asking = asking = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        asking.setSpacing(8)
        title = TextLabel(self._theme, said("Quotas and pools"), role="title")
        line = TextLabel(self._theme, said("What you used, who paid, who asks for more."), tone="text2", wraps=True)
        head.addLayout(page_head(title, line), 1)
        self.export_button = Button(self._theme, said("Export CSV"), kind="ghost", icon="download", name="usage.export")
        self.export_button.clicked.connect(lambda: self.intent.emit(ExportUsage()))
        self.request_button = Button(self._theme, said("Request hours"), icon="hand-helping", name="usage.request")
        self.request_button.clicked.connect(self.request)
        self.give_button = Button(self._theme, said("Give quota"), icon="gift", name="usage.give")
        self.give_button.clicked.connect(self.give)
        for button in (self.export_button, self.give_button, self.request_button):
            asking.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        asking.addStretch(1)
        head.addLayout(asking)
        return head

    def _left(self) -> QWidget:
        self._used = QWidget()
        left = QVBoxLayout(self._used)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(14)
        self._quota_stack = column(spacing=14)
        left.addLayout(self._quota_stack)
        self.cost = CostCard(self._theme)
        left.addWidget(self.cost)
        self.pools = PoolsCard(self._theme)
        self.pools.offer_wanted.connect(self.offer)
        left.addWidget(self.pools)
        left.addStretch(1)
        return self._used

    def _right(self) -> QWidget:
        self._decisions = QWidget()
        self._decisions.setFixedWidth(self._theme.px(_RIGHT))
        right = QVBoxLayout(self._decisions)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        head = row(spacing=8)
        head.addWidget(TextLabel(self._theme, said("Waiting for you"), role="label"))
        self._count = Chip(self._theme, "0", tone="info", height=20)
        head.addWidget(self._count)
        head.addStretch(1)
        right.addLayout(head)
        right.addSpacing(12)
        self._nothing = TextLabel(self._theme, said("Nothing waits for you."), tone="text2")
        right.addWidget(self._nothing)
        self._request_stack = column(spacing=12)
        right.addLayout(self._request_stack)
        right.addSpacing(16)
        self._decided_head = TextLabel(self._theme, said("Decided"), role="label", tone="text2")
        right.addWidget(self._decided_head)
        right.addSpacing(5)
        self._decided_card = Card(name="usage.decided", padding=(14, 2, 14, 2), spacing=0)
        right.addWidget(self._decided_card)
        right.addStretch(1)
        return self._decisions

    # --- showing ---

    def render(self, view: UsagePageView) -> None:  # type: ignore[override]
        """Show everything as it is now."""
        self._view = view
        is_shown = view.is_read and not view.is_empty
        self._used.setVisible(is_shown)
        self._decisions.setVisible(is_shown)
        self.export_button.setVisible(bool(view.sponsors))
        self.give_button.setVisible(is_shown)
        self.request_button.setVisible(any(pool.may_request for pool in view.pools))
        self._show_empty(view)
        self._match(self._quotas, [quota.quota_id for quota in view.quotas], self._quota_stack, self._made_quota)
        for quota in view.quotas:
            self._quotas[quota.quota_id].show_quota(quota)
        self.cost.show_cost(view.cost, view.sponsors)
        self.pools.show_pools(view.pools)
        wanted = [request.allocation_id for request in view.waiting]
        self._match(self._requests, wanted, self._request_stack, self._made_request)
        for request in view.waiting:
            self._requests[request.allocation_id].show_request(request)
        self._count.setVisible(bool(wanted))
        self._count.set_chip(str(len(wanted)), tone="info")
        self._nothing.setVisible(not wanted)
        self._show_decided(view.decided)
        self._order_tabs(wanted)

    def _show_empty(self, view: UsagePageView) -> None:
        self._empty.setVisible(not view.is_read or view.is_empty)
        if not view.is_read:
            self._empty.show_state("gauge", said("Reading quotas and pools"), "")
        elif view.is_empty:
            self._empty.show_state(
                "gauge",
                said("No quotas and no pools yet"),
                said("Offer some of your own GPU time, and others can ask you for it. Or give somebody a quota."),
                actions=(
                    ("offer", said("Offer GPU time"), "primary", "plus"),
                    ("give", said("Give a quota"), "secondary", "gift"),
                ),
            )

    def _made_quota(self, quota_id: str) -> QuotaCard:
        return QuotaCard(self._theme, quota_id)

    def _made_request(self, allocation_id: str) -> RequestCard:
        made = RequestCard(self._theme, allocation_id)
        made.intent.connect(self.intent)
        return made

    @staticmethod
    def _match(
        shown: dict[str, WidgetT], wanted: list[str], stack: QVBoxLayout, make: Callable[[str], WidgetT]
    ) -> None:
        """Keep the cards that go on, let the others go, and put all in their order."""
        for key in [key for key in shown if key not in wanted]:
            gone = shown.pop(key)
            stack.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for place, key in enumerate(wanted):
            if key not in shown:
                shown[key] = make(key)
            if stack.indexOf(shown[key]) != place:
                stack.insertWidget(place, shown[key])

    def _show_decided(self, rows: tuple[DecidedRowView, ...]) -> None:
        today = QDate.currentDate()
        self._decided_head.setVisible(bool(rows))
        self._decided_card.setVisible(bool(rows))
        if (rows, today) == self._decided:
            return
        self._decided = (rows, today)
        clear(self._decided_card.column)
        for decided in rows:
            holder = QWidget()
            holder.setMinimumHeight(self._theme.px(_ROW))
            line = row(spacing=8)
            holder.setLayout(line)
            icon, tone = ("check", "ok") if decided.is_approved else ("x", "text3")
            line.addWidget(IconView(self._theme, icon, size=14, tone=tone))
            line.addWidget(ElidedLabel(self._theme, usage_phrase(decided.line)), 1)
            line.addWidget(TextLabel(self._theme, day_words(decided.day, today), role="small", tone="text2"))
            self._decided_card.column.addWidget(holder)

    def _order_tabs(self, wanted: list[str]) -> None:
        order: list[QWidget] = [self.export_button, self.give_button, self.request_button, self.pools.offer_button]
        for key in wanted:
            card = self._requests[key]
            order += [card.approve_button, card.change_button, card.decline_button]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    # --- asking ---

    def request_card(self, allocation_id: str) -> RequestCard:
        """Return the card of one request."""
        return self._requests[allocation_id]

    def request(self) -> None:
        """Ask a pool for an amount."""
        open_pools = tuple(pool for pool in self._view.pools if pool.may_request)
        dialog = RequestDialog(self._theme, open_pools, self.window())
        dialog.intent.connect(self.intent)
        dialog.open()

    def give(self) -> None:
        """Give somebody a quota."""
        dialog = QuotaDialog(self._theme, self.window())
        dialog.intent.connect(self.intent)
        dialog.open()

    def offer(self) -> None:
        """Offer something to others."""
        dialog = OfferDialog(self._theme, self.window())
        dialog.intent.connect(self.intent)
        dialog.open()

    def focus_main(self) -> None:
        """Put the focus where deciding begins, else where asking does."""
        first = next(iter(self._requests.values()), None)
        target = first.approve_button if first is not None else self.pools.offer_button
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_stacked = self.width() < self._theme.px(_STACK_BELOW)
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._asking.setDirection(down if self.width() < self._theme.px(_ASKING_BELOW) else across)
        self._top.setDirection(down if self.width() < self._theme.px(_HEAD_BELOW) else across)
        self._columns.setDirection(down if is_stacked else across)
        self._decisions.setMinimumWidth(0 if is_stacked else self._theme.px(_RIGHT))
        self._decisions.setMaximumWidth(UNBOUNDED if is_stacked else self._theme.px(_RIGHT))
