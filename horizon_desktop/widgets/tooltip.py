"""Tooltips that never become rich text: Qt would read markup in a name as HTML."""

import html


def plain_tooltip(text: str) -> str:
    """Return what to hand to setToolTip so that `text` is shown letter by letter."""
    if "<" not in text:
        return text
    return f'<span style="white-space: pre-wrap">{html.escape(text)}</span>'


def menu_text(text: str) -> str:
    """Return what to hand to a menu entry so that an ampersand in a name is shown and makes no shortcut."""
    return text.replace("&", "&&")
