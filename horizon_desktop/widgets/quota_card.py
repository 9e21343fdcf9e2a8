"""One quota: what it counts, for whom, until when; used of the limit, the bar, and how it will end if it goes on so."""

from typing import Final

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

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

_STACK_BELOW: Final = 500
"""Under it (large text) what stands beside one another stands below."""


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

    def _figures(self) -> QBoxLayout:
        self._top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._top.setSpacing(8)
        line, notes = row(spacing=8), row(spacing=8)
        self._used = TextLabel(self._theme, role="display")
        self._of = TextLabel(self._theme, role="body", tone="text2", px=14)
        self._forecast = Chip(self._theme, "", tone="ok", icon="trending-up", height=22)
        self._state = Chip(self._theme, "", tone="neutral", height=22)
        line.addWidget(self._used)
        line.addWidget(self._of)
        line.addStretch(1)
        notes.addWidget(self._state)
        notes.addWidget(self._forecast)
        notes.addStretch(1)
        self._top.addLayout(line, 1)
        self._top.addLayout(notes)
        return self._top

    def _legend(self) -> QBoxLayout:
        self._names = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._names.setSpacing(8)
        lines = (row(spacing=8), row(spacing=8))
        self._parts: dict[str, tuple[Swatch, TextLabel]] = {}
        for place, (key, tone, strength) in enumerate(
            (
                ("used", "accent", 1.0),
                ("reserved", "accent", 0.42),
                ("limit", "text", 1.0),
                ("burst", "pressed", 1.0),
            )
        ):
            line = lines[place // 2]
            swatch = Swatch(self._theme, tone, strength=strength)
            label = TextLabel(self._theme, role="small", tone="text2")
            self._parts[key] = (swatch, label)
            line.addWidget(swatch)
            line.addWidget(label)
            line.addSpacing(8)
        for stretch, line in enumerate(lines):
            line.addStretch(1)
            self._names.addLayout(line, stretch)
        return self._names

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        for part in (self._top, self._names):
            part.setDirection(down if self.width() < self._theme.px(_STACK_BELOW) else across)

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
