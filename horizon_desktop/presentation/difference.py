"""The difference between a file before the first guest edit and now, line by line."""

import difflib
from enum import StrEnum

import msgspec

_CONTEXT_LINES = 3
_EXACT_LINES = 1_000
"""Up to here every line counts; beyond, lines that stand everywhere (blank ones) may not anchor a match."""


class LineKind(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    SKIPPED = "skipped"
    """A run of equal lines that is not shown; `text` holds their number."""


class DifferenceLine(msgspec.Struct, frozen=True, kw_only=True):
    kind: LineKind
    before: int = 0
    """Line number before, 0 when the line is new."""
    after: int = 0
    """Line number now, 0 when the line is gone."""
    text: str = ""


class DifferenceView(msgspec.Struct, frozen=True, kw_only=True):
    session_id: str
    file_id: bytes
    path: str
    lines: tuple[DifferenceLine, ...]
    added: int
    removed: int


def difference(before: str, after: str) -> tuple[DifferenceLine, ...]:
    """Return what changed, with three equal lines around each change and the rest skipped.

    Lines end at a line feed only, so that both texts count lines as the editor does.
    """
    old, new = before.split("\n"), after.split("\n")
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    middle = _middle(old, new, start, end)
    lines = [_same(n, n, old[n]) for n in range(start)]
    lines += middle
    for back in range(end, 0, -1):
        lines.append(_same(len(old) - back, len(new) - back, old[len(old) - back]))
    return _folded(lines)


def _middle(old: list[str], new: list[str], start: int, end: int) -> list[DifferenceLine]:
    left, right = old[start : len(old) - end], new[start : len(new) - end]
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=len(right) > _EXACT_LINES)
    lines: list[DifferenceLine] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            lines += [_same(start + a + i, start + c + i, text) for i, text in enumerate(left[a:b])]
            continue
        lines += [DifferenceLine(kind=LineKind.REMOVED, before=start + n + 1, text=left[n]) for n in range(a, b)]
        lines += [DifferenceLine(kind=LineKind.ADDED, after=start + n + 1, text=right[n]) for n in range(c, d)]
    return lines


def counts(lines: tuple[DifferenceLine, ...]) -> tuple[int, int]:
    """Return how many lines were added and how many removed."""
    added = sum(line.kind is LineKind.ADDED for line in lines)
    removed = sum(line.kind is LineKind.REMOVED for line in lines)
    return added, removed


def _same(before: int, after: int, text: str) -> DifferenceLine:
    return DifferenceLine(kind=LineKind.SAME, before=before + 1, after=after + 1, text=text)


def _common(left: list[str], right: list[str]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


def _folded(lines: list[DifferenceLine]) -> tuple[DifferenceLine, ...]:
    keep = [False] * len(lines)
    for at, line in enumerate(lines):
        if line.kind is not LineKind.SAME:
            low, high = max(0, at - _CONTEXT_LINES), min(len(lines), at + _CONTEXT_LINES + 1)
            keep[low:high] = [True] * (high - low)
    folded: list[DifferenceLine] = []
    skipped = 0
    for line, is_kept in zip(lines, keep, strict=True):
        if not is_kept:
            skipped += 1
            continue
        if skipped:
            folded.append(DifferenceLine(kind=LineKind.SKIPPED, text=str(skipped)))
            skipped = 0
        folded.append(line)
    if skipped:
        folded.append(DifferenceLine(kind=LineKind.SKIPPED, text=str(skipped)))
    return tuple(folded)
