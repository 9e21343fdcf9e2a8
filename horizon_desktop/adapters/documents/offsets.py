"""A text as a chunked rope that counts in UTF-8 bytes (pycrdt) and in UTF-16 units (Qt) at once."""

from typing import Final

_CHUNK: Final = 4096
"""Characters of a fresh chunk: an edit touches one, finding one in 2 MB looks at about 500 sums."""


def units16(text: str) -> int:
    """Return the length of a text in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def bytes8(text: str) -> int:
    """Return the length of a text in UTF-8 bytes."""
    return len(text) if text.isascii() else len(text.encode())


class OffsetRope:
    """One text, its chunks and their lengths. An offset inside a character counts as the one before it."""

    def __init__(self, text: str = "") -> None:
        self._chunks: list[str] = []
        self._units: list[int] = []
        self._bytes: list[int] = []
        self._insert_chunks(0, text)
        self._total_units = sum(self._units)
        self._total_bytes = sum(self._bytes)

    @property
    def length16(self) -> int:
        return self._total_units

    @property
    def length8(self) -> int:
        return self._total_bytes

    def text(self) -> str:
        return "".join(self._chunks)

    def to8(self, offset: int) -> int:
        """Return the byte offset of a UTF-16 offset, 0 to length16."""
        offset = min(max(offset, 0), self._total_units)
        if self._total_units == self._total_bytes:
            return offset
        index, rest = _find(offset, self._units)
        head = self._chunks[index]
        return sum(self._bytes[:index]) + bytes8(head[: _cut16(head, rest)])

    def to16(self, offset: int) -> int:
        """Return the UTF-16 offset of a byte offset, 0 to length8."""
        offset = min(max(offset, 0), self._total_bytes)
        if self._total_units == self._total_bytes:
            return offset
        index, rest = _find(offset, self._bytes)
        head = self._chunks[index]
        return sum(self._units[:index]) + units16(head[: _cut8(head, rest)])

    def slice8(self, start: int, end: int) -> str:
        """Return the text between two byte offsets."""
        index, rest = _find(start, self._bytes)
        joined, have = self._chunks[index], self._bytes[index]
        while have - rest < end - start and index + 1 < len(self._chunks):
            index += 1
            joined += self._chunks[index]
            have += self._bytes[index]
        return joined[_cut8(joined, rest) : _cut8(joined, rest + end - start)]

    def splice8(self, start: int, removed: int, inserted: str) -> int:
        """Replace `removed` bytes at byte `start`; return how many UTF-16 units went."""
        first, rest = _find(start, self._bytes)
        last, have = first, self._bytes[first]
        while have < rest + removed and last + 1 < len(self._chunks):
            last += 1
            have += self._bytes[last]
        joined = self._chunks[first] if first == last else "".join(self._chunks[first : last + 1])
        cut = _cut8(joined, rest)
        end = _cut8(joined, rest + removed) if removed else cut
        gone = joined[cut:end]
        new = f"{joined[:cut]}{inserted}{joined[end:]}"
        self._total_units -= sum(self._units[first : last + 1])
        self._total_bytes -= sum(self._bytes[first : last + 1])
        if first == last and len(new) <= 2 * _CHUNK:
            self._chunks[first], self._units[first], self._bytes[first] = new, units16(new), bytes8(new)
            count = 1
        else:
            del self._chunks[first : last + 1], self._units[first : last + 1], self._bytes[first : last + 1]
            count = self._insert_chunks(first, new)
        self._total_units += sum(self._units[first : first + count])
        self._total_bytes += sum(self._bytes[first : first + count])
        return units16(gone)

    def _insert_chunks(self, at: int, text: str) -> int:
        """Put a text in as fresh chunks; return how many. There is always at least one chunk."""
        parts = [text[start : start + _CHUNK] for start in range(0, len(text), _CHUNK)]
        if not parts and not self._chunks:
            parts = [""]
        self._chunks[at:at] = parts
        self._units[at:at] = [units16(part) for part in parts]
        self._bytes[at:at] = [bytes8(part) for part in parts]
        return len(parts)


def _find(offset: int, lengths: list[int]) -> tuple[int, int]:
    """Return the chunk an offset falls in (the earlier one at a border) and the offset inside it."""
    last = len(lengths) - 1
    for index, length in enumerate(lengths):
        if offset <= length or index == last:
            return index, offset
        offset -= length
    return 0, 0


def _cut16(text: str, units: int) -> int:
    """Return the character index of a UTF-16 offset."""
    if text.isascii():
        return units
    return len(text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore"))


def _cut8(text: str, count: int) -> int:
    """Return the character index of a UTF-8 offset."""
    if text.isascii():
        return count
    return len(text.encode()[:count].decode("utf-8", "ignore"))
