"""One linked incarnation of a guest on the host: what it has open and what waits for it."""

import asyncio
from collections.abc import Callable

from horizon_desktop.domain.ids import DeviceKey, FileId
from horizon_desktop.protocol.payloads.edit_rules import EditBudget
from horizon_desktop.protocol.payloads.edits import Resync
from horizon_desktop.services.guest_gate import OpenCopy
from horizon_desktop.services.guest_outbox import GuestOutbox


class DocumentGuest:
    """Lives from one `guest_up` to the next, or to `guest_gone`."""

    def __init__(self, peer: DeviceKey, outbox: GuestOutbox, budget: Callable[[FileId], EditBudget]) -> None:
        self.peer = peer
        self.may_edit = False
        self.outbox = outbox
        self._budget = budget
        self._copies: dict[FileId, OpenCopy] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self, group: asyncio.TaskGroup) -> None:
        self._task = group.create_task(self.outbox.run(), name="documents.guest")

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def copy(self, file_id: FileId) -> OpenCopy:
        """Return this guest's state of a document, open or not."""
        if file_id not in self._copies:
            self._copies[file_id] = OpenCopy(file_id, self._budget(file_id))
        return self._copies[file_id]

    def forget(self, file_id: FileId) -> None:
        self.outbox.forget(file_id)
        if file_id in self._copies:
            self._copies[file_id].shut()

    def resync(self, file_id: FileId, rule: str) -> None:
        """Have the guest open the document again, if it has it open."""
        if file_id in self._copies and self._copies[file_id].is_open:
            self.forget(file_id)
            self.outbox.put(Resync(file_id, rule))

    def put_update(self, file_id: FileId, update: bytes) -> None:
        copy = self._copies.get(file_id)
        if copy is not None and copy.is_open:
            self.outbox.put_update(copy.header, update)
