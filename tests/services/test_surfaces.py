"""A surface that is switched off can be chosen for no session and opened by nobody, on either side."""

import msgspec
import pytest

from horizon_desktop.domain.access.token import parse_token
from horizon_desktop.domain.collaboration.session import SessionPlan, SessionType
from horizon_desktop.domain.events import ActionRefused, ChatSaid
from horizon_desktop.errors import AccessRefused, ConfigurationRefused
from horizon_desktop.ports.configuration import SURFACES, Configuration, Features
from horizon_desktop.services.session_planning import HostChoice, allowed_plan
from tests.services.session_world import FILE, World, world_of

WITHOUT_CHAT = Configuration(features=Features(chat=False))
PLAN = SessionPlan(session_type=SessionType.PAIR, title="Spike", length_s=3600, places=2, invite_minutes=60)


@pytest.mark.parametrize("name", SURFACES)
def test_a_surface_that_is_off_is_closed_in_the_plan(name: str) -> None:
    channels = allowed_plan(PLAN, off={name}).chosen_channels()
    assert channels[name] == 0
    assert channels["control"] == 2
    assert all(access > 0 for other, access in channels.items() if other != name)


@pytest.mark.parametrize("name", SURFACES)
def test_a_surface_that_is_off_cannot_be_asked_for(name: str) -> None:
    with pytest.raises(ConfigurationRefused) as told:
        allowed_plan(msgspec.structs.replace(PLAN, channels={name: 1}), off={name})
    assert (told.value.key, told.value.values["name"]) == ("config.off", name)


def test_control_is_part_of_every_session() -> None:
    assert allowed_plan(PLAN, off={"control"}).chosen_channels()["control"] == 2


def test_every_surface_has_its_switch() -> None:
    assert Features().off == frozenset()
    assert Features(edits=False, cursors=False, chat=False, measure=False).off == set(SURFACES)


async def test_a_host_without_chat_gives_no_guest_a_way_to_chat() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    host.configuration = WITHOUT_CHAT
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(guest, hosted, host)
        token = parse_token(joined.core.membership.token, issuer=host.key.key).token
        assert token.capabilities.access_to("chat") == 0
        with pytest.raises(AccessRefused):
            await world.done(joined.say("hello"))
        assert not host.heard(ChatSaid)


async def test_a_host_without_chat_refuses_a_session_with_chat() -> None:
    world = World()
    host = world.machine("host")
    host.configuration = WITHOUT_CHAT
    async with world_of(host):
        plan = msgspec.structs.replace(PLAN, channels={"chat": 2})
        choice = HostChoice(plan=plan, files=(FILE,), is_approval_asked=False, is_relay_allowed=True, hub="")
        with pytest.raises(ConfigurationRefused):
            await world.done(host.sessions.create(choice))
        assert await host.store.sessions() == ()


async def test_a_session_that_is_resumed_without_chat_has_none() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(guest):
        async with host.running():
            first = await world.host_a_file(host)
            row = first.core.row
        host.configuration = WITHOUT_CHAT
        async with host.running():
            hosted = await world.done(host.sessions.resume_hosted(row))
            joined = await world.join(guest, hosted, host)
            assert joined.core.channels.get("chat", 0) == 0


async def test_an_overlong_line_is_refused_where_it_was_typed() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(guest, hosted, host)
        for text in ("x" * 4001, " \t"):
            with pytest.raises(AccessRefused) as told:
                await world.done(joined.say(text))
            assert told.value.key == "chat.length"
        await world.done(joined.say("x" * 4000))
        await host.fact(ChatSaid)
        assert not host.heard(ActionRefused)


async def test_a_guest_without_chat_neither_says_nor_hears_anything() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    guest.configuration = WITHOUT_CHAT
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(guest, hosted, host)
        with pytest.raises(AccessRefused) as told:
            await world.done(joined.say("hello"))
        assert told.value.key == "config.off"
        await world.done(hosted.say("anybody there?"))
        await host.fact(ChatSaid)
        await world.run_for(seconds=1)
        assert not guest.heard(ChatSaid)
        assert not host.heard(ActionRefused)
        assert joined.core.channels["edits"] == 2
