"""Globs of policies: `*` within one segment, `**` anything, `?` one character of a segment. Never a regular expression
of the user's, and linear in the text whatever the pattern."""

import re
from collections.abc import Callable
from typing import Final

MAX_PATTERN: Final = 256
WILD: Final = frozenset("*?")
_TOKENS: Final = re.compile(r"\*\*+|\*|\?|[^*?]+")
_FEW_STARS: Final = 2
"""So many wildcards of free length still match in time square to the text at worst; more go through `_Automaton`."""

Match = Callable[[str], bool]


def is_wild(pattern: str) -> bool:
    """Whether a pattern holds a wildcard."""
    return not WILD.isdisjoint(pattern)


def literal_prefix(pattern: str) -> str:
    """Return the whole segments before the first wildcard: what every text that matches is or begins with."""
    if not is_wild(pattern):
        return pattern
    first = min(pattern.find(sign) for sign in WILD if sign in pattern)
    return pattern[:first].rpartition("/")[0]


def compile_glob(pattern: str) -> Match:
    """Return whether a text matches, as a function."""
    if not is_wild(pattern):
        return pattern.__eq__
    if pattern == "**":
        return _anything
    head, tail = pattern[:-2], pattern[-2:]
    if tail == "**" and not is_wild(head):
        return _under(head)
    if pattern[-1] == "*" and not is_wild(pattern[:-1]):
        return _beside(pattern[:-1])
    tokens = _tokens(pattern)
    if sum(token in {"*", "**"} for token in tokens) <= _FEW_STARS:
        return _by_expression(tokens)
    return _Automaton(tokens).matches


def _anything(text: str) -> bool:
    return True


def _under(head: str) -> Match:
    return lambda text: text.startswith(head)


def _beside(head: str) -> Match:
    length = len(head)
    return lambda text: text.startswith(head) and "/" not in text[length:]


def _tokens(pattern: str) -> list[str]:
    """Split into literals and wildcards; neighbouring stars become the wider one."""
    tokens: list[str] = []
    for token in _TOKENS.findall(pattern):
        wide = "**" if token.startswith("**") else token
        if wide in {"*", "**"} and tokens and tokens[-1] in {"*", "**"}:
            tokens[-1] = "**" if "**" in {wide, tokens[-1]} else "*"
        else:
            tokens.append(wide)
    return tokens


_EXPRESSIONS: Final = {"**": ".*", "*": "[^/]*", "?": "[^/]"}


def _by_expression(tokens: list[str]) -> Match:
    match = re.compile("".join(_EXPRESSIONS.get(token) or re.escape(token) for token in tokens), re.DOTALL).fullmatch
    return lambda text: match(text) is not None


class _Automaton:
    """All ways through a pattern at once: bit i of a number says that i steps of the pattern may be behind us."""

    def __init__(self, tokens: list[str]) -> None:
        self._literal: dict[str, int] = {}
        self._single = self._stay_in_segment = self._stay = 0
        place = 0
        for token in tokens:
            if token in {"*", "**", "?"}:
                self._add_wildcard(token, 1 << place)
                place += 1
            else:
                for sign in token:
                    self._literal[sign] = self._literal.get(sign, 0) | 1 << place
                    place += 1
        self._end = 1 << place

    def _add_wildcard(self, wildcard: str, bit: int) -> None:
        if wildcard == "?":
            self._single |= bit
        elif wildcard == "*":
            self._stay_in_segment |= bit
        else:
            self._stay |= bit

    def matches(self, text: str) -> bool:
        stars = self._stay_in_segment | self._stay
        states = 1
        states |= (states & stars) << 1  # a star may stand for nothing
        for sign in text:
            is_slash = sign == "/"
            kept = states & (self._stay if is_slash else stars)
            steps = self._literal.get(sign, 0) | (0 if is_slash else self._single)
            states = kept | (states & steps) << 1
            if not states:
                return False
            states |= (states & stars) << 1
        return bool(states & self._end)
