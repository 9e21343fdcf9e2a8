"""Links of a session: the host's to every guest, and a guest's one to its host (PROTOCOL section 6)."""

from collections.abc import AsyncIterator, Callable, Sequence

from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.channel import ChannelKind, DataType, Lane
from horizon_desktop.domain.collaboration.peers import PeerScopes
from horizon_desktop.domain.decision import Decision, Deny
from horizon_desktop.domain.ids import DeviceKey, LinkId, SessionId
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.hub import HostHub, HubDialer
from horizon_desktop.ports.transport import DirectFactory, TlsFactory
from horizon_desktop.protocol.link_events import LinkEvent


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
    ) -> None:
        """Store what the links need.

        Args:
            admission: Asked at every binding, resumes included: roster, epoch, expiry.
            scopes: Asked for every received chunk: the peer's entry and its scoped channels as they are now
                (`domain/collaboration/peers.py`, `PeerScopes.of(...)`). None: the peer is nobody, all is refused.
        """

    async def run(self) -> None:
        """Own every task of the links until cancelled; then every path is closed."""

    def events(self) -> AsyncIterator[LinkEvent]:
        """Yield what happens on every link, in order. One consumer; bounded: a slow one slows the paths."""

    def relay_opened(self, hub: HostHub, link: LinkId, guest: DeviceKey) -> None:
        """A member was announced (hub event LinkOpened)."""

    async def relay_bytes(self, hub: HostHub, link: LinkId, lane: Lane, data: bytes) -> None:
        """Relayed bytes came (hub event RelayFrame); waits while this lane's reader is slow."""

    def relay_closed(self, hub: HostHub, link: LinkId) -> None:
        """A member's relay connection ended (hub event LinkClosed)."""

    def hub_lost(self, hub: HostHub) -> None:
        """The connection to a hub ended: every relay path through it is closed."""

    async def send(
        self,
        peer: DeviceKey,
        channel: ChannelKind,
        data_type: DataType,
        body: bytes,
        *,
        latest_key: bytes | None = None,
    ) -> Decision:
        """Queue a message; wait while the channel's queue is full.

        Returns the Deny of the scope's gate, or Allow with the message queued.
        With `latest_key` it takes the place of a message with the same key that was not taken yet (cursors).

        Raises LinkLost when there is no link to the peer, or it is given up while waiting.
        """

    def settle(self, peer: DeviceKey, channel: ChannelKind, seq: int, deny: Deny | None = None) -> None:
        """Acknowledge a MessageArrived, or refuse it (acknowledged as refused, counted, never sent again)."""

    def backlog(self, peer: DeviceKey) -> int:
        """How many messages to the peer are not acknowledged yet."""

    async def drop(self, peer: DeviceKey, reason: str, *, flush_ms: int = 0) -> None:
        """Close every path to the peer and forget it, after waiting up to `flush_ms` for the backlog to be acknowledged."""

    def forgive(self, peer: DeviceKey) -> None:
        """Lift the suspension that three oversize frames brought."""

    def peers(self) -> Sequence[DeviceKey]:
        """Everyone with a link, silent ones included."""


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
    ) -> None:
        """Store what the link needs; `scopes` is our own entry, for the sender's check (None: the host alone checks)."""

    async def run(self) -> None:
        """Dial and keep the link until cancelled or closed."""

    def events(self) -> AsyncIterator[LinkEvent]: ...
    async def send(
        self,
        channel: ChannelKind,
        data_type: DataType,
        body: bytes,
        *,
        latest_key: bytes | None = None,
    ) -> Decision: ...
    def settle(self, channel: ChannelKind, seq: int, deny: Deny | None = None) -> None: ...
    def backlog(self) -> int: ...
    def redial(self) -> None:
        """The network changed or the machine woke: dial the relay and try direct at once."""

    def host_offset_ms(self) -> int:
        """Host's clock minus ours, from the last authenticated first message; 0 before."""

    async def close(self, *, flush_ms: int = 0) -> None:
        """Close every path, after waiting up to `flush_ms` for the backlog to be acknowledged; `run` returns."""
