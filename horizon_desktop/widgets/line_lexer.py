"""Pygments one line at a time: what each line's words are, and the state it leaves to the next line."""

from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Final

from pygments.lexer import ExtendedRegexLexer, Lexer, RegexLexer
from pygments.lexers import find_lexer_class, get_all_lexers
from pygments.token import (
    Comment,
    Error,
    Generic,
    Keyword,
    Name,
    Number,
    Operator,
    String,
    Text,
    Whitespace,
)

ROOT: Final = ("root",)
MAX_LINE_CHARACTERS: Final = 2_000
"""A longer line stays plain: pygments is slower than a key press there."""
_MAX_STEPS: Final = 4 * MAX_LINE_CHARACTERS
"""A rule that matches nothing and only moves between states must not hold the window."""
_KINDS: Final = (
    (String.Doc, "ed_com"),
    (Comment, "ed_com"),
    (Keyword.Constant, ""),
    (Keyword, "ed_kw"),
    (Operator.Word, "ed_kw"),
    (String, "ed_str"),
    (Number, "ed_num"),
    (Name.Function, "ed_fn"),
    (Name.Class, "ed_fn"),
    (Name.Decorator, "ed_fn"),
    (Name.Tag, "ed_fn"),
    (Name.Attribute, "ed_num"),
    (Generic.Heading, "ed_kw"),
    (Generic.Subheading, "ed_kw"),
    (Generic.Strong, "ed_fn"),
    (Generic.Emph, "ed_fn"),
)
Span = tuple[int, int, str]
"""Start and length in characters of the line, and the colour token."""


class LineLexer:
    """Knows the language of a file by its name. A language that pygments cannot resume starts each line anew."""

    def __init__(self, file_name: str) -> None:
        found = language_of(file_name) if file_name else None
        self._lexer: Lexer | None = found() if found is not None else None
        self._is_resumable = isinstance(self._lexer, RegexLexer) and not isinstance(self._lexer, ExtendedRegexLexer)

    @property
    def is_plain(self) -> bool:
        """The language is not known: every line is plain."""
        return self._lexer is None

    def line(self, text: str, state: tuple[str, ...]) -> tuple[list[Span], tuple[str, ...]]:
        """Return the coloured stretches of one line and the state after it.

        Args:
            text: The line without its end.
            state: What the line before left; ROOT for the first.
        """
        if self._lexer is None or len(text) > MAX_LINE_CHARACTERS:
            return [], state
        if self._is_resumable:
            tokens, after = self._resumed(text + "\n", list(state))
        else:
            tokens, after = list(self._lexer.get_tokens_unprocessed(text + "\n")), ROOT
        return _spans(tokens), after

    def _resumed(self, text: str, stack: list[str]) -> tuple[list[tuple[int, Any, str]], tuple[str, ...]]:
        """Run a RegexLexer over one line from a given stack (the loop of its get_tokens_unprocessed)."""
        rules = self._lexer._tokens  # type: ignore[union-attr]
        tokens: list[tuple[int, Any, str]] = []
        at, steps = 0, 0
        while at < len(text) and steps < _MAX_STEPS:
            steps += 1
            for matches, action, jump in rules[stack[-1]]:
                match = matches(text, at)
                if match is None:
                    continue
                if action is not None:
                    if type(action) is type(Text):
                        tokens.append((at, action, match.group()))
                    else:
                        tokens.extend(action(self._lexer, match))
                moved = match.end() > at
                at = match.end()
                if jump is not None:
                    _jump(stack, jump)
                if moved or jump is not None:
                    break
            else:
                if text[at] == "\n":
                    stack[:] = ["root"]
                    tokens.append((at, Whitespace, "\n"))
                else:
                    tokens.append((at, Error, text[at]))
                at += 1
        return tokens, tuple(stack)


def language_of(file_name: str) -> type[Lexer] | None:
    """Return the language of a file by its name, as pygments rates its own ones; None: none of them.

    Pygments' search makes a regular expression of each of its 900 patterns and asks every installed plugin, for a
    fifth of a second in which the window would stand still.
    """
    fitting = [
        (name, "*" not in pattern)
        for name, _, patterns, _ in get_all_lexers(plugins=False)
        for pattern in patterns
        if _fits(file_name, pattern)
    ]
    found = [(find_lexer_class(name), is_exact) for name, is_exact in fitting]
    rated = [(kind.priority + is_exact / 2, kind.__name__, kind) for kind, is_exact in found if kind is not None]
    return max(rated, key=lambda each: each[:2])[2] if rated else None


def _fits(name: str, pattern: str) -> bool:
    rest = pattern.removeprefix("*")
    if any(special in rest for special in "*?["):
        return fnmatchcase(name, pattern)
    return name.endswith(rest) if rest != pattern else name == pattern


def _jump(stack: list[str], jump: Any) -> None:
    """Change the stack as a rule of pygments says: names to push, #pop, #push, or how many to pop."""
    if isinstance(jump, tuple):
        for name in jump:
            _jump(stack, name)
    elif isinstance(jump, int):
        del stack[max(1, len(stack) + jump) :]
    elif jump == "#pop":
        if len(stack) > 1:
            stack.pop()
    elif jump == "#push":
        stack.append(stack[-1])
    else:
        stack.append(jump)


def _spans(tokens: list[tuple[int, Any, str]]) -> list[Span]:
    spans: list[Span] = []
    for index, (start, kind, text) in enumerate(tokens):
        color = _color(kind, tokens, index)
        if color and text.strip():
            if spans and spans[-1][2] == color and spans[-1][0] + spans[-1][1] == start:
                spans[-1] = (spans[-1][0], spans[-1][1] + len(text), color)
            else:
                spans.append((start, len(text), color))
    return spans


@cache
def _family_color(kind: Any) -> str:
    """Return the colour of the first family that a kind of token belongs to; there are some 80 kinds."""
    return next((color for family, color in _KINDS if kind in family), "")


def _color(kind: Any, tokens: list[tuple[int, Any, str]], index: int) -> str:
    color = _family_color(kind)
    if color:
        return color
    is_call = kind in Name and index + 1 < len(tokens) and tokens[index + 1][2].startswith("(")
    return "ed_fn" if is_call else ""
