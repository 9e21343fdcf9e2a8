"""Home's third card: one's own quota at a glance, and the requests that wait for an answer."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from horizon_desktop.presentation.home import HomeQuotaView
from horizon_desktop.presentation.intents import ShowPage
from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import Card, column, row
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.quota_bar import QuotaBar
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.texts import phrase
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.usage_texts import resource_words
from horizon_desktop.widgets.workspace_texts import counted, said


class HomeQuotaCard(Card):
    """Opens the page Quotas and pools; hidden where a person has no quota."""

    intent = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(name="home.quota", spacing=0, parent=parent)
        self._theme = theme
        head = row(spacing=8)
        self._what = ElidedLabel(theme, role="label")
        self._figures = TextLabel(theme, role="label")
        head.addWidget(self._what, 1)
        head.addWidget(self._figures)
        self.column.addLayout(head)
        self.column.addSpacing(10)
        self._bar = QuotaBar(theme, height=12)
        self.column.addWidget(self._bar)
        self.column.addSpacing(10)
        self._line = TextLabel(theme, role="small", tone="text2", wraps=True)
        self.column.addWidget(self._line)
        self.column.addStretch(1)
        self.column.addSpacing(16)
        foot = row(spacing=10)
        self._icon = IconView(theme, "inbox", size=18, tone="warn")
        foot.addWidget(self._icon)
        words = column(spacing=0)
        self._requests = TextLabel(theme, role="label", wraps=True)
        self._oldest = ElidedLabel(theme, role="small", tone="text2")
        words.addWidget(self._requests)
        words.addWidget(self._oldest)
        foot.addLayout(words, 1)
        self.review_button = Button(theme, "", height=SMALL, name="home.review")
        self.review_button.clicked.connect(lambda: self.intent.emit(ShowPage(page="usage")))
        foot.addWidget(self.review_button)
        self.column.addLayout(foot)

    def show_quota(self, view: HomeQuotaView | None) -> None:
        """Show the quota as it is now."""
        self.setVisible(view is not None)
        if view is None:
            return
        self._what.setText(resource_words(view.resource))
        self._figures.setText(said("{used} of {limit}", used=view.used, limit=view.limit))
        spoken = f"{self._what.text()}, {self._figures.text()}, {phrase(view.line)}"
        self._bar.show_bar(view.bar, spoken=spoken, is_over=view.is_over)
        self._line.setText(phrase(view.line))
        self._icon.setVisible(view.requests > 0)
        waiting = counted("1 request needs you", "{n} requests need you", view.requests)
        self._requests.setText(waiting if view.requests else "")
        self._oldest.setText(phrase(view.oldest) if view.oldest is not None else "")
        self.review_button.set_text(said("Review") if view.requests else said("Details"))
        self.setAccessibleName(spoken)
