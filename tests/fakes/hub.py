"""A hub in memory and the HubDialer port to it: the real rooms and queues, without sockets, TLS or source limits."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Generic, TypeVar

from horizon_desktop.adapters.web.hub_seats import host_event, mailbox_event, member_event
from horizon_desktop.crypto.hashing import sha256
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.ids import LinkId, Locator, SessionId
from horizon_desktop.domain.instants import Tick
from horizon_desktop.errors import AccessRefused, HubBusy, HubPinMismatch, LinkLost, Unreachable
from horizon_desktop.hub.admission import Admission, AdmissionLimits
from horizon_desktop.hub.signaling import is_proven, parse_hello, seat
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.hub import Caller, HostHubEvent, RelayFrame, SealedPreview
from horizon_desktop.protocol.hub_frames import (
    ClientFrame,
    RelayedBytes,
    control_frame,
    hello_statement,
    parse_at_client,
    parse_at_hub,
    relay_frame,
)
from horizon_desktop.protocol.hub_messages import (
    ClientClass,
    CloseLink,
    CloseMailbox,
    Done,
    FromHub,
    Hello,
    HostAccepted,
    HostHello,
    InviteeHello,
    LanesPaused,
    LanesResumed,
    MailboxAccepted,
    MailboxPost,
    MemberAccepted,
    MemberArrived,
    MemberGone,
    MemberHello,
    NotDone,
    Publish,
    PublishRevocations,
    Refused,
    RenewToken,
    ToHub,
    Withdraw,
)
from horizon_desktop.protocol.relay import ClientId, Deliver, Drop, Effect, Ready, RelayLimits, RelaySwitch
from horizon_desktop.protocol.room import RoomLimits
from horizon_desktop.protocol.rooms import Rooms

EventT = TypeVar("EventT")


class MemoryHub:
    """A hub that lives in this process. `stop` ends it like a shut-down, `start` brings a new, empty one up."""

    def __init__(self, *, clock: Clock, entropy: Entropy, host: str = "hub.example", port: int = 7443) -> None:
        self._spki_hash = sha256(host.encode())
        self.address = HubAddress(host=host, port=port, pin=self._spki_hash[:16])
        self.heard = bytearray()
        """Every byte that clients sent to it."""
        self._clock = clock
        self.entropy = entropy
        self._seats: dict[ClientId, _Wire[object]] = {}
        self._number = 0
        self._spent = 0
        self.is_up = False
        self.start()

    def start(self) -> None:
        self.is_up = True
        self.rooms = Rooms(relay=RelaySwitch(RelayLimits()), limits=RoomLimits())
        self._admission = Admission(AdmissionLimits(), host_keys=None)

    def stop(self) -> None:
        self.is_up = False
        for client in list(self._seats):
            self._end(client, "hub.stopping")

    def tidy(self) -> None:
        """What a hub does every second."""
        self._apply(self.rooms.wake(now=self._clock.now()))

    def greet(self, wire: "_Wire[EventT]", hello: Callable[[bytes, bytes, bytes], Hello]) -> FromHub:
        """Seat a client and return the verdict."""
        nonce = self.entropy.draw(32)
        frame = control_frame(hello(nonce, self.entropy.draw(32), self._spki_hash))
        self.heard += frame
        said = parse_hello(frame)
        if not is_proven(said, hub_nonce=nonce, spki_hash=self._spki_hash):
            return Refused("hub.proof", 0)
        self._number += 1
        wire.client = ClientId(self._number)
        effects = seat(self.rooms, self._admission, wire.client, said, now=self._clock.now())
        if isinstance(effects, Refused):
            return effects
        self._seats[wire.client] = wire  # type: ignore[assignment]
        self._apply(effects)
        accepted = wire.accepted
        assert accepted is not None
        return accepted

    def hear(self, client: ClientId, frame: bytes) -> None:
        if client not in self._seats:
            return
        self.heard += frame
        message = parse_at_hub(frame)
        now = self._clock.now()
        if isinstance(message, RelayedBytes):
            self._apply(self.rooms.relayed(client, message, frame, now=now))
        elif isinstance(message, ToHub):
            self._apply(self.rooms.receive(client, message, now=now))

    def leave(self, client: ClientId) -> None:
        self._end(client, "closed")
        self._apply(self.rooms.gone(client))

    def _apply(self, effects: Sequence[Effect]) -> None:
        pending = deque(effects)
        while pending:
            effect = pending.popleft()
            wire = self._seats.get(effect.client)
            if wire is None:
                continue
            match effect:
                case Deliver():
                    wire.arrive(parse_at_client(control_frame(effect.message)))
                case Drop():
                    self._end(effect.client, effect.rule)
                case Ready():
                    pending.extend(self._forward(wire))

    def _forward(self, wire: "_Wire[object]") -> Sequence[Effect]:
        effects: list[Effect] = []
        while True:
            self._spent += 10_000  # rates are the business of tests/protocol
            popped = self.rooms.relay.pop(wire.client, now=Tick(self._clock.now().tick.ms + self._spent))
            if popped is None:
                return effects
            frame, _, following = popped
            wire.arrive(parse_at_client(frame))
            effects += following

    def _end(self, client: ClientId, reason: str) -> None:
        wire = self._seats.pop(client, None)
        if wire is not None:
            wire.end(reason)


class _Wire(Generic[EventT]):
    """One client's connection."""

    def __init__(self, hub: MemoryHub, read: Callable[[ClientFrame], tuple[EventT, int]]) -> None:
        self._hub = hub
        self._read = read
        self._inbox: asyncio.Queue[EventT | LinkLost] = asyncio.Queue()
        self._lost: LinkLost | None = None
        self._answers: dict[int, str] = {}
        self._paused: dict[LinkId, asyncio.Event] = {}
        self._request = 0
        self.client = ClientId(0)
        self.accepted: HostAccepted | MailboxAccepted | MemberAccepted | None = None

    def arrive(self, frame: ClientFrame) -> None:
        match frame:
            case HostAccepted() | MailboxAccepted() | MemberAccepted():
                self.accepted = frame
            case Done():
                self._answers[frame.request] = ""
            case NotDone():
                self._answers[frame.request] = frame.rule
            case LanesPaused():
                self.pause(LinkId(frame.link))
            case LanesResumed():
                self.resume(LinkId(frame.link))
            case _:
                if isinstance(frame, MemberArrived) and frame.is_paused:
                    self.pause(LinkId(frame.link))
                if isinstance(frame, MemberGone):
                    self.resume(LinkId(frame.link))
                self._inbox.put_nowait(self._read(frame)[0])

    def end(self, reason: str) -> None:
        self._lost = LinkLost(f"the hub closed the connection: {reason}", reason=reason)
        self._inbox.put_nowait(self._lost)
        for link in list(self._paused):
            self.resume(link)

    def pause(self, link: LinkId) -> None:
        self._paused.setdefault(link, asyncio.Event())

    def resume(self, link: LinkId) -> None:
        gate = self._paused.pop(link, None)
        if gate is not None:
            gate.set()

    async def take(self) -> EventT:
        event = await self._inbox.get()
        if isinstance(event, LinkLost):
            self._inbox.put_nowait(event)
            raise event
        return event

    async def events(self) -> AsyncIterator[EventT]:
        while True:
            yield await self.take()

    async def say(self, message: ToHub) -> None:
        await self._send(control_frame(message))

    async def ask(self, build: Callable[[int], ToHub]) -> None:
        self._request += 1
        number = self._request
        await self.say(build(number))
        if self._lost is not None:
            raise self._lost
        rule = self._answers.pop(number)
        if rule:
            raise AccessRefused(f"the hub refused: {rule}", code=rule)

    async def relay(self, link: LinkId, lane: Lane, data: bytes) -> None:
        while lane is not Lane.CONTROL and link in self._paused:
            await self._paused[link].wait()
        await self._send(relay_frame(link, lane, data))

    async def close(self) -> None:
        self._hub.leave(self.client)

    async def _send(self, frame: bytes) -> None:
        await asyncio.sleep(0)
        if self._lost is not None:
            raise self._lost
        self._hub.hear(self.client, frame)


