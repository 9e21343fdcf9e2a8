"""The gate for one guest's edits: who writes under which client id, what is checked, how it is applied."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from horizon_desktop.domain.collaboration.documents import MAX_TEXT_BYTES
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import FileId
from horizon_desktop.domain.instants import Tick
from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.protocol.payloads.edit_rules import EditBudget, EditLimits, check_update
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


class GuestAllowance:
    """What one guest may still do to one document; kept while the session runs, whoever reconnects."""

    def __init__(self, limits: EditLimits) -> None:
        self.budget = EditBudget(limits)
        self._opens = 0
        self._opens_since: Tick | None = None

    def may_open(self, *, now: Tick) -> Decision:
        """Count an opening, or refuse it."""
        if self._opens_since is None or now.since(self._opens_since) >= _MINUTE_MS:
            self._opens_since, self._opens = now, 0
        self._opens += 1
        return Allow() if self._opens <= _MAX_OPENS else Deny("rate.edits", f"{self._opens} openings this minute")


class OpenCopy:
    """One guest's open copy of one document: its two client ids and what it may still do this minute."""

    def __init__(self, file_id: FileId, budget: EditBudget) -> None:
        self.header = Opened(file_id, b"", 0, 0, 1, b"", b"", 0)
        self.is_open = False
        self.turn = asyncio.Lock()
        """Updates of one guest to one document are applied one after another."""
        self._budget = budget
        self._retired: set[int] = set()

    @property
    def client_ids(self) -> tuple[int, int]:
        return (self.header.client_id, self.header.copy_client_id)

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

    def check(self, data: bytes, document: SharedDocument, *, clock: Clock) -> TextUpdate | Deny:
        """Return the update when it may be applied to the document as it is now."""
        before = clock.now().tick
        decision = self._budget.take_bytes(len(data), now=before)
        if isinstance(decision, Deny):
            return decision
        try:
            update = read_update(data)
        except RemoteProtocolError as broken:
            return Deny(broken.key, str(broken))
        finally:
            self._budget.spend(clock.now().tick.since(before))
        if update.sections and update.sections[0].client in self._retired:
            return Deny("edit.stale", "a client id given back")
        decision = check_update(update, known=document.known, own=self.client_ids)
        if isinstance(decision, Allow):
            decision = self._budget.take_structs(update.structs)
        if isinstance(decision, Deny):
            return decision
        return _check_size(update, document) or update

    async def apply(self, update: TextUpdate, document: SharedDocument, *, clock: Clock) -> AsyncIterator[bytes | Deny]:
        """Apply a checked update in pieces and yield the host's own; a Deny ends it when it takes too long.

        Raises RemoteProtocolError: the library broke down on it.
        """
        is_small = update.structs <= _FIRST_PIECE
        for section in update.sections:
            at, size = 0, _FIRST_PIECE
            while at < len(section.items):
                before = clock.now().tick
                items = section.items[at : at + size]
                placed = document.place(section.client, items)
                if is_small and placed == len(items):
                    yield document.absorb(update)
                elif placed:
                    yield document.absorb(_part(update, section, at, placed))
                if placed < len(items):
                    yield Deny("edit.origin", "neighbours in the wrong order")
                    return
                at += len(items)
                took_ms = clock.now().tick.since(before)
                decision = self._budget.spend(took_ms)
                if isinstance(decision, Deny):
                    yield decision
                    return
                size = _next_size(size, took_ms)
                if took_ms > 0:
                    await asyncio.sleep(0)
        if update.deletions and not (is_small and update.sections):
            before = clock.now().tick
            yield document.absorb(TextUpdate(deletions_update(update.deletions), (), update.deletions))
            self._budget.spend(clock.now().tick.since(before))


def _check_size(update: TextUpdate, document: SharedDocument) -> Deny | None:
    size = document.text_bytes()
    deleted = sum(deletion.length for deletion in update.deletions)
    if update.text_bytes and (size > MAX_TEXT_BYTES or size + update.text_bytes - deleted > MAX_TEXT_BYTES):
        return Deny("file.big", f"{size} + {update.text_bytes} bytes")
    return None


def _part(update: TextUpdate, section: Section, at: int, count: int) -> TextUpdate:
    """Return some items of a section as an update of their own, without deletions."""
    items = section.items[at : at + count]
    data = cut_update(update, section, at, count)
    return TextUpdate(data, (Section(section.client, items[0].clock, items, 0),), ())


def _next_size(size: int, took_ms: int) -> int:
    if took_ms < _QUICK_MS:
        return min(size * 2, _MOST_PIECE)
    return max(size // 2, 1) if took_ms > _SLOW_MS else size
