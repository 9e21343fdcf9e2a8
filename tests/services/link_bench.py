"""A bench for links: host and guest joined by a hub in memory that can be cut, closed, changed and listened to."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from horizon_desktop.adapters.tls.engine import MemoryTlsFactory
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.channel import ChannelKind, DataType, Engine, Lane
from horizon_desktop.domain.collaboration.peers import PeerScopes
from horizon_desktop.domain.decision import Allow, Decision
from horizon_desktop.domain.ids import DeviceKey, LinkId, Locator, SessionId
from horizon_desktop.domain.instants import Now
from horizon_desktop.errors import AccessRefused, LinkLost, Unreachable
from horizon_desktop.ports.hub import Caller, HostHub, Mailbox, MemberHub, RelayFrame, SealedPreview
from horizon_desktop.ports.transport import DirectFactory
from horizon_desktop.protocol.link_events import LinkEvent, MessageArrived
from horizon_desktop.services.guest_link import GuestLink
from horizon_desktop.services.host_links import NO_ENGINES, HostLinks
from tests.fakes.clock import FakeClock
from tests.fakes.entropy import SeededEntropy
from tests.protocol.link_world import GUEST, HOST, SESSION, START, scopes_of

HUB = HubAddress(host="hub.test", port=7443)


class MemoryMember:
    """A member's end of the relay in memory (MemberHub)."""

    def __init__(self, hub: "MemoryHub", link: LinkId, guest: DeviceKey) -> None:
        self.hub = hub
        self.guest = guest
        self.frames: asyncio.Queue[RelayFrame | None] = asyncio.Queue()
        self.is_cut = False
        self.tokens: list[bytes] = []
        self._link = link

    @property
    def link(self) -> LinkId:
        return self._link

    @property
    def rtt_ms(self) -> int | None:
        return None

    async def events(self) -> AsyncIterator[RelayFrame]:
        while (frame := await self.frames.get()) is not None:
            yield frame
        raise LinkLost("the hub closed")

    async def send_relay(self, lane: Lane, data: bytes) -> None:
        if self._link not in self.hub.members:
            raise LinkLost("the hub closed")
        if lane in self.hub.kept_waiting:
            await asyncio.Event().wait()
        if not self.is_cut:
            await self.hub.to_host(RelayFrame(self._link, lane, data))

    async def renew(self, token: bytes) -> None:
        self.tokens.append(token)

    async def close(self) -> None:
        self.hub.end(self._link)


class MemoryHub:
    """The hub in memory: HostHub for the host, a dialler for guests, and an attacker where a test wants one."""

    def __init__(self, *, name: str = "hub.test") -> None:
        self.name = name
        self.host: HostLinks | None = None
        self.members: dict[LinkId, MemoryMember] = {}
        self.seen = bytearray()
        self.is_down = False
        self.is_mute = False
        self.refusal = ""
        self.kept_waiting: frozenset[Lane] = frozenset()
        """Lanes of which it takes nothing, as for a token that gives them no right."""
        self.dials: list[int] = []
        self.swap_to_host: Callable[[RelayFrame], list[RelayFrame]] = lambda frame: [frame]
        self.swap_to_guest: Callable[[RelayFrame], list[RelayFrame]] = lambda frame: [frame]
        self.announced_as: DeviceKey | None = None
        self._next = 1

    @property
    def rtt_ms(self) -> int | None:
        return None

    async def to_host(self, frame: RelayFrame) -> None:
        self.seen += frame.data
        for changed in self.swap_to_host(frame):
            if self.host is not None:
                await self.host.relay_bytes(self.port(), changed.link, changed.lane, changed.data)

    def port(self) -> HostHub:
        return self

    async def send_relay(self, link: LinkId, lane: Lane, data: bytes) -> None:
        self.seen += data
        member = self.members.get(link)
        if member is not None and not member.is_cut:
            for changed in self.swap_to_guest(RelayFrame(link, lane, data)):
                member.frames.put_nowait(changed)

    async def close_link(self, link: LinkId, reason: str) -> None:
        self.end(link)

    def end(self, link: LinkId) -> None:
        """Close one member's connection, as seen from both sides."""
        member = self.members.pop(link, None)
        if member is not None:
            member.frames.put_nowait(None)
            if self.host is not None:
                self.host.relay_closed(self.port(), link)

    def connect_member(self, guest: DeviceKey) -> MemoryMember:
        link = LinkId(self._next)
        self._next += 1
        member = MemoryMember(self, link, guest)
        self.members[link] = member
        if self.host is not None:
            self.host.relay_opened(self.port(), link, self.announced_as or guest)
        return member

    def events(self) -> AsyncIterator[RelayFrame]:
        raise NotImplementedError("the bench calls HostLinks itself")

    async def publish(self, preview: SealedPreview) -> None: ...
    async def withdraw(self, locator: Locator) -> None: ...
    async def send_mailbox(self, mailbox: int, data: bytes) -> None: ...
    async def close_mailbox(self, mailbox: int) -> None: ...
    async def publish_revocations(self, signed: bytes) -> None: ...
    async def close(self) -> None: ...


