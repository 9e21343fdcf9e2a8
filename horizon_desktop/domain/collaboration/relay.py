"""Leave to use the relay: who may reach whom, in which lanes, how fast and until when (PROTOCOL section 5)."""

from enum import IntEnum

import msgspec

from horizon_desktop.domain.access.revocation import RevocationList
from horizon_desktop.domain.access.token import SKEW_MS, EphemeralToken
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import DeviceKey, SessionId
from horizon_desktop.domain.instants import Instant


class RelayPriority(IntEnum):
    """A peer's share of a busy line; the value stands in tokens."""

    LOW = 1
    NORMAL = 2
    HIGH = 3


class EphemeralRelayPermission(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub carries for one guest, as its last good token says."""

    guest: DeviceKey
    allowed_targets: frozenset[DeviceKey]
    lanes: frozenset[Lane]
    priority: RelayPriority
    bytes_per_s: int
    """Limit for each direction in whole bytes; 0: none."""
    not_before: Instant
    expires_at: Instant
    """On the host's clock."""
    epoch: int


class EphemeralRelayAuth:
    """Who may relay in one session. Knows tokens and the host's revocation list; touches nothing else.

    Every moment it is given is on the host's clock, as far as the hub knows it; 60 s of skew are allowed for.
    """

    __slots__ = ("_allowed_peers", "_revocations", "host", "session")

    def __init__(self, *, session: SessionId, host: DeviceKey) -> None:
        self.session = session
        self.host = host
        self._allowed_peers: dict[DeviceKey, EphemeralRelayPermission] = {}
        self._revocations: RevocationList | None = None

    def authorize_relay(
        self, token: EphemeralToken, *, guest: DeviceKey, target: DeviceKey, now: Instant
    ) -> EphemeralRelayPermission | Deny:
        """Let `guest` reach `target` as `token` says, and remember it, or say which rule refuses.

        An expired token is taken: `may_relay` then opens the control lane only, so that a guest whose renewal
        was late can still ask for one.

        Args:
            token: Claims whose signature by this session's host was checked.
            guest: The device key that the bearer has proven.
            target: The device it wants to reach.
            now: The host's clock.
        """
        refusal = self._refusal_of(token, guest=guest, target=target, now=now)
        if refusal is not None:
            return refusal
        permission = EphemeralRelayPermission(
            guest=guest,
            allowed_targets=frozenset(token.relay.targets),
            lanes=frozenset(Lane(lane) for lane in token.relay.lanes) | {Lane.CONTROL},
            priority=RelayPriority(token.relay.priority),
            bytes_per_s=token.relay.bytes_per_s,
            not_before=token.not_before,
            expires_at=token.expires_at,
            epoch=token.epoch,
        )
        known = self._allowed_peers.get(guest)
        if known is not None and known.epoch > permission.epoch:
            return Deny("token.revoked", f"epoch {permission.epoch} < {known.epoch}")
        if known is not None and known.epoch == permission.epoch and known.expires_at > permission.expires_at:
            return known  # the guest has shown a later token already
        self._allowed_peers[guest] = permission
        return permission

    def validate_ongoing(self, guest: DeviceKey, *, lane: Lane, now: Instant) -> Decision:
        """Allow one more frame of `guest` in `lane`, or say why no longer: asked at every frame."""
        permission = self._allowed_peers.get(guest)
        if permission is None:
            return Deny("relay.unknown")
        if self._revocations is not None:
            decision = self._revocations.admits(guest, epoch=permission.epoch)
            if isinstance(decision, Deny):
                return decision
        if lane is Lane.CONTROL:
            return Allow()
        if lane not in permission.lanes:
            return Deny("relay.lane", lane.name.lower())
        return Deny("token.expired") if _is_expired(permission, now) else Allow()

    def revoke(self, revocations: RevocationList) -> tuple[DeviceKey, ...]:
        """Take the host's list unless it is an old one; return the guests that are out by it."""
        if revocations.session != self.session or not revocations.supersedes(self._revocations):
            return ()
        self._revocations = revocations
        out = tuple(
            guest
            for guest, permission in self._allowed_peers.items()
            if isinstance(revocations.admits(guest, epoch=permission.epoch), Deny)
        )
        for guest in out:
            del self._allowed_peers[guest]
        return out

    def forget(self, guest: DeviceKey) -> None:
        """Drop a guest's permission: it has gone."""
        self._allowed_peers.pop(guest, None)

    def cleanup_expired(self, *, now: Instant) -> tuple[DeviceKey, ...]:
        """Return the guests whose permission has run out by now: only the control lane is left to them."""
        return tuple(guest for guest, permission in self._allowed_peers.items() if _is_expired(permission, now))

    def _refusal_of(self, token: EphemeralToken, *, guest: DeviceKey, target: DeviceKey, now: Instant) -> Deny | None:
        if token.issuer != self.host:
            return Deny("token.issuer")
        if target not in token.relay.targets:
            return Deny("relay.target")
        decision = token.admits(session=self.session, guest=guest, epoch=0, now=now)
        if isinstance(decision, Deny) and decision.rule != "token.expired":
            return decision
        if self._revocations is not None:
            revoked = self._revocations.admits(guest, epoch=token.epoch)
            if isinstance(revoked, Deny):
                return revoked
        return None


def _is_expired(permission: EphemeralRelayPermission, now: Instant) -> bool:
    return now.since(permission.expires_at) >= SKEW_MS
