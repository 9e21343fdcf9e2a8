"""The font of a painted word: figures as wide as one another, but for words with a hyphen, which would grow a gap."""

from PySide6.QtGui import QFont

from horizon_desktop.widgets.text_label import TABULAR
from horizon_desktop.widgets.theme import Theme


def word_font(theme: Theme, role: str, text: str, *, weight: int = 0) -> QFont:
    """Return the font of a role for this text."""
    font = theme.font(role, weight=weight)
    if "-" in text:
        font.setFeature(TABULAR, 0)
    return font
