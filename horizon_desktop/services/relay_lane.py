"""A lane of the relay path: TLS end to end, so that the hub carries records and reads nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.errors import LinkLost
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.transport import PathKind, TlsEngine
from horizon_desktop.services.relay_pieces import RelayPieces

LANES: Final = (Lane.CONTROL, Lane.INTERACTIVE)
"""Opened with every path; the bulk lane follows when there is something for it."""
ALL_LANES: Final = (*LANES, Lane.BULK)
MAX_WAITING: Final = 64
"""Relay messages not read yet; above it `feed` lets the reader run."""
MAX_TURNS: Final = 100
"""Of the event loop; a reader that is not held up takes 64 messages in one."""


class RelayLane:
    """A LaneStream over relay messages. `opened` must have returned before it sends or yields."""

    path = PathKind.RELAY

    def __init__(
        self,
        engine: TlsEngine,
        lane: Lane,
        *,
        is_client: bool,
        write: Callable[[bytes], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._lane = lane
        self._is_client = is_client
        self._pieces = RelayPieces(write, clock=clock)
        self._records: asyncio.Queue[bytes | None] = asyncio.Queue(MAX_WAITING)
        self._early = b""
        self._order = asyncio.Lock()
        self._is_closed = False
        self.asked = asyncio.Event()
        """Client: set when the hub has taken the first bytes; it may let a lane wait as long as it wants."""

    @property
    def lane(self) -> Lane:
        return self._lane

    @property
    def is_client(self) -> bool:
        return self._is_client

    def exporter(self) -> bytes:
        return self._engine.exporter()

    async def feed(self, records: bytes) -> None:
        """Take bytes that the hub relayed; give the reader some turns while too many are unread.

        Raises LinkLost when it does not get on: it waits for its peer, and others wait for us.
        """
        turns = 0
        while self._records.full() and not self._is_closed:
            if turns >= MAX_TURNS:
                raise LinkLost("the lane's reader does not get on")
            turns += 1
            await asyncio.sleep(0)
        if not self._is_closed:
            self._records.put_nowait(records)

    async def opened(self) -> None:
        """Shake hands. Raises RemoteProtocolError, or LinkLost when the lane is closed before."""
        hello = self._engine.start()
        if hello:
            await self._pieces.put(hello)
            self.asked.set()
        while not self._engine.is_open:
            records = await self._records.get()
            if records is None:
                raise LinkLost("the lane was closed during its handshake")
            plain, answer = self._engine.receive(records)
            self._early += plain
            if answer:
                await self._pieces.put(answer)

    async def send(self, data: bytes) -> None:
        async with self._order:
            await self._pieces.put(self._engine.seal(data))

    async def chunks(self) -> AsyncIterator[bytes]:
        if self._early:
            yield self._early
            self._early = b""
        while (records := await self._records.get()) is not None:
            plain, answer = self._engine.receive(records)
            if answer:
                async with self._order:
                    await self._pieces.put(answer)
            if plain:
                yield plain

    async def close(self) -> None:
        self._is_closed = True
        while not self._records.empty():
            self._records.get_nowait()
        self._records.put_nowait(None)
