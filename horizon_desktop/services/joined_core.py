"""The parts of a joined session that its use cases share: link, documents, token, lease, and how the host is told."""

import asyncio
from collections.abc import Mapping
from typing import Final

import msgspec

from horizon_desktop.domain.access.token import parse_token
from horizon_desktop.domain.collaboration.channel import ChannelAccess, ChannelKind, DataType
from horizon_desktop.domain.collaboration.lease import Lease, LeaseStage
from horizon_desktop.domain.collaboration.peers import EphemeralPeer, PeerScopes
from horizon_desktop.domain.collaboration.presence import Participant
from horizon_desktop.domain.collaboration.surfaces import channels_without
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.events import LeaseWarning, SessionEnded, SessionExpired, WentReadOnly
from horizon_desktop.domain.ids import peer_id_of, session_text
from horizon_desktop.domain.instants import Instant, Now
from horizon_desktop.errors import AccessRefused, HorizonError
from horizon_desktop.ports.records import MembershipRow
from horizon_desktop.protocol.payloads.chat import GuestChat
from horizon_desktop.protocol.payloads.codec import encode
from horizon_desktop.protocol.payloads.control import GuestControl
from horizon_desktop.protocol.payloads.edits import GuestEdits
from horizon_desktop.services.document_copies import GuestDocuments
from horizon_desktop.services.guest_link import GuestLink
from horizon_desktop.services.host_parts import Parts
from horizon_desktop.services.lease_watch import LeaseWatch
from horizon_desktop.services.measuring import Measuring

LAST_WORD_MS: Final = 2_000
"""After the end of the lease the host's farewell has so long to arrive; then the guest ends by itself."""


_WALL_SLACK_MS: Final = 24 * 3_600_000
"""Our own wall clock may be set while we are in: the sleep-counting one says when a token is over."""


