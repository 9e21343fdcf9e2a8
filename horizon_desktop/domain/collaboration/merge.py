"""Three-way merge of texts that keeps what both sides wrote, as a CRDT would."""

from collections import defaultdict
from collections.abc import Iterable

from horizon_desktop.domain.collaboration.differences import Replacement, difference


def merge_texts(base: str, ours: str, theirs: str) -> str:
    """Return `base` with the changes of both sides.

    What either side deleted is gone; what either side wrote is there, at its place. Where both wrote at one place,
    theirs stands first; the same words written by both stand once.
    """
    if ours == theirs or theirs == base:
        return ours
    if ours == base:
        return theirs
    our_steps, their_steps = difference(base, ours), difference(base, theirs)
    our_words, their_words = _words(our_steps), _words(their_steps)
    gone = _union((*our_steps, *their_steps))
    marks = sorted({0, len(base), *our_words, *their_words, *(edge for span in gone for edge in span)})
    parts: list[str] = []
    span = 0
    for at, following in zip(marks, (*marks[1:], len(base)), strict=True):
        parts.append(_both(our_words.get(at, ""), their_words.get(at, "")))
        while span < len(gone) and gone[span][1] <= at:
            span += 1
        is_gone = span < len(gone) and gone[span][0] <= at
        if not is_gone:
            parts.append(base[at:following])
    return "".join(parts)


def _words(steps: Iterable[Replacement]) -> dict[int, str]:
    words: defaultdict[int, str] = defaultdict(str)
    for step in steps:
        if step.text:
            words[step.start] += step.text
    return dict(words)


def _union(steps: Iterable[Replacement]) -> list[tuple[int, int]]:
    """Return the deleted spans of both sides, rising and apart."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted((step.start, step.end) for step in steps if step.end > step.start):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans


def _both(ours: str, theirs: str) -> str:
    """Return both insertions; one that begins or ends with the other stands alone."""
    if theirs.startswith(ours) or theirs.endswith(ours):
        return theirs
    if ours.startswith(theirs) or ours.endswith(theirs):
        return ours
    return theirs + ours
