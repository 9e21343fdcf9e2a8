"""A guest's copies of the shared documents: opening, editing, catching up after a break or a new epoch."""

from collections.abc import Awaitable, Callable

from horizon_desktop.domain.collaboration.channel import DataType
from horizon_desktop.domain.collaboration.documents import DocumentSeed, SharedFile
from horizon_desktop.domain.ids import FileId, SessionId
from horizon_desktop.ports.bus import Bus
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.documents import ReplicaFactory
from horizon_desktop.protocol.payloads.edits import GuestEdits, HostEdits

SendToHost = Callable[[DataType, GuestEdits], Awaitable[None]]
"""Queue one message of the edits channel for the host; waits while the link's queue is full. May raise HorizonError."""


class GuestDocuments:
    """All documents of one session as this guest holds them."""

    def __init__(
        self,
        *,
        session_id: SessionId,
        replicas: ReplicaFactory,
        bus: Bus,
        clock: Clock,
        send: SendToHost,
    ) -> None: ...

    async def run(self) -> None:
        """Send edits (merged per 16 ms turn), until cancelled."""

    def host_up(self, *, is_new_incarnation: bool) -> None:
        """The link is up; a new incarnation of the host is asked for every open file again."""

    async def from_host(self, message: HostEdits) -> None:
        """Act on a message of the host. Raises RemoteProtocolError when it breaks the protocol."""

    def files(self) -> tuple[SharedFile, ...]: ...
    def path_of(self, file_id: FileId) -> str: ...
    def unsent(self) -> int:
        """Return how many edits wait for the link."""
        ...

    async def open_replica(self, file_id: FileId) -> DocumentSeed:
        """Wait for the file's text (bounded to 10 s, else LinkLost) and return what an editor starts from."""
        ...

    async def close_replica(self, file_id: FileId) -> None: ...
    async def apply_local(self, file_id: FileId, epoch: bytes, update: bytes) -> None: ...
