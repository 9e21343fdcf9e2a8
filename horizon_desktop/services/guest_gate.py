"""The gate for one guest's edits: who writes under which client id, what is checked, how it is applied."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Final

from horizon_desktop.domain.collaboration.documents import MAX_TEXT_BYTES
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import FileId
from horizon_desktop.domain.instants import Tick
from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.protocol.payloads.edit_rules import EditBudget, check_update
from horizon_desktop.protocol.payloads.edits import Opened
from horizon_desktop.protocol.payloads.yjs import (
    Section,
    TextUpdate,
    cut_update,
    deletions_update,
    read_update,
)
from horizon_desktop.services.shared_document import SharedDocument, fresh_client_id

_FIRST_PIECE: Final = 8
_MOST_PIECE: Final = 512
"""Items applied at once: few at first, more while it goes quickly (applying cannot be interrupted)."""
_QUICK_MS: Final = 4
_SLOW_MS: Final = 20
_MAX_OPENS: Final = 60
"""Openings of one file by one guest in a minute: each may send 2 MB."""
_MINUTE_MS: Final = 60_000


class OpenCopy:
    """One guest's open copy of one document: its two client ids and what it may still do this minute."""

    def __init__(self, file_id: FileId) -> None:
        self.header = Opened(file_id, b"", 0, 0, 1, b"", b"", 0)
        self.is_open = False
        self.turn = asyncio.Lock()
        """Updates of one guest to one document are applied one after another."""
        self._budget = EditBudget()
        self._retired: set[int] = set()
        self._opens = 0
        self._opens_since: Tick | None = None

    @property
    def client_ids(self) -> tuple[int, int]:
        return (self.header.client_id, self.header.copy_client_id)

    def may_open(self, *, now: Tick) -> Decision:
        """Count an opening, or refuse it."""
        if self._opens_since is None or now.since(self._opens_since) >= _MINUTE_MS:
            self._opens_since, self._opens = now, 0
        self._opens += 1
        return Allow() if self._opens <= _MAX_OPENS else Deny("rate.edits", f"{self._opens} openings this minute")

    def reopen(self, document: SharedDocument, entropy: Entropy) -> None:
        """Give out fresh client ids; the former ones are never accepted again."""
        if self.is_open:
            self._retired.update(self.client_ids)
        taken = self._retired | document.known.clocks.keys()
        editor = fresh_client_id(entropy, taken)
        copy = fresh_client_id(entropy, taken | {editor})
        self.header = Opened(document.file_id, document.epoch, editor, 0, 1, b"", document.state_vector(), copy)
        self.is_open = True

    def shut(self) -> None:
        """The guest wants no more of it."""
        if self.is_open:
            self._retired.update(self.client_ids)
        self.is_open = False

    def check(self, data: bytes, document: SharedDocument, *, now: Tick) -> TextUpdate | Deny:
        """Return the update when it may be applied to the document as it is now."""
        try:
            update = read_update(data)
        except RemoteProtocolError as broken:
            return Deny(broken.key, str(broken))
        if update.sections and update.sections[0].client in self._retired:
            return Deny("edit.stale", "a client id given back")
        decision = check_update(update, known=document.known, own=self.client_ids)
        if isinstance(decision, Allow):
            decision = self._budget.take(update, now=now)
        if isinstance(decision, Deny):
            return decision
        return _check_size(update, document) or update

    async def apply(self, update: TextUpdate, document: SharedDocument, *, clock: Clock) -> AsyncIterator[bytes | Deny]:
        """Apply a checked update in pieces and yield the host's own; a Deny ends it when it takes too long.

        Raises RemoteProtocolError: the library broke down on it.
        """
        pieces = _Pieces(update, _FIRST_PIECE)
        for piece in pieces:
            before = clock.now().tick
            yield document.absorb(piece)
            took_ms = clock.now().tick.since(before)
            decision = self._budget.spend(took_ms)
            if isinstance(decision, Deny):
                yield decision
                return
            pieces.size = _next_size(pieces.size, took_ms)
            if took_ms > 0:
                await asyncio.sleep(0)


def _check_size(update: TextUpdate, document: SharedDocument) -> Deny | None:
    size = document.text_bytes()
    deleted = sum(deletion.length for deletion in update.deletions)
    if update.text_bytes and (size > MAX_TEXT_BYTES or size + update.text_bytes - deleted > MAX_TEXT_BYTES):
        return Deny("file.big", f"{size} + {update.text_bytes} bytes")
    return None


class _Pieces:
    """Cuts an update into pieces whose size may change between two of them; deletions come last."""

    def __init__(self, update: TextUpdate, size: int) -> None:
        self.size = size
        self._update = update

    def __iter__(self) -> Iterator[TextUpdate]:
        update = self._update
        if update.structs <= self.size:
            yield update
            return
        for section in update.sections:
            at = 0
            while at < len(section.items):
                count = self.size
                items = section.items[at : at + count]
                data = cut_update(update, section, at, count)
                yield TextUpdate(data, (Section(section.client, items[0].clock, items, 0),), ())
                at += count
        if update.deletions:
            yield TextUpdate(deletions_update(update.deletions), (), update.deletions)


def _next_size(size: int, took_ms: int) -> int:
    if took_ms < _QUICK_MS:
        return min(size * 2, _MOST_PIECE)
    return max(size // 2, 1) if took_ms > _SLOW_MS else size
