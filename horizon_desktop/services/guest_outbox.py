"""What waits to be sent to one guest: in order, updates merged, bounded."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from horizon_desktop.domain.collaboration.channel import DataType
from horizon_desktop.domain.ids import FileId
from horizon_desktop.errors import HorizonError, StoreUnavailable
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.documents import ReplicaFactory
from horizon_desktop.protocol.payloads.codec import MAX_PIECE_BYTES, data_type_of
from horizon_desktop.protocol.payloads.edits import FileList, HostEdits, Opened, Resync, Update

LAG_RULE: Final = "edit.lag"
"""Rule of a Resync that blames nobody: the guest took too long, and keeps what it wrote."""
_MAX_WAITING_BYTES: Final = 8 * 1024 * 1024
_STORE_WAIT_MS: Final = 1_000
_PAUSE_MS: Final = 8
"""Between two rounds: typing of others travels in few messages, and no letter waits long."""

Sender = Callable[[DataType, HostEdits], Awaitable[None]]


class GuestOutbox:
    """The queue of one guest. Whatever is put in is sent in order; `run` ends when the link fails."""

    def __init__(self, *, send: Sender, replicas: ReplicaFactory, clock: Clock) -> None:
        self._send = send
        self._replicas = replicas
        self._clock = clock
        self._waiting: deque[HostEdits | _Batch | _Whole] = deque()
        self._sending: _Whole | None = None
        self._filled = asyncio.Event()

    def put(self, message: HostEdits) -> None:
        """Queue one message; a file list replaces one that still waits."""
        if isinstance(message, FileList):
            self._waiting = deque(entry for entry in self._waiting if not isinstance(entry, FileList))
        self._waiting.append(message)
        self._filled.set()

    def put_text(self, header: Opened, state: Callable[[], Awaitable[bytes]]) -> None:
        """Queue the whole text of an open copy; `state` is asked for it when its turn comes, not before."""
        self._waiting.append(_Whole(header, state))
        self._filled.set()

    def put_update(self, header: "Opened", update: bytes) -> None:
        """Queue an update for the guest's open copy; `header` is what it was opened with, without data.

        Too much waiting: everything of this file becomes one Resync.
        """
        if sum(map(_size, self._waiting)) + len(update) > _MAX_WAITING_BYTES:
            self.forget(header.file_id)
            self.put(Resync(header.file_id, LAG_RULE))
            return
        last = self._waiting[-1] if self._waiting else None
        if isinstance(last, _Batch) and last.header == header:
            last.updates.append(update)
        else:
            self._waiting.append(_Batch(header, update))
        self._filled.set()

    def forget(self, file_id: FileId) -> None:
        """Drop what waits of one file."""
        if self._sending is not None and self._sending.header.file_id == file_id:
            self._sending.is_forgotten = True
        self._waiting = deque(entry for entry in self._waiting if _file_of(entry) != file_id)

    async def run(self) -> None:
        """Send for ever; return when the guest cannot be reached (it starts over when it is back)."""
        try:
            while True:
                await self._filled.wait()
                self._filled.clear()
                while self._waiting:
                    for message in await self._messages(self._waiting.popleft()):
                        await self._send(data_type_of(message), message)
                await self._clock.sleep(_PAUSE_MS)
        except HorizonError:
            self._waiting.clear()

    async def _messages(self, entry: "HostEdits | _Batch | _Whole") -> Sequence[HostEdits]:
        if isinstance(entry, _Whole):
            self._sending = entry
            state = await self._state_of(entry)
            return () if entry.is_forgotten else pieces(entry.header, state)
        if not isinstance(entry, _Batch):
            return (entry,)
        update, header = self._replicas.merge(entry.updates), entry.header
        if len(update) <= MAX_PIECE_BYTES:
            return (Update(header.file_id, header.epoch, update),)
        return pieces(header, update)

    async def _state_of(self, entry: "_Whole") -> bytes:
        while True:
            try:
                return await entry.state()
            except StoreUnavailable:
                await self._clock.sleep(_STORE_WAIT_MS)


class _Whole:
    """An open copy's whole text, not built yet."""

    def __init__(self, header: Opened, state: Callable[[], Awaitable[bytes]]) -> None:
        self.header = header
        self.state = state
        self.is_forgotten = False


class _Batch:
    """Updates of one open copy that travel as one."""

    def __init__(self, header: Opened, update: bytes) -> None:
        self.header = header
        self.updates = [update]


def pieces(header: Opened, data: bytes) -> tuple[Opened, ...]:
    """Return the messages that carry an update of any size."""
    starts = range(0, len(data), MAX_PIECE_BYTES) or (0,)
    return tuple(
        Opened(
            header.file_id,
            header.epoch,
            header.client_id,
            part,
            len(starts),
            data[start : start + MAX_PIECE_BYTES],
            header.host_state_vector,
            header.copy_client_id,
        )
        for part, start in enumerate(starts)
    )


def _size(entry: HostEdits | _Batch | _Whole) -> int:
    return sum(map(len, entry.updates)) if isinstance(entry, _Batch) else 0


def _file_of(entry: HostEdits | _Batch | _Whole) -> FileId | None:
    if isinstance(entry, _Batch | _Whole):
        return entry.header.file_id
    return None if isinstance(entry, FileList) else entry.file_id
