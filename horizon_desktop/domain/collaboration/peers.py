"""The peers of a session as its host keeps them: who they are, until when, on which channels."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

import msgspec

from horizon_desktop.domain.collaboration.channel import (
    CHANNEL_KINDS,
    RATES,
    ChannelAccess,
    ChannelKind,
    RateLimit,
    ScopedDataChannel,
    scoped_channels,
)
from horizon_desktop.domain.collaboration.presence import Quality
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import PeerId, SessionId
from horizon_desktop.domain.instants import Instant, Now, Tick

MAX_PEERS = 64
"""Of one registry: 30 places of a session, several sessions, and room; a full one refuses `peers.full`."""


class ConnectionMode(StrEnum):
    """How a peer's messages travel (specification 4.1: P2P or Relay)."""

    RELAY = "relay"
    DIRECT = "direct"


class PeerInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What others may know of a peer: its name, its way and how well it is heard."""

    peer_id: PeerId
    display_name: str = ""
    connection_mode: ConnectionMode = ConnectionMode.RELAY
    quality: Quality | None = None
    is_ephemeral: bool = False
    """Here by a token, for a while; the host of a session is not."""


class EphemeralPeer(PeerInfo, frozen=True, kw_only=True):
    """A guest of one session, as long as its token says (specification 4.1)."""

    session: SessionId
    identity_id: str
    """UUID text of its ephemeral identity."""
    allowed_channels: dict[ChannelKind, ChannelAccess]
    joined_at: Instant
    expires_at: Instant
    expires_by: Tick
    """The same end on the sleep-counting clock: whichever comes first counts, so a clock set back gives no time."""
    epoch: int = 0
    is_ephemeral: bool = True


class PeerScopes(msgspec.Struct, frozen=True, kw_only=True):
    """A peer's entry with its scoped channels: what a link's gate asks at every message."""

    peer: EphemeralPeer
    channels: dict[ChannelKind, ScopedDataChannel]

    @classmethod
    def of(cls, peer: EphemeralPeer, *, rates: Mapping[ChannelKind, RateLimit] = RATES) -> Self:
        """Return the scopes that the peer's own channels and epoch give."""
        channels = scoped_channels(peer.allowed_channels, epoch=peer.epoch, rates=rates)
        return cls(peer=peer, channels=channels)


class EphemeralPeerRegistry(msgspec.Struct, frozen=True, kw_only=True):
    """Every peer that holds a place now. Each change makes a new registry."""

    peers: dict[PeerId, EphemeralPeer] = {}

    def register_peer(
        self,
        *,
        peer_id: PeerId,
        session: SessionId,
        identity_id: str,
        channels: Mapping[ChannelKind, ChannelAccess],
        expires_at: Instant,
        epoch: int,
        now: Now,
        display_name: str = "",
    ) -> "EphemeralPeerRegistry | Deny":
        """Return the registry with this peer in it, or why not.

        Again for a peer that is there: channels, expiry and epoch move, `joined_at` and quality stay; an epoch
        lower than the one known is refused (`token.epoch`).
        """
        known = self.peers.get(peer_id)
        if known is not None and epoch < known.epoch:
            return Deny("token.epoch", f"{epoch} < {known.epoch}")
        if now.instant >= expires_at:
            return Deny("token.expired")
        if known is None and len(self.peers) >= MAX_PEERS:
            return Deny("peers.full", str(MAX_PEERS))
        entry = EphemeralPeer(
            peer_id=peer_id,
            session=session,
            identity_id=identity_id,
            display_name=display_name or (known.display_name if known else ""),
            allowed_channels={kind: channels[kind] for kind in CHANNEL_KINDS if kind in channels},
            joined_at=known.joined_at if known else now.instant,
            expires_at=expires_at,
            expires_by=now.tick.plus(expires_at.since(now.instant)),
            epoch=epoch,
            connection_mode=known.connection_mode if known else ConnectionMode.RELAY,
            quality=known.quality if known else None,
        )
        return self._with(entry)

    def validate_channel_access(
        self,
        peer_id: PeerId,
        channel: ChannelKind,
        *,
        now: Now,
        needed: ChannelAccess = ChannelAccess.VIEW,
    ) -> Decision:
        """Whether the peer is known, in time, and has at least `needed` on the channel."""
        peer = self.peers.get(peer_id)
        if peer is None:
            return Deny("peer.unknown")
        if _is_over(peer, now=now):
            return Deny("token.expired")
        if peer.allowed_channels.get(channel, ChannelAccess.CLOSED) < needed:
            return Deny("channel.closed", channel)
        return Allow()

    def get_session_peers(self, session: SessionId) -> tuple[EphemeralPeer, ...]:
        """Return the peers of one session in the order they joined."""
        members = (peer for peer in self.peers.values() if peer.session == session)
        return tuple(sorted(members, key=lambda peer: (peer.joined_at, peer.peer_id)))

    def measured(self, peer_id: PeerId, mode: ConnectionMode, quality: Quality | None) -> Self:
        """Return the registry with how the peer is heard now; an unknown peer changes nothing."""
        peer = self.peers.get(peer_id)
        if peer is None:
            return self
        return self._with(msgspec.structs.replace(peer, connection_mode=mode, quality=quality))

    def raise_epoch(self, peer_id: PeerId, epoch: int) -> Self:
        """Return the registry in which every scope made for a lower epoch of this peer is void."""
        peer = self.peers.get(peer_id)
        if peer is None or epoch <= peer.epoch:
            return self
        return self._with(msgspec.structs.replace(peer, epoch=epoch))

    def without(self, peer_id: PeerId) -> Self:
        """Return the registry with this peer gone."""
        left = {key: peer for key, peer in self.peers.items() if key != peer_id}
        return type(self)(peers=left)

    def cleanup_expired(self, *, now: Now) -> tuple[Self, tuple[PeerId, ...]]:
        """Return the registry without those whose time is over, and who they were."""
        gone = tuple(key for key, peer in self.peers.items() if _is_over(peer, now=now))
        left = {key: peer for key, peer in self.peers.items() if key not in gone}
        return type(self)(peers=left), gone

    def _with(self, peer: EphemeralPeer) -> Self:
        return type(self)(peers={**self.peers, peer.peer_id: peer})


def _is_over(peer: EphemeralPeer, *, now: Now) -> bool:
    return now.instant >= peer.expires_at or now.tick >= peer.expires_by
