"""One shared file on the host: its text, its form on disk, and a store that always holds what was acknowledged."""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from horizon_desktop.domain.collaboration.documents import SharedFile
from horizon_desktop.domain.ids import FileId
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError, StoreUnavailable
from horizon_desktop.ports.documents import DiskText, ReplicaFactory, TextOrder, TextReplica
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.records import DocumentRow, FileRow
from horizon_desktop.ports.storage import Store
from horizon_desktop.protocol.payloads.edit_rules import KnownText
from horizon_desktop.protocol.payloads.yjs import MAX_STATE_BYTES, Item, Section, TextUpdate, read_update

_COMPACT_AFTER: Final = 400
"""Updates kept one by one before they are folded into one state."""
_ANY_STRUCTS: Final = 50_000_000
"""Our own updates and states are bounded by bytes alone."""


class SharedDocument:
    """One file of a session. Every change goes through here and is numbered."""

    def __init__(  # what it is made of, once, by `SharedDocument.draft` and `SharedDocument.take_up`
        self,
        row: FileRow,
        *,
        epoch: bytes,
        replica: TextReplica,
        disk: DiskText,
        saved_text: str,
        replicas: ReplicaFactory,
        store: Store,
    ) -> None:
        self.row = row
        self.epoch = epoch
        self.disk = disk
        """What the disk was when last read or written."""
        self.saved_text = saved_text
        """Text of `disk`: the base for merging outside changes."""
        self.problem = ""
        self.revision = 0
        self.saved_revision = 0
        self.has_guest_edit = False
        """A guest's edit has not been saved yet."""
        self.is_original_kept = False
        self._replica = replica
        self._replicas = replicas
        self._store = store
        self._known, self._order = _survey(replica, replicas)
        self._unkept: list[bytes] = []
        self._kept_count = 0
        self._must_compact = False
        self._keeping = asyncio.Lock()

    @classmethod
    def draft(
        cls, row: FileRow, disk: DiskText, *, replicas: ReplicaFactory, store: Store, entropy: Entropy
    ) -> "SharedDocument":
        """Start a new epoch from the file's text. The caller keeps it (`first_row`) before anybody sees it."""
        replica = replicas.empty(fresh_client_id(entropy, ()))
        replica.splice(0, 0, disk.text)
        return cls(
            row,
            epoch=entropy.draw(16),
            replica=replica,
            disk=disk,
            saved_text=disk.text,
            replicas=replicas,
            store=store,
        )

    @classmethod
    async def take_up(
        cls, row: FileRow, *, replicas: ReplicaFactory, store: Store, entropy: Entropy
    ) -> "SharedDocument | None":
        """Go on with what the store holds; None when it holds nothing that can be read."""
        kept = await store.document(row.file_id)
        if kept is None:
            return None
        try:
            state = replicas.merge((kept.state, *kept.updates))
            replica = replicas.load(fresh_client_id(entropy, _clocks(state)), state)
            disk = DiskText(text=kept.saved_text, newline="\n", has_bom=False, fingerprint=b"")
            document = cls(
                row,
                epoch=kept.epoch,
                replica=replica,
                disk=disk,
                saved_text=kept.saved_text,
                replicas=replicas,
                store=store,
            )
        except RemoteProtocolError:
            return None
        document.is_original_kept = await store.original(row.file_id) is not None
        document._kept_count = len(kept.updates)
        if document.text() != kept.saved_text:
            document.revision = 1
            document.has_guest_edit = True
        return document

    @property
    def file_id(self) -> FileId:
        return self.row.file_id

    @property
    def disk_path(self) -> Path:
        return Path(self.row.disk_path)

    @property
    def known(self) -> KnownText:
        return self._known

    @property
    def is_unsaved(self) -> bool:
        return self.revision != self.saved_revision

    @property
    def is_kept(self) -> bool:
        """Whether the store holds everything that the text holds."""
        return not self._unkept and not self._must_compact and not self._keeping.locked()

    def shown(self, *, may_edit: bool) -> SharedFile:
        """Return the file as somebody sees it who may edit, or not, by their own role."""
        return SharedFile(
            file_id=self.file_id,
            path=self.row.path,
            may_edit=may_edit and self.row.may_edit,
            problem=self.problem,
        )

    def text(self) -> str:
        return self._replica.text()

    def text_bytes(self) -> int:
        """Return the text's size in UTF-8."""
        return self._replica.size()

    def full_update(self) -> bytes:
        return self._replica.full_update()

    def state_vector(self) -> bytes:
        return self._replica.state_vector()

    def place(self, client: int, items: Sequence[Item]) -> int:
        """Return how many of these items, from the first on, stand between neighbours in the right order.

        Wrong neighbours make the replicas of a text differ for ever. What was counted must be absorbed next.
        """
        learned = 0
        for at, item in enumerate(items):
            if item.left is None or item.right is None or (at and _follows(client, items[at - 1], item)):
                continue
            self._order.learn(_bones(client, items[learned:at]))
            learned = at
            if not self._order.is_before(item.left, item.right):
                return at
        self._order.learn(_bones(client, items[learned:]))
        return len(items)

    def absorb(self, update: TextUpdate) -> bytes:
        """Apply a guest's update, checked and placed; return it as the host's own (empty when it changed nothing).

        Raises RemoteProtocolError: the library refused it; the document must recover.
        """
        own = self._replica.absorb(update.data)
        self._known.learn(update)
        self._note(own)
        return own

    def absorb_own(self, update: TextUpdate) -> bytes:
        """Apply an update of the host's own editor."""
        self._order.learn(update.sections)
        return self.absorb(update)

    def replace_text(self, text: str) -> bytes:
        """Make the text equal `text` by its smallest difference; return the update."""
        update = self._replica.replace_all(text)
        if update:
            read = read_own_update(update)
            self._known.learn(read)
            self._order.learn(read.sections)
        self._note(update)
        return update

    def first_row(self) -> DocumentRow:
        """Return what the store must hold of a draft."""
        return DocumentRow(
            file_id=self.file_id,
            epoch=self.epoch,
            state=self.full_update(),
            updates=(),
            saved_text=self.saved_text,
        )

    async def keep(self) -> None:
        """Return once the store holds every change made before the call. Raises StoreUnavailable."""
        while self._unkept or self._must_compact or self._keeping.locked():
            async with self._keeping:
                await self._keep_waiting()

    async def recover(self, entropy: Entropy) -> None:
        """Build the replica anew from the store, after the library broke down on it."""
        async with self._keeping:
            kept = await self._store.document(self.file_id)
            if kept is None or kept.epoch != self.epoch:
                raise LocalProtocolError("a shared document is not in the store")
            state = self._replicas.merge((kept.state, *kept.updates))
            self._replica = self._replicas.load(fresh_client_id(entropy, _clocks(state)), state)
            self._known, self._order = _survey(self._replica, self._replicas)
            self._unkept.clear()
            self.revision += 1

    def _note(self, update: bytes) -> None:
        if update:
            self._unkept.append(update)
            self.revision += 1

    async def _keep_waiting(self) -> None:
        waiting, self._unkept = self._unkept, []
        must_compact = self._must_compact or self._kept_count >= _COMPACT_AFTER
        if not waiting and not must_compact:
            return
        self._must_compact = True  # until it is kept: what fails here is in the whole state
        if must_compact:
            state = self._replica.full_update()
            is_kept = await self._store.compact_document(self.file_id, epoch=self.epoch, state=state)
            self._kept_count = 0
        else:
            update = self._replicas.merge(waiting)
            is_kept = await self._store.append_update(self.file_id, epoch=self.epoch, update=update)
            self._kept_count += 1
        if not is_kept:
            raise StoreUnavailable("the store holds another epoch of a shared document")
        self._must_compact = False


