"""Tooltips that never become rich text: Qt would read markup in a name as HTML."""

import html

from PySide6.QtCore import Qt


def plain_tooltip(text: str) -> str:
    """Return what to hand to setToolTip so that `text` is shown letter by letter."""
    if Qt.mightBeRichText(text):
        return f"<span>{html.escape(text)}</span>"
    return text


def menu_text(text: str) -> str:
    """Return what to hand to a menu entry so that an ampersand in a name is shown and makes no shortcut."""
    return text.replace("&", "&&")
