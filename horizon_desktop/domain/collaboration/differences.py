"""Smallest difference of two texts, fast enough for 2 MB: lines by what is unique to both, then characters."""

import itertools
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher, unified_diff
from typing import Final

import msgspec

_FINE_LINES: Final = 40_000
"""Products of line counts up to this are compared in full; above, only by lines unique to both sides."""
_FINE_CHARACTERS: Final = 90_000
"""Products of lengths up to this are compared character by character (about 50 ms at worst)."""
_WORK: Final = 1_000_000
"""Sum of those products in one call: a text made to be slow gets a coarse difference, never a long wait."""
_LINES_LOOKED_AT: Final = 1_500_000
"""Sum of lines in the parts compared by unique lines, for the same reason."""

_CHANCE: Final = 3
"""Fewer equal characters between two changes are chance: one change keeps a word in one piece."""


class Replacement(msgspec.Struct, frozen=True):
    """Characters `start` to `end` (code points of the old text, end excluded) become `text`."""

    start: int
    end: int
    text: str


class _Effort:
    """What is left of the work one call may do."""

    def __init__(self) -> None:
        self._left = _WORK
        self._lines_left = _LINES_LOOKED_AT

    def take(self, amount: int) -> bool:
        """Spend `amount` if there is that much left."""
        if amount > self._left:
            return False
        self._left -= amount
        return True

    def take_lines(self, count: int) -> bool:
        """Spend a look at `count` lines if there is that much left."""
        self._lines_left -= count
        return self._lines_left >= 0


def difference(old: str, new: str) -> tuple[Replacement, ...]:
    """Return the replacements, rising and apart, that turn `old` into `new`; empty when they are equal."""
    start = common_prefix(old, new)
    tail = common_suffix(old, new, spared=start)
    if start + tail == len(old) == len(new):
        return ()
    effort = _Effort()
    old_part, new_part = old[start : len(old) - tail], new[start : len(new) - tail]
    if "\n" not in old_part and "\n" not in new_part:
        return tuple(_characters(old_part, new_part, start, effort))
    # Whole lines compare better: take the cut-off beginning of the first and rest of the last line in again.
    start = old.rfind("\n", 0, start) + 1
    tail = _whole_line_tail(old, tail)
    old_part, new_part = old[start : len(old) - tail], new[start : len(new) - tail]
    return tuple(_lines(old_part, new_part, start, effort))


def apply_difference(old: str, replacements: Iterable[Replacement]) -> str:
    """Return what `old` becomes."""
    parts: list[str] = []
    at = 0
    for step in replacements:
        parts += (old[at : step.start], step.text)
        at = step.end
    return "".join((*parts, old[at:]))


