"""`horizon sessions|invite|extend|revoke|end`: asked of the running process, told, and refused in plain words."""

from collections.abc import AsyncIterator

import pytest

from horizon_desktop.bridge.control_desk import ControlDesk
from horizon_desktop.bridge.views import SessionSpec, SessionView
from horizon_desktop.cli.manage import manage
from horizon_desktop.domain.collaboration.session import SessionType
from horizon_desktop.errors import HorizonError
from horizon_desktop.ports.control import (
    ControlRequest,
    CreateInvite,
    EndSession,
    ExtendSession,
    ListSessions,
    RevokeGuest,
)
from tests.cli.command_world import NOON, World
from tests.fakes.bridge import CODE, GUEST_ID, LINK

SPEC = SessionSpec(session_type=SessionType.PAIR, title="Loss spike", files=())


@pytest.fixture
async def running(world: World) -> AsyncIterator[SessionView]:
    """A host process with one session and one guest."""
    view = await world.bridge.create_ephemeral_session(SPEC)
    world.bridge.enter(view.session_id, world.bridge.person(GUEST_ID, "Maya", "editor"))
    async with world.point.serve(ControlDesk(world.bridge).answer):
        yield view


async def ask(world: World, request: ControlRequest) -> int:
    return await manage(request, None, world, world.report)


async def refusal(world: World, request: ControlRequest) -> HorizonError:
    with pytest.raises(HorizonError) as refused:
        await ask(world, request)
    return refused.value


async def test_sessions_are_listed_with_people_and_invites(world: World, running: SessionView) -> None:
    assert await ask(world, ListSessions()) == 0
    (listed,) = world.events
    assert (listed["event"], listed["session_id"], listed["type"]) == ("session", running.session_id, "pair")
    assert [person["name"] for person in listed["people"]] == ["Ana", "Maya"]
    assert listed["invites"] == [{"name": "7Q4M", "state": "open", "places": 1, "places_taken": 0, "tries_left": 5}]


async def test_a_listing_holds_no_secret(world: World, running: SessionView) -> None:
    await ask(world, ListSessions())
    assert LINK not in world.out.getvalue() and CODE not in world.out.getvalue()


async def test_another_invite_is_printed_with_link_and_code(world: World, running: SessionView) -> None:
    assert await ask(world, CreateInvite(places=3)) == 0
    assert (world.events[0]["event"], world.events[0]["link"], world.events[0]["code"]) == ("invite", LINK, CODE)
    assert world.asked("invite")[-1] == ("invite", running.session_id, 3)


async def test_an_extension_prints_the_new_end(world: World, running: SessionView) -> None:
    assert await ask(world, ExtendSession(session_id=running.session_id[:6], minutes=30)) == 0
    assert world.events[0]["expires_at"] == NOON.plus(90 * 60_000).iso()


@pytest.mark.parametrize("peer", ["maya", "Maya", GUEST_ID, GUEST_ID[:4]])
async def test_a_guest_is_revoked_by_name_or_id(world: World, running: SessionView, peer: str) -> None:
    assert await ask(world, RevokeGuest(peer=peer)) == 0
    assert world.asked("revoke") == [("revoke", running.session_id, GUEST_ID)]
    assert (world.events[0]["event"], world.events[0]["reason"]) == ("left", "revoked")


async def test_the_host_cannot_be_revoked(world: World, running: SessionView) -> None:
    assert (await refusal(world, RevokeGuest(peer="Ana"))).key == "peer.unknown"


async def test_two_guests_of_one_name_are_told_apart_by_id(world: World, running: SessionView) -> None:
    world.bridge.enter(running.session_id, world.bridge.person("dd" * 32, "Maya", "editor"))
    assert (await refusal(world, RevokeGuest(peer="maya"))).key == "peer.ambiguous"
    assert await ask(world, RevokeGuest(peer="dd")) == 0


async def test_a_session_is_ended(world: World, running: SessionView) -> None:
    assert await ask(world, EndSession()) == 0
    assert world.asked("end") == [("end", running.session_id)]
    assert world.events[0]["event"] == "ended"


async def test_which_session_has_to_be_said_when_there_are_two(world: World, running: SessionView) -> None:
    other = await world.bridge.create_ephemeral_session(SPEC)
    refused = await refusal(world, EndSession())
    assert (refused.key, refused.exit_status) == ("session.ambiguous", 2)
    assert await ask(world, EndSession(session_id=other.session_id[:4])) == 0


async def test_an_unknown_session_is_wrong_use(world: World, running: SessionView) -> None:
    refused = await refusal(world, ExtendSession(session_id="ffff", minutes=5))
    assert (refused.key, refused.exit_status) == ("session.unknown", 2)


async def test_a_rule_of_the_session_is_passed_on(world: World, running: SessionView) -> None:
    assert (await refusal(world, CreateInvite(places=31))).key == "invite.places"


@pytest.mark.parametrize("request_", [CreateInvite(), ExtendSession(minutes=5), RevokeGuest(peer="maya")])
async def test_what_needs_a_running_process_says_that_none_runs(world: World, request_: ControlRequest) -> None:
    refused = await refusal(world, request_)
    assert (refused.key, refused.exit_status) == ("profile.idle", 4)


async def test_interrupted_sessions_are_listed_and_ended_without_a_process(world: World) -> None:
    view = world.bridge.interrupt(await world.bridge.create_ephemeral_session(SPEC))
    assert await ask(world, ListSessions()) == 0
    assert (world.events[0]["session_id"], world.events[0]["state"]) == (view.session_id, "interrupted")
    assert await ask(world, EndSession()) == 0
    assert world.asked("end") == [("end", view.session_id)]


async def test_a_guest_leaves_by_end(world: World) -> None:
    view = await world.bridge.join_ephemeral_session(LINK, CODE, world.this_device("Maya"))
    async with world.point.serve(ControlDesk(world.bridge).answer):
        assert await ask(world, EndSession()) == 0
    assert world.asked("leave") == [("leave", view.session_id)]
