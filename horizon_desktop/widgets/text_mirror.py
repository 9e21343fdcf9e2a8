"""A copy of an editor's text in UTF-16 units: what was there, when the editor only says that something changed."""

import re
from typing import Final

import msgspec

_PICTURES: Final = {
    **{code: 0x2400 + code for code in range(0x20) if code not in (0x09, 0x0A)},
    0x7F: 0x2421,
    0x2028: 0x2424,
    0x2029: 0x2424,
    0xFFFC: 0x25A1,
    0xFDD0: 0xFFFD,
    0xFDD1: 0xFFFD,
    **dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), 0x2426),
    **dict.fromkeys(range(0xD800, 0xE000), 0xFFFD),
}
_ODD: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffc\ufdd0\ufdd1\ud800-\udfff]"
)
_CHUNK_BYTES: Final = 64 * 1024
"""An edit moves at most this much, however long the text is."""
_LONE: Final = re.compile("[\ud800-\udfff]")


class Change(msgspec.Struct, frozen=True):
    """One replaced stretch: UTF-16 position, UTF-16 units taken out, text put in."""

    position: int
    removed: int
    inserted: str


def shown(text: str) -> str:
    """Return the text as the editor holds it: each character that Qt would take for a line end, an object or nothing
    at all stands as a visible sign of the same UTF-16 length, and so does one that turns the reading direction.

    The number of UTF-16 units never changes, so that positions are the same in both.
    """
    return text.translate(_PICTURES) if _ODD.search(text) else text


def units(text: str) -> int:
    """Return the number of UTF-16 units of a text."""
    return len(text) if text.isascii() else len(text) + sum(character > "\uffff" for character in text)


def moved(position: int, change: Change, *, is_own: bool = False) -> int:
    """Return where a position is after a change: an own caret stays before text that others put exactly there."""
    end = change.position + change.removed
    if position < change.position or (is_own and position == change.position):
        return position
    if position < end:
        return change.position if is_own else change.position + units(change.inserted)
    return position + units(change.inserted) - change.removed


class TextMirror:
    """The true text of an editor, which the editor shows through `shown`."""

    def __init__(self, text: str = "") -> None:
        self._chunks = _chunked(_encoded(text))

    def __len__(self) -> int:
        """UTF-16 units."""
        return sum(len(chunk) for chunk in self._chunks) // 2

    def text(self) -> str:
        return _decoded(b"".join(self._chunks))

    def cut(self, position: int, length: int) -> str:
        """Return `length` UTF-16 units from `position`."""
        first, inside = self._find(2 * position)
        found = bytearray(self._chunks[first][inside : inside + 2 * length])
        for chunk in self._chunks[first + 1 :]:
            if len(found) >= 2 * length:
                break
            found += chunk[: 2 * length - len(found)]
        return _decoded(bytes(found))

    def splice(self, change: Change) -> None:
        """Make the change.

        Raises:
            ValueError: it reaches outside the text (the caller's mistake).
        """
        end = change.position + change.removed
        if change.position < 0 or change.removed < 0 or end > len(self):
            raise ValueError(f"change {change.position}+{change.removed} is outside 0..{len(self)}")
        first, inside = self._find(2 * change.position)
        chunk, last = self._chunks[first], first
        while len(chunk) < inside + 2 * change.removed:
            last += 1
            chunk = chunk + self._chunks[last]
        chunk[inside : inside + 2 * change.removed] = _encoded(change.inserted)
        if last > first or not 0 < len(chunk) <= 2 * _CHUNK_BYTES:
            self._chunks[first : last + 1] = _chunked(bytes(chunk)) if chunk or len(self._chunks) == 1 else []
            self._chunks = self._chunks or [bytearray()]

    def _find(self, offset: int) -> tuple[int, int]:
        """Return the chunk that holds a byte offset, and where in it."""
        for index, chunk in enumerate(self._chunks):
            if offset <= len(chunk):
                return index, offset
            offset -= len(chunk)
        return len(self._chunks) - 1, len(self._chunks[-1])

    def difference(self, position: int, removed: int, text: str) -> Change | None:
        """Return the smallest change that makes `removed` units at `position` read `text`; None when they do already.

        Args:
            text: What the editor shows there now, with line feeds between lines.
        """
        old = _encoded(shown(self.cut(position, removed)))
        raw = _encoded(_LONE.sub("\ufffd", text))
        new = _encoded(shown(_decoded(raw)))
        start = _common(old, new)
        end = _common_end(old[start:], new[start:])
        if len(old) == len(new) == start:
            return None
        inserted = _decoded(raw[start : len(raw) - end])
        return Change(position + start // 2, (len(old) - start - end) // 2, inserted)


def _chunked(raw: bytes) -> list[bytearray]:
    return [bytearray(raw[at : at + _CHUNK_BYTES]) for at in range(0, len(raw), _CHUNK_BYTES)] or [bytearray()]


def _encoded(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-16-le", "surrogatepass")


def _common(left: bytes, right: bytes) -> int:
    """Return how many bytes both begin with, ending at a whole character."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    low -= low % 2
    is_half = low >= 2 and 0xD8 <= left[low - 1] <= 0xDB
    return low - 2 if is_half else low


def _common_end(left: bytes, right: bytes) -> int:
    """Return how many bytes both end with, beginning at a whole character."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[len(left) - middle : len(left) - low] == right[len(right) - middle : len(right) - low]:
            low = middle
        else:
            high = middle - 1
    low -= low % 2
    is_half = low >= 2 and 0xDC <= left[len(left) - low + 1] <= 0xDF
    return low - 2 if is_half else low