def unified_difference(old: str, new: str, *, name: str) -> str:
    """Return the difference as people read it (unified, three lines of context); empty when equal."""
    if old == new:
        return ""
    old_lines, new_lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    if len(old_lines) * len(new_lines) > _WORK * 10:
        steps = difference(old, new)
        return "".join(
            f"@@ {old.count(chr(10), 0, step.start) + 1} @@\n{_marked('-', old[step.start : step.end])}"
            f"{_marked('+', step.text)}"
            for step in steps
        )
    lines = unified_diff(old_lines, new_lines, f"{name} (before)", f"{name} (now)")
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def common_prefix(one: str, other: str) -> int:
    """Return how many characters both begin with."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low


def common_suffix(one: str, other: str, *, spared: int) -> int:
    """Return how many characters both end with, the first `spared` of each left out."""
    low, high = 0, min(len(one), len(other)) - spared
    if high <= 0:
        return 0
    if one[len(one) - high :] == other[len(other) - high :]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle
    return low


def _whole_line_tail(old: str, tail: int) -> int:
    """Return a tail that starts at the beginning of a line (of both texts: they share it)."""
    if tail == 0:
        return 0
    end = old.find("\n", len(old) - tail)
    return 0 if end < 0 else len(old) - end - 1


def _lines(old: str, new: str, offset: int, effort: _Effort) -> Iterator[Replacement]:
    old_lines, new_lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    starts = [offset]
    for line in old_lines:
        starts.append(starts[-1] + len(line))
    for old_from, old_to, new_from, new_to in _changed(old_lines, new_lines, effort):
        yield from _characters(
            "".join(old_lines[old_from:old_to]),
            "".join(new_lines[new_from:new_to]),
            starts[old_from],
            effort,
        )


def _changed(old: Sequence[str], new: Sequence[str], effort: _Effort) -> Iterator[tuple[int, int, int, int]]:
    """Yield (old from, old to, new from, new to) of the lines that differ, rising."""
    waiting = [(0, len(old), 0, len(new))]
    while waiting:
        old_from, old_to, new_from, new_to = waiting.pop()
        while old_from < old_to and new_from < new_to and old[old_from] == new[new_from]:
            old_from, new_from = old_from + 1, new_from + 1
        while old_from < old_to and new_from < new_to and old[old_to - 1] == new[new_to - 1]:
            old_to, new_to = old_to - 1, new_to - 1
        if old_from == old_to and new_from == new_to:
            continue
        if old_from == old_to or new_from == new_to:
            yield old_from, old_to, new_from, new_to
            continue
        is_looked_at = effort.take_lines(old_to - old_from + new_to - new_from)
        anchors = _anchors(old[old_from:old_to], new[new_from:new_to]) if is_looked_at else []
        if anchors:
            edges = [(old_from, new_from)]
            for old_at, new_at in anchors:
                edges.append((old_from + old_at, new_from + new_at))
            edges.append((old_to, new_to))
            gaps = [(left[0], right[0], left[1], right[1]) for left, right in itertools.pairwise(edges)]
            waiting.extend(reversed(gaps))
            continue
        yield from _compared(old, new, (old_from, old_to, new_from, new_to), effort)


def _compared(
    old: Sequence[str], new: Sequence[str], part: tuple[int, int, int, int], effort: _Effort
) -> Iterator[tuple[int, int, int, int]]:
    old_from, old_to, new_from, new_to = part
    product = (old_to - old_from) * (new_to - new_from)
    if product > _FINE_LINES or not effort.take(product):
        yield part
        return
    matcher = SequenceMatcher(None, old[old_from:old_to], new[new_from:new_to], autojunk=False)
    for tag, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        if tag != "equal":
            yield old_from + a_from, old_from + a_to, new_from + b_from, new_from + b_to


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return the longest rising run of lines that stand exactly once on each side (patience)."""
    in_old, in_new = Counter(old), Counter(new)
    places = {line: at for at, line in enumerate(new) if in_new[line] == 1}
    pairs = [(at, places[line]) for at, line in enumerate(old) if in_old[line] == 1 and line in places]
    tops: list[int] = []
    top_pairs: list[int] = []
    before: list[int] = []
    for index, (_, new_at) in enumerate(pairs):
        pile = bisect_left(tops, new_at)
        before.append(top_pairs[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(new_at)
            top_pairs.append(index)
        else:
            tops[pile], top_pairs[pile] = new_at, index
    run: list[tuple[int, int]] = []
    index = top_pairs[-1] if top_pairs else -1
    while index >= 0:
        run.append(pairs[index])
        index = before[index]
    return run[::-1]


def _characters(old: str, new: str, offset: int, effort: _Effort) -> Iterator[Replacement]:
    start = common_prefix(old, new)
    tail = common_suffix(old, new, spared=start)
    offset += start
    old, new = old[start : len(old) - tail], new[start : len(new) - tail]
    if not old and not new:
        return
    product = len(old) * len(new)
    if not product or product > _FINE_CHARACTERS or not effort.take(product):
        yield Replacement(offset, offset + len(old), new)
        return
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    last: tuple[int, int, int, int] | None = None
    for tag, *span in matcher.get_opcodes():
        if tag == "equal":
            continue
        if last is not None and span[0] - last[1] < _CHANCE:
            last = (last[0], span[1], last[2], span[3])
            continue
        if last is not None:
            yield Replacement(offset + last[0], offset + last[1], new[last[2] : last[3]])
        last = (span[0], span[1], span[2], span[3])
    if last is not None:
        yield Replacement(offset + last[0], offset + last[1], new[last[2] : last[3]])


def _marked(mark: str, text: str) -> str:
    return "".join(f"{mark}{line}\n" for line in text.splitlines())
