"""Cuts an update of one writer into several that each fit a message: a large paste, a reformatted file."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from horizon_desktop.domain.collaboration.documents import TEXT_ROOT
from horizon_desktop.protocol.payloads.lib0 import Lib0Reader, encode_integer
from horizon_desktop.protocol.payloads.yjs import (
    Deletion,
    Item,
    Mark,
    Section,
    TextUpdate,
    cut_update,
    deletions_update,
)

_MAX_STRUCTS: Final = 8_000
_HEADER_BYTES: Final = 64
"""Room for everything of an update but the characters of its one item."""
_MAX_ITEM_BYTES: Final = 64
"""Room for one item without its characters."""


def split_update(update: TextUpdate, *, max_bytes: int) -> Iterator[bytes]:
    """Yield updates of at most `max_bytes` that do together, in this order, what `update` does.

    Deletions of what stood before come first, so that a replaced text never counts twice.
    """
    if len(update.data) <= max_bytes and update.structs <= _MAX_STRUCTS:
        yield update.data
        return
    starts = {section.client: section.clock for section in update.sections}
    old = tuple(
        gone
        for gone in update.deletions
        if gone.clock + gone.length <= starts.get(gone.client, gone.clock + gone.length)
    )
    yield from _split_deletions(old, max_bytes)
    for section in update.sections:
        yield from _split_section(update, section, max_bytes)
    kept = set(old)
    yield from _split_deletions(tuple(gone for gone in update.deletions if gone not in kept), max_bytes)


def _split_deletions(deletions: tuple[Deletion, ...], max_bytes: int) -> Iterator[bytes]:
    most = min(_MAX_STRUCTS, max_bytes // 24)
    for start in range(0, len(deletions), most):
        yield deletions_update(deletions[start : start + most])


def _split_section(update: TextUpdate, section: Section, max_bytes: int) -> Iterator[bytes]:
    items = section.items
    first = 0
    while first < len(items):
        count = 0
        begin = items[first].begin
        while first + count < len(items) and count < _MAX_STRUCTS:
            if _end(section, first + count) - begin > max_bytes - _HEADER_BYTES:
                break
            count += 1
        if count:
            yield cut_update(update, section, first, count)
            first += count
        else:
            yield from _split_item(update, section, first, max_bytes)
            first += 1


def _end(section: Section, index: int) -> int:
    return section.items[index + 1].begin if index + 1 < len(section.items) else section.end


def _split_item(update: TextUpdate, section: Section, index: int, max_bytes: int) -> Iterator[bytes]:
    """Cut one run of characters as Yjs does: each further part stands right of the one before."""
    item = section.items[index]
    text = _text_of(update, item)
    left, clock = item.left, item.clock
    for part in _parts(text, max_bytes - _HEADER_BYTES - _MAX_ITEM_BYTES):
        yield encode_update([(section.client, clock, [encode_item(part, left, item.right)])])
        clock += len(part.encode("utf-16-le")) // 2
        left = (section.client, clock - 1)


def _text_of(update: TextUpdate, item: Item) -> str:
    reader = Lib0Reader(update.data)
    reader.position = item.begin + 1
    for origin in (item.left, item.right):
        if origin is not None:
            reader.integer()
            reader.integer()
    if item.left is None and item.right is None:
        reader.integer()
        reader.text()
    return reader.text()


def _parts(text: str, most_bytes: int) -> Iterator[str]:
    """Cut a text into parts of at most that many UTF-8 bytes, never inside a character."""
    at = 0
    while at < len(text):
        part = text[at : at + most_bytes]
        encoded = part.encode()
        if len(encoded) > most_bytes:
            part = encoded[:most_bytes].decode("utf-8", "ignore")
        yield part
        at += len(part)


def encode_update(sections: Iterable[tuple[int, int, Sequence[bytes]]]) -> bytes:
    """Return an update that brings items (client, first clock, items) and deletes nothing."""
    parts: list[bytes] = []
    count = 0
    for client, clock, items in sections:
        count += 1
        parts += (encode_integer(len(items)), encode_integer(client), encode_integer(clock), *items)
    return b"".join((encode_integer(count), *parts, b"\x00"))


def encode_item(text: str, left: Mark | None, right: Mark | None) -> bytes:
    """Return one run of characters as it stands in an update."""
    encoded = text.encode()
    info = 4 | (0x80 if left is not None else 0) | (0x40 if right is not None else 0)
    parts = [bytes([info])]
    for origin in (left, right):
        if origin is not None:
            parts += (encode_integer(origin[0]), encode_integer(origin[1]))
    if left is None and right is None:
        root = TEXT_ROOT.encode()
        parts += (b"\x01", encode_integer(len(root)), root)
    return b"".join((*parts, encode_integer(len(encoded)), encoded))