class MemoryDialer:
    """HubDialer over hubs in memory, by host name."""

    def __init__(self, clock: FakeClock, *hubs: MemoryHub) -> None:
        self._clock = clock
        self._hubs = {hub.name: hub for hub in hubs}

    async def connect(self, hub: HubAddress, caller: Caller, *, session: SessionId, token: bytes) -> MemberHub:
        found = self._hubs[hub.host]
        found.dials.append(self._clock.now().tick.ms)
        while found.is_mute:  # dialled into nowhere: only a cancellation ends it
            await asyncio.Event().wait()
        if found.is_down:
            raise Unreachable("down")
        if found.refusal:
            raise AccessRefused("refused", code=found.refusal)
        return found.connect_member(caller.key)

    async def register(self, hub: HubAddress, caller: Caller, *, session: SessionId, session_nonce: bytes) -> HostHub:
        raise Unreachable("not on this bench")

    async def fetch_preview(self, hub: HubAddress, locator: Locator) -> bytes | None:
        return None

    async def open_mailbox(self, hub: HubAddress, caller: Caller, *, locator: Locator) -> Mailbox:
        raise Unreachable("not on this bench")


class Bench:
    """One host, one guest, one clock."""

    def __init__(
        self,
        *,
        hubs: int = 1,
        direct: DirectFactory | None = None,
        guest_direct: DirectFactory | None = None,
        is_relay_allowed: bool = True,
        bulk: Mapping[Engine, DirectFactory] = NO_ENGINES,
        host_bulk: Mapping[Engine, DirectFactory] | None = None,
        guest_key: DeviceKeyPair = GUEST,
        host_key: DeviceKeyPair = HOST,
        session: SessionId = SESSION,
    ) -> None:
        self.clock = FakeClock(START)
        self.hubs = [MemoryHub(name=f"hub{n}.test") for n in range(hubs)]
        self.verdict: Decision = Allow()
        self.scopes: PeerScopes | None = scopes_of(now=Now(START, self.clock.now().tick))
        self.host = HostLinks(
            session=SESSION,
            key=host_key,
            admission=lambda _: self.verdict,
            scopes=lambda _: self.scopes,
            tls=MemoryTlsFactory(),
            direct=direct,
            clock=self.clock,
            entropy=SeededEntropy("host"),
            is_relay_allowed=is_relay_allowed,
            bulk=bulk if host_bulk is None else host_bulk,
        )
        self.bulk = bulk
        for hub in self.hubs:
            hub.host = self.host
        self.token = b"token"
        self.guest = self.new_guest(seed="guest", direct=guest_direct or direct, key=guest_key, session=session)
        self.host_events: list[LinkEvent] = []
        self.guest_events: list[LinkEvent] = []
        self.is_settling = True

    @property
    def hub(self) -> MemoryHub:
        return self.hubs[0]

    def new_guest(
        self,
        *,
        seed: str,
        direct: DirectFactory | None = None,
        key: DeviceKeyPair = GUEST,
        session: SessionId = SESSION,
    ) -> GuestLink:
        """A guest process that has not been run."""
        return GuestLink(
            session=session,
            host=HOST.key,
            key=key,
            hubs=[HubAddress(host=hub.name, port=7443) for hub in self.hubs],
            token=lambda: self.token,
            dialer=MemoryDialer(self.clock, *self.hubs),
            tls=MemoryTlsFactory(),
            direct=direct,
            clock=self.clock,
            entropy=SeededEntropy(seed),
            bulk=self.bulk,
        )

    @asynccontextmanager
    async def running(self, *, guest: bool = True) -> AsyncIterator["Bench"]:
        """Run both sides; each settles what it gets and keeps what it was told."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self.host.run()),
                group.create_task(self._listen(self.host.events(), self.host_events, is_host=True)),
                group.create_task(self._listen(self.host.bulk_messages(), self.host_events, is_host=True)),
            ]
            if guest:
                tasks.append(group.create_task(self.guest.run()))
                tasks.append(group.create_task(self._listen(self.guest.events(), self.guest_events, is_host=False)))
                bulk = self.guest.bulk.bulk_messages()
                tasks.append(group.create_task(self._listen(bulk, self.guest_events, is_host=False)))
            await self.clock.run_for(ms=100)
            try:
                yield self
            finally:
                for task in tasks:
                    task.cancel()

    async def _listen(self, events: AsyncIterator[LinkEvent], kept: list[LinkEvent], *, is_host: bool) -> None:
        async for event in events:
            kept.append(event)
            if isinstance(event, MessageArrived) and self.is_settling:
                if is_host:
                    self.host.settle(event.peer, event.channel, event.seq)
                else:
                    self.guest.settle(event.channel, event.seq)

    async def guest_says(self, body: bytes) -> Decision:
        return await self.guest.send(ChannelKind.CHAT, DataType.CHAT, body)

    async def host_says(self, body: bytes) -> Decision:
        return await self.host.send(GUEST.key, ChannelKind.CHAT, DataType.CHAT, body)

    def heard_by_host(self) -> list[bytes]:
        return [e.body for e in self.host_events if isinstance(e, MessageArrived)]

    def heard_by_guest(self) -> list[bytes]:
        return [e.body for e in self.guest_events if isinstance(e, MessageArrived)]
