"""The mirror folder of a guest: shared files as files, both ways."""

from pathlib import Path

from horizon_desktop.domain.ids import SessionId
from horizon_desktop.ports.bus import Bus
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.storage import Store
from horizon_desktop.services.document_copies import GuestDocuments


class Mirror:
    """Keeps a folder and the shared files in step."""

    def __init__(
        self,
        *,
        session_id: SessionId,
        folder: Path,
        documents: GuestDocuments,
        store: Store,
        bus: Bus,
        clock: Clock,
        is_forced: bool = False,
    ) -> None: ...

    async def run(self) -> None:
        """Mirror until cancelled. Raises FileRefused(file.differs) when a file stands in the way and is_forced is not set."""
