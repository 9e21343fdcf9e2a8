"""One session's room at a hub: its host, invites, mailboxes and members; and the seat each client holds in it."""

from typing import Final

import msgspec

from horizon_desktop.domain.access.revocation import RevocationList
from horizon_desktop.domain.access.token import parse_token
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.collaboration.relay import EphemeralRelayAuth, EphemeralRelayPermission
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.ids import DeviceKey, LinkId, Locator, SessionId
from horizon_desktop.domain.instants import Instant, Now, Tick
from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.protocol.hub_messages import Publish
from horizon_desktop.protocol.relay import CONTROL_ONLY, ClientId

_HOUR_MS: Final = 60 * 60 * 1000


class RoomLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of what one hub and one host may hold."""

    max_sessions: int = 20_000
    max_previews: int = 50_000
    """Of all sessions: 4 KiB each at most."""
    max_invites: int = 64
    """Of one session, as the next two."""
    max_mailboxes: int = 64
    max_members: int = 64
    attempts_per_hour: int = 20
    """Mailboxes opened; and `attempts_per_place` more for each place of its open invites."""
    attempts_per_place: int = 4
    max_links: int = 3
    """Of one guest; one more ends its oldest."""
    mailbox_life_ms: int = 10 * 60 * 1000
    mailbox_posts: int = 64
    """Messages through one mailbox, each way. Redemption takes six."""
    mailbox_bytes: int = 32 * 1024
    """From one invitee: strangers together never fill what waits for the host."""


class Mailbox(msgspec.Struct, kw_only=True):
    """An invitee's way to the host, before redemption."""

    number: int
    invitee: ClientId
    locator: Locator
    opened: Tick
    posts_by_host: int = 0
    posts_by_invitee: int = 0
    bytes_by_invitee: int = 0


class Member(msgspec.Struct, kw_only=True):
    """A guest with a token, linked to the host."""

    link: LinkId
    client: ClientId
    guest: DeviceKey
    lanes: frozenset[Lane]
    """Open now."""


class Room(msgspec.Struct, kw_only=True):
    """All the hub knows of one session, for as long as its host is connected."""

    session: SessionId
    host: ClientId
    key: DeviceKey
    auth: EphemeralRelayAuth
    host_time: Instant
    told_at: Tick
    invites: dict[Locator, Publish] = {}
    mailboxes: dict[int, Mailbox] = {}
    members: dict[LinkId, Member] = {}
    links: dict[DeviceKey, list[LinkId]] = {}
    """Each guest's links, oldest first: it dials anew before its last connection is known to be dead."""
    attempts: list[Tick] = []
    """Of the last hour."""

    def host_now(self, now: Now) -> Instant:
        """The host's clock: what it said at registration, and the time since (never the hub's own clock)."""
        return self.host_time.plus(now.tick.since(self.told_at))

    def count_attempt(self, limits: RoomLimits, *, now: Tick) -> int:
        """Count an opened mailbox and return 0, or return the milliseconds until one more is allowed."""
        places = sum(invite.open_places for invite in self.invites.values())
        allowed = limits.attempts_per_hour + limits.attempts_per_place * places
        self.attempts = [tick for tick in self.attempts if now.since(tick) < _HOUR_MS]
        if len(self.attempts) >= allowed:
            return _HOUR_MS - now.since(self.attempts[-allowed]) if allowed else _HOUR_MS
        self.attempts.append(now)
        return 0

    def authorize(self, guest: DeviceKey, token: bytes, *, now: Now) -> EphemeralRelayPermission | Deny:
        """Check a member's token and remember what it permits, or say which rule refuses."""
        try:
            signed = parse_token(token, issuer=self.key)
        except RemoteProtocolError:
            return Deny("token.bad")
        return self.auth.authorize_relay(signed.token, guest=guest, target=self.key, now=self.host_now(now))

    def open_lanes(self, permission: EphemeralRelayPermission, *, now: Now) -> frozenset[Lane]:
        """Return the lanes that `permission` opens now."""
        moment = self.host_now(now)
        return CONTROL_ONLY | {
            lane
            for lane in permission.lanes
            if permission.bytes_per_s > 0
            and not isinstance(self.auth.validate_ongoing(permission.guest, lane=lane, now=moment), Deny)
        }

    def revoke(self, revocations: RevocationList) -> list[Member]:
        """Take the host's list; return the members that are out by it."""
        return [member for guest in self.auth.revoke(revocations) for member in self.members_of(guest)]

    def members_of(self, guest: DeviceKey) -> list[Member]:
        """Return a guest's connections, oldest first."""
        return [self.members[link] for link in self.links.get(guest, [])]


class HostSeat(msgspec.Struct, frozen=True):
    """A client that is the room's host."""

    room: Room


class InviteeSeat(msgspec.Struct, frozen=True):
    """A client at the far end of a mailbox."""

    room: Room
    mailbox: Mailbox


class MemberSeat(msgspec.Struct, frozen=True):
    """A client that is relayed to the room's host."""

    room: Room
    member: Member


Seat = HostSeat | InviteeSeat | MemberSeat
