"""The host's shared documents: which files, who may edit them, and the way of every edit to disk and to the others."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import structlog

from horizon_desktop.domain.collaboration.channel import DataType
from horizon_desktop.domain.collaboration.differences import unified_difference
from horizon_desktop.domain.collaboration.documents import DocumentSeed, SharedFile
from horizon_desktop.domain.collaboration.text_form import read_text, text_bytes
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.events import DocumentReset, DocumentUpdated, FileSaved, FilesChanged, FileTrouble
from horizon_desktop.domain.ids import DeviceKey, FileId, SessionId, session_text
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError, StoreUnavailable, UsageError
from horizon_desktop.ports.bus import Bus
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.documents import ReplicaFactory, TextFiles
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.storage import Store
from horizon_desktop.protocol.payloads.edit_rules import EditLimits, check_update
from horizon_desktop.protocol.payloads.edits import FileList, GuestEdits, HostEdits, Open, Resync, Shut, Update
from horizon_desktop.services.document_guest import DocumentGuest
from horizon_desktop.services.document_saving import DocumentSaving
from horizon_desktop.services.file_registry import FileRegistry
from horizon_desktop.services.guest_gate import GuestAllowance, OpenCopy
from horizon_desktop.services.guest_outbox import LAG_RULE, GuestOutbox
from horizon_desktop.services.shared_document import SharedDocument, fresh_client_id, read_own_update

_log = structlog.get_logger(__name__)

SendToGuest = Callable[[DeviceKey, DataType, HostEdits], Awaitable[None]]
"""Queue one message of the edits channel for a guest; waits while its link's queue is full. May raise HorizonError."""


