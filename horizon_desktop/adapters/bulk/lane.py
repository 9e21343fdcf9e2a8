"""The bulk lane over QUIC: a bounded stream of bytes each way."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Final

from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.errors import LinkLost
from horizon_desktop.ports.transport import PathKind

UNSENT_BYTES: Final = 512 * 1024
"""Sending waits above it: what is newer and more urgent never queues behind more than that, and the path's own."""
UNREAD_BYTES: Final = 8 * 1024 * 1024
"""What may wait for our reader; no more is welcomed from the peer, and more that comes all the same is dropped."""
_PIECE_BYTES: Final = 256 * 1024


class QuicLane:
    """A LaneStream. The connection takes from `take` what it can send and adds with `add` what arrived."""

    path = PathKind.DIRECT
    lane = Lane.BULK

    def __init__(self, *, is_client: bool, exporter: bytes, wake: Callable[[], None]) -> None:
        self.is_client = is_client
        self._exporter = exporter
        self._wake = wake
        self._unsent: deque[memoryview] = deque()
        self._unsent_bytes = 0
        self._roomy = asyncio.Event()
        self._unread: deque[bytes] = deque()
        self._unread_bytes = 0
        self._readable = asyncio.Event()
        self._may_send = is_client
        self._is_over = False

    def exporter(self) -> bytes:
        return self._exporter

    async def send(self, data: bytes) -> None:
        view = memoryview(data)
        for start in range(0, len(view), _PIECE_BYTES):
            await self._room()
            piece = view[start : start + _PIECE_BYTES]
            self._unsent.append(piece)
            self._unsent_bytes += len(piece)
            self._wake()

    async def chunks(self) -> AsyncIterator[bytes]:
        while True:
            while not self._unread:
                if self._is_over:
                    return
                self._readable.clear()
                await self._readable.wait()
            pieces, self._unread = self._unread, deque()
            was_full = self._unread_bytes > UNREAD_BYTES // 2
            self._unread_bytes = 0
            if was_full:
                self._wake()
            yield pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def close(self) -> None:
        self.end()

    def end(self) -> None:
        """The connection has ended: readers finish with what is there, writers get LinkLost."""
        self._is_over = True
        self._unsent.clear()
        self._unsent_bytes = 0
        self._readable.set()
        self._roomy.set()

    @property
    def is_over(self) -> bool:
        return self._is_over

    @property
    def unsent_bytes(self) -> int:
        """What waits to be sent; 0 on a server before the client has said anything."""
        return self._unsent_bytes if self._may_send else 0

    @property
    def unread_bytes(self) -> int:
        return self._unread_bytes

    def add(self, data: bytes) -> None:
        """Hand bytes to the reader; with the client's first the server may speak, too."""
        self._may_send = True
        self._unread.append(data)
        self._unread_bytes += len(data)
        self._readable.set()

    def take(self, most_bytes: int) -> list[memoryview]:
        """Return the next bytes to send, `most_bytes` at most."""
        taken = []
        while self._unsent and most_bytes > 0:
            piece = self._unsent.popleft()
            if len(piece) > most_bytes:
                self._unsent.appendleft(piece[most_bytes:])
                piece = piece[:most_bytes]
            taken.append(piece)
            most_bytes -= len(piece)
            self._unsent_bytes -= len(piece)
        if self._unsent_bytes <= UNSENT_BYTES // 2:
            self._roomy.set()
        return taken

    async def _room(self) -> None:
        while not self._is_over and self._unsent_bytes >= UNSENT_BYTES:
            self._roomy.clear()
            await self._roomy.wait()
        if self._is_over:
            raise LinkLost("the bulk path has gone")
