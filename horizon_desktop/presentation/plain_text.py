"""Text from strangers made fit to show: no control, bidirectional or zero-width characters, one line, bounded."""

import unicodedata
from typing import Final

_KEPT: Final = frozenset({"\u200d", "\ufe0f"})
"""Joiner and emoji selector: they only shape emoji, and are kept only after a visible character."""
_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_BLANK: Final = frozenset({"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\u034f"})
"""Letters by category that draw nothing: fillers, the blank Braille cell, the grapheme joiner."""
NAME_LENGTH: Final = 40
TITLE_LENGTH: Final = 80


def plain(text: str, *, limit: int = NAME_LENGTH) -> str:
    """Return `text` on one line without characters that draw nothing or turn the reading direction.

    Line ends and tabs become spaces; runs of spaces become one. More than `limit` characters end in an ellipsis.
    Source: PROTOCOL section 9 (attack 21).
    """
    kept: list[str] = []
    for character in text:
        if character.isspace():
            kept.append(" ")
        elif _is_shown(character, after=kept[-1] if kept else " "):
            kept.append(character)
    words = " ".join(unicodedata.normalize("NFC", "".join(kept)).split())
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "\u2026"


def plain_lines(text: str, *, limit: int) -> str:
    """Return `text` like `plain`, but with its line ends (chat)."""
    return "\n".join(plain(line, limit=limit) for line in text[: limit + 1].splitlines())


def _is_shown(character: str, *, after: str) -> bool:
    if character in _KEPT:
        return after not in _KEPT and unicodedata.category(after) == "So"
    return character not in _BLANK and unicodedata.category(character) not in _HIDDEN_CATEGORIES
