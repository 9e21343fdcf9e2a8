"""The hub: one object that strangers dial, headless or inside a host's own process (PROTOCOL section 5).

It keeps nothing that matters. What it holds in memory is gone when it ends; hosts register again.
"""

import asyncio
import itertools
from collections import Counter, deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self

import msgspec
import structlog

from horizon_desktop.domain.access.invitation import PIN_BYTES, HubAddress
from horizon_desktop.domain.collaboration.reach import hub_url, is_every_address, parse_hub_url
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.ids import DeviceKey, Locator
from horizon_desktop.errors import LinkLost, RemoteProtocolError
from horizon_desktop.hub import health, join_page, metrics
from horizon_desktop.hub.admission import Admission, AdmissionLimits
from horizon_desktop.hub.connection import Connection
from horizon_desktop.hub.relay import RelayLoops
from horizon_desktop.hub.signaling import is_proven, kind_of, parse_hello, seat
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.hub_server import CloseCode, HubListener, HubSocket, Page
from horizon_desktop.protocol.hub_frames import control_frame
from horizon_desktop.protocol.hub_messages import HUB_VERSION, NONCE_BYTES, Challenge, Refused
from horizon_desktop.protocol.relay import ClientId, Deliver, Drop, Effect, Ready, RelayLimits, RelaySwitch
from horizon_desktop.protocol.room import RoomLimits
from horizon_desktop.protocol.rooms import Rooms
from horizon_desktop.services.hub_gate import HubGate
from horizon_desktop.services.workers import CountWorkers

PREVIEW_PREFIX: Final = "/v1/preview/"
_ROUND_MS: Final = 1000
_CLOSE_S: Final = 3.0
"""How long clean shut-down waits for clients to take their last words."""
_LOCATOR_DIGITS: Final = 32

log = structlog.get_logger()


class HubPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What a hub allows."""

    admission: AdmissionLimits = AdmissionLimits()
    rooms: RoomLimits = RoomLimits()
    relay: RelayLimits = RelayLimits()
    host_keys: frozenset[DeviceKey] | None = None
    """The hosts that may register; None: any."""
    gate: HubGate | None = None
    """Asks the hub's policies about every client whose key is proven; None: there are none."""
    hello_ms: int = 10_000
    """From the challenge to the hello."""
    stall_ms: int = 20_000
    """A client that takes no byte for so long is dropped."""
    drain_ms: int = 0
    """Between "unhealthy" and closing, at shut-down: a load balancer's interval."""


