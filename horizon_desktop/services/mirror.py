"""The mirror folder of a guest: shared files as files, both ways."""

import asyncio
from typing import Final

import structlog

from horizon_desktop.domain.collaboration.mirror_paths import mirror_parts
from horizon_desktop.domain.collaboration.shared_paths import path_key
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.events import FileSaved, FileTrouble
from horizon_desktop.domain.ids import FileId, SessionId, session_text
from horizon_desktop.domain.instants import Tick
from horizon_desktop.errors import FileRefused, StoreUnavailable
from horizon_desktop.ports.bus import Bus
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.mirror_folder import MirrorFolder, Parts
from horizon_desktop.ports.records import MirrorBaseRow
from horizon_desktop.ports.storage import Store
from horizon_desktop.services.document_copies import GuestDocuments
from horizon_desktop.services.mirrored_file import MirroredFile, Outcome

_WRITE_AFTER_MS: Final = 100
"""After the last edit of others: a burst of typing is one write."""
_WRITE_AT_LATEST_MS: Final = 400
_LOOK_MS: Final = 50
_RETRY_MS: Final = 2_000
_EMPTIED_MS: Final = 150
"""Programs that save empty a file before they write it."""
_UNSETTLED_MS: Final = 500
"""Until it is looked again whether the host has what was written here."""

_log = structlog.get_logger(__name__)


