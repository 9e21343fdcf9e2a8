"""Shared text files as values: entries, carets, differences."""

import msgspec

from horizon_desktop.domain.ids import FileId


class Caret(msgspec.Struct, frozen=True, array_like=True):
    """A position that sticks to a character: the CRDT item it stands before; both zero: the end of the text."""

    client: int = 0
    clock: int = 0


class TextDelta(msgspec.Struct, frozen=True):
    """One change of a text, in UTF-16 units of the text as it stands after the changes before this one."""

    position: int
    removed: int
    inserted: str


class SharedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a session as people see it."""

    file_id: FileId
    path: str
    """Relative path inside the shared root, with / between parts."""
    may_edit: bool
    problem: str = ""
    """Empty, or the copy deck's key of what keeps it from being saved (file.vanished, ...)."""


class DocumentSeed(msgspec.Struct, frozen=True, kw_only=True):
    """What an editor needs to show and change one file: a client id of its own and the state so far."""

    file_id: FileId
    path: str
    epoch: bytes
    client_id: int
    state: bytes
    may_edit: bool


TEXT_ROOT = "text"
"""Name of the one root type in every shared document (a Y.Text)."""
MAX_TEXT_BYTES = 2 * 1024 * 1024
"""A larger file is refused with file.big (SPEC section 4)."""
