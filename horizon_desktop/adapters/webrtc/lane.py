"""A lane of the direct path: one ordered, reliable data channel."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from aiortc import RTCDataChannel
from aiortc.exceptions import InvalidStateError

from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.errors import LinkLost
from horizon_desktop.ports.transport import PathKind

CHUNK_BYTES: Final = 16 * 1024
"""Above it a message's reassembly in aiortc grows with its square."""
HIGH_BYTES: Final = 64 * 1024
LOW_BYTES: Final = 32 * 1024
"""Sending waits above the high mark until the low one: what is urgent never queues behind more than that."""
MAX_UNREAD_BYTES: Final = 8 * 1024 * 1024
"""aiortc does not stop a fast sender; one that runs this far ahead of us loses the path."""


class DataChannelLane:
    """A LaneStream over an open data channel."""

    path = PathKind.DIRECT

    def __init__(self, channel: RTCDataChannel, lane: Lane) -> None:
        self._channel = channel
        self._lane = lane
        self._is_client = False
        self._exporter = b""
        self._unread: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._unread_bytes = 0
        self._low = asyncio.Event()
        self._is_over = False
        channel.bufferedAmountLowThreshold = LOW_BYTES
        channel.on("bufferedamountlow", self._low.set)
        channel.on("message", self._arrived)
        channel.on("close", self.end)

    def bind(self, *, is_client: bool, exporter: bytes) -> None:
        """Note what the DTLS connection below says, once it stands."""
        self._is_client = is_client
        self._exporter = exporter

    @property
    def lane(self) -> Lane:
        return self._lane

    @property
    def is_client(self) -> bool:
        return self._is_client

    def exporter(self) -> bytes:
        return self._exporter

    async def send(self, data: bytes) -> None:
        for start in range(0, len(data), CHUNK_BYTES):
            await self._room()
            try:
                self._channel.send(data[start : start + CHUNK_BYTES])
            except (InvalidStateError, ConnectionError) as exc:
                raise LinkLost("the direct path has gone") from exc

    async def chunks(self) -> AsyncIterator[bytes]:
        while (data := await self._unread.get()) is not None:
            self._unread_bytes -= len(data)
            yield data

    async def close(self) -> None:
        self.end()

    def end(self) -> None:
        """The channel or its connection has ended: readers finish, writers get LinkLost."""
        if not self._is_over:
            self._is_over = True
            self._unread.put_nowait(None)
            self._low.set()

    async def _room(self) -> None:
        while not self._is_over and self._channel.bufferedAmount > HIGH_BYTES:
            self._low.clear()
            await self._low.wait()
        if self._is_over:
            raise LinkLost("the direct path has gone")

    def _arrived(self, data: bytes | str) -> None:
        """Take a message; text is none of ours, and an empty one says nothing."""
        if self._is_over or isinstance(data, str) or not data:
            return
        self._unread_bytes += len(data)
        self._unread.put_nowait(data)
        if self._unread_bytes > MAX_UNREAD_BYTES:
            self.end()
