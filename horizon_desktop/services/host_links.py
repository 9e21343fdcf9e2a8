"""The host's links: one to every guest of a session (PROTOCOL section 6)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final

from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.access.networks import networks_of
from horizon_desktop.domain.collaboration.channel import CHANNEL_KINDS, ChannelKind, DataType, Engine, Lane
from horizon_desktop.domain.collaboration.peers import PeerScopes
from horizon_desktop.domain.decision import Decision, Deny
from horizon_desktop.domain.ids import DeviceKey, LinkId, SessionId
from horizon_desktop.errors import HorizonError, LinkLost
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.hub import HostHub
from horizon_desktop.ports.transport import DirectFactory, TlsFactory
from horizon_desktop.protocol.bulk_lane import BulkReading
from horizon_desktop.protocol.handshake import INCARNATION_BYTES
from horizon_desktop.protocol.link import PeerLink
from horizon_desktop.protocol.link_effects import AnswerOffer, TakeAnswer
from horizon_desktop.protocol.link_events import AddressesTold, LinkEvent, LinkGivenUp, MessageArrived
from horizon_desktop.services.direct_calls import DirectHost
from horizon_desktop.services.host_relays import HostRelays
from horizon_desktop.services.link_driver import LinkDriver
from horizon_desktop.services.link_tasks import LinkTasks
from horizon_desktop.services.relay_lane import ALL_LANES

NO_ENGINES: Final[Mapping[Engine, DirectFactory]] = {}
PATIENCE_MS: Final = 500
"""How long a host waits for a guest that settles nothing."""


class HostLinks:
    """All guests of one hosted session."""

    def __init__(
        self,
        *,
        session: SessionId,
        key: DeviceKeyPair,
        admission: Callable[[DeviceKey], Decision],
        scopes: Callable[[DeviceKey], PeerScopes | None],
        tls: TlsFactory,
        direct: DirectFactory | None,
        clock: Clock,
        entropy: Entropy,
        is_relay_allowed: bool = True,
        bulk: Mapping[Engine, DirectFactory] = NO_ENGINES,
    ) -> None:
        """Store what the links need.

        Args:
            admission: Asked when a member is announced and at every binding, resumes included: roster, epoch, expiry.
            scopes: Asked for every received chunk: the peer's entry and its scoped channels as they are now
                (`domain/collaboration/peers.py`, `PeerScopes.of(...)`). None: the peer is nobody, all is refused.
            bulk: Engines of direct connections that carry the bulk lane alone.
        """
        self._session = session
        self._key = key
        self._admission = admission
        self._scopes = scopes
        self._engines = dict(bulk) if direct is None else {**bulk, Engine.SESSION: direct}
        self._clock = clock
        self._entropy = entropy
        self._is_relay_allowed = is_relay_allowed
        self._tasks = LinkTasks()
        self.carried_bytes = 0
        """What went to and came from all guests, without what the way itself adds."""
        self._events: asyncio.Queue[LinkEvent] = asyncio.Queue()
        self._bulk: asyncio.Queue[MessageArrived] = asyncio.Queue()
        self._drivers: dict[DeviceKey, LinkDriver] = {}
        self._directs: dict[DeviceKey, DirectHost] = {}
        lanes = ALL_LANES if is_relay_allowed else ALL_LANES[:1]
        self._relays = HostRelays(tls=tls, lanes=lanes, tasks=self._tasks, clock=clock)

    async def run(self) -> None:
        """Own every task of the links until cancelled; then every path is closed."""
        try:
            await self._tasks.run()
        finally:
            for driver in list(self._drivers.values()):
                driver.finish("closed")

    async def events(self) -> AsyncIterator[LinkEvent]:
        """Yield what happens on every link, in order. One consumer.

        What waits here is bounded by the links: a peer whose messages are not settled runs out of window.
        """
        while True:
            yield await self._events.get()

    async def bulk_messages(self) -> AsyncIterator[MessageArrived]:
        """Yield the messages of the bulk lane, apart from the rest so that they hold up nobody. One consumer.

        Bounded by the window of what is not settled, for each guest.
        """
        while True:
            yield await self._bulk.get()

    def relay_opened(self, hub: HostHub, link: LinkId, guest: DeviceKey) -> None:
        """A member was announced (hub event LinkOpened). One that admission refuses is closed at once."""
        decision = self._may_open(guest)
        if isinstance(decision, Deny):
            self._tasks.start(_close_link(hub, link, decision.rule))
            return
        self._relays.opened(hub, link, self._driver(guest))

    async def relay_bytes(self, hub: HostHub, link: LinkId, lane: Lane, data: bytes) -> None:
        """Relayed bytes came (hub event RelayFrame); waits while this lane's reader is slow."""
        await self._relays.feed(hub, link, lane, data)

    def relay_closed(self, hub: HostHub, link: LinkId) -> None:
        """A member's relay connection ended (hub event LinkClosed)."""
        self._relays.closed(hub, link)

    def hub_lost(self, hub: HostHub) -> None:
        """The connection to a hub ended: every relay path through it is closed."""
        self._relays.hub_lost(hub)

    async def send(
        self,
        peer: DeviceKey,
        channel: ChannelKind,
        data_type: DataType,
        body: bytes,
        *,
        latest_key: bytes | None = None,
    ) -> Decision:
        """Queue a message; wait while the channel's queue is full, for half a second at most.

        Returns the Deny of the scope's gate, or Allow with the message queued.
        With `latest_key` it takes the place of a message with the same key that was not taken yet, and never
        waits (cursors).

        Raises LinkLost when there is no link to the peer, it is given up while waiting, or its queue stays full:
        then it lost its paths and comes back as one that must resync, so that one slow guest never holds up all.
        """
        driver = self._drivers.get(peer)
        if driver is None:
            raise LinkLost("there is no link to this peer")
        self.carried_bytes += len(body)
        return await driver.send(channel, data_type, body, latest_key=latest_key, patience_ms=PATIENCE_MS)

    async def send_bulk(
        self, peer: DeviceKey, channel: ChannelKind, data_type: DataType, body: bytes, *, conversation: bytes
    ) -> Decision:
        """Queue a message of the bulk lane; wait as long as its window is full, and while the guest is away.

        Raises LinkLost when there is no link, or the peer is a new incarnation since `conversation` was asked for:
        what was queued in it is gone.
        """
        driver = self._drivers.get(peer)
        if driver is None:
            raise LinkLost("there is no link to this peer")
        self.carried_bytes += len(body)
        return await driver.send(channel, data_type, body, latest_key=None, conversation=conversation)

    def bulk_reading(self, peer: DeviceKey, *, is_new: bool = False) -> BulkReading | None:
        """How the bulk lane to a guest is doing; None without a link. `is_new` forgets the delays seen so far."""
        driver = self._drivers.get(peer)
        if driver is None:
            return None
        if is_new:
            driver.link.bulk.forget_delays()
        return driver.link.bulk.reading()

    def settle(self, peer: DeviceKey, channel: ChannelKind, seq: int, deny: Deny | None = None) -> None:
        """Acknowledge a MessageArrived, or refuse it (acknowledged as refused, counted, never sent again)."""
        driver = self._drivers.get(peer)
        if driver is not None:
            driver.settle(channel, seq, deny)

    def backlog(self, peer: DeviceKey, *kinds: ChannelKind) -> int:
        """How many messages to the peer are not acknowledged yet, of these channels or of all."""
        driver = self._drivers.get(peer)
        return 0 if driver is None else driver.link.backlog(*kinds)

    def conversation(self, peer: DeviceKey) -> bytes:
        """Both incarnations of the link to the peer, empty without one: what was queued in another was dropped."""
        driver = self._drivers.get(peer)
        return b"" if driver is None else driver.link.conversation

    async def drop(self, peer: DeviceKey, reason: str, *, flush_ms: int = 0) -> None:
        """Close every path to the peer and forget it, after waiting up to `flush_ms` for the backlog to be settled."""
        driver = self._drivers.get(peer)
        if driver is None:
            return
        if flush_ms:
            await driver.flush(flush_ms)
        self._forget(driver, reason)

    def network_changed(self) -> None:
        """Our network is another, or the machine woke: every path of every guest is doubted and asked at once."""
        for driver in self._drivers.values():
            driver.network_changed()

    def peer_offset_ms(self, peer: DeviceKey) -> int:
        """How much the guest's clock is ahead of ours, as it told at its last binding; 0 without a link."""
        driver = self._drivers.get(peer)
        return 0 if driver is None else driver.link.peer_offset_ms

    def forgive(self, peer: DeviceKey) -> None:
        """Lift the suspension that three oversize frames brought."""
        driver = self._drivers.get(peer)
        if driver is not None:
            driver.link.forgive()

    def peers(self) -> Sequence[DeviceKey]:
        """Everyone with a link, silent ones included."""
        return tuple(self._drivers)

    # --- what the drivers ask ---
    def admit(self, peer: DeviceKey) -> Decision:
        return self._admission(peer)

    def refresh(self, link: PeerLink) -> None:
        link.set_scopes(self._scopes(link.peer))

    def tell(self, event: LinkEvent) -> None:
        if isinstance(event, MessageArrived):
            self.carried_bytes += len(event.body)
        if isinstance(event, MessageArrived) and CHANNEL_KINDS[event.channel].lane is Lane.BULK:
            self._bulk.put_nowait(event)
            return
        self._events.put_nowait(event)
        driver = self._drivers.get(event.peer)
        if isinstance(event, LinkGivenUp) and driver is not None:
            self._forget(driver, event.reason)

    def new_incarnation(self) -> bytes:
        return self._entropy.draw(INCARNATION_BYTES)

    def redial_wanted(self) -> None:
        """A host is dialled, it never dials."""

    def bulk_wanted(self) -> None:
        """A host says so by the control lane; its guest dials."""

    def offer_came(self, driver: LinkDriver, offer: AnswerOffer) -> None:
        self._events.put_nowait(AddressesTold(peer=driver.peer, networks=networks_of(offer.sdp)))
        direct = self._directs.get(driver.peer)
        if direct is not None:
            direct.offer_came(driver, offer)

    def answer_came(self, answer: TakeAnswer) -> None:
        """A host offers nothing, so no answer passes the machine."""

    def _may_open(self, guest: DeviceKey) -> Decision:
        driver = self._drivers.get(guest)
        if driver is not None and driver.link.is_suspended:
            return Deny("peer.suspended")
        return Deny("peer.self") if guest == self._key.key else self._admission(guest)

    def _driver(self, guest: DeviceKey) -> LinkDriver:
        known = self._drivers.get(guest)
        if known is not None:
            return known
        link = PeerLink(
            session=self._session,
            pair=self._key,
            peer=guest,
            is_host=True,
            incarnation=self.new_incarnation(),
            is_relay_allowed=self._is_relay_allowed,
            now=self._clock.now(),
        )
        driver = LinkDriver(link, self, self._tasks, self._clock)
        self._drivers[guest] = driver
        self._directs[guest] = DirectHost(self._engines, self._clock, self._tasks)
        self._tasks.start(driver.run())
        return driver

    def _forget(self, driver: LinkDriver, reason: str) -> None:
        if self._drivers.get(driver.peer) is driver:
            del self._drivers[driver.peer]
            self._directs.pop(driver.peer, None)
        driver.finish(reason)


async def _close_link(hub: HostHub, link: LinkId, reason: str) -> None:
    try:
        await hub.close_link(link, reason)
    except HorizonError:
        return