class JoinedCore:
    """Built once a session; `membership`, `channels` and `participants` are replaced when they change."""

    def __init__(self, *, membership: MembershipRow, parts: Parts, lease: Lease) -> None:
        self.membership = membership
        self.parts = parts
        self.text_id = session_text(membership.session_id)
        self.own_peer_id = peer_id_of(parts.key.key)
        self.host_peer_id = peer_id_of(membership.host_key)
        self.channels: dict[str, int] = {}
        self.participants: tuple[Participant, ...] = ()
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._scopes: PeerScopes | None = None
        self.over = asyncio.Event()
        self.is_leaving = False
        now = parts.clock.now()
        self._host_clock = Now(now.instant.plus(membership.host_offset_ms), now.tick)
        """What the host's clock said at a moment of our own sleep-counting clock."""
        self._read_token(membership.token)
        self.link = GuestLink(
            session=membership.session_id,
            host=membership.host_key,
            key=parts.key,
            hubs=membership.hubs,
            token=lambda: self.membership.token,
            dialer=parts.dialer,
            tls=parts.tls,
            direct=parts.direct,
            bulk=parts.bulk,
            clock=parts.clock,
            entropy=parts.entropy,
            scopes=lambda: self._scopes,
        )
        self.measuring = Measuring(self.link.bulk, clock=parts.clock, entropy=parts.entropy, is_host=False)
        self.documents = GuestDocuments(
            session_id=membership.session_id,
            replicas=parts.replicas,
            bus=parts.bus,
            clock=parts.clock,
            send=self._send_document,
            unsettled=lambda: self.link.backlog(ChannelKind.EDITS),
        )
        self.watch = LeaseWatch(lease=lease, clock=parts.clock, on_stage=self._reach)

    # --- the host is told ---
    async def tell(self, message: GuestControl) -> None:
        """Queue a control message for the host."""
        await self.link.send(ChannelKind.CONTROL, DataType.CONTROL, encode(message))

    async def ask(self, message: GuestChat) -> None:
        """Queue a message of the chat channel. Raises AccessRefused when chat is closed to us."""
        await self.send(ChannelKind.CHAT, DataType.CHAT, message)

    # --- what the host says ---
    def hear_host_clock(self) -> None:
        """A path was bound, and with it the host told its time: reckon from here, whatever our wall clock does."""
        now = self.parts.clock.now()
        self._host_clock = Now(now.instant.plus(self.link.host_offset_ms()), now.tick)

    def host_now(self) -> Instant:
        """Return the time on the host's clock: what it told, and our own sleep-counting clock since."""
        return self._host_clock.instant.plus(self.parts.clock.now().tick.since(self._host_clock.tick))

    async def take_token(self, token: bytes) -> None:
        """Use this token from now on, after its signature by the host was checked. Raises RemoteProtocolError."""
        self._read_token(token)
        self.membership = msgspec.structs.replace(self.membership, token=token)
        await self.parts.store.set_token(self.membership.session_id, token, host_offset_ms=self.link.host_offset_ms())

    async def move_lease(self, expires_at: Instant) -> None:
        """Reckon with this end of the session, told on the host's clock, from now on; also after a restart."""
        self.watch.move(
            Lease.told(
                created_at=self.membership.created_at,
                expires_at=expires_at,
                host_time=self.host_now(),
                now=self.parts.clock.now(),
            )
        )
        if expires_at != self.membership.expires_at:
            self.membership = msgspec.structs.replace(self.membership, expires_at=expires_at)
            await self.parts.store.put_membership(self.membership)

    async def finish(self, reason: str, at: Instant) -> None:
        """The session is over for us; whoever waited for `opened` is told. The token is wiped unless we may return."""
        if self.over.is_set():
            return
        reason = "left" if self.is_leaving else reason  # the host's goodbye may come before our own turn
        if reason not in ("lost", "mirror"):  # a lost link may be found again, a file in the way be moved
            await self.parts.store.end_membership(self.membership.session_id, reason=reason, at=at)
        if reason == "expired":
            self.parts.bus.publish(SessionExpired(session_id=self.text_id))
        self.parts.bus.publish(SessionEnded(session_id=self.text_id, reason=reason, at=at))
        if not self.opened.done():
            self.opened.set_exception(AccessRefused(f"the session is over: {reason}", code="ended"))
        self.over.set()

    def take_channels(self, channels: Mapping[str, int]) -> None:
        """Note what the host lets us do; what is switched off here stays closed."""
        self.channels = channels_without(channels, self.parts.configuration.features.off)

    def check_surface(self, channel: ChannelKind) -> None:
        """Refuse a surface that is switched off here. Raises AccessRefused (config.off)."""
        if channel.value in self.parts.configuration.features.off:
            raise AccessRefused(f"{channel} is switched off", code="config.off", name=channel.value)

    def fail(self, trouble: HorizonError) -> None:
        """Nobody will welcome us: tell whoever waits for `opened`."""
        if not self.opened.done():
            self.opened.set_exception(trouble)

    # --- inside ---
    def _read_token(self, raw: bytes) -> None:
        token = parse_token(raw, issuer=self.membership.host_key).token
        now = self.parts.clock.now()
        left_ms = token.expires_at.since(self.host_now())
        given = token.capabilities.channels  # a later host may know channels that we do not
        channels = {kind: ChannelAccess(given[kind]) for kind in ChannelKind if kind in given}
        self.take_channels(token.capabilities.channels)
        self._scopes = PeerScopes.of(
            EphemeralPeer(
                peer_id=self.own_peer_id,
                session=token.session,
                identity_id="",
                allowed_channels=channels,
                joined_at=now.instant,
                expires_at=now.instant.plus(max(0, left_ms) + _WALL_SLACK_MS),
                expires_by=now.tick.plus(left_ms),
                epoch=token.epoch,
            )
        )

    async def send(self, channel: ChannelKind, data_type: DataType, message: GuestChat | GuestEdits) -> None:
        """Queue a message. Raises AccessRefused with the rule when our own scope, or our configuration, forbids it."""
        self.check_surface(channel)
        decision = await self.link.send(channel, data_type, encode(message))
        if isinstance(decision, Deny):
            raise AccessRefused(f"not sent: {decision.rule}", code=decision.rule)

    async def _send_document(self, data_type: DataType, message: GuestEdits) -> None:
        await self.send(ChannelKind.EDITS, data_type, message)

    async def _reach(self, stage: LeaseStage) -> None:
        now = self.parts.clock.now()
        if stage in (LeaseStage.NOTICE, LeaseStage.URGENT):
            self.parts.bus.publish(
                LeaseWarning(
                    session_id=self.text_id,
                    level=stage.name.lower(),
                    seconds_left=self.watch.lease.left_ms(now=now) // 1000,
                    expires_at=self.watch.lease.expires_at,
                )
            )
        elif stage is LeaseStage.READ_ONLY:
            self.parts.bus.publish(WentReadOnly(session_id=self.text_id))
        elif stage is LeaseStage.OVER:
            await self.parts.clock.sleep(LAST_WORD_MS)
            await self.link.close()
            await self.finish("expired", self.watch.lease.expires_at)
