"""Cost by sponsor: who paid how much of this month, highest first."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from horizon_desktop.presentation.usage_page import SponsorRowView
from horizon_desktop.widgets.card import Card, clear, hair_line, row
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.quota_bar import QuotaBar
from horizon_desktop.widgets.text_label import ElidedLabel, TextLabel
from horizon_desktop.widgets.theme import Theme
from horizon_desktop.widgets.usage_texts import resource_words
from horizon_desktop.widgets.workspace_texts import said

_ROW: Final = 38
_BAR: Final = 176
_LEAST_BAR: Final = 72
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class CostCard(Card):
    """A table of bars; every bar has its figures beside it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(name="usage.cost", padding=(1, 14, 1, 1), spacing=0, parent=parent)
        self._theme = theme
        self._shown: tuple[SponsorRowView, ...] | None = None
        head = row(spacing=8)
        head.setContentsMargins(17, 0, 17, 0)
        head.addWidget(TextLabel(theme, said("Cost by sponsor"), role="label"), 1)
        self._total = TextLabel(theme, role="label")
        head.addWidget(self._total)
        self.column.addLayout(head)
        self.column.addSpacing(4)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(0)
        self._grid.setColumnStretch(1, 2)
        self._grid.setColumnStretch(2, 3)
        self.column.addLayout(self._grid)

    def show_cost(self, total: str, rows: tuple[SponsorRowView, ...]) -> None:
        """Show this month's cost."""
        self._total.setText(said("{cost} this month", cost=total))
        self.setVisible(bool(rows))
        if rows == self._shown:
            return
        self._shown = rows
        clear(self._grid)
        for column, (text, side) in enumerate(
            (("", None), (said("Sponsor"), None), (said("Share"), None), (said("Used"), _RIGHT), (said("Cost"), _RIGHT))
        ):
            label = TextLabel(self._theme, text, role="caption", tone="text2")
            label.setMinimumHeight(self._theme.px(24))
            if side is not None:
                label.setAlignment(side)
            self._grid.addWidget(self._padded(label, column), 0, column)
        for place, line in enumerate(rows):
            self._grid.addWidget(hair_line(), 2 * place + 1, 0, 1, 5)
            for column, part in enumerate(self._row(line)):
                self._grid.addWidget(self._padded(part, column), 2 * place + 2, column)

    def _row(self, line: SponsorRowView) -> tuple[QWidget, ...]:
        bar = QuotaBar(self._theme, height=6)
        bar.show_share(line.share, spoken=said("{n} percent", n=line.share // 10))
        bar.setMinimumWidth(self._theme.px(_LEAST_BAR))
        bar.setMaximumWidth(self._theme.px(_BAR))
        used = TextLabel(self._theme, f"{line.amount} {resource_words(line.resource)}" if line.amount else "")
        cost = TextLabel(self._theme, line.cost, role="label")
        for label in (used, cost):
            label.setAlignment(_RIGHT)
        name = ElidedLabel(self._theme, line.name)
        name.setMinimumHeight(self._theme.px(_ROW))
        return (IconView(self._theme, line.icon, size=16, tone="text2"), name, bar, used, cost)

    def _padded(self, part: QWidget, column: int) -> QWidget:
        holder = QWidget()
        line = row(spacing=0)
        line.setContentsMargins(17 if column == 0 else 5, 0, 17 if column == 4 else 8, 0)
        line.addWidget(part, 1)
        if isinstance(part, QuotaBar):  # a bar that is as long as it gets begins where its heading does
            line.setStretchFactor(part, 100)
            line.addStretch(1)
        holder.setLayout(line)
        return holder
