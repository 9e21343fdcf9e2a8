"""One accepted client of a hub: what waits to be sent to it, in order, and how it ends."""

import asyncio
from collections import deque
from typing import Final

from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.hub_server import CloseCode, HubSocket
from horizon_desktop.protocol.hub_frames import control_frame
from horizon_desktop.protocol.hub_messages import MAX_RELAY_BYTES, FromHub
from horizon_desktop.protocol.line_pace import LinePace
from horizon_desktop.protocol.relay import ClientId
from horizon_desktop.protocol.relay_rates import TokenBucket

MAX_WAITING_BYTES: Final = 2 * 1024 * 1024
"""Control messages for a client that does not read them; more, and it is dropped."""
REQUESTS_PER_S: Final = 50
REQUEST_BURST: Final = 400
"""Control messages and pings of one client. Above that it is read more slowly."""
STRAYS_PER_S: Final = 1000
STRAY_BURST: Final = 4000
"""Relay frames for links that are gone: some are on their way whenever a member leaves."""


class Connection:
    """A client's way out. Messages of the hub itself go before relayed frames."""

    def __init__(self, client: ClientId, socket: HubSocket, *, clock: Clock) -> None:
        self.client = client
        self.socket = socket
        now = clock.now().tick
        self.requests = TokenBucket(per_s=REQUESTS_PER_S, burst=REQUEST_BURST, now=now)
        self.strays = TokenBucket(per_s=STRAYS_PER_S, burst=STRAY_BURST, now=now)
        self.has_work = asyncio.Event()
        """Set when there is something to send, or an end to come to."""
        self.has_room = asyncio.Event()
        """Set when a frame of this client has gone on."""
        self.pace = LinePace(MAX_RELAY_BYTES)
        self.ending: tuple[CloseCode, str] | None = None
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0

    def deliver(self, message: FromHub) -> bool:
        """Queue a message; False when too many wait already."""
        return self.deliver_frame(control_frame(message))

    def deliver_frame(self, frame: bytes) -> bool:
        """Queue a ready frame; False when too many wait already."""
        if self._waiting_bytes + len(frame) > MAX_WAITING_BYTES:
            return False
        self._waiting.append(frame)
        self._waiting_bytes += len(frame)
        self.has_work.set()
        return True

    def end(self, code: CloseCode, reason: str) -> None:
        """Come to an end once what is queued here has been sent; the first reason stays."""
        if self.ending is None:
            self.ending = (code, reason)
        self.has_work.set()

    def next_frame(self) -> bytes | None:
        """Return the next message of the hub itself, or None."""
        if not self._waiting:
            return None
        frame = self._waiting.popleft()
        self._waiting_bytes -= len(frame)
        return frame