class Hub:
    """A running hub, for the time of its `async with`."""

    def __init__(
        self,
        *,
        listener: HubListener,
        clock: Clock,
        entropy: Entropy,
        policy: HubPolicy,
        public_url: str = "",
        workers: CountWorkers = dict,
    ) -> None:
        """Store what it runs with.

        Args:
            workers: Tells what the background workers of this process have done, for /metrics; without: it has none.
        """
        self._workers = workers
        self._listener = listener
        self._clock = clock
        self._entropy = entropy
        self._policy = policy
        self.public_url = public_url
        """How people reach it, where that is not its own address; else empty."""
        self._admission = Admission(policy.admission, host_keys=policy.host_keys)
        self._rooms = Rooms(relay=RelaySwitch(policy.relay), limits=policy.rooms)
        self._connections: dict[ClientId, Connection] = {}
        self._refusals: Counter[str] = Counter()
        self._numbers = itertools.count(1)
        self._loops = RelayLoops(
            rooms=self._rooms,
            clock=clock,
            apply=self._apply,
            found=self._connections.get,
            stall_ms=policy.stall_ms,
        )
        self._group = asyncio.TaskGroup()
        self._tasks: list[asyncio.Task[None]] = []
        self._has_emptied = asyncio.Event()
        self.is_draining = False

    async def __aenter__(self) -> Self:
        await self._listener.open()
        await self._group.__aenter__()
        self._tasks = [
            self._group.create_task(self._listener.serve(self), name="hub.listener"),
            self._group.create_task(self._tidy(), name="hub.tidy"),
            self._group.create_task(self._loops.watch(), name="hub.lag"),
        ]
        log.info("hub.ready", port=self.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._drain()
        finally:
            for task in self._tasks:
                task.cancel()
            await self._listener.close()
            # What the block raised goes on as it is, not within a group of the hub's own.
            is_cancelled = kind is not None and issubclass(kind, asyncio.CancelledError)
            await self._group.__aexit__(*((kind, error, trace) if is_cancelled else (None, None, None)))
            log.info("hub.stopped")

    @property
    def port(self) -> int:
        return self._listener.port

    @property
    def pin(self) -> bytes:
        """16 bytes when the certificate is self-signed, else empty: an authority vouches for it."""
        return self.spki_hash[:PIN_BYTES] if self._listener.identity.is_self_signed else b""

    @property
    def spki_hash(self) -> bytes:
        """SHA-256 of its public key, 32 bytes."""
        return self._listener.identity.spki_hash

    @property
    def listen_host(self) -> str:
        """The name or address it listens on; empty for every address."""
        return self._listener.host

    @property
    def url(self) -> str:
        """How a host names it in --hub; the pin of a self-signed certificate is the fragment."""
        if self.public_url:
            public = parse_hub_url(self.public_url)
            return hub_url(HubAddress(host=public.host, port=public.port, pin=public.pin or self.pin))
        return hub_url(self.address("127.0.0.1" if is_every_address(self.listen_host) else self.listen_host))

    @property
    def session_count(self) -> int:
        return self._rooms.session_count

    @property
    def client_count(self) -> int:
        return len(self._connections)

    def address(self, host: str) -> HubAddress:
        """Return this hub as a link names it, reached by `host` (a name or an address of this machine)."""
        return HubAddress(host=host, port=self.port, pin=self.pin)

    # --- what the listener asks ---

    def knock(self, source: str, leave: Callable[[], None]) -> int | None:
        """Answer a new connection: its ticket, or None to hang up."""
        return self._admission.knock(source, leave, now=self._clock.now().tick)

    def left(self, ticket: int) -> None:
        """That connection is proven or gone."""
        self._admission.left(ticket)

    def page(self, path: str, *, source: str) -> Page:
        """Answer a GET request."""
        if path == health.PATH:
            return health.health_page(is_draining=self.is_draining)
        if path == metrics.PATH:
            return metrics.metrics_page(
                self._rooms.relay,
                sessions=self.session_count,
                clients=self.client_count,
                half_open=self._admission.half_open_count,
                refusals=self._refusals,
                workers=self._workers(),
                source=source,
            )
        wait_ms = self._admission.attempt(source, now=self._clock.now().tick)
        if wait_ms:
            return Page(status=429, headers={"Retry-After": str(-(-wait_ms // 1000))})
        if path.startswith(join_page.PREFIX):
            return join_page.join_page(path)
        if path.startswith(PREVIEW_PREFIX):
            return self._preview(path.removeprefix(PREVIEW_PREFIX), source)
        return Page(status=404)

    async def serve(self, socket: HubSocket) -> None:
        """Serve one WebSocket until it ends."""
        try:
            async with asyncio.timeout(self._policy.hello_ms / 1000):
                connection = await self._welcome(socket)
        except (LinkLost, TimeoutError):
            await socket.close(CloseCode.POLICY, "hub.silent")
            return
        except RemoteProtocolError as error:
            await socket.close(CloseCode.PROTOCOL, error.key)
            return
        if connection is not None:
            await self._attend(connection)

    # --- one client ---

    async def _welcome(self, socket: HubSocket) -> Connection | None:
        source = socket.source
        if self.is_draining:
            await self._refuse(socket, Refused("hub.stopping", 1000))
            return None
        wait_ms = self._admission.attempt(source, now=self._clock.now().tick)
        if wait_ms:
            await self._refuse(socket, Refused("hub.rate", wait_ms))
            return None
        nonce = self._entropy.draw(NONCE_BYTES)
        await socket.send(control_frame(Challenge(HUB_VERSION, nonce)))
        hello = parse_hello(await socket.receive())
        if not is_proven(hello, hub_nonce=nonce, spki_hash=self.spki_hash):
            await self._refuse(socket, Refused("hub.proof", 0))
            return None
        gate = self._policy.gate
        kind = kind_of(hello)
        if gate is not None and isinstance(gate.may_enter(kind, DeviceKey(hello.key), address=source), Deny):
            await self._refuse(socket, Refused("hub.closed", 0))
            return None
        client, now = ClientId(next(self._numbers)), self._clock.now()
        if isinstance(self._admission.admits_client(source, now=now.tick), Deny):
            await self._refuse(socket, Refused("hub.full", 60_000))
            return None
        effects = seat(self._rooms, self._admission, client, hello, now=now)
        if isinstance(effects, Refused):
            log.info("hub.client.refused", kind=type(hello).__name__, rule=effects.rule)
            await self._refuse(socket, effects)
            return None
        self._admission.entered(source, now=now.tick)
        socket.prove()
        connection = self._connections[client] = Connection(client, socket, clock=self._clock)
        self._apply(effects)
        log.info("hub.client.accepted", kind=type(hello).__name__, client=client)
        return connection

    async def _refuse(self, socket: HubSocket, refused: Refused) -> None:
        self._refusals[refused.rule] += 1
        await socket.send(control_frame(refused))
        await socket.close(CloseCode.POLICY, refused.rule)

    async def _attend(self, connection: Connection) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(self._loops.read(connection), name="hub.read")
                await self._loops.write(connection)
                reading.cancel()
        except* LinkLost as lost:
            connection.end(CloseCode.POLICY, _reason_of(lost))
        except* RemoteProtocolError as broken:
            connection.end(CloseCode.PROTOCOL, _reason_of(broken))
        finally:
            self._connections.pop(connection.client, None)
            self._admission.parted(connection.socket.source)
            self._apply(self._rooms.gone(connection.client))
            if not self._connections:
                self._has_emptied.set()
        code, reason = connection.ending or (CloseCode.NORMAL, "")
        log.info("hub.client.left", client=connection.client, reason=reason)
        await connection.socket.close(code, reason)

    def _apply(self, effects: Sequence[Effect]) -> None:
        pending = deque(effects)
        while pending:
            effect = pending.popleft()
            connection = self._connections.get(effect.client)
            if connection is None:
                continue
            match effect:
                case Ready():
                    connection.has_work.set()
                case Drop():
                    connection.end(CloseCode.POLICY, effect.rule)
                case Deliver():
                    if not connection.deliver(effect.message):
                        connection.end(CloseCode.POLICY, "relay.slow")
                        pending.extend(self._rooms.gone(effect.client))

    def _preview(self, digits: str, source: str) -> Page:
        try:
            locator = Locator(bytes.fromhex(digits)) if len(digits) == _LOCATOR_DIGITS else None
        except ValueError:
            locator = None
        sealed = None if locator is None else self._rooms.preview(locator)
        if sealed is None:
            return Page(status=404)
        self._admission.give_back(source, now=self._clock.now().tick)
        return Page(status=200, body=sealed, content_type="application/octet-stream", headers=_NO_STORE)

    # --- time ---

    async def _tidy(self) -> None:
        while True:
            await self._clock.sleep(_ROUND_MS)
            now = self._clock.now()
            self._apply(self._rooms.wake(now=now))
            self._admission.tidy(now=now.tick)

    async def _drain(self) -> None:
        self.is_draining = True
        if self._policy.drain_ms:
            await self._clock.sleep(self._policy.drain_ms)
        self._has_emptied.clear()
        for connection in list(self._connections.values()):
            connection.end(CloseCode.GOING_AWAY, "hub.stopping")
        if self._connections:
            try:
                async with asyncio.timeout(_CLOSE_S):
                    await self._has_emptied.wait()
            except TimeoutError:
                log.info("hub.drain.cut", clients=len(self._connections))


_NO_STORE: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _reason_of(group: BaseExceptionGroup[LinkLost] | BaseExceptionGroup[RemoteProtocolError]) -> str:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, LinkLost):
        return str(error.values.get("reason", "link.lost"))
    return error.key if isinstance(error, RemoteProtocolError) else "protocol.remote"
