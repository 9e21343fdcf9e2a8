"""Shared texts and the disk: saved 300 ms after the last edit, other programs' changes merged, nothing overwritten."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Protocol

import structlog

from horizon_desktop.domain.collaboration.merge import merge_texts
from horizon_desktop.domain.ids import FileId
from horizon_desktop.domain.instants import Tick
from horizon_desktop.errors import FileRefused, StoreUnavailable
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.documents import DiskChanged, DiskEvent, DiskRefused, DiskText, DiskVanished, TextFiles
from horizon_desktop.ports.storage import Store
from horizon_desktop.services.shared_document import SharedDocument

SAVE_AFTER_MS: Final = 300
_SAVE_AT_LATEST_MS: Final = 700
"""Somebody who never stops typing is saved too."""
_RETRY_MS: Final = 5_000
_LOOK_MS: Final = 100
_EMPTY_MS: Final = 150
"""A file that is suddenly empty is mostly one that is being written: programs that save empty it first."""
_MOST_MERGES: Final = 5

_log = structlog.get_logger(__name__)


class SavingEvents(Protocol):
    """What whoever owns the documents wants to know."""

    def saved(self, document: SharedDocument, *, is_of_guest: bool) -> None: ...
    def troubled(self, document: SharedDocument) -> None:
        """`problem` changed; empty means that it is over."""
        ...

    async def changed_outside(self, document: SharedDocument, update: bytes) -> None:
        """The text took in another program's change."""
        ...


