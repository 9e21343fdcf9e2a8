"""Shared text: replicas of CRDT documents, and the files on disk behind them (PROTOCOL section 7)."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from horizon_desktop.domain.collaboration.documents import Caret, TextDelta
from horizon_desktop.protocol.payloads.yjs import Mark, Section


class TextReplica(Protocol):
    """One CRDT copy of a text. Not thread-safe: it lives on the thread that made it.

    Positions are UTF-16 code units, as Qt counts them. Every method leaves text and CRDT equal.
    """

    @property
    def client_id(self) -> int: ...
    def text(self) -> str: ...
    def size(self) -> int:
        """Return the text's length in UTF-8 bytes."""
        ...

    def state_vector(self) -> bytes: ...
    def full_update(self) -> bytes: ...
    def update_since(self, state_vector: bytes) -> bytes: ...
    def splice(self, position: int, removed: int, inserted: str) -> bytes:
        """Replace `removed` units at `position` and return the update to send (empty when nothing changed)."""
        ...

    def replace_all(self, text: str) -> bytes:
        """Make the text equal `text` by its smallest difference; return the update."""
        ...

    def apply(self, update: bytes) -> Sequence[TextDelta]:
        """Merge an update that has been checked; return what changed. Raises RemoteProtocolError."""
        ...

    def absorb(self, update: bytes) -> bytes:
        """Merge a checked update; return it as this replica writes it (empty: nothing new).

        Raises RemoteProtocolError.
        """
        ...

    def undo(self) -> tuple[bytes, Sequence[TextDelta]]:
        """Take back the last own edit; other people's edits stay."""
        ...

    def redo(self) -> tuple[bytes, Sequence[TextDelta]]: ...
    def caret_at(self, position: int) -> Caret: ...
    def position_of(self, caret: Caret) -> int: ...


class TextOrder(Protocol):
    """The order of every unit of a text, living or deleted: what a guest says of neighbours is checked against it."""

    def learn(self, sections: Sequence[Section]) -> None:
        """Take in the items of an update or of a part of it. Raises RemoteProtocolError."""
        ...

    def is_before(self, one: Mark, other: Mark) -> bool:
        """Whether one known unit stands before another."""
        ...


class ReplicaFactory(Protocol):
    def empty(self, client_id: int) -> TextReplica: ...
    def load(self, client_id: int, state: bytes) -> TextReplica:
        """Raises RemoteProtocolError when `state` is no update."""
        ...

    def order(self) -> TextOrder:
        """Return the order of an empty text."""
        ...

    def merge(self, updates: Sequence[bytes]) -> bytes:
        """Return one update that does what these do, in any order. Raises RemoteProtocolError."""
        ...


class DiskText(msgspec.Struct, frozen=True, kw_only=True):
    """A text file as it stood on disk: content with \\n line ends, and what to keep when writing it back."""

    text: str
    newline: str
    """Line end of the file: \\n or \\r\\n."""
    has_bom: bool
    fingerprint: bytes
    """BLAKE3 of the raw bytes: tells whether the disk still holds what we last saw."""


class DiskChanged(msgspec.Struct, frozen=True):
    """The file differs from what was last read or written here."""

    path: Path
    now: DiskText


class DiskVanished(msgspec.Struct, frozen=True):
    path: Path


class DiskRefused(msgspec.Struct, frozen=True):
    """The file is there but cannot be shared any more (`code`: file.binary, file.encoding, file.big)."""

    path: Path
    code: str


DiskEvent = DiskChanged | DiskVanished | DiskRefused


class TextFiles(Protocol):
    """Reads, writes and watches text files. Raises FileRefused with the copy deck's key."""

    async def read(self, path: Path) -> DiskText: ...
    async def write(self, path: Path, text: str, *, like: DiskText, may_create: bool = False) -> DiskText:
        """Write atomically through the link's target, keeping line ends, BOM, mode and owner.

        Refused besides: file.changed (the disk does not hold `like`: read and merge first), file.vanished (unless
        `may_create`), file.unwritable.
        """
        ...

    async def expand(self, path: Path) -> Sequence[Path]:
        """Return what a person means by a path: a file is itself, a folder its files (no hidden ones, no links).

        Sorted, without looking inside the files. Refused: file.vanished, file.unreadable, files.many.
        """
        ...

    def watch(self, paths: Sequence[Path]) -> None:
        """Watch exactly these files from now on (events by the system plus a stat poll each second)."""
        ...

    def changes(self) -> AsyncGenerator[DiskEvent, None]: ...
