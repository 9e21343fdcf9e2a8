"""The host's shared documents: which files, who may edit them, and the way of every edit to disk and to the others."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from horizon_desktop.domain.collaboration.channel import DataType
from horizon_desktop.domain.collaboration.documents import DocumentSeed, SharedFile
from horizon_desktop.domain.decision import Decision
from horizon_desktop.domain.ids import DeviceKey, FileId, SessionId
from horizon_desktop.ports.bus import Bus
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.documents import ReplicaFactory, TextFiles
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.storage import Store
from horizon_desktop.protocol.payloads.edits import GuestEdits, HostEdits

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
    ) -> None: ...

    @property
    def folder(self) -> str:
        """Common root of the shared files (goes into SessionRow.folder); empty before the first share."""
        ...

    async def load(self) -> None:
        """Take up the files of a session that ran before; call once, before run()."""

    async def run(self) -> None:
        """Save, watch, merge outside changes and send to guests, until cancelled; saves what is left on the way out."""

    async def close(self) -> None:
        """Save every unsaved text now (end of the session; the caller bounds it to 2 s)."""

    async def share(self, paths: Sequence[Path]) -> Sequence[SharedFile]:
        """Share files, and folders as the text files in them; all or none.

        Raises FileRefused (a named file is no shareable text, or a folder holds none) or UsageError.
        """
        ...

    async def unshare(self, file_id: FileId) -> None: ...
    def files(self) -> tuple[SharedFile, ...]:
        """Return the shared files as the host sees them."""
        ...

    def path_of(self, file_id: FileId) -> str:
        """Return the shared path, empty when there is no such file."""
        ...

    # guests
    def guest_up(self, peer: DeviceKey, *, may_edit: bool) -> None:
        """A new incarnation of a guest is linked: forget what the former one had open and send the list."""

    def guest_access(self, peer: DeviceKey, *, may_edit: bool) -> None:
        """The guest's access to edits moved: send the list again."""

    def guest_gone(self, peer: DeviceKey) -> None:
        """The guest is out: stop sending and forget its client ids."""

    async def from_guest(self, peer: DeviceKey, *, may_edit: bool, message: GuestEdits) -> Decision:
        """Act on a guest's message; Allow only once what it changed is in the store. Raises StoreUnavailable."""
        ...

    # the host's own window
    async def open_replica(self, file_id: FileId) -> DocumentSeed: ...
    async def close_replica(self, file_id: FileId) -> None: ...
    async def apply_local(self, file_id: FileId, epoch: bytes, update: bytes) -> None: ...
    async def original_text(self, file_id: FileId) -> str: ...
    async def restore(self, file_id: FileId) -> None: ...
    async def difference(self, file_id: FileId) -> str:
        """Return the unified difference from the original to the text now; empty when equal."""
        ...