class HostDocuments:
    """All shared files of one hosted session."""

    def __init__(
        self,
        *,
        session_id: SessionId,
        files: TextFiles,
        replicas: ReplicaFactory,
        store: Store,
        bus: Bus,
        clock: Clock,
        entropy: Entropy,
        send: SendToGuest,
        folder: str = "",
        limits: EditLimits | None = None,
    ) -> None:
        self._session = session_text(session_id)
        self._replicas = replicas
        self._store = store
        self._bus = bus
        self._clock = clock
        self._entropy = entropy
        self._send = send
        self._files = files
        self._limits = limits if limits is not None else EditLimits()
        self._registry = FileRegistry(
            session_id=session_id, files=files, replicas=replicas, store=store, entropy=entropy, folder=folder
        )
        self._saving = DocumentSaving(documents=self._registry.all, files=files, store=store, clock=clock, events=self)
        self._guests: dict[DeviceKey, DocumentGuest] = {}
        self._allowances: dict[tuple[DeviceKey, FileId], GuestAllowance] = {}
        self._editors: dict[FileId, set[int]] = {}
        self._group: asyncio.TaskGroup | None = None

    @property
    def folder(self) -> str:
        """Common root of the shared files (goes into SessionRow.folder); empty when they have none."""
        return self._registry.folder

    async def load(self) -> None:
        """Take up the files of a session that ran before; call once, before run()."""
        for document in await self._registry.load():
            await self._saving.look_at_disk(document)
            if document.is_unsaved:
                self._saving.touch(document)
        self._files_changed()

    async def run(self) -> None:
        """Save, watch, merge outside changes and send to guests, until cancelled. Call close() before cancelling."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                for guest in self._guests.values():
                    guest.start(group)
                saving = group.create_task(self._saving.run_saving(), name="documents.saving")
                watching = group.create_task(self._saving.run_watching(), name="documents.watching")
                await asyncio.wait((saving, watching))
            finally:
                self._group = None

    async def close(self) -> None:
        """Save every unsaved text now (end of the session; the caller bounds it to 2 s)."""
        await self._saving.save_all()

    async def share(self, paths: Sequence[Path]) -> Sequence[SharedFile]:
        """Share files, and folders as the text files in them; all or none.

        Raises FileRefused (a named file is no shareable text, or a folder holds none) or UsageError (too many).
        """
        added = await self._registry.share(paths)
        self._files_changed()
        return tuple(document.shown(may_edit=True) for document in added)

    async def draft(self, paths: Sequence[Path]) -> Sequence[SharedDocument]:
        """Read what a new session starts with, as `share` does; the caller keeps it (`starts_of`), then calls `add`."""
        return await self._registry.draft(paths)

    def add(self, drafts: Sequence[SharedDocument]) -> None:
        """Share drafts that the store holds."""
        self._registry.add(drafts)
        self._files_changed()

    async def unshare(self, file_id: FileId) -> None:
        """Save and forget a file. Raises UsageError when there is no such file."""
        document = self._document(file_id)
        if document.is_unsaved:
            await self._saving.save(document)
        for guest in self._guests.values():
            guest.forget(file_id)
        self._editors.pop(file_id, None)
        self._saving.forget(file_id)
        await self._registry.remove(document)
        self._files_changed()

    def files(self) -> tuple[SharedFile, ...]:
        """Return the shared files as the host sees them."""
        return tuple(document.shown(may_edit=True) for document in self._registry.all())

    def path_of(self, file_id: FileId) -> str:
        """Return the shared path, empty when there is no such file."""
        document = self._registry.find(file_id)
        return document.row.path if document is not None else ""

    # --- guests ---
    def guest_up(self, peer: DeviceKey, *, may_edit: bool) -> None:
        """A new incarnation of a guest is linked: forget what the former one had open and send the list."""
        self.guest_gone(peer)
        outbox = self._outbox(peer)
        guest = self._guests[peer] = DocumentGuest(peer, outbox, lambda file_id: self._allowance(peer, file_id).budget)
        guest.outbox.put(self._list_for(may_edit=may_edit))
        guest.may_edit = may_edit
        if self._group is not None:
            guest.start(self._group)

    def guest_access(self, peer: DeviceKey, *, may_edit: bool) -> None:
        """The guest's access to edits moved: send the list again."""
        guest = self._guests.get(peer)
        if guest is not None:
            guest.may_edit = may_edit
            guest.outbox.put(self._list_for(may_edit=may_edit))

    def guest_gone(self, peer: DeviceKey) -> None:
        """The guest is out: stop sending and forget its client ids."""
        guest = self._guests.pop(peer, None)
        if guest is not None:
            guest.stop()

    def _outbox(self, peer: DeviceKey) -> GuestOutbox:
        async def send(data_type: DataType, message: HostEdits) -> None:
            await self._send(peer, data_type, message)

        return GuestOutbox(send=send, replicas=self._replicas, clock=self._clock)

    async def from_guest(self, peer: DeviceKey, *, may_edit: bool, message: GuestEdits) -> Decision:
        """Act on a guest's message; Allow only once what it changed is in the store."""
        guest, document = self._guests.get(peer), self._registry.find(message.file_id)
        if guest is None:
            return Deny("edit.closed", "no such guest")
        if document is None:
            return Deny("file.unknown")
        match message:
            case Open():
                return await self._open(guest, document)
            case Shut():
                guest.forget(document.file_id)
                return Allow()
            case Update():
                return await self._update(guest, document, message, may_edit=may_edit)

    async def _open(self, guest: DocumentGuest, document: SharedDocument) -> Decision:
        copy = guest.copy(document.file_id)
        decision = self._allowance(guest.peer, document.file_id).may_open(now=self._clock.now().tick)
        if isinstance(decision, Deny):
            return decision
        async with copy.turn:
            guest.outbox.forget(document.file_id)
            copy.reopen(document, self._entropy)
            guest.outbox.put_text(copy.header, lambda: self._kept_state(document))
        return Allow()

    async def _kept_state(self, document: SharedDocument) -> bytes:
        """Return the whole text once the store holds all of it: nobody may know more than the host after a crash."""
        while not document.is_kept:
            await document.keep()
        return document.full_update()

    def _allowance(self, peer: DeviceKey, file_id: FileId) -> GuestAllowance:
        return self._allowances.setdefault((peer, file_id), GuestAllowance(self._limits))

    async def _update(
        self, guest: DocumentGuest, document: SharedDocument, message: Update, *, may_edit: bool
    ) -> Decision:
        copy = guest.copy(document.file_id)
        if not copy.is_open:
            return Deny("edit.closed")
        async with copy.turn:
            if not (may_edit and guest.may_edit and document.row.may_edit):
                decision: Decision = Deny("edit.view", "may only watch")
            elif message.epoch != document.epoch:
                decision = Deny("edit.epoch")
            else:
                decision = await self._try_to_apply(copy, document, message.data, author=guest)
            if isinstance(decision, Deny) and decision.rule != "edit.stale":
                guest.outbox.forget(document.file_id)
                guest.outbox.put(Resync(document.file_id, decision.rule))
                copy.shut()
            return decision

    async def _try_to_apply(
        self, copy: OpenCopy, document: SharedDocument, data: bytes, *, author: DocumentGuest
    ) -> Decision:
        try:
            return await self._apply(copy, document, data, author=author)
        except StoreUnavailable:
            if self._registry.find(document.file_id) is not document:
                return Deny("file.unknown", "no longer shared")
            _log.warning("document.not_kept", file_id=document.file_id.hex())
            return Deny("store.unavailable")

    async def _apply(self, copy: OpenCopy, document: SharedDocument, data: bytes, *, author: DocumentGuest) -> Decision:
        update = copy.check(data, document, clock=self._clock)
        if isinstance(update, Deny):
            return update
        await self._keep_original(document)
        # Others may have edited while the original was written; what was right then may still be checked now.
        decision = check_update(update, known=document.known, own=copy.client_ids)
        if isinstance(decision, Deny):
            return decision
        own: list[bytes] = []
        try:
            async for outcome in copy.apply(update, document, clock=self._clock):
                if isinstance(outcome, Deny):
                    decision = outcome
                elif outcome:
                    own.append(outcome)
        except RemoteProtocolError as broken:
            await self._recover(document)
            return Deny(broken.key, str(broken))
        if own:
            document.has_guest_edit = True
            await self._spread(document, own, author=author)
        return decision

    async def _keep_original(self, document: SharedDocument) -> None:
        if not document.is_original_kept:
            disk = document.disk
            data = text_bytes(document.text(), newline=disk.newline, has_bom=disk.has_bom)
            await self._store.keep_original(document.file_id, data)
            document.is_original_kept = True

    async def _spread(
        self, document: SharedDocument, updates: Sequence[bytes], *, author: DocumentGuest | None = None
    ) -> None:
        """Keep a change in the store, then give it to everybody but its author, and save it soon.

        Raises StoreUnavailable: the text has it, and the disk soon; the guests open anew once the store holds it.
        """
        self._saving.touch(document)
        others = [guest for guest in self._guests.values() if guest is not author]
        try:
            await document.keep()
        except StoreUnavailable:
            for guest in others:
                guest.resync(document.file_id, LAG_RULE)
            raise
        finally:
            for update in updates:
                self._bus.publish(
                    DocumentUpdated(
                        session_id=self._session, file_id=document.file_id, epoch=document.epoch, update=update
                    )
                )
        for update in updates:
            for guest in self._guests.values():
                if guest is not author:
                    guest.put_update(document.file_id, update)

    async def _spread_own(self, document: SharedDocument, update: bytes) -> None:
        """Spread a change of the host's own side; it is not lost when the store fails for a while."""
        if update:
            try:
                await self._spread(document, [update])
            except StoreUnavailable:
                _log.warning("document.not_kept", file_id=document.file_id.hex())

    async def _recover(self, document: SharedDocument) -> None:
        """The CRDT library broke down: go on from the store, everybody from the host's text."""
        await document.recover(self._entropy)
        self._editors.pop(document.file_id, None)
        self._bus.publish(DocumentReset(session_id=self._session, file_id=document.file_id))
        for guest in self._guests.values():
            guest.resync(document.file_id, "edit.epoch")

    # --- the host's own window ---
    async def open_replica(self, file_id: FileId) -> DocumentSeed:
        """Return what an editor starts from. Raises UsageError when there is no such file."""
        document = self._document(file_id)
        state = await self._kept_state(document)
        editors = self._editors.setdefault(file_id, set())
        client_id = fresh_client_id(self._entropy, document.known.clocks.keys() | editors)
        editors.add(client_id)
        return DocumentSeed(
            file_id=file_id,
            path=document.row.path,
            epoch=document.epoch,
            client_id=client_id,
            state=state,
            may_edit=True,
        )

    async def close_replica(self, file_id: FileId) -> None:
        """The window's editors of this file are closed."""
        self._editors.pop(file_id, None)

    async def apply_local(self, file_id: FileId, epoch: bytes, update: bytes) -> None:
        """Take in an edit of the host's window; one that does not fit resets it and raises LocalProtocolError."""
        if not update:
            return
        document = self._document(file_id)
        read = read_own_update(update)
        decision = check_update(read, known=document.known, own=self._editors.get(file_id, ()))
        if epoch != document.epoch or isinstance(decision, Deny):
            self._bus.publish(DocumentReset(session_id=self._session, file_id=file_id))
            raise LocalProtocolError(f"an edit of the window does not fit: {decision}")
        await self._spread_own(document, document.absorb_own(read))

    async def original_text(self, file_id: FileId) -> str:
        """Return the text from before the first guest edit; the text now when no guest has edited."""
        document = self._document(file_id)
        data = await self._store.original(file_id)
        return document.text() if data is None else read_text(data, name=document.row.path).text

    async def restore(self, file_id: FileId) -> None:
        """Put back the text from before the first guest edit, as an edit of the host."""
        document = self._document(file_id)
        original = await self.original_text(file_id)
        await self._spread_own(document, document.replace_text(original))

    async def difference(self, file_id: FileId) -> str:
        """Return the unified difference from the original to the text now; empty when equal."""
        document = self._document(file_id)
        original = await self.original_text(file_id)
        return await asyncio.to_thread(unified_difference, original, document.text(), name=document.row.path)

    async def save_again(self, file_id: FileId) -> None:
        """Write a vanished file anew at its old place."""
        await self._saving.save(self._document(file_id), may_create=True)

    # --- what saving tells (document_saving.SavingEvents) ---
    def saved(self, document: SharedDocument, *, is_of_guest: bool) -> None:
        """A text reached the disk."""
        if is_of_guest:
            self._bus.publish(FileSaved(session_id=self._session, file=document.row.path))

    def troubled(self, document: SharedDocument) -> None:
        """A file cannot be saved, or can again."""
        if document.problem:
            self._bus.publish(FileTrouble(session_id=self._session, file=document.row.path, code=document.problem))
        self._files_changed()

    async def changed_outside(self, document: SharedDocument, update: bytes) -> None:
        """Another program changed the file."""
        await self._spread_own(document, update)

    def _files_changed(self) -> None:
        self._files.watch([document.disk_path for document in self._registry.all()])
        self._bus.publish(FilesChanged(session_id=self._session, files=self.files()))
        for guest in self._guests.values():
            guest.outbox.put(self._list_for(may_edit=guest.may_edit))

    def _list_for(self, *, may_edit: bool) -> FileList:
        return FileList(tuple(document.shown(may_edit=may_edit) for document in self._registry.all()))

    def _document(self, file_id: FileId) -> SharedDocument:
        document = self._registry.find(file_id)
        if document is None:
            raise UsageError("no such file is shared", code="file.unknown")
        return document
