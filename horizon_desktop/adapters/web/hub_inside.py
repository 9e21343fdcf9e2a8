"""The way to a hub in this very process: two pipes in memory carry what else a WebSocket over TLS does."""

import asyncio
from collections import deque
from typing import Final

import aiohttp

from horizon_desktop.errors import LinkLost, RemoteProtocolError
from horizon_desktop.ports.hub_server import CloseCode, HubService
from horizon_desktop.protocol.hub_messages import MAX_FRAME_BYTES

SOURCE: Final = "127.0.0.1"
_MOST_BYTES: Final = 32 * 1024
"""Of frames that wait in one direction: what waits at the hub can still be put in order (docs/relay.md)."""


class HubInside:
    """A hub that runs in this process, and the key that it would show to others."""

    def __init__(self, service: HubService, *, spki_hash: bytes) -> None:
        """Store them; `spki_hash`: SHA-256 of its public key, 32 bytes."""
        self.service = service
        self.spki_hash = spki_hash

    def connect(self) -> tuple["ClientEnd", "HubEnd"]:
        """Return the two ends of a new connection; whoever asked lets the service serve the hub's."""
        up, down = _Pipe(), _Pipe()
        return ClientEnd(send=up, receive=down), HubEnd(send=down, receive=up)


class _Pipe:
    """Frames in one direction. What was put before its end is still taken after it."""

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._moved = asyncio.Event()
        self.reason: str | None = None
        """Why it ended; None: it has not."""

    async def put(self, frame: bytes) -> None:
        """Append a frame, when there is room. Raises LinkLost when the pipe has ended."""
        while self.reason is None and self._bytes >= _MOST_BYTES:
            await self._wait()
        if self.reason is not None:
            raise LinkLost("the connection inside this process has ended")
        self._frames.append(frame)
        self._bytes += len(frame)
        self._moved.set()

    async def take(self) -> bytes | None:
        """Return the next frame; None when there is none any more."""
        while not self._frames and self.reason is None:
            await self._wait()
        if not self._frames:
            return None
        frame = self._frames.popleft()
        self._bytes -= len(frame)
        self._moved.set()
        return frame

    def end(self, reason: str) -> None:
        if self.reason is None:
            self.reason = reason
        self._moved.set()

    async def _wait(self) -> None:
        self._moved.clear()
        await self._moved.wait()


class ClientEnd:
    """The client's end (HubWire's ClientSocket)."""

    def __init__(self, *, send: _Pipe, receive: _Pipe) -> None:
        self._send = send
        self._receive = receive

    async def send_bytes(self, data: bytes) -> None:
        try:
            await self._send.put(data)
        except LinkLost as lost:
            raise ConnectionResetError(str(lost)) from lost

    async def receive(self) -> aiohttp.WSMessage:
        frame = await self._receive.take()
        if frame is not None:
            return aiohttp.WSMessage(aiohttp.WSMsgType.BINARY, frame, None)
        return aiohttp.WSMessage(aiohttp.WSMsgType.CLOSE, int(CloseCode.NORMAL), self._receive.reason)

    async def close(self) -> None:
        self._send.end("")
        self._receive.end("")


class HubEnd:
    """The hub's end (the HubSocket port)."""

    def __init__(self, *, send: _Pipe, receive: _Pipe) -> None:
        self._send = send
        self._receive = receive

    @property
    def source(self) -> str:
        return SOURCE

    async def receive(self) -> bytes:
        frame = await self._receive.take()
        if frame is None:
            raise LinkLost("the client has gone")
        if len(frame) > MAX_FRAME_BYTES:
            raise RemoteProtocolError("a message is too long", code="frame.oversize")
        return frame

    async def send(self, frame: bytes) -> None:
        await self._send.put(frame)

    def prove(self) -> None:
        """There is no half-open connection within a process."""

    async def close(self, code: CloseCode, reason: str) -> None:
        self._send.end(reason[:64])
        self._receive.end("")
