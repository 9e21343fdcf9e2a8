"""A guest's one link to its host: dials, redials and upgrades by itself (PROTOCOL section 6)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final

from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.channel import CHANNEL_KINDS, ChannelKind, DataType, Engine, Lane
from horizon_desktop.domain.collaboration.peers import ConnectionMode, PeerScopes
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import DeviceKey, SessionId
from horizon_desktop.errors import HorizonError
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.hub import Caller, HubDialer
from horizon_desktop.ports.transport import DirectFactory, TlsFactory
from horizon_desktop.protocol.handshake import INCARNATION_BYTES
from horizon_desktop.protocol.link import PeerLink
from horizon_desktop.protocol.link_effects import AnswerOffer, TakeAnswer
from horizon_desktop.protocol.link_events import LinkEvent, MessageArrived, PathMoved
from horizon_desktop.services.bulk_dialing import BulkDialer
from horizon_desktop.services.direct_upgrade import DirectGuest
from horizon_desktop.services.guest_bulk import GuestBulk
from horizon_desktop.services.link_driver import LinkDriver
from horizon_desktop.services.link_tasks import LinkTasks
from horizon_desktop.services.relay_dialing import RelayDialer
from horizon_desktop.services.relay_lane import LANES

NO_ENGINES: Final[Mapping[Engine, DirectFactory]] = {}
_TOKEN_LOOK_MS: Final = 1000


class GuestLink:
    """A guest's one link to its host: dials, redials and upgrades by itself."""

    def __init__(
        self,
        *,
        session: SessionId,
        host: DeviceKey,
        key: DeviceKeyPair,
        hubs: Sequence[HubAddress],
        token: Callable[[], bytes],
        dialer: HubDialer,
        tls: TlsFactory,
        direct: DirectFactory | None,
        clock: Clock,
        entropy: Entropy,
        scopes: Callable[[], PeerScopes | None] = lambda: None,
        is_relay_allowed: bool = True,
        bulk: Mapping[Engine, DirectFactory] = NO_ENGINES,
    ) -> None:
        """Store what the link needs.

        Args:
            scopes: Our own entry for the sender's check (None: the host alone checks).
            bulk: Engines of direct connections that carry the bulk lane alone.
        """
        self._token = token
        self._scopes = scopes
        self._clock = clock
        self._entropy = entropy
        self._tasks = LinkTasks()
        self._events: asyncio.Queue[LinkEvent] = asyncio.Queue()
        self._over = asyncio.Event()
        link = PeerLink(
            session=session,
            pair=key,
            peer=host,
            is_host=False,
            incarnation=self.new_incarnation(),
            is_relay_allowed=is_relay_allowed,
            now=clock.now(),
        )
        self._driver = LinkDriver(link, self, self._tasks, clock)
        self._dialer = RelayDialer(
            self._driver,
            session=session,
            host=host,
            caller=Caller(key=key.key, sign=key.sign),
            hubs=hubs,
            token=token,
            dialer=dialer,
            tls=tls,
            lanes=LANES if is_relay_allowed else LANES[:1],
            clock=clock,
            entropy=entropy,
            tell=self.tell,
        )
        self._direct = None if direct is None else DirectGuest(self._driver, direct, clock, entropy)
        self.bulk = GuestBulk(self._driver)
        self._bulk_dialer = BulkDialer(
            self._driver, bulk, open_relay_lane=self._dialer.open_bulk_lane, clock=clock, entropy=entropy
        )

    async def run(self) -> None:
        """Dial and keep the link until cancelled or closed."""
        try:
            async with asyncio.TaskGroup() as group:
                works = [
                    self._tasks.run(),
                    self._driver.run(),
                    self._dialer.run(),
                    self._follow_token(),
                    self._bulk_dialer.run(),
                ]
                if self._direct is not None:
                    works.append(self._direct.run())
                running = [group.create_task(work) for work in works]
                await self._over.wait()
                for task in running:
                    task.cancel()
        finally:
            self._driver.finish("closed")

    async def events(self) -> AsyncIterator[LinkEvent]:
        """Yield what happens, in order. One consumer; bounded by the window of what is not settled."""
        while True:
            yield await self._events.get()

    async def send(
        self,
        channel: ChannelKind,
        data_type: DataType,
        body: bytes,
        *,
        latest_key: bytes | None = None,
    ) -> Decision:
        """Queue a message; wait until the link was up once, and while the channel's queue is full.

        Returns the Deny of our own scope, or Allow with the message queued. Raises LinkLost when closed.
        """
        await self._driver.first_up.wait()
        return await self._driver.send(channel, data_type, body, latest_key=latest_key)

    def settle(self, channel: ChannelKind, seq: int, deny: Deny | None = None) -> None:
        """Acknowledge a MessageArrived, or refuse it."""
        self._driver.settle(channel, seq, deny)

    def backlog(self, *kinds: ChannelKind) -> int:
        """How many messages to the host, on these channels or on all, are not acknowledged yet."""
        return self._driver.link.backlog(*kinds)

    def redial(self) -> None:
        """The network changed or the machine woke: doubt every path, dial the relay and try direct at once."""
        self._driver.network_changed()
        self._dialer.redial(at_once=True)
        self._bulk_dialer.hurry()
        if self._direct is not None:
            self._direct.hurry()

    def try_direct(self) -> None:
        """Try the direct path at once, because somebody asked; what runs by relay goes on meanwhile."""
        if self._direct is not None:
            self._direct.hurry()

    @property
    def is_up(self) -> bool:
        """Whether messages can travel now."""
        return self._driver.link.is_up

    def host_offset_ms(self) -> int:
        """Host's clock minus ours, from the last authenticated first message; 0 before."""
        return self._driver.link.peer_offset_ms

    @property
    def is_relay_refused(self) -> bool:
        """Whether the host takes nothing but control by relay (`net.relay.off`)."""
        return not self._driver.link.is_peer_relay_allowed

    async def close(self, *, flush_ms: int = 0) -> None:
        """Close every path, after waiting up to `flush_ms` for the backlog to be acknowledged; `run` returns."""
        if flush_ms:
            await self._driver.flush(flush_ms)
        self._driver.finish("closed")
        self._driver.first_up.set()
        self._over.set()

    # --- what the driver asks ---
    def admit(self, peer: DeviceKey) -> Decision:
        """The host was named by the link itself; its signature is all there is to ask."""
        return Allow()

    def refresh(self, link: PeerLink) -> None:
        link.set_scopes(self._scopes())

    def tell(self, event: LinkEvent) -> None:
        if isinstance(event, MessageArrived) and CHANNEL_KINDS[event.channel].lane is Lane.BULK:
            self.bulk.put(event)
            return
        if self._direct is not None and isinstance(event, PathMoved) and event.path == ConnectionMode.DIRECT:
            self._direct.stands()
        self._events.put_nowait(event)

    def new_incarnation(self) -> bytes:
        return self._entropy.draw(INCARNATION_BYTES)

    def redial_wanted(self) -> None:
        self._dialer.redial()

    def bulk_wanted(self) -> None:
        self._bulk_dialer.wanted()

    def offer_came(self, driver: LinkDriver, offer: AnswerOffer) -> None:
        """A guest is offered nothing: the host answers."""

    def answer_came(self, answer: TakeAnswer) -> None:
        self._bulk_dialer.answer_came(answer)
        if self._direct is not None:
            self._direct.answer_came(answer)

    async def _follow_token(self) -> None:
        """Hand each new token to the hub, so that it goes on relaying all lanes."""
        given = self._token()
        while True:
            await self._clock.sleep(_TOKEN_LOOK_MS)
            token = self._token()
            if token != given:
                given = token
                try:
                    await self._dialer.renew(token)
                except HorizonError:
                    self._dialer.redial()
