"""A client's WebSocket to a hub: frames in and out, pings, requests and their answers, and how it ends."""

import asyncio
import itertools
import re
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Final, Generic, Protocol, TypeVar

import aiohttp

from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.ids import LinkId
from horizon_desktop.errors import AccessRefused, LinkLost, RemoteProtocolError
from horizon_desktop.ports.clock import Clock
from horizon_desktop.protocol.hub_frames import (
    PROBE_BYTES,
    ClientFrame,
    Ping,
    Pong,
    control_frame,
    parse_at_client,
    ping_frame,
    pong_frame,
    relay_frame,
)
from horizon_desktop.protocol.hub_messages import (
    Done,
    LanesPaused,
    LanesResumed,
    MemberArrived,
    MemberGone,
    NotDone,
    ToHub,
)

EventT = TypeVar("EventT")

SILENT_MS: Final = 15_000
"""Nothing from the hub for so long: the connection is dead. A member's link notices sooner by its own heartbeats."""
HOST_SILENT_MS: Final = 5000
"""A host's: while it does not notice, nobody can come in, and guests without a direct path wait."""
_PINGS: Final = 3
"""Asked in that time."""
_HELD_UP_MS: Final = 1000
_ANSWER_S: Final = 10.0
_CLOSE_S: Final = 2.0
_INBOX_ITEMS: Final = 4096
_INBOX_BYTES: Final = 16 * 1024 * 1024
"""Not yet taken by our own side; beyond it the hub is not read, and tells the senders to pause."""
_MAX_PAUSED: Final = 1024
"""Links that a hub may have us remember as paused."""
_REASON: Final = re.compile(r"[a-z0-9._]{1,64}", re.ASCII)


def closed_here() -> LinkLost:
    """Return what waiting callers are told when our own side ended the connection."""
    return LinkLost("the connection to the hub was closed here", reason="closed")


class Inbox(Generic[EventT]):
    """What arrived and was not taken yet: bounded by count and bytes; `put` waits while it is full."""

    def __init__(self) -> None:
        self._items: deque[tuple[EventT, int]] = deque()
        self._bytes = 0
        self._changed = asyncio.Condition()
        self._end: LinkLost | None = None

    async def put(self, event: EventT, size: int) -> None:
        async with self._changed:
            await self._changed.wait_for(
                lambda: self._end is not None or (len(self._items) < _INBOX_ITEMS and self._bytes < _INBOX_BYTES)
            )
            self._items.append((event, size))
            self._bytes += size
            self._changed.notify_all()

    async def take(self) -> EventT:
        """Return the next event; when all are taken and the connection has ended, raise LinkLost."""
        async with self._changed:
            await self._changed.wait_for(lambda: bool(self._items) or self._end is not None)
            if not self._items:
                raise self._end or LinkLost("the connection to the hub has ended")
            event, size = self._items.popleft()
            self._bytes -= size
            self._changed.notify_all()
            return event

    async def end(self, reason: LinkLost) -> None:
        async with self._changed:
            self._end = self._end or reason
            self._changed.notify_all()


class ClientSocket(Protocol):
    """An open WebSocket at the client: aiohttp's own, or one within this process (`hub_inside.py`)."""

    async def send_bytes(self, data: bytes) -> None: ...
    async def receive(self) -> aiohttp.WSMessage: ...
    async def close(self) -> object: ...