def fresh_client_id(entropy: Entropy, taken: Iterable[int]) -> int:
    """Return a client id nobody has used in a document: 32 random bits, never 0."""
    used = set(taken)
    while True:
        client = int.from_bytes(entropy.draw(4), "big")
        if client and client not in used:
            return client


def read_own_update(update: bytes) -> TextUpdate:
    """Read an update or state that this process made or kept."""
    return read_update(update, max_bytes=MAX_STATE_BYTES, max_structs=_ANY_STRUCTS)


def _clocks(state: bytes) -> Iterable[int]:
    return {section.client for section in read_own_update(state).sections}


def _survey(replica: TextReplica, replicas: ReplicaFactory) -> tuple[KnownText, TextOrder]:
    """Return what the gate must know of a text."""
    state = read_own_update(replica.full_update())
    known, order = KnownText(), replicas.order()
    known.learn(state)
    order.learn(state.sections)
    return known, order


def _follows(client: int, before: Item, item: Item) -> bool:
    """Whether an item goes on where the one before it ended, towards the same right neighbour."""
    return item.left == (client, item.clock - 1) and item.right == before.right


def _bones(client: int, items: Sequence[Item]) -> tuple[Section, ...]:
    return (Section(client, items[0].clock, tuple(items), 0),) if items else ()
