"""Plain text from strangers: nothing hidden, nothing that turns or breaks a line (PROTOCOL section 9)."""

import unicodedata
from typing import Final

_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, format (bidi and zero-width), surrogates, private, unassigned, line and paragraph separators."""
_BLANKS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that show nothing though Unicode does not call them format characters."""
_MOST_MARKS: Final = 4
"""Combining marks kept after one character: more of them climb over the neighbouring lines."""


def plain_name(text: str, *, most_characters: int) -> str:
    """Return one line without hidden characters, blanks joined to single spaces, cut to a length.

    May be empty. For names, devices, titles and paths shown to people.
    """
    shown = "".join(" " if character.isspace() else character for character in text)
    words = "".join(_visible(shown)).split()
    return " ".join(words)[:most_characters].rstrip()


def plain_lines(text: str, *, most_characters: int) -> str:
    """Return lines without hidden characters; line feeds and tabs stay. For chat."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = ("\t".join("".join(_visible(part)) for part in line.split("\t")) for line in text.split("\n"))
    return "\n".join(lines)[:most_characters].strip("\n")


def is_plain(text: str) -> bool:
    """Whether nothing hidden stands in the text."""
    return "".join(_visible(text)) == text


def _visible(text: str) -> list[str]:
    kept: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if category in _HIDDEN_CATEGORIES or character in _BLANKS:
            continue
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return kept