class DocumentSaving:
    """Brings texts to disk and disk to texts."""

    def __init__(
        self,
        *,
        documents: Callable[[], Iterable[SharedDocument]],
        files: TextFiles,
        store: Store,
        clock: Clock,
        events: SavingEvents,
    ) -> None:
        self._documents = documents
        self._files = files
        self._store = store
        self._clock = clock
        self._events = events
        self._due: dict[FileId, _Due] = {}
        self._turns: dict[FileId, asyncio.Lock] = {}
        self._touched = asyncio.Event()

    def touch(self, document: SharedDocument) -> None:
        """The text was edited: save it soon."""
        now = self._clock.now().tick
        due = self._due.get(document.file_id)
        first = due.first if due is not None else now
        at = min(now.plus(SAVE_AFTER_MS), first.plus(_SAVE_AT_LATEST_MS))
        self._due[document.file_id] = _Due(first, at)
        self._touched.set()

    def forget(self, file_id: FileId) -> None:
        self._due.pop(file_id, None)
        self._turns.pop(file_id, None)

    async def run_saving(self) -> None:
        """Save what is due, for ever."""
        while True:
            if not self._due:
                await self._touched.wait()
            self._touched.clear()
            next_at = min(due.at for due in self._due.values()) if self._due else None
            now = self._clock.now().tick
            if next_at is not None and next_at > now:
                await self._clock.sleep(min(next_at.since(now), _LOOK_MS))  # an edit may be due before a retry
            await self._save_due(self._clock.now().tick)

    async def run_watching(self) -> None:
        """Take in what happens on disk, for ever."""
        async for event in self._files.changes():
            document = self._by_path(event.path)
            if document is not None:
                await self._happened(document, event)

    async def save_all(self) -> None:
        """Save every unsaved text now."""
        for document in list(self._documents()):
            if document.is_unsaved:
                await self.save(document)

    async def save(self, document: SharedDocument, *, may_create: bool = False) -> None:
        """Write one text to disk, merging what another program wrote meanwhile."""
        async with self._turn(document):
            self._due.pop(document.file_id, None)
            for _ in range(_MOST_MERGES):
                if not document.is_unsaved and not may_create:
                    return
                if await self._write(document, may_create=may_create):
                    return
            self._retry(document)

    async def look_at_disk(self, document: SharedDocument) -> None:
        """Take in what stands on disk now, whatever was reported before: a report may be older than our last write."""
        async with self._turn(document):
            try:
                now = await self._read(document)
            except FileRefused as refused:
                self.trouble(document, refused.key)
                return
            if now.fingerprint != document.disk.fingerprint:
                await self._merge(document, now)
                return
        if document.problem:
            self.trouble(document, "")
            self.touch(document)

    def trouble(self, document: SharedDocument, code: str) -> None:
        """Note what keeps the file from being saved; empty when nothing does any more."""
        if document.problem != code:
            document.problem = code
            self._events.troubled(document)

    async def _save_due(self, now: Tick) -> None:
        for document in list(self._documents()):
            due = self._due.get(document.file_id)
            if due is not None and due.at <= now:
                await self.save(document)
        known = {document.file_id for document in self._documents()}
        for file_id in self._due.keys() - known:
            self.forget(file_id)

    async def _write(self, document: SharedDocument, *, may_create: bool) -> bool:
        """Write once; False when the disk had changed and was merged first."""
        revision, is_of_guest = document.revision, document.has_guest_edit
        text = document.text()
        try:
            disk = await self._files.write(document.disk_path, text, like=document.disk, may_create=may_create)
        except FileRefused as refused:
            if refused.key != "file.changed":
                self._not_saved(document, refused.key)
                return True
            return await self._merge_meanwhile(document)
        document.disk, document.saved_text, document.saved_revision = disk, text, revision
        document.has_guest_edit = document.has_guest_edit and document.revision != revision
        await self._remember(document)
        self.trouble(document, "")
        self._events.saved(document, is_of_guest=is_of_guest)
        if document.is_unsaved:
            self.touch(document)
        return True

    async def _merge_meanwhile(self, document: SharedDocument) -> bool:
        try:
            now = await self._read(document)
        except FileRefused as refused:
            self._not_saved(document, refused.key)
            return True
        await self._merge(document, now)
        return False

    async def _read(self, document: SharedDocument) -> DiskText:
        now = await self._files.read(document.disk_path)
        if not now.text and document.saved_text:
            await self._clock.sleep(_EMPTY_MS)
            now = await self._files.read(document.disk_path)
        return now

    async def _merge(self, document: SharedDocument, now: DiskText) -> None:
        base, theirs = document.saved_text, now.text
        while True:
            revision = document.revision
            merged = await asyncio.to_thread(merge_texts, base, document.text(), theirs)
            if document.revision == revision:
                break
        document.disk, document.saved_text = now, theirs
        update = document.replace_text(merged)
        if merged == theirs:
            document.saved_revision = document.revision
            document.has_guest_edit = False
        else:
            document.saved_revision = -1
        await self._remember(document)
        self.trouble(document, "")
        if update:
            await self._events.changed_outside(document, update)
        if document.is_unsaved:
            self.touch(document)

    async def _happened(self, document: SharedDocument, event: DiskEvent) -> None:
        match event:
            case DiskChanged():
                await self.look_at_disk(document)
            case DiskVanished():
                self.trouble(document, "file.vanished")
            case DiskRefused():
                self.trouble(document, event.code)

    async def _remember(self, document: SharedDocument) -> None:
        """Keep the merge base; without it a restart would only merge a little worse.

        Never before the text: after a crash in between, what the base has and the text has not would look deleted.
        """
        try:
            await document.keep()
            await self._store.set_saved_text(document.file_id, document.saved_text)
        except StoreUnavailable:
            _log.warning("document.base_not_kept", file_id=document.file_id.hex())

    def _not_saved(self, document: SharedDocument, code: str) -> None:
        self.trouble(document, code)
        self._retry(document)

    def _retry(self, document: SharedDocument) -> None:
        now = self._clock.now().tick
        self._due[document.file_id] = _Due(now, now.plus(_RETRY_MS))
        self._touched.set()

    def _by_path(self, path: Path) -> SharedDocument | None:
        return next((document for document in self._documents() if document.disk_path == path), None)

    def _turn(self, document: SharedDocument) -> asyncio.Lock:
        """One at a time writes a file or merges it."""
        return self._turns.setdefault(document.file_id, asyncio.Lock())


class _Due:
    """When a text is to be saved: 300 ms after its last edit, and not long after its first."""

    def __init__(self, first: Tick, at: Tick) -> None:
        self.first = first
        self.at = at
