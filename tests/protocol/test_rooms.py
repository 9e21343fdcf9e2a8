"""Rooms: limits of a session, what each class may say, and time; the rest stands in the dialer's contract."""

import pytest

from horizon_desktop.domain.access.token import RelayRights
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.ids import LinkId
from horizon_desktop.domain.instants import Instant, Now, Tick
from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.protocol.hub_frames import RelayedBytes, relay_frame
from horizon_desktop.protocol.hub_messages import (
    CloseLink,
    Done,
    HostAccepted,
    HostHello,
    InviteeHello,
    LanesPaused,
    LanesResumed,
    MailboxPost,
    MemberAccepted,
    MemberHello,
    NotDone,
    Publish,
    PublishRevocations,
    Refused,
    RenewToken,
)
from horizon_desktop.protocol.relay import ClientId, Deliver, Drop, RelayLimits, RelaySwitch
from horizon_desktop.protocol.room import RoomLimits
from horizon_desktop.protocol.rooms import Rooms
from tests.hub.people import Guest, Host

NOON = Instant(1_795_262_400_000)
HOST_CLIENT = ClientId(1)
NO_SIGNATURE = bytes(64)
MINUTE = 60_000


def at(ms: int = 0) -> Now:
    return Now(NOON.plus(ms), Tick(1_000_000 + ms))


class Building:
    """Rooms with one host in, whose clock may differ from the hub's."""

    def __init__(self, *, limits: RoomLimits | None = None, host_ahead_ms: int = 0, places: int = 1) -> None:
        self.host = Host()
        self.rooms = Rooms(relay=RelaySwitch(RelayLimits()), limits=limits or RoomLimits())
        self.ahead_ms = host_ahead_ms
        self.register(HOST_CLIENT)
        self.publish(1, places)

    def register(self, client: ClientId) -> object:
        hello = HostHello(
            bytes(32),
            self.host.keypair.key,
            self.host.session,
            self.host.nonce,
            NOON.ms + self.ahead_ms,
            NO_SIGNATURE,
        )
        return self.rooms.register(client, hello, now=at())

    def publish(self, number: int, places: int = 1) -> object:
        preview = self.host.preview(number, places=places)
        message = Publish(number, preview.locator, preview.invite_nonce, preview.sealed, places)
        return self.rooms.receive(HOST_CLIENT, message, now=at())

    def invitee(self, client: int, *, ms: int = 0, seed: int = 100) -> object:
        hello = InviteeHello(bytes(32), Guest(seed).keypair.key, self.host.locator(), NO_SIGNATURE)
        return self.rooms.open_mailbox(ClientId(client), hello, now=at(ms))

    def member(self, client: int, guest: Guest, *, ms: int = 0, token: bytes | None = None) -> object:
        issued = NOON.plus(self.ahead_ms)
        hello = MemberHello(
            bytes(32),
            guest.keypair.key,
            self.host.session,
            token or self.host.token(guest, now=issued),
            NO_SIGNATURE,
        )
        return self.rooms.join(ClientId(client), hello, now=at(ms))

    def link_of(self, effects: object) -> LinkId:
        assert isinstance(effects, list)
        (accepted,) = [
            effect.message
            for effect in effects
            if isinstance(effect, Deliver) and isinstance(effect.message, MemberAccepted)
        ]
        return LinkId(accepted.link)


def relay(building: Building, client: int, link: LinkId, lane: Lane, *, ms: int = 0) -> list[object]:
    frame = relay_frame(link, lane, b"x")
    return list(building.rooms.relayed(ClientId(client), RelayedBytes(link, lane, b"x"), frame, now=at(ms)))


def test_attempts_of_a_session_are_20_an_hour_and_4_for_each_open_place() -> None:
    building = Building(places=2)
    for client in range(100, 128):
        assert not isinstance(building.invitee(client), Refused)
        building.rooms.gone(ClientId(client))
    assert building.invitee(128) == Refused("hub.session_rate", 60 * MINUTE)
    assert building.invitee(129, ms=59 * MINUTE) == Refused("hub.session_rate", MINUTE)
    assert not isinstance(building.invitee(130, ms=60 * MINUTE), Refused)


def test_mailboxes_open_at_once_are_bounded() -> None:
    building = Building(limits=RoomLimits(max_mailboxes=2))
    building.invitee(100)
    building.invitee(101)
    assert building.invitee(102) == Refused("hub.full", 30_000)


def test_a_mailbox_closes_after_ten_minutes() -> None:
    building = Building()
    building.invitee(100)
    assert not building.rooms.wake(now=at(9 * MINUTE))
    assert Drop(ClientId(100), "mailbox.expired") in building.rooms.wake(now=at(10 * MINUTE))