class HubWire(Generic[EventT]):
    """One open, accepted WebSocket. `run` belongs to the dialer's task group.

    Args:
        socket: The open WebSocket.
        resources: What closes with it.
        clock: Both clocks.
        read: Turns a message of the hub into an event for our own side, with its size in bytes; or raises.
        silent_ms: How long nothing may come.
    """

    def __init__(
        self,
        socket: ClientSocket,
        resources: AsyncExitStack,
        *,
        clock: Clock,
        read: Callable[[ClientFrame], tuple[EventT, int]],
        silent_ms: int = SILENT_MS,
    ) -> None:
        self._socket = socket
        self._resources = resources
        self._clock = clock
        self._read = read
        self._silent_ms = silent_ms
        self._inbox: Inbox[EventT] = Inbox()
        self._numbers = itertools.count(1)
        self._requests: dict[int, asyncio.Future[str]] = {}
        self._paused: dict[LinkId, asyncio.Event] = {}
        self._heard = clock.now().tick
        self._end: LinkLost | None = None
        self._unwanted = asyncio.Event()
        self._probe = b""
        self.rtt_ms: int | None = None

    async def run(self) -> None:
        """Read and ping until the connection ends. Raises nothing: `events` and the senders tell."""
        reason = closed_here()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read_all(), name="hub.client.read")
                group.create_task(self._ping_all(), name="hub.client.ping")
                group.create_task(self._until_unwanted(), name="hub.client.unwanted")
        except* LinkLost as lost:
            reason = _first(lost, LinkLost) or reason
        except* RemoteProtocolError:
            reason = LinkLost("the hub broke the protocol", reason="protocol.remote")
        finally:
            await self.finish(reason)

    async def events(self) -> AsyncIterator[EventT]:
        """Yield what arrives, in order; ends by raising LinkLost."""
        while True:
            yield await self._inbox.take()

    async def take(self) -> EventT:
        return await self._inbox.take()

    async def say(self, message: ToHub) -> None:
        """Send a message. Raises LinkLost."""
        await self._send(control_frame(message))

    async def ask(self, build: Callable[[int], ToHub]) -> None:
        """Send a request and wait until it is in force. Raises AccessRefused with the hub's rule, or LinkLost."""
        number = next(self._numbers)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._requests[number] = answer
        try:
            await self.say(build(number))
            async with asyncio.timeout(_ANSWER_S):
                rule = await answer
        except TimeoutError as exc:
            raise LinkLost("the hub does not answer", reason="hub.silent") from exc
        finally:
            self._requests.pop(number, None)
        if rule:
            raise AccessRefused(f"the hub refused: {rule}", code=rule)

    async def relay(self, link: LinkId, lane: Lane, data: bytes) -> None:
        """Send one relay frame; all lanes but control wait while the hub asked for a pause. Raises LinkLost."""
        gate = self._paused.get(link)
        while lane is not Lane.CONTROL and gate is not None:
            await gate.wait()
            if self._end is not None:
                raise self._end
            gate = self._paused.get(link)
        await self._send(relay_frame(link, lane, data))

    def pause(self, link: LinkId) -> None:
        if len(self._paused) < _MAX_PAUSED:
            self._paused.setdefault(link, asyncio.Event())

    def resume(self, link: LinkId) -> None:
        gate = self._paused.pop(link, None)
        if gate is not None:
            gate.set()

    def close_soon(self) -> None:
        """Send nothing more, and have `run` close the connection behind what was sent: nobody waits for the hub."""
        self._end = self._end or closed_here()
        self._unwanted.set()

    async def close(self) -> None:
        """Close the connection; `run` ends by it."""
        self._end = self._end or closed_here()
        try:
            async with asyncio.timeout(_CLOSE_S):
                await self._socket.close()
        except (TimeoutError, aiohttp.ClientError, OSError):
            await self._resources.aclose()

    async def _send(self, frame: bytes) -> None:
        if self._end is not None:
            raise self._end
        try:
            await self._socket.send_bytes(frame)
        except (aiohttp.ClientError, ConnectionError, RuntimeError) as exc:
            raise LinkLost("the connection to the hub has gone") from exc

    async def _until_unwanted(self) -> None:
        await self._unwanted.wait()
        raise closed_here()

    async def _read_all(self) -> None:
        while True:
            message = await self._socket.receive()
            if message.type is not aiohttp.WSMsgType.BINARY:
                raise _lost(message)
            self._heard = self._clock.now().tick
            await self._take_in(parse_at_client(message.data))

    async def _take_in(self, frame: ClientFrame) -> None:
        match frame:
            case Ping(probe):
                await self._send(pong_frame(probe))
            case Pong(probe) if probe == self._probe:
                self.rtt_ms = self._clock.now().tick.ms - int.from_bytes(probe, "big")
            case Pong():
                pass  # not the answer to our last one
            case Done() | NotDone():
                answer = self._requests.get(frame.request)
                if answer is not None and not answer.done():
                    answer.set_result(frame.rule if isinstance(frame, NotDone) else "")
            case LanesPaused():
                self.pause(LinkId(frame.link))
            case LanesResumed():
                self.resume(LinkId(frame.link))
            case _:
                self._gate(frame)
                await self._inbox.put(*self._read(frame))

    def _gate(self, frame: ClientFrame) -> None:
        match frame:
            case MemberArrived(link=link, is_paused=True):
                self.pause(LinkId(link))
            case MemberGone(link=link):
                self.resume(LinkId(link))
            case _:
                pass

    async def _ping_all(self) -> None:
        while True:
            now = self._clock.now().tick
            if now.since(self._heard) >= self._silent_ms:
                raise LinkLost("nothing comes from the hub any more", reason="hub.silent")
            self._probe = now.ms.to_bytes(PROBE_BYTES, "big")
            await self._send(ping_frame(self._probe))
            pause_ms = min(self._silent_ms // _PINGS, self._silent_ms - now.since(self._heard))
            await self._clock.sleep(pause_ms)
            woken = self._clock.now().tick
            if woken.since(now) > pause_ms + _HELD_UP_MS:
                self._heard = woken  # this process stood still, and what came meanwhile is not read yet

    async def finish(self, reason: LinkLost) -> None:
        """End for good: whoever waits here learns why. Doing it again changes nothing."""
        reason = self._end = self._end or reason
        for answer in self._requests.values():
            if not answer.done():
                answer.set_exception(reason)
        for link in list(self._paused):
            self.resume(link)
        await self._inbox.end(reason)
        await self.close()
        await self._resources.aclose()


def _lost(message: aiohttp.WSMessage) -> LinkLost:
    reason = str(message.extra or "") if message.type is aiohttp.WSMsgType.CLOSE else ""
    known = reason if _REASON.fullmatch(reason) else "link.lost"
    return LinkLost(f"the hub closed the connection: {known}", reason=known)


def _first(group: BaseExceptionGroup[LinkLost], kind: type[LinkLost]) -> LinkLost | None:
    for error in group.exceptions:
        if isinstance(error, kind):
            return error
        if isinstance(error, BaseExceptionGroup):
            return _first(error, kind)
    return None
