"""The gate of a link: asks the peer's scopes at every message, on the way out and, for good, on the way in."""

import msgspec

from horizon_desktop.domain.collaboration.channel import (
    CHANNEL_KINDS,
    RATES,
    ChannelKind,
    DataType,
    RateLimit,
)
from horizon_desktop.domain.collaboration.peers import PeerScopes
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.instants import Now


class Gate:
    """One function with two callers (ARCHITECTURE): `may_send` is early feedback, `take` is the real gate.

    The scopes are always the guest's. A host without them (`None`) lets nothing pass either way; a guest
    without them leaves the decision to its host and holds the host to the table of channels.
    """

    def __init__(self, *, is_host: bool) -> None:
        self._is_host = is_host
        self._scopes: PeerScopes | None = None
        self._given: PeerScopes | None = None

    def set_scopes(self, scopes: PeerScopes | None) -> None:
        """Take the guest's entry and scopes as they are now; what it has used of its rates stays counted."""
        if scopes is self._given:
            return
        self._given = scopes
        if scopes is None or self._scopes is None:
            self._scopes = scopes
            return
        known = self._scopes.channels
        channels = {
            kind: msgspec.structs.replace(scope, usage=known[kind].usage if kind in known else {})
            for kind, scope in scopes.channels.items()
        }
        self._scopes = PeerScopes(peer=scopes.peer, channels=channels)

    def rate(self, kind: ChannelKind) -> RateLimit:
        """Return the guest's rate on a channel: its scope's, or the table's."""
        scope = self._scopes.channels.get(kind) if self._scopes is not None else None
        return RATES[kind] if scope is None else scope.rate

    def may_send(self, kind: ChannelKind, data_type: DataType, size_bytes: int, *, now: Now) -> Decision:
        """Whether we may send this to the peer. Rates are not asked: an honest sender is paced instead."""
        if self._scopes is None:
            return Deny("peer.unknown") if self._is_host else _fits(kind, data_type, size_bytes)
        scope = self._scopes.channels.get(kind)
        if scope is None:
            return Deny("channel.closed", kind)
        if self._is_host:
            return scope.can_receive(self._scopes.peer, data_type, size_bytes, now=now)
        unused = msgspec.structs.replace(scope, usage={})
        return unused.can_send(self._scopes.peer, data_type, size_bytes, now=now)

    def take(self, kind: ChannelKind, data_type: DataType, size_bytes: int, *, now: Now) -> Decision:
        """Whether a message that came from the peer may pass; one that may is counted against its rate."""
        if not self._is_host:
            return _fits(kind, data_type, size_bytes)
        if self._scopes is None:
            return Deny("peer.unknown")
        scope = self._scopes.channels.get(kind)
        if scope is None:
            return Deny("channel.closed", kind)
        peer = self._scopes.peer
        decision = scope.can_send(peer, data_type, size_bytes, now=now)
        if isinstance(decision, Allow):
            counted = scope.record_message(peer.peer_id, size_bytes, now=now.tick)
            channels = {**self._scopes.channels, kind: counted}
            self._scopes = PeerScopes(peer=peer, channels=channels)
        return decision


def _fits(kind: ChannelKind, data_type: DataType, size_bytes: int) -> Decision:
    row = CHANNEL_KINDS[kind]
    if data_type not in row.use_types:
        return Deny("type.forbidden", f"{data_type} on {kind}")
    if size_bytes > row.max_message_bytes:
        return Deny("message.oversize", f"{size_bytes} > {row.max_message_bytes}")
    return Allow()
