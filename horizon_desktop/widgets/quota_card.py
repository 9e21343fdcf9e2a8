"""One quota: what it counts, for whom, until when; used of the limit, the bar, and how it will end if it goes on so."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from horizon_desktop.presentation.usage_page import QuotaCardView
from horizon_desktop.widgets.card import Card, row
from horizon_desktop.widgets.chip import Chip
from horizon_desktop.widgets.quota_bar import QuotaBar
from horizon_desktop.widgets.swatch import Swatch
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.texts import phrase
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.usage_texts import usage_phrase
from horizon_desktop.widgets.workspace_texts import said


class QuotaCard(Card):
    """Numbers in words above the bar, and a legend below it."""

    def __init__(self, theme: Theme, quota_id: str, parent: QWidget | None = None) -> None:
        super().__init__(name=f"usage.quota.{quota_id[:8]}", padding=(18, 16, 18, 16), spacing=0, parent=parent)
        self._theme = theme
        head = row(spacing=8)
        self._owner = ElidedLabel(theme, role="label")
        self._ends = TextLabel(theme, role="small", tone="text2")
        head.addWidget(self._owner, 1)
        head.addWidget(self._ends)
        self.column.addLayout(head)
        self.column.addSpacing(6)
        self.column.addLayout(self._figures())
        self.column.addSpacing(10)
        self._bar = QuotaBar(theme)
        self.column.addWidget(self._bar)
        self.column.addSpacing(10)
        self.column.addLayout(self._legend())

    def _figures(self) -> QHBoxLayout:
        line = row(spacing=8)
        self._used = TextLabel(self._theme, role="display")
        self._of = TextLabel(self._theme, role="body", tone="text2", px=14)
        self._forecast = Chip(self._theme, "", tone="ok", icon="trending-up", height=22)
        self._state = Chip(self._theme, "", tone="neutral", height=22)
        line.addWidget(self._used)
        line.addWidget(self._of)
        line.addStretch(1)
        line.addWidget(self._state)
        line.addWidget(self._forecast)
        return line

    def _legend(self) -> QHBoxLayout:
        line = row(spacing=8)
        self._parts: dict[str, tuple[Swatch, TextLabel]] = {}
        for key, tone, strength in (
            ("used", "accent", 1.0),
            ("reserved", "accent", 0.42),
            ("limit", "text", 1.0),
            ("burst", "pressed", 1.0),
        ):
            swatch = Swatch(self._theme, tone, strength=strength)
            label = TextLabel(self._theme, role="small", tone="text2")
            self._parts[key] = (swatch, label)
            line.addWidget(swatch)
            line.addWidget(label)
            line.addSpacing(8)
        line.addStretch(1)
        return line

    def show_quota(self, view: QuotaCardView) -> None:
        """Show the quota as it is now."""
        owner = usage_phrase(view.owner)
        self._owner.setText(owner)
        self._ends.setText(phrase(view.ends))
        self._used.setText(view.used)
        self._of.setText(said("of {limit} used", limit=view.limit))
        self._state.setVisible(view.state != "active")
        self._state.set_chip(said("Suspended") if view.state == "suspended" else said("Not begun"), tone="neutral")
        self._forecast.setVisible(view.forecast is not None)
        if view.forecast is not None:
            tone, icon = ("warn", "triangle-alert") if view.is_over else ("ok", "trending-up")
            self._forecast.set_chip(phrase(view.forecast), tone=tone, icon=icon)
        words = {
            "used": said("Used {n}", n=view.used),
            "reserved": said("Reserved {n}", n=view.reserved) if view.reserved else "",
            "limit": said("Limit {n}", n=view.limit) if view.ceiling else "",
            "burst": said("Burst to {n}, needs approval", n=view.ceiling) if view.ceiling else "",
        }
        for key, (swatch, label) in self._parts.items():
            swatch.setVisible(bool(words[key]))
            label.setVisible(bool(words[key]))
            label.setText(words[key])
        spoken = ", ".join(text for text in (owner, self._of.text(), *words.values()) if text)
        self._bar.show_bar(view.bar, spoken=spoken, is_over=view.is_over)
        self.setAccessibleName(spoken)
