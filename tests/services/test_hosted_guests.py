"""Guests of a hosted session: access that is taken away stays away, and access that is given lasts."""

import pytest

from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.access.revocation import parse_revocations
from horizon_desktop.domain.collaboration.channel import ChannelKind
from horizon_desktop.domain.decision import Decision, Deny
from horizon_desktop.domain.events import AccessChanged, HubChanged, PeerGone, PeerMuted, SessionEnded
from horizon_desktop.domain.ids import DeviceKey, InvitationId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import AccessRefused, HorizonError
from horizon_desktop.ports.hub import Caller
from horizon_desktop.protocol import link_events
from horizon_desktop.protocol.payloads.control import AskRenewal
from horizon_desktop.services.hosted_session import HostedSession
from tests.fakes.store import MemoryStore
from tests.services.session_world import Machine, World, world_of


def may_say(hosted: HostedSession, guest: Machine) -> bool:
    """Whether the gate lets this guest write chat now."""
    scopes = hosted.core.guests.scopes(guest.key.key)
    return scopes is not None and scopes.peer.allowed_channels.get(ChannelKind.CHAT, 0) >= 2


async def suspend(world: World, hosted: HostedSession, host: Machine, guest: Machine) -> None:
    """What a link tells after three oversize frames."""
    hosted.core.links.tell(link_events.PeerSuspended(peer=guest.key.key, rule="frame.oversize"))
    await host.fact(PeerMuted)


async def test_a_suspended_guest_gets_nothing_back_by_an_extension_or_by_time() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        await world.join(guest, hosted, host)
        await suspend(world, hosted, host, guest)
        assert hosted.core.guests.scopes(guest.key.key) is None
        await world.done(hosted.extend(15))
        assert hosted.core.guests.scopes(guest.key.key) is None
        await hosted.core.renew_due()
        world.advance(6 * 60_000)
        await hosted.core.renew_due()
        assert hosted.core.guests.scopes(guest.key.key) is None


async def test_a_suspended_guest_may_not_bind_a_path_again() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        await world.join(guest, hosted, host)
        await suspend(world, hosted, host, guest)
        assert hosted.core.guests.admission(guest.key.key) == Deny("peer.suspended")
        hosted.core.guests.go_read_only(until=hosted.core.lease.expires_at.plus(5000))
        assert hosted.core.guests.scopes(guest.key.key) is None


async def test_a_guest_still_has_its_seat_when_the_host_comes_back_after_an_extension() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with host.running(), guest.running():
        hosted = await world.host_a_file(host, length_s=600)
        joined = await world.join(guest, hosted, host)
        await world.done(hosted.extend(60))
        await world.until(
            lambda: joined.core.membership.expires_at == hosted.core.lease.expires_at, "the guest keeps the new end"
        )
        row = hosted.core.row
    world.advance(11 * 60_000)
    async with host.running(), guest.running():
        await host.sessions.sweep()
        await guest.sessions.sweep()
        again = await world.done(host.sessions.resume_hosted(row))
        assert again.core.guests.roster.find(guest.key.key) is not None
        _, interrupted = await guest.sessions.interrupted()
        assert [membership.session_id for membership in interrupted] == [row.session_id]


async def test_a_host_that_comes_back_tells_the_hub_whose_tokens_were_void() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with guest.running():
        async with host.running():
            hosted = await world.host_a_file(host)
            joined = await world.join(guest, hosted, host)
            row = hosted.core.row
            await world.done(joined.leave())
            await host.fact(PeerGone)
        async with host.running():
            again = await world.done(host.sessions.resume_hosted(row))
            listed = parse_revocations(again.core.ledger.revocations(99), issuer=host.key.key)
            assert listed.epochs.get(guest.key.key, 0) >= 1


async def test_a_guest_whose_queue_was_dropped_keeps_its_older_token_good_at_the_hub_until_it_has_the_next() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        await world.join(guest, hosted, host)
        await world.done(hosted.core.change_role(guest.peer_id, Role.OBSERVER))
        links = hosted.core.links
        driver = links._drivers[guest.key.key]
        driver.do(driver.link.restart(links.new_incarnation()))
        await hosted.core.list_epochs()
        assert not hosted.core.ledger.is_listed(guest.key.key)
        await guest.fact(AccessChanged, lambda fact: fact.role == "observer")


