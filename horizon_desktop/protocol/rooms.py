"""Rooms: who comes and goes at a hub, what each may say, and what follows (PROTOCOL section 5).

One machine for a whole hub. It is told what clients say and what time it is, and answers with effects. Who a
client is has been proven before (hub/signaling.py); what a client may do is decided here.
"""

from collections.abc import Sequence
from typing import Final

from horizon_desktop.domain.access.derivation import locator_of, session_id_of
from horizon_desktop.domain.access.revocation import parse_revocations
from horizon_desktop.domain.collaboration.relay import EphemeralRelayAuth, EphemeralRelayPermission
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.ids import DeviceKey, LinkId, Locator, SessionId
from horizon_desktop.domain.instants import Instant, Now
from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.protocol.hub_frames import RelayedBytes
from horizon_desktop.protocol.hub_messages import (
    CloseLink,
    CloseMailbox,
    Done,
    HostAccepted,
    HostHello,
    InviteeHello,
    MailboxAccepted,
    MailboxArrived,
    MailboxDelivered,
    MailboxGone,
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
from horizon_desktop.protocol.relay import CONTROL_ONLY, ClientId, Deliver, Drop, Effect, RelaySwitch
from horizon_desktop.protocol.room import (
    HostSeat,
    InviteeSeat,
    Mailbox,
    Member,
    MemberSeat,
    Room,
    RoomLimits,
    Seat,
)

INVITEE_MAILBOX: Final = 1
"""What an invitee calls its only mailbox."""
_MAX_NUMBER: Final = 2**32 - 1


class Rooms:
    """Every room of a hub. `relay` holds the bytes of the links that are made here."""

    def __init__(self, *, relay: RelaySwitch, limits: RoomLimits) -> None:
        self.relay = relay
        self._limits = limits
        self._rooms: dict[SessionId, Room] = {}
        self._invites: dict[Locator, Room] = {}
        self._seats: dict[ClientId, Seat] = {}
        self._numbers: set[int] = set()
        self._last_number = INVITEE_MAILBOX

    @property
    def session_count(self) -> int:
        return len(self._rooms)

    def preview(self, locator: Locator) -> bytes | None:
        """Return an invite's sealed preview while its host is connected."""
        room = self._invites.get(locator)
        return None if room is None else room.invites[locator].sealed

    def register(self, client: ClientId, hello: HostHello, *, now: Now) -> Sequence[Effect] | Refused:
        """Open a room for a session whose id the host's key and nonce really give.

        A room of the same session gives way: its host has come back on a new connection.
        """
        key, session = DeviceKey(hello.key), SessionId(hello.session)
        if session_id_of(key, hello.session_nonce) != session:
            return Refused("session.id", 0)
        effects: list[Effect] = []
        former = self._rooms.get(session)
        if former is not None:
            effects += self._evict(former.host, "host.replaced")
        if len(self._rooms) >= self._limits.max_sessions:
            return Refused("hub.full", 60_000)
        room = Room(
            session=session,
            host=client,
            key=key,
            auth=EphemeralRelayAuth(session=session, host=key),
            host_time=Instant(hello.host_time_ms),
            told_at=now.tick,
        )
        self._rooms[session] = room
        self._seats[client] = HostSeat(room)
        return [*effects, Deliver(client, HostAccepted())]

    def open_mailbox(self, client: ClientId, hello: InviteeHello, *, now: Now) -> Sequence[Effect] | Refused:
        """Join an invitee to the host of its invite; attempts are counted for the whole session."""
        locator = Locator(hello.locator)
        room = self._invites.get(locator)
        if room is None:
            return Refused("host.away", 0)
        if DeviceKey(hello.key) == room.key:
            return Refused("invite.own", 0)
        if len(room.mailboxes) >= self._limits.max_mailboxes:
            return Refused("hub.full", 30_000)
        wait_ms = room.count_attempt(self._limits, now=now.tick)
        if wait_ms:
            return Refused("hub.session_rate", wait_ms)
        mailbox = Mailbox(number=self._number(), invitee=client, locator=locator, opened=now.tick)
        room.mailboxes[mailbox.number] = mailbox
        self._seats[client] = InviteeSeat(room, mailbox)
        return [
            Deliver(client, MailboxAccepted()),
            Deliver(room.host, MailboxArrived(mailbox.number, locator)),
        ]

    def join(self, client: ClientId, hello: MemberHello, *, now: Now) -> Sequence[Effect] | Refused:
        """Link a member to its host. Of too many links of one device the oldest gives way.

        With an expired token the link carries the control lane only.
        """
        room = self._rooms.get(SessionId(hello.session))
        if room is None:
            return Refused("host.away", 0)
        guest = DeviceKey(hello.key)
        former = room.members_of(guest)
        if not former and len(room.links) >= self._limits.max_members:
            return Refused("hub.full", 30_000)
        permission = room.authorize(guest, hello.token, now=now)
        if isinstance(permission, Deny):
            return Refused(permission.rule, 0)
        effects = self._link(room, client, permission, now=now)
        if len(former) >= self._limits.max_links:
            return [*self._evict(former[0].client, "link.replaced"), *effects]
        return effects

    # --- speaking ---

    def receive(self, client: ClientId, message: ToHub, *, now: Now) -> Sequence[Effect]:
        """Return what follows from a client's message.

        Raises:
            RemoteProtocolError: a client of this class may not say this.
        """
        seat = self._seats.get(client)
        match seat, message:
            case None, _:
                return ()  # dropped a moment ago; what it had on its way no longer counts
            case HostSeat(room), _:
                return self._receive_host(room, message)
            case InviteeSeat(room, mailbox), MailboxPost(mailbox=number) if number == INVITEE_MAILBOX:
                return self._post_by_invitee(room, mailbox, message)
            case MemberSeat(room, member), RenewToken():
                return self._renew(room, member, message, now=now)
            case _:
                raise RemoteProtocolError(f"{type(seat).__name__} may not say {type(message).__name__}")

    def relayed(self, client: ClientId, relayed: RelayedBytes, frame: bytes, *, now: Now) -> Sequence[Effect]:
        """Queue a relay frame for the other end of its link, after asking whether its guest still may.

        Args:
            client: Who sent it.
            relayed: The frame's header, read.
            frame: The whole frame: it goes on as it came.
            now: Both clocks.

        Raises:
            RemoteProtocolError: the link is not this client's.
        """
        seat = self._seats.get(client)
        match seat:
            case None:
                return ()
            case HostSeat(room):
                member = room.members.get(relayed.link)
                if member is None:
                    return ()  # it left while this frame was on its way
            case MemberSeat(room, member) if relayed.link == member.link:
                pass
            case _:
                raise RemoteProtocolError("a relay frame for a link of somebody else")
        effects: list[Effect] = []
        decision = room.auth.validate_ongoing(member.guest, lane=relayed.lane, now=room.host_now(now))
        if isinstance(decision, Deny) and relayed.lane in member.lanes:
            effects += self._shut(room, member)
        for effect in self.relay.offer(client, relayed.link, relayed.lane, frame):
            effects += self._evict(effect.client, effect.rule) if isinstance(effect, Drop) else [effect]
        return effects

    # --- going, and time ---

    def gone(self, client: ClientId) -> Sequence[Effect]:
        """Forget a client whose connection has ended, and tell whom it concerns."""
        return self._leave(client, "link.lost")

    def wake(self, *, now: Now) -> Sequence[Effect]:
        """Shut the lanes of expired tokens and close old mailboxes; to be called every second."""
        effects: list[Effect] = []
        for room in self._rooms.values():
            for guest in room.auth.cleanup_expired(now=room.host_now(now)):
                for member in room.members_of(guest):
                    effects += self._shut(room, member)
        old = [
            mailbox.invitee
            for room in self._rooms.values()
            for mailbox in room.mailboxes.values()
            if now.tick.since(mailbox.opened) >= self._limits.mailbox_life_ms
        ]
        for invitee in old:
            effects += self._evict(invitee, "mailbox.expired")
        return effects

    # --- what follows ---

    def _receive_host(self, room: Room, message: ToHub) -> Sequence[Effect]:
        match message:
            case Publish():
                return self._publish(room, message)
            case Withdraw():
                if room.invites.pop(Locator(message.locator), None) is not None:
                    del self._invites[Locator(message.locator)]
                return _done(room.host, message.request)
            case PublishRevocations():
                return self._revoke(room, message)
            case MailboxPost():
                return self._post_by_host(room, message)
            case CloseMailbox():
                mailbox = room.mailboxes.get(message.mailbox)
                return () if mailbox is None else self._evict(mailbox.invitee, "mailbox.closed")
            case CloseLink():
                member = room.members.get(LinkId(message.link))
                return () if member is None else self._evict(member.client, message.reason or "link.closed")
            case _:
                raise RemoteProtocolError(f"a host may not say {type(message).__name__}")

    def _publish(self, room: Room, message: Publish) -> Sequence[Effect]:
        locator = Locator(message.locator)
        if locator_of(room.key, message.invite_nonce) != locator:
            return (Deliver(room.host, NotDone(message.request, "invite.locator")),)
        is_full = len(room.invites) >= self._limits.max_invites or len(self._invites) >= self._limits.max_previews
        if locator not in room.invites and is_full:
            return (Deliver(room.host, NotDone(message.request, "hub.full")),)
        holder = self._invites.get(locator)
        if holder is not None and holder is not room:
            return (Deliver(room.host, NotDone(message.request, "invite.elsewhere")),)
        room.invites[locator] = message
        self._invites[locator] = room
        return _done(room.host, message.request)

    def _revoke(self, room: Room, message: PublishRevocations) -> Sequence[Effect]:
        try:
            revocations = parse_revocations(message.signed, issuer=room.key)
        except RemoteProtocolError:
            return (Deliver(room.host, NotDone(message.request, "revocations.bad")),)
        if revocations.session != room.session:
            return (Deliver(room.host, NotDone(message.request, "revocations.session")),)
        effects: list[Effect] = []
        for member in room.revoke(revocations):
            effects += self._evict(member.client, "access.revoked")
        return [*effects, *_done(room.host, message.request)]

    def _post_by_host(self, room: Room, message: MailboxPost) -> Sequence[Effect]:
        mailbox = room.mailboxes.get(message.mailbox)
        if mailbox is None:
            return ()  # the invitee left while this was on its way
        mailbox.posts_by_host += 1
        if mailbox.posts_by_host > self._limits.mailbox_posts:
            return self._evict(mailbox.invitee, "mailbox.full")
        return (Deliver(mailbox.invitee, MailboxDelivered(INVITEE_MAILBOX, message.data)),)

    def _post_by_invitee(self, room: Room, mailbox: Mailbox, message: MailboxPost) -> Sequence[Effect]:
        mailbox.posts_by_invitee += 1
        mailbox.bytes_by_invitee += len(message.data)
        is_flood = (
            mailbox.posts_by_invitee > self._limits.mailbox_posts
            or mailbox.bytes_by_invitee > self._limits.mailbox_bytes
        )
        if is_flood:
            return self._evict(mailbox.invitee, "mailbox.full")
        return (Deliver(room.host, MailboxDelivered(mailbox.number, message.data)),)

    def _link(
        self, room: Room, client: ClientId, permission: EphemeralRelayPermission, *, now: Now
    ) -> Sequence[Effect]:
        lanes = room.open_lanes(permission, now=now)
        member = Member(link=LinkId(self._number()), client=client, guest=permission.guest, lanes=lanes)
        former = room.members_of(member.guest)
        room.members[member.link] = member
        room.links.setdefault(member.guest, []).append(member.link)
        self._seats[client] = MemberSeat(room, member)
        self.relay.open(
            member.link,
            host=room.host,
            member=client,
            priority=permission.priority,
            bytes_per_s=permission.bytes_per_s,
            now=now.tick,
            sharing=(former[-1].link, former[-1].client) if former else None,
        )
        ends = (room.host, client)
        opening = self.relay.set_lanes(member.link, ends=ends, lanes=lanes)
        is_paused = any(isinstance(effect, Deliver) for effect in opening)
        return [
            Deliver(client, MemberAccepted(member.link, is_paused)),
            Deliver(room.host, MemberArrived(member.link, member.guest, is_paused)),
        ]

    def _renew(self, room: Room, member: Member, message: RenewToken, *, now: Now) -> Sequence[Effect]:
        permission = room.authorize(member.guest, message.token, now=now)
        if isinstance(permission, Deny):
            return (Deliver(member.client, NotDone(message.request, permission.rule)),)
        ends = (room.host, member.client)
        self.relay.grant(
            member.link,
            ends=ends,
            priority=permission.priority,
            bytes_per_s=permission.bytes_per_s,
            now=now.tick,
        )
        member.lanes = room.open_lanes(permission, now=now)
        effects = self.relay.set_lanes(member.link, ends=ends, lanes=member.lanes)
        return [*effects, *_done(member.client, message.request)]

    def _shut(self, room: Room, member: Member) -> Sequence[Effect]:
        if member.lanes == CONTROL_ONLY:
            return ()
        member.lanes = CONTROL_ONLY
        return self.relay.set_lanes(member.link, ends=(room.host, member.client), lanes=CONTROL_ONLY)

    def _evict(self, client: ClientId, rule: str) -> Sequence[Effect]:
        return [Drop(client, rule), *self._leave(client, rule)]

    def _leave(self, client: ClientId, rule: str) -> Sequence[Effect]:
        seat = self._seats.pop(client, None)
        match seat:
            case HostSeat(room):
                effects = self._close_room(room)
            case InviteeSeat(room, mailbox):
                del room.mailboxes[mailbox.number]
                self._numbers.discard(mailbox.number)
                effects = [Deliver(room.host, MailboxGone(mailbox.number))]
            case MemberSeat(room, member):
                effects = self._unlink(room, member, rule)
            case _:
                effects = []
        self.relay.forget(client)
        return effects

    def _unlink(self, room: Room, member: Member, rule: str) -> list[Effect]:
        self.relay.close(member.link, ends=(room.host, member.client))
        del room.members[member.link]
        self._numbers.discard(member.link)
        room.links[member.guest].remove(member.link)
        if not room.links[member.guest]:
            del room.links[member.guest]
            room.auth.forget(member.guest)
        return [Deliver(room.host, MemberGone(member.link, rule))]

    def _close_room(self, room: Room) -> list[Effect]:
        effects: list[Effect] = []
        for mailbox in list(room.mailboxes.values()):
            effects += self._evict(mailbox.invitee, "host.away")
        for member in list(room.members.values()):
            effects += self._evict(member.client, "host.away")
        for locator in room.invites:
            del self._invites[locator]
        del self._rooms[room.session]
        return [effect for effect in effects if effect.client != room.host]

    def _number(self) -> int:
        """Return a number that nobody has: mailboxes and links share them."""
        number = self._last_number % _MAX_NUMBER + 1
        while number == INVITEE_MAILBOX or number in self._numbers:
            number = number % _MAX_NUMBER + 1
        self._last_number = number
        self._numbers.add(number)
        return number


def _done(client: ClientId, request: int) -> Sequence[Effect]:
    return (Deliver(client, Done(request)),)