def test_a_mailbox_that_is_flooded_closes() -> None:
    building = Building(limits=RoomLimits(mailbox_posts=3))
    building.invitee(100)
    effects = [
        effect for _ in range(4) for effect in building.rooms.receive(ClientId(100), MailboxPost(1, b"x"), now=at())
    ]
    assert Drop(ClientId(100), "mailbox.full") in effects


def test_a_mailbox_carries_32_kib_from_an_invitee_and_no_more() -> None:
    building = Building()
    building.invitee(100)
    for _ in range(4):
        building.rooms.receive(ClientId(100), MailboxPost(1, bytes(8192)), now=at())
    effects = building.rooms.receive(ClientId(100), MailboxPost(1, b"x"), now=at())
    assert Drop(ClientId(100), "mailbox.full") in effects


def test_an_invitee_writes_to_its_own_mailbox_only() -> None:
    building = Building()
    building.invitee(100)
    with pytest.raises(RemoteProtocolError):
        building.rooms.receive(ClientId(100), MailboxPost(2, b"x"), now=at())


def test_the_host_is_no_invitee_of_its_own() -> None:
    building = Building()
    assert building.invitee(100, seed=1) == Refused("invite.own", 0)


def test_a_host_has_at_most_64_invites() -> None:
    building = Building()
    for number in range(2, 65):
        building.publish(number)
    assert building.publish(65) == (Deliver(HOST_CLIENT, NotDone(65, "hub.full")),)
    assert building.publish(64) == (Deliver(HOST_CLIENT, Done(64)),)


def test_a_hub_holds_a_bounded_number_of_sessions() -> None:
    building = Building(limits=RoomLimits(max_sessions=1))
    other = Host(2)
    hello = HostHello(bytes(32), other.keypair.key, other.session, other.nonce, NOON.ms, NO_SIGNATURE)
    assert building.rooms.register(ClientId(2), hello, now=at()) == Refused("hub.full", 60_000)
    assert Deliver(ClientId(3), HostAccepted()) in building.register(ClientId(3))  # type: ignore[operator]


def test_members_of_a_session_are_bounded_but_a_member_may_come_back() -> None:
    building = Building(limits=RoomLimits(max_members=1))
    building.member(100, Guest())
    assert building.member(101, Guest(101)) == Refused("hub.full", 30_000)
    assert not isinstance(building.member(102, Guest()), Refused)


@pytest.mark.parametrize("client", [HOST_CLIENT, ClientId(100), ClientId(101)])
def test_what_is_not_of_ones_class_is_a_protocol_error(client: ClientId) -> None:
    building = Building()
    building.invitee(100)
    building.member(101, Guest())
    wrong = RenewToken(1, bytes(67)) if client == HOST_CLIENT else CloseLink(1, "")
    with pytest.raises(RemoteProtocolError):
        building.rooms.receive(client, wrong, now=at())


def test_a_member_cannot_speak_on_the_link_of_another() -> None:
    building = Building()
    first = building.link_of(building.member(100, Guest()))
    building.member(101, Guest(101))
    with pytest.raises(RemoteProtocolError):
        relay(building, 101, first, Lane.CONTROL)


def test_an_invitee_cannot_relay() -> None:
    building = Building()
    link = building.link_of(building.member(100, Guest()))
    building.invitee(101, seed=101)
    with pytest.raises(RemoteProtocolError):
        relay(building, 101, link, Lane.CONTROL)


def test_a_token_that_runs_out_shuts_all_lanes_but_control_within_a_second() -> None:
    building = Building()
    link = building.link_of(building.member(100, Guest()))
    assert not building.rooms.wake(now=at(11 * MINUTE - 1))
    shut = building.rooms.wake(now=at(11 * MINUTE))
    assert Deliver(ClientId(100), LanesPaused(link)) in shut
    assert Deliver(HOST_CLIENT, LanesPaused(link)) in shut


def test_a_frame_after_expiry_is_held_even_before_the_next_look_at_the_clock() -> None:
    building = Building()
    link = building.link_of(building.member(100, Guest()))
    relay(building, 100, link, Lane.INTERACTIVE, ms=11 * MINUTE)
    assert building.rooms.relay.pop(HOST_CLIENT, now=at(11 * MINUTE).tick) is None
    relay(building, 100, link, Lane.CONTROL, ms=11 * MINUTE)
    assert building.rooms.relay.pop(HOST_CLIENT, now=at(11 * MINUTE).tick) is not None


