"""YAML as plain data with the line of every value: no aliases, anchors, tags, doubled keys or surprises of YAML 1.1."""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import yaml

from horizon_desktop.errors import ConfigurationRefused

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 24
"""Lists and mappings inside each other: what the deepest legal policy needs, and a little more."""
MAX_NODES: Final = 50_000
MAX_DOCUMENTS: Final = 1000
_INTEGER: Final = re.compile(r"-?(0|[1-9]\d{0,17})", re.ASCII)
_DECIMAL: Final = re.compile(r"-?\d{1,15}\.\d{1,15}", re.ASCII)
_CONSTANTS: Final = {"true": True, "false": False}
_NOTHING: Final = frozenset({"", "~", "null"})
_Place = tuple[str | int, ...]


def _trouble(words: str, line: int) -> ConfigurationRefused:
    return ConfigurationRefused(words, code="policy.broken", why=words, line=line)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


class YamlDocument(msgspec.Struct, frozen=True):
    """One document: plain data, and the line of every place in it."""

    data: object
    lines: dict[_Place, int]

    def line_of(self, place: _Place) -> int:
        """Return the line of a place, or of the nearest place around it that is there."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_documents(text: bytes) -> list[YamlDocument]:
    """Return the documents of a text, empty ones left out.

    Scalars are read as YAML 1.2's core schema has them: `no` and `22:00` are texts, `true` and `8` are not.

    Raises:
        ConfigurationRefused: no UTF-8, too large, too deep, or something this reader refuses. `values`: why, line.
    """
    if len(text) > MAX_BYTES:
        raise _trouble(f"the file has more than {MAX_BYTES // 1024} KiB", 1)
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise _trouble("the file is not UTF-8", text[: exc.start].count(b"\n") + 1) from exc
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return list(_documents(_Events(yaml.parse(decoded, Loader=loader))))
    except yaml.reader.ReaderError as exc:
        line = decoded[: exc.position].count("\n") + 1
        raise _trouble("a character that no text holds", line) from exc
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        raise _trouble(exc.problem or "no YAML", mark.line + 1 if mark else 1) from exc
    except yaml.YAMLError as exc:
        raise _trouble("no YAML", 1) from exc


class _Events:
    """The parser's events, counted, with what is never taken refused where it stands."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._nodes = 0

    def next(self) -> Any:
        event = next(self._events)
        if isinstance(event, yaml.NodeEvent):
            self._nodes += 1
            line = _line(event)
            if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
                raise _trouble("aliases and anchors (*, &) are not taken: write it out", line)
            if getattr(event, "tag", None) is not None:
                raise _trouble("tags (!) are not taken", line)
            if self._nodes > MAX_NODES:
                raise _trouble(f"more than {MAX_NODES} values", line)
        return event


def _documents(events: _Events) -> Iterator[YamlDocument]:
    count = 0
    while True:
        event = events.next()
        if isinstance(event, yaml.StreamEndEvent):
            return
        if not isinstance(event, yaml.DocumentStartEvent):
            continue
        count += 1
        if count > MAX_DOCUMENTS:
            raise _trouble(f"more than {MAX_DOCUMENTS} documents", _line(event))
        lines: dict[_Place, int] = {}
        data = _value(events.next(), events, (), lines, 0)
        if data is not None:
            yield YamlDocument(data, lines)


def _value(event: Any, events: _Events, place: _Place, lines: dict[_Place, int], depth: int) -> object:
    """Return the value that begins with an event; its depth is bounded, so is this recursion."""
    line = _line(event)
    lines.setdefault(place, line)
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event)
    if depth == MAX_DEPTH:
        raise _trouble(f"more than {MAX_DEPTH} lists and mappings inside each other", line)
    if isinstance(event, yaml.SequenceStartEvent):
        return _sequence(events, place, lines, depth + 1)
    return _mapping(events, place, lines, depth + 1)


def _sequence(events: _Events, place: _Place, lines: dict[_Place, int], depth: int) -> list[object]:
    found: list[object] = []
    while not isinstance(event := events.next(), yaml.SequenceEndEvent):
        found.append(_value(event, events, (*place, len(found)), lines, depth))
    return found


def _mapping(events: _Events, place: _Place, lines: dict[_Place, int], depth: int) -> dict[str, object]:
    found: dict[str, object] = {}
    while not isinstance(event := events.next(), yaml.MappingEndEvent):
        line = _line(event)
        if not isinstance(event, yaml.ScalarEvent):
            raise _trouble("a key is a word, not a list or a mapping", line)
        key: str = event.value
        if key in found:
            raise _trouble(f"the key `{key[:60]}` stands here twice", line)
        if key == "<<" and not event.style:
            raise _trouble("merge keys (<<) are not taken: write it out", line)
        lines[(*place, key)] = line
        found[key] = _value(events.next(), events, (*place, key), lines, depth)
    return found


def _scalar(event: Any) -> object:
    text: str = event.value
    if event.style:  # quoted or a block: text, whatever it looks like
        return text
    if text in _NOTHING:
        return None
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