class MemoryHubDialer:
    """The HubDialer port to hubs in memory."""

    def __init__(self, *hubs: MemoryHub, clock: Clock) -> None:
        self._hubs = {(hub.address.host, hub.address.port): hub for hub in hubs}
        self._clock = clock

    async def register(
        self, hub: HubAddress, caller: Caller, *, session: SessionId, session_nonce: bytes
    ) -> "MemoryHostHub":
        now = self._clock.now().instant

        def hello(hub_nonce: bytes, client_nonce: bytes, spki_hash: bytes) -> Hello:
            signed = hello_statement(
                client_class=ClientClass.HOST,
                hub_nonce=hub_nonce,
                client_nonce=client_nonce,
                spki_hash=spki_hash,
                subject=session,
                host_time=now,
            )
            return HostHello(client_nonce, caller.key, session, session_nonce, now.ms, caller.sign(signed))

        wire = _Wire(self._dial(hub), host_event)
        _check(self._dial(hub).greet(wire, hello))
        return MemoryHostHub(wire)

    async def fetch_preview(self, hub: HubAddress, locator: Locator) -> bytes | None:
        return self._dial(hub).rooms.preview(locator)

    async def open_mailbox(self, hub: HubAddress, caller: Caller, *, locator: Locator) -> "MemoryMailbox":
        def hello(hub_nonce: bytes, client_nonce: bytes, spki_hash: bytes) -> Hello:
            signed = hello_statement(
                client_class=ClientClass.INVITEE,
                hub_nonce=hub_nonce,
                client_nonce=client_nonce,
                spki_hash=spki_hash,
                subject=locator,
            )
            return InviteeHello(client_nonce, caller.key, locator, caller.sign(signed))

        wire = _Wire(self._dial(hub), mailbox_event)
        _check(self._dial(hub).greet(wire, hello))
        return MemoryMailbox(wire)

    async def connect(self, hub: HubAddress, caller: Caller, *, session: SessionId, token: bytes) -> "MemoryMemberHub":
        def hello(hub_nonce: bytes, client_nonce: bytes, spki_hash: bytes) -> Hello:
            signed = hello_statement(
                client_class=ClientClass.MEMBER,
                hub_nonce=hub_nonce,
                client_nonce=client_nonce,
                spki_hash=spki_hash,
                subject=session,
                token_hash=sha256(token),
            )
            return MemberHello(client_nonce, caller.key, session, token, caller.sign(signed))

        wire = _Wire(self._dial(hub), member_event)
        accepted = _check(self._dial(hub).greet(wire, hello))
        assert isinstance(accepted, MemberAccepted)
        if accepted.is_paused:
            wire.pause(LinkId(accepted.link))
        return MemoryMemberHub(wire, LinkId(accepted.link))

    def _dial(self, address: HubAddress) -> MemoryHub:
        hub = self._hubs.get((address.host, address.port))
        if hub is None or not hub.is_up:
            raise Unreachable(f"{address.authority} cannot be reached", hub=address.authority)
        if address.pin != hub.address.pin:
            raise HubPinMismatch(f"{address.authority} is not the server that is meant", hub=address.authority)
        return hub


