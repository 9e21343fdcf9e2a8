"""Pools and bounties: what is there to ask for, how much is left, and offering something oneself."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from horizon_desktop.presentation.usage_page import PoolRowView
from horizon_desktop.widgets.button import SMALL, Button
from horizon_desktop.widgets.card import Card, clear, column, hair_line, row
from horizon_desktop.widgets.chip import Chip
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.quota_bar import QuotaBar
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.usage_texts import pool_state, usage_phrase
from horizon_desktop.widgets.workspace_texts import said

_ROW: Final = 52
_BAR: Final = 166
_CHIP: Final = 100


class PoolsCard(Card):
    """One row for each pool, newest first."""

    offer_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(name="usage.pools", padding=(1, 0, 1, 1), spacing=0, parent=parent)
        self._theme = theme
        self._shown: tuple[PoolRowView, ...] | None = None
        head = row(spacing=8)
        head.setContentsMargins(17, 9, 11, 9)
        head.addWidget(TextLabel(theme, said("Pools and bounties"), role="label"), 1)
        self.offer_button = Button(theme, said("Offer GPU time"), icon="plus", height=SMALL, name="usage.offer")
        self.offer_button.clicked.connect(self.offer_wanted)
        head.addWidget(self.offer_button)
        self.column.addLayout(head)
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self.column.addLayout(self._rows)

    def show_pools(self, pools: tuple[PoolRowView, ...]) -> None:
        """Show the pools as they are now."""
        if pools == self._shown:
            return
        self._shown = pools
        clear(self._rows)
        for pool in pools:
            self._rows.addWidget(hair_line())
            self._rows.addWidget(self._row(pool))

    def _row(self, pool: PoolRowView) -> QWidget:
        holder = QWidget()
        holder.setMinimumHeight(self._theme.px(_ROW))
        line = QHBoxLayout(holder)
        line.setContentsMargins(17, 6, 17, 6)
        line.setSpacing(12)
        icon = "target" if pool.kind == "bounty" else "layers"
        line.addWidget(IconView(self._theme, icon, size=16, tone="text2"))
        words = column(spacing=0)
        words.addWidget(ElidedLabel(self._theme, pool.name, role="body", weight=500))
        members = usage_phrase(pool.line)
        words.addWidget(ElidedLabel(self._theme, members, role="small", tone="text2"))
        line.addLayout(words, 1)
        left = usage_phrase(pool.left)
        line.addLayout(self._share(pool.taken, left))
        word, tone = pool_state(pool.state)
        chips = QWidget()
        chips.setFixedWidth(self._theme.px(_CHIP))
        stack = row(spacing=0)
        stack.addStretch(1)
        stack.addWidget(Chip(self._theme, word, tone=tone, height=20))
        chips.setLayout(stack)
        line.addWidget(chips)
        holder.setAccessibleName(f"{pool.name}, {members}, {left}, {word}")
        return holder

    def _share(self, taken: int, left: str) -> QVBoxLayout:
        share = column(spacing=5)
        bar = QuotaBar(self._theme, height=6)
        bar.show_share(taken, spoken=left)
        bar.setFixedWidth(self._theme.px(_BAR))
        caption = ElidedLabel(self._theme, left, role="caption", tone="text2", weight=400)
        caption.setMaximumWidth(self._theme.px(_BAR))
        share.addStretch(1)
        share.addWidget(bar)
        share.addWidget(caption)
        share.addStretch(1)
        return share
