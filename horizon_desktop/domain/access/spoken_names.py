"""Names that strangers give themselves, their devices and their sessions: made harmless before anybody sees them."""

import unicodedata
from typing import Final

MAX_NAME_CHARS: Final = 40
MAX_TITLE_CHARS: Final = 80
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, format marks (bidi, zero width), surrogates, private and unassigned code points, line separators."""
_BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters and symbols that draw nothing."""
_MAX_MARKS: Final = 2
"""Combining marks kept on one letter: enough for every living script's names, too few to climb over other lines."""


def plain_name(text: str, *, limit: int = MAX_NAME_CHARS) -> str:
    """Return `text` as one short visible line: composed, no controls, no bidi or zero-width marks, no stacked accents.

    An empty result means that the text had nothing to show. The same text always gives the same result, and a
    cleaned name stays as it is.
    """
    kept: list[str] = []
    marks = 0
    for letter in unicodedata.normalize("NFC", text[: limit * 8]):
        category = unicodedata.category(letter)
        marks = marks + 1 if category.startswith("M") else 0
        if letter in "\t\n\r":
            kept.append(" ")
        elif category not in _HIDDEN and letter not in _BLANK and marks <= _MAX_MARKS:
            kept.append(letter)
    return " ".join("".join(kept).split())[:limit].strip()