class Mirror:
    """Keeps a folder and the shared files in step."""

    def __init__(
        self,
        *,
        session_id: SessionId,
        folder: MirrorFolder,
        documents: GuestDocuments,
        store: Store,
        bus: Bus,
        clock: Clock,
        is_forced: bool = False,
    ) -> None:
        self._session_id = session_id
        self._folder = folder
        self._documents = documents
        self._store = store
        self._bus = bus
        self._clock = clock
        self._is_forced = is_forced
        self._files: dict[FileId, MirroredFile] = {}
        self._bases: dict[FileId, MirrorBaseRow] = {}
        self._due: dict[FileId, _Due] = {}
        self._stirred = asyncio.Event()
        self._is_list_new = False
        self._first: set[FileId] | None = None
        """Files of the first list: one that differs from what stands there stops the mirror before it began."""

    async def run(self) -> None:
        """Mirror until cancelled.

        Raises FileRefused: file.differs when another file stands in the way at the start and `is_forced` is not set,
        file.unwritable when the folder cannot be made.
        """
        await self._folder.open()
        self._bases = {row.file_id: row for row in await self._store.mirror_bases(self._session_id)}
        self._documents.follow(self)
        self.files_changed()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watch(), name="mirror.watching")
                await self._work()
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        finally:
            self._folder.close()

    # --- what GuestDocuments tells (document_copies.Follower) ---
    def files_changed(self) -> None:
        """The list of shared files is another."""
        self._is_list_new = True
        self._stirred.set()

    def text_changed(self, file_id: FileId) -> None:
        """Somebody edited a text."""
        if file_id in self._files:
            now = self._clock.now().tick
            due = self._due.get(file_id)
            first = due.first if due is not None else now
            self._due[file_id] = _Due(first, min(now.plus(_WRITE_AFTER_MS), first.plus(_WRITE_AT_LATEST_MS)))
            self._stirred.set()

    def edits_dropped(self, file_id: FileId, text: str) -> None:
        """The host refused what was written here; this is how the text stood."""
        file = self._files.get(file_id)
        if file is not None:
            file.dropped = text
            self.text_changed(file_id)

    async def _work(self) -> None:
        while True:
            if not self._due:
                await self._stirred.wait()
            self._stirred.clear()
            if self._is_list_new:
                self._is_list_new = False
                await self._take_list()
            now = self._clock.now().tick
            for file_id in [file_id for file_id, due in self._due.items() if due.at <= now]:
                self._due.pop(file_id, None)
                if file_id in self._files:
                    await self._sync(self._files[file_id])
            if self._due:
                await self._clock.sleep(_LOOK_MS)

    async def _watch(self) -> None:
        async for parts in self._folder.changes():
            for file in self._files.values():
                if file.parts == parts:
                    self._at_once(file.file_id)

    async def _take_list(self) -> None:
        """Mirror what is shared and has a name for this disk, and forget what is no longer shared."""
        shared = {file.file_id: file for file in self._documents.files()}
        for file_id in self._files.keys() - shared.keys():
            del self._files[file_id]
            await self._forget_base(file_id)
        taken = {path_key("/".join(file.parts)) for file in self._files.values()}
        for file_id, shared_file in shared.items():
            if file_id in self._files:
                continue
            parts = mirror_parts(shared_file.path)
            if isinstance(parts, Deny) or path_key(shared_file.path) in taken:
                self._trouble(shared_file.path, "file.name")
                continue
            taken.add(path_key(shared_file.path))
            self._add(file_id, parts)
        if self._first is None and shared:
            self._first = set(self._files)
        self._folder.watch([file.parts for file in self._files.values()])

    def _add(self, file_id: FileId, parts: Parts) -> None:
        base = self._bases.get(file_id)
        path = "/".join(parts)

        async def keep_base(text: str) -> None:
            await self._keep_base(file_id, path, text)

        self._files[file_id] = MirroredFile(
            file_id,
            parts,
            folder=self._folder,
            documents=self._documents,
            base=base.text if base is not None and base.path == path else None,
            is_forced=self._is_forced,
            keep_base=keep_base,
        )
        self._documents.want(file_id, is_followed=True)
        self._at_once(file_id)

    async def _sync(self, file: MirroredFile) -> None:
        """Bring one file and its text in step."""
        try:
            outcome = await file.sync()
        except FileRefused as refused:
            self._refused(file, refused)
            return
        if outcome is Outcome.NOT_YET:
            return
        if outcome is Outcome.EMPTIED:
            now = self._clock.now().tick
            self._due[file.file_id] = _Due(now, now.plus(_EMPTIED_MS))
            return
        await self._remember(file)
        if outcome is Outcome.SAVED:
            self._bus.publish(FileSaved(session_id=session_text(self._session_id), file=file.path))
        if outcome is Outcome.SET_ASIDE:
            self._trouble(file.path, "access.denied")
        if outcome is Outcome.AGAIN:
            self._at_once(file.file_id)
        file.trouble = ""

    async def _remember(self, file: MirroredFile) -> None:
        """Keep the base for the next start, once the host has it too.

        Kept before, what was written while the host was away would look old at a next start, and be overwritten.
        """
        if file.base is None or file.base == file.kept:
            return
        if self._documents.is_with_host(file.file_id):
            await self._keep_base(file.file_id, file.path, file.base)
            file.kept = file.base
        else:
            now = self._clock.now().tick
            self._due.setdefault(file.file_id, _Due(now, now.plus(_UNSETTLED_MS)))

    def _refused(self, file: MirroredFile, refused: FileRefused) -> None:
        if refused.key == "file.differs" and self._first is not None and file.file_id in self._first:
            self._trouble(file.path, refused.key)
            raise refused
        if refused.key in {"file.changed", "file.unwritable"}:
            now = self._clock.now().tick
            self._due[file.file_id] = _Due(now, now.plus(_RETRY_MS))
        if refused.key != file.trouble and refused.key != "file.changed":
            file.trouble = refused.key
            self._trouble(file.path, refused.key)

    async def _keep_base(self, file_id: FileId, path: str, text: str) -> None:
        row = MirrorBaseRow(session_id=self._session_id, file_id=file_id, path=path, text=text)
        try:
            await self._store.put_mirror_base(row)
        except StoreUnavailable:
            _log.warning("mirror.base_not_kept", file=path)  # a restart would ask about the file once more

    async def _forget_base(self, file_id: FileId) -> None:
        self._bases.pop(file_id, None)
        try:
            await self._store.remove_mirror_base(self._session_id, file_id)
        except StoreUnavailable:
            _log.warning("mirror.base_not_forgotten")

    def _at_once(self, file_id: FileId) -> None:
        now = self._clock.now().tick
        self._due[file_id] = _Due(now, now)
        self._stirred.set()

    def _trouble(self, path: str, code: str) -> None:
        self._bus.publish(FileTrouble(session_id=session_text(self._session_id), file=path, code=code))


class _Due:
    """When a file is to be brought in step."""

    def __init__(self, first: Tick, at: Tick) -> None:
        self.first = first
        self.at = at
