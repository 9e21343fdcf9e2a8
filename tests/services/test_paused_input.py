"""The host pauses everybody's input: guests watch and talk on, whatever they send, until it goes on."""

import pytest

from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.access.token import parse_token
from horizon_desktop.domain.collaboration.channel import ChannelAccess, ChannelKind
from horizon_desktop.domain.events import AccessChanged
from horizon_desktop.domain.usage.purse import SPENT_CHANNELS
from horizon_desktop.errors import AccessRefused
from horizon_desktop.services.hosted_session import HostedSession
from tests.services.session_world import Machine, World, world_of

EDITS, CHAT = ChannelKind.EDITS.value, ChannelKind.CHAT.value


def _may(hosted: HostedSession, guest: Machine) -> ChannelAccess:
    scopes = hosted.core.guests.scopes(guest.key.key)
    assert scopes is not None
    return scopes.peer.allowed_channels[ChannelKind.EDITS]


async def test_a_paused_guest_may_only_read_at_host_and_guest_and_writes_again_afterwards() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(guest, hosted, host)
        assert _may(hosted, guest) is ChannelAccess.USE
        await world.done(hosted.core.pause_input(is_paused=True))
        assert _may(hosted, guest) is ChannelAccess.VIEW
        await guest.fact(AccessChanged, lambda fact: fact.channels[EDITS] == ChannelAccess.VIEW)
        assert (joined.core.channels[EDITS], joined.core.channels[CHAT]) == (ChannelAccess.VIEW, ChannelAccess.USE)
        token = parse_token(joined.core.membership.token, issuer=host.key.key).token
        assert token.capabilities.access_to(EDITS) == ChannelAccess.VIEW
        before = len(guest.facts)
        await world.done(hosted.core.pause_input(is_paused=False))
        await guest.fact(AccessChanged, lambda fact: fact.channels[EDITS] == ChannelAccess.USE, after=before)
        assert _may(hosted, guest) is ChannelAccess.USE
        assert joined.core.membership.role == Role.EDITOR


async def test_who_comes_in_or_gets_another_role_while_input_is_paused_may_only_read() -> None:
    world = World()
    host, maya, noor = world.machine("host"), world.machine("maya"), world.machine("noor")
    async with world_of(host, maya, noor):
        hosted = await world.host_a_file(host)
        await world.join(maya, hosted, host)
        await world.done(hosted.core.pause_input(is_paused=True))
        await world.join(noor, hosted, host)
        await world.done(hosted.core.change_role(maya.peer_id, Role.OPERATOR))
        assert {_may(hosted, guest) for guest in (maya, noor)} == {ChannelAccess.VIEW}


async def test_a_pause_outlives_the_hosts_process() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        await world.join(guest, hosted, host)
        await world.done(hosted.core.pause_input(is_paused=True))
        row = hosted.core.row
        await world.done(hosted.suspend())
        await world.run_for(seconds=1)
        again = await world.done(host.sessions.resume_hosted(row))
        assert again.core.is_input_paused
        assert _may(again, guest) is ChannelAccess.VIEW


async def test_a_pause_that_ends_gives_nothing_back_that_the_purse_took() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        await world.join(guest, hosted, host)
        hosted.core.ledger.limit(SPENT_CHANNELS, why="purse")
        await world.done(hosted.core.pause_input(is_paused=True))
        await world.done(hosted.core.pause_input(is_paused=False))
        assert _may(hosted, guest) is ChannelAccess.VIEW


async def test_a_pause_makes_no_room_for_more_writers_than_a_session_has() -> None:
    world = World()
    host = world.machine("host")
    guests = [world.machine(f"guest {place}") for place in range(6)]
    async with world_of(host, *guests):
        hosted = await world.host_a_file(host, places=6)
        for guest in guests[:5]:
            await world.join(guest, hosted, host)
        await world.done(hosted.core.change_role(guests[0].peer_id, Role.OBSERVER))
        await world.join(guests[5], hosted, host)
        await world.done(hosted.core.pause_input(is_paused=True))
        with pytest.raises(AccessRefused) as told:
            await world.done(hosted.core.change_role(guests[0].peer_id, Role.EDITOR))
        assert told.value.key == "session.writers"