async def test_renewal_after_the_end_gives_nobody_the_pen_back_whatever_the_wall_clock_says() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(guest, hosted, host)
        host.clock.jump(minutes=-30)
        hosted.core.guests.go_read_only(until=hosted.core.lease.expires_at.plus(5000))
        await joined.core.tell(AskRenewal())
        await world.run_for(seconds=1)
        assert not may_say(hosted, guest)


async def test_a_wall_clock_set_back_by_an_hour_does_not_put_the_renewal_off() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host, length_s=3 * 3600)
        await world.join(guest, hosted, host)
        host.clock.jump(minutes=-60)
        world.advance(6 * 60_000)
        assert [seat.key for seat in hosted.core.guests.due(now=host.clock.now())] == [guest.key.key]


async def test_a_writer_whose_place_was_given_up_is_not_a_sixth_writer() -> None:
    world = World()
    host = world.machine("host")
    guests = [world.machine(f"guest {number}") for number in range(6)]
    async with world_of(host, *guests):
        hosted = await world.host_a_file(host, places=10)
        for guest in guests[:5]:
            await world.join(guest, hosted, host)
        await hosted.core.guests.give_up_place(guests[0].key.key)
        await world.join(guests[5], hosted, host)
        refused = hosted.core.guests.admission(guests[0].key.key)
        assert isinstance(refused, Deny)
        assert refused.rule == "session.writers"


class FullStore(MemoryStore):
    """A store in which the last place went to somebody else between the knock and the answer."""

    async def consume_place(self, invitation_id: InvitationId, guest_key: DeviceKey, *, now: Instant) -> Decision:
        return Deny("place.none")


async def test_a_place_that_cannot_be_taken_leaves_no_seat_behind() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    host.store = FullStore()
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        with pytest.raises(HorizonError):
            await world.join(guest, hosted, host)
        assert hosted.core.guests.roster.find(guest.key.key) is None
        assert hosted.core.guests.admission(guest.key.key) == Deny("peer.unknown")
        identities = await host.store.identities(hosted.core.row.session_id)
        assert [row.state for row in identities if row.state == "active"] == []


async def test_nobody_binds_a_path_to_a_session_that_was_ended() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        await world.join(guest, hosted, host)
        hosted.core.guests.close_all()
        assert hosted.core.guests.admission(guest.key.key) == Deny("session.over")


async def test_a_hub_that_restarts_is_told_again_who_is_out_before_anybody_joins() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(guest, hosted, host)
        token = joined.core.membership.token
        await world.done(hosted.revoke(guest.peer_id))
        world.hub.stop()
        world.hub.start()
        heard = len(host.facts)
        await host.fact(HubChanged, lambda fact: fact.is_connected, after=heard)
        caller = Caller(key=guest.key.key, sign=guest.key.sign)
        with pytest.raises(AccessRefused) as refused:
            await guest.dialer.connect(world.hub.address, caller, session=hosted.core.row.session_id, token=token)
        assert refused.value.key in {"access.revoked", "token.revoked"}


async def test_a_guest_away_while_its_role_changed_comes_back_with_the_new_one_and_is_not_called_revoked() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with host.running():
        hosted = await world.host_a_file(host)
        async with guest.running():
            await world.join(guest, hosted, host)
        await world.done(hosted.core.change_role(guest.peer_id, Role.OBSERVER))
        await world.run_for(seconds=15)
        async with guest.running():
            _, (row,) = await guest.sessions.interrupted()
            joined = await world.done(guest.sessions.resume_joined(row))
            await world.until(lambda: joined.core.membership.role == "observer", "the new role arrives")
            await world.until(lambda: hosted.core.ledger.is_listed(guest.key.key), "the old token is void at the hub")
            await world.run_for(seconds=15)
            assert not guest.heard(SessionEnded)
            assert guest.sessions.joined
