"""Parts that pages share: the head of a page, and an icon on a tile."""

from typing import Final

from PySide6.QtWidgets import QVBoxLayout

from horizon_desktop.widgets.card import column
from horizon_desktop.widgets.icon_view import IconView
from horizon_desktop.widgets.text_label import TextLabel
from horizon_desktop.widgets.theme import Theme

STACK_BELOW: Final = 944
"""Page width under which two columns stand one below the other: a window of 1000 less the narrow side bar."""

UNBOUNDED: Final = 16777215
"""Qt's largest width of a widget: no limit."""


def page_head(title: TextLabel, subtitle: TextLabel) -> QVBoxLayout:
    """Return a page's head: its title above one line."""
    head = column(spacing=2)
    head.addWidget(title)
    head.addWidget(subtitle)
    return head


def icon_tile(theme: Theme, icon: str, *, box: int = 36, size: int = 20) -> IconView:
    """Return an icon on a tinted tile."""
    return IconView(theme, icon, size=size, tone="accent_text", box=box, radius=8, fill="accent_soft")