def test_a_new_token_opens_the_lanes_again() -> None:
    building, guest = Building(), Guest()
    link = building.link_of(building.member(100, guest))
    building.rooms.wake(now=at(11 * MINUTE))
    token = building.host.token(guest, now=NOON.plus(11 * MINUTE))
    effects = building.rooms.receive(ClientId(100), RenewToken(9, token), now=at(11 * MINUTE))
    assert Deliver(ClientId(100), LanesResumed(link)) in effects
    assert Deliver(ClientId(100), Done(9)) in effects


def test_a_token_of_a_lower_epoch_than_the_last_is_refused() -> None:
    building, guest = Building(), Guest()
    building.member(100, guest, token=building.host.token(guest, now=NOON, epoch=2))
    old = building.host.token(guest, now=NOON, epoch=1)
    effects = building.rooms.receive(ClientId(100), RenewToken(9, old), now=at())
    assert effects == (Deliver(ClientId(100), NotDone(9, "token.revoked")),)


def test_expiry_goes_by_the_hosts_clock_even_an_hour_ahead_of_the_hubs() -> None:
    building = Building(host_ahead_ms=60 * MINUTE)
    building.member(100, Guest())
    assert not building.rooms.wake(now=at(11 * MINUTE - 1))
    assert building.rooms.wake(now=at(11 * MINUTE))


def test_a_jump_of_the_hubs_wall_clock_changes_nothing() -> None:
    building = Building()
    building.member(100, Guest())
    jumped = Now(NOON.plus(600 * MINUTE), Tick(1_000_000))
    assert not building.rooms.wake(now=jumped)


def test_without_relay_rights_for_a_lane_only_control_passes() -> None:
    building, guest = Building(), Guest()
    rights = RelayRights(targets=(building.host.keypair.key,), lanes=(1,))
    effects = building.member(100, guest, token=building.host.token(guest, now=NOON, relay=rights))
    link = building.link_of(effects)
    assert Deliver(ClientId(100), MemberAccepted(link, True)) in effects  # type: ignore[operator]
    relay(building, 100, link, Lane.INTERACTIVE)
    assert building.rooms.relay.pop(HOST_CLIENT, now=at().tick) is None


def test_what_a_dropped_client_still_says_is_ignored() -> None:
    building = Building()
    link = building.link_of(building.member(100, Guest()))
    building.rooms.receive(HOST_CLIENT, CloseLink(link, "access.revoked"), now=at())
    assert relay(building, 100, link, Lane.CONTROL) == []


def test_a_host_that_is_gone_leaves_no_trace() -> None:
    building = Building()
    building.invitee(100)
    building.member(101, Guest())
    effects = building.rooms.gone(HOST_CLIENT)
    assert {effect.client for effect in effects if isinstance(effect, Drop)} == {ClientId(100), ClientId(101)}
    assert building.rooms.session_count == 0
    assert building.rooms.preview(building.host.locator()) is None
    assert building.rooms.gone(ClientId(100)) == []


def test_two_links_of_one_guest_keep_to_one_rate_together() -> None:
    building, guest = Building(), Guest()
    rights = RelayRights(targets=(building.host.keypair.key,), bytes_per_s=100_000)
    token = building.host.token(guest, now=NOON, relay=rights)
    for client in (100, 101, 102):
        link = building.link_of(building.member(client, guest, token=token))
        for _ in range(4):
            frame = relay_frame(link, Lane.INTERACTIVE, bytes(60_000))
            building.rooms.relayed(ClientId(client), RelayedBytes(link, Lane.INTERACTIVE, b""), frame, now=at())
    passed = 0
    while (popped := building.rooms.relay.pop(HOST_CLIENT, now=at().tick)) is not None:
        passed += len(popped[0])
    assert passed <= 50_000 + 60_100


def test_an_older_token_on_a_second_link_takes_nothing_from_the_first() -> None:
    building, guest = Building(), Guest()
    older = building.host.token(guest, now=NOON.plus(-5 * MINUTE))
    newer = building.host.token(guest, now=NOON)
    building.member(100, guest, token=newer)
    building.member(101, guest, token=older)
    assert not building.rooms.wake(now=at(11 * MINUTE - 1))


def test_a_removed_guest_loses_all_its_links() -> None:
    building, guest = Building(), Guest()
    building.member(100, guest)
    building.member(101, guest)
    signed = building.host.revocations(1, removed=(guest,))
    effects = building.rooms.receive(HOST_CLIENT, PublishRevocations(1, signed), now=at())
    assert {e.client for e in effects if isinstance(e, Drop)} == {ClientId(100), ClientId(101)}