def _check(verdict: FromHub) -> FromHub:
    if isinstance(verdict, Refused):
        if verdict.rule == "hub.session_rate":
            raise AccessRefused("too many attempts", code="code.slow", s=-(-verdict.retry_ms // 1000))
        if verdict.rule == "hub.full":
            raise HubBusy("the hub is full", code=verdict.rule, retry_ms=verdict.retry_ms)
        raise AccessRefused(f"the hub refused: {verdict.rule}", code=verdict.rule)
    return verdict


class MemoryHostHub:
    """The HostHub port."""

    rtt_ms = 0

    def __init__(self, wire: _Wire[HostHubEvent]) -> None:
        self._wire = wire

    def events(self) -> AsyncIterator[HostHubEvent]:
        return self._wire.events()

    async def publish(self, preview: SealedPreview) -> None:
        await self._wire.ask(
            lambda number: Publish(number, preview.locator, preview.invite_nonce, preview.sealed, preview.open_places)
        )

    async def withdraw(self, locator: Locator) -> None:
        await self._wire.ask(lambda number: Withdraw(number, locator))

    async def send_mailbox(self, mailbox: int, data: bytes) -> None:
        await self._wire.say(MailboxPost(mailbox, data))

    async def close_mailbox(self, mailbox: int) -> None:
        await self._wire.say(CloseMailbox(mailbox))

    async def send_relay(self, link: LinkId, lane: Lane, data: bytes) -> None:
        await self._wire.relay(link, lane, data)

    async def close_link(self, link: LinkId, reason: str) -> None:
        await self._wire.say(CloseLink(link, reason[:64]))

    async def publish_revocations(self, signed: bytes) -> None:
        await self._wire.ask(lambda number: PublishRevocations(number, signed))

    async def close(self) -> None:
        await self._wire.close()


class MemoryMailbox:
    """The Mailbox port."""

    def __init__(self, wire: _Wire[bytes]) -> None:
        self._wire = wire

    async def send(self, data: bytes) -> None:
        await self._wire.say(MailboxPost(1, data))

    async def receive(self) -> bytes:
        return await self._wire.take()

    async def close(self) -> None:
        await self._wire.close()


class MemoryMemberHub:
    """The MemberHub port."""

    rtt_ms = 0

    def __init__(self, wire: _Wire[RelayFrame], link: LinkId) -> None:
        self._wire = wire
        self.link = link

    def events(self) -> AsyncIterator[RelayFrame]:
        return self._wire.events()

    async def send_relay(self, lane: Lane, data: bytes) -> None:
        await self._wire.relay(self.link, lane, data)

    async def renew(self, token: bytes) -> None:
        await self._wire.ask(lambda number: RenewToken(number, token))

    async def close(self) -> None:
        await self._wire.close()
