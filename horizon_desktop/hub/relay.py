"""The two loops of an accepted client: what it says goes to the rooms, what waits for it goes out."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from horizon_desktop.errors import LinkLost, RemoteProtocolError
from horizon_desktop.hub.connection import Connection
from horizon_desktop.ports.clock import Clock
from horizon_desktop.protocol.hub_frames import Ping, Pong, RelayedBytes, parse_at_hub, pong_frame
from horizon_desktop.protocol.hub_messages import Hello
from horizon_desktop.protocol.relay import ClientId, Effect
from horizon_desktop.protocol.relay_rates import TokenBucket
from horizon_desktop.protocol.rooms import Rooms

_LAG_LOOK_MS: Final = 100
_RECHECK_S: Final = 1.0
"""A reader that waits for room looks again this often: its lanes may have been shut meanwhile."""


class RelayLoops:
    """Moves frames between sockets and rooms, for every client of one hub.

    Args:
        rooms: What all clients share.
        clock: Both clocks.
        apply: Carries out effects.
        found: Returns a client's connection, or None when it has gone.
        stall_ms: A client that takes no byte for so long reads too slowly.
    """

    def __init__(
        self,
        *,
        rooms: Rooms,
        clock: Clock,
        apply: Callable[[Sequence[Effect]], None],
        found: Callable[[ClientId], Connection | None],
        stall_ms: int,
    ) -> None:
        self._rooms = rooms
        self._clock = clock
        self._apply = apply
        self._found = found
        self._stall_ms = stall_ms
        self._lag_ms = 0
        """How late this process wakes when it is busy; no line is slow for that."""

    async def watch(self) -> None:
        """Measure how late this process wakes, until cancelled."""
        while True:
            began = self._clock.now().tick
            await self._clock.sleep(_LAG_LOOK_MS)
            self._lag_ms = max(0, self._clock.now().tick.since(began) - _LAG_LOOK_MS)

    async def read(self, connection: Connection) -> None:
        """Take what a client says until it ends.

        Raises:
            LinkLost: The connection has ended.
            RemoteProtocolError: The client broke the protocol.
        """
        while True:
            frame = await connection.socket.receive()
            message = parse_at_hub(frame)
            if isinstance(message, RelayedBytes):
                await self._relay(connection, message, frame)
                continue
            await self._pace(connection.requests)
            match message:
                case Ping(probe):
                    connection.deliver_frame(pong_frame(probe))
                case Pong():
                    pass
                case _ if isinstance(message, Hello):
                    raise RemoteProtocolError("a second hello")
                case _:
                    self._apply(self._rooms.receive(connection.client, message, now=self._clock.now()))

    async def write(self, connection: Connection) -> None:
        """Send what waits for a client, the hub's own messages first; returns when its end has come.

        Raises:
            LinkLost: The connection has ended, or the client takes nothing any more.
        """
        while True:
            connection.has_work.clear()
            frame = connection.next_frame()
            if frame is None and connection.ending is not None:
                return
            frame = frame or self._next_relayed(connection)
            if frame is None:
                await self._rest(connection)
                continue
            began = self._clock.now().tick
            try:
                async with asyncio.timeout(self._stall_ms / 1000):
                    await connection.socket.send(frame)
            except TimeoutError as exc:
                raise LinkLost("the client reads too slowly", reason="relay.slow") from exc
            waited_ms = self._clock.now().tick.since(began) - self._lag_ms
            connection.pace.took(len(frame), max(0, waited_ms))

    async def _relay(self, connection: Connection, message: RelayedBytes, frame: bytes) -> None:
        client = connection.client
        effects = self._rooms.relayed(client, message, frame, now=self._clock.now())
        if not effects:
            await self._pace(connection.strays)
            return
        self._apply(effects)
        while self._rooms.relay.must_wait(client, message.link):
            connection.has_room.clear()
            await _wait(connection.has_room, _RECHECK_S)

    async def _pace(self, bucket: TokenBucket) -> None:
        wait_ms = bucket.ready_in(now=self._clock.now().tick)
        if wait_ms:
            await self._clock.sleep(wait_ms)
        bucket.take(1, now=self._clock.now().tick)

    def _next_relayed(self, connection: Connection) -> bytes | None:
        popped = self._rooms.relay.pop(connection.client, now=self._clock.now().tick, most=connection.pace.most_bytes())
        if popped is None:
            return None
        frame, source, effects = popped
        self._apply(effects)
        sender = self._found(source)
        if sender is not None:
            sender.has_room.set()
        return frame

    async def _rest(self, connection: Connection) -> None:
        wait_ms = self._rooms.relay.ready_in(connection.client, now=self._clock.now().tick)
        if wait_ms is None:
            await connection.has_work.wait()
        else:
            await _wait(connection.has_work, max(1, wait_ms) / 1000)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
