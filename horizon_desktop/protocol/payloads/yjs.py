"""Reads Yjs updates (format v1) of one plain text into values, without a CRDT library and without trusting a byte.

Only what a plain text needs is understood: items that hold characters or a deleted stretch, in the root text, and a
set of deletions. Nested types, embeds, formats, maps, documents, gaps and garbage are refused, so nothing has depth.

Source: Yjs `UpdateEncoderV1`, `Item.write`, `DeleteSet` (github.com/yjs/yjs, src/utils and src/structs).
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from horizon_desktop.domain.collaboration.documents import TEXT_ROOT
from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.protocol.payloads.lib0 import Lib0Reader, encode_integer, malformed

MAX_UPDATE_BYTES: Final = 256 * 1024
MAX_STRUCTS: Final = 20_000
"""Items and deleted ranges of one update of a guest (PROTOCOL section 7)."""
MAX_CLIENTS: Final = 10_000
"""Writers in one state vector or host update: every opening makes two."""
MAX_STATE_BYTES: Final = 64 * 1024 * 1024
"""Whole history of one text; a larger one is not loaded."""

_KIND: Final = 0x1F
_HAS_LEFT: Final = 0x80
_HAS_RIGHT: Final = 0x40
_HAS_KEY: Final = 0x20
_DELETED: Final = 1
_CHARACTERS: Final = 4
_BARRED: Final = re.compile("[\r\0]")
_PAIR: Final = re.compile("[\U00010000-\U0010ffff]")

Mark = tuple[int, int]
"""Client and clock: the name of one UTF-16 unit."""


class Item(msgspec.Struct, frozen=True):
    """A run of units that one client wrote, or had written and deleted."""

    clock: int
    length: int
    """UTF-16 units, at least 1."""
    left: Mark | None
    right: Mark | None
    halves: tuple[int, ...]
    """Clocks of second halves of surrogate pairs: nothing may be cut in front of them."""
    text_bytes: int
    """UTF-8 bytes it brings in; 0 when deleted."""
    begin: int
    """Where its bytes begin in the update."""


class Section(msgspec.Struct, frozen=True):
    """The new items of one client, without gaps."""

    client: int
    clock: int
    items: tuple[Item, ...]
    end: int
    """Where the bytes of the last item end."""

    @property
    def next_clock(self) -> int:
        last = self.items[-1]
        return last.clock + last.length


class Deletion(msgspec.Struct, frozen=True):
    client: int
    clock: int
    length: int


class TextUpdate(msgspec.Struct, frozen=True):
    """One update, read whole."""

    data: bytes
    sections: tuple[Section, ...]
    deletions: tuple[Deletion, ...]

    @property
    def structs(self) -> int:
        return sum(len(section.items) for section in self.sections) + len(self.deletions)

    @property
    def text_bytes(self) -> int:
        return sum(item.text_bytes for section in self.sections for item in section.items)


def read_update(data: bytes, *, max_bytes: int = MAX_UPDATE_BYTES, max_structs: int = MAX_STRUCTS) -> TextUpdate:
    """Return the update as values.

    Raises:
        RemoteProtocolError: `edit.size` (bytes or structs), `edit.form` (not an update of this format),
            `edit.content` (something else than plain text), `edit.parent` (not in our text).
    """
    if len(data) > max_bytes:
        raise RemoteProtocolError(f"update of {len(data)} bytes, at most {max_bytes}", code="edit.size")
    reader = Lib0Reader(data)
    sections: list[Section] = []
    structs = 0
    clients = reader.integer()
    if clients > MAX_CLIENTS:
        raise _too_many()
    for _ in range(clients):
        count = reader.integer()
        structs += count
        if structs > max_structs:
            raise _too_many()
        sections.append(_section(reader, count))
    if len({section.client for section in sections}) != len(sections):
        raise malformed("a client stands twice")
    deletions = tuple(_deletions(reader, max_structs - structs))
    if not reader.is_done:
        raise malformed("bytes after the end")
    return TextUpdate(data, tuple(sections), deletions)


def read_state_vector(data: bytes) -> dict[int, int]:
    """Return client to next clock. Raises RemoteProtocolError(edit.form)."""
    reader = Lib0Reader(data)
    count = reader.integer()
    if count > MAX_CLIENTS:
        raise _too_many()
    clocks: dict[int, int] = {}
    for _ in range(count):
        client = reader.integer()
        clocks[client] = reader.integer()
    if len(clocks) != count or not reader.is_done:
        raise malformed("state vector")
    return clocks


def cut_update(update: TextUpdate, section: Section, first: int, count: int) -> bytes:
    """Return an update of `count` items of a section from its item `first` on, without deletions."""
    items = section.items
    end = items[first + count].begin if first + count < len(items) else section.end
    return b"".join(
        (
            b"\x01",
            encode_integer(min(count, len(items) - first)),
            encode_integer(section.client),
            encode_integer(items[first].clock),
            update.data[items[first].begin : end],
            b"\x00",
        )
    )


def deletions_update(deletions: tuple[Deletion, ...]) -> bytes:
    """Return an update that deletes and nothing else."""
    by_client: dict[int, list[Deletion]] = {}
    for deletion in deletions:
        by_client.setdefault(deletion.client, []).append(deletion)
    parts = [b"\x00", encode_integer(len(by_client))]
    for client, ranges in by_client.items():
        parts += (encode_integer(client), encode_integer(len(ranges)))
        for deletion in ranges:
            parts += (encode_integer(deletion.clock), encode_integer(deletion.length))
    return b"".join(parts)


def _section(reader: Lib0Reader, count: int) -> Section:
    client = reader.integer()
    start = clock = reader.integer()
    if count == 0 or client == 0:
        raise malformed("a client without items or number")
    items: list[Item] = []
    for _ in range(count):
        item = _item(reader, clock)
        items.append(item)
        clock += item.length
    return Section(client, start, tuple(items), reader.position)


def _item(reader: Lib0Reader, clock: int) -> Item:
    begin = reader.position
    info = reader.byte()
    kind = info & _KIND
    if kind not in {_DELETED, _CHARACTERS} or info & _HAS_KEY:
        raise RemoteProtocolError(f"struct of kind {info:#x} in a plain text", code="edit.content")
    left = (reader.integer(), reader.integer()) if info & _HAS_LEFT else None
    right = (reader.integer(), reader.integer()) if info & _HAS_RIGHT else None
    if left is None and right is None and (reader.integer() != 1 or reader.text() != TEXT_ROOT):
        raise RemoteProtocolError("struct outside the shared text", code="edit.parent")
    if kind == _DELETED:
        length = reader.integer()
        if length == 0:
            raise malformed("empty struct")
        return Item(clock, length, left, right, (), 0, begin)
    text = reader.text()
    if not text:
        raise malformed("empty struct")
    if _BARRED.search(text):
        raise RemoteProtocolError("carriage return or NUL in a text", code="edit.content")
    halves = () if text.isascii() else tuple(_halves(text, clock))
    length = len(text) + len(halves)
    text_bytes = length if text.isascii() else len(text.encode())
    return Item(clock, length, left, right, halves, text_bytes, begin)


def _halves(text: str, clock: int) -> Iterator[int]:
    for pairs_before, match in enumerate(_PAIR.finditer(text)):
        yield clock + match.start() + pairs_before + 1


def _deletions(reader: Lib0Reader, most: int) -> Iterator[Deletion]:
    clients = reader.integer()
    for _ in range(clients):
        client = reader.integer()
        ranges = reader.integer()
        most -= ranges
        if most < 0:
            raise _too_many()
        if ranges == 0:
            raise malformed("a client without deletions")
        for _ in range(ranges):
            clock, length = reader.integer(), reader.integer()
            if length == 0:
                raise malformed("empty deletion")
            yield Deletion(client, clock, length)


def _too_many() -> RemoteProtocolError:
    return RemoteProtocolError(f"more than {MAX_STRUCTS} structs in one update", code="edit.size")
