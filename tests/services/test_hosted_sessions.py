"""A hosted session in trouble: one guest's, the hub's or the disk's trouble never ends it, and its end is an end."""

import asyncio

import pytest

from horizon_desktop.adapters.documents.replica import PycrdtReplicas
from horizon_desktop.domain.access.capability import Rate, Role
from horizon_desktop.domain.access.token import parse_token
from horizon_desktop.domain.collaboration.documents import Caret
from horizon_desktop.domain.collaboration.session import SessionPlan, SessionType
from horizon_desktop.domain.events import (
    ChatSaid,
    CursorMoved,
    FilesChanged,
    PeerGone,
    PeerKnocked,
    SessionCreated,
    SessionEnded,
    SessionOpened,
    WentReadOnly,
)
from horizon_desktop.errors import AccessRefused, FileRefused, StoreUnavailable
from horizon_desktop.services.sessions import HostChoice
from tests.services.session_world import FILE, World, world_of


async def test_a_hub_that_is_lost_at_that_moment_does_not_save_a_revoked_guest() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        await world.join(guest, hosted, host)
        world.hub.stop()
        await world.done(hosted.revoke(guest.peer_id))
        assert hosted.core.guests.roster.find(guest.key.key) is None
        assert hosted.core.ledger.is_removed(guest.key.key)
        assert not host.heard(SessionEnded)


async def test_a_disk_that_fails_does_not_save_a_revoked_guest() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        await world.join(guest, hosted, host)
        host.store.is_broken = True
        with pytest.raises(StoreUnavailable):
            await world.done(hosted.revoke(guest.peer_id))
        assert guest.key.key not in hosted.core.links.peers()
        host.store.is_broken = False


async def test_a_disk_that_fails_under_a_guests_message_ends_nothing() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(guest, hosted, host)
        host.store.is_broken = True
        await world.done(joined.say("lost"))
        await world.run_for(seconds=1)
        host.store.is_broken = False
        await world.done(joined.say("kept"))
        assert (await host.fact(ChatSaid)).text == "kept"
        assert not host.heard(SessionEnded)


async def test_a_guest_leaving_while_the_disk_fails_ends_nothing() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(guest, hosted, host)
        host.store.is_broken = True
        await world.done(joined.leave())
        await world.run_for(seconds=1)
        host.store.is_broken = False
        assert not host.heard(SessionEnded)
        assert hosted.core.guests.roster.find(guest.key.key) is None


async def test_a_wall_clock_that_jumps_past_the_end_ends_the_session_in_order() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        await world.join(guest, hosted, host)
        host.clock.jump(minutes=90)
        assert (await host.fact(SessionEnded)).reason == "expired"
        assert (await guest.fact(SessionEnded)).reason == "expired"


async def test_a_session_that_cannot_share_its_files_is_announced_to_nobody() -> None:
    world = World()
    host = world.machine("host")
    host.disk[FILE] = b"\x00\x01binary"
    plan = SessionPlan(session_type=SessionType.PAIR, title="No", length_s=3600, places=1, invite_minutes=60)
    choice = HostChoice(plan=plan, files=(FILE,), is_approval_asked=False, is_relay_allowed=True, hub="")
    async with world_of(host):
        with pytest.raises(FileRefused):
            await world.done(host.sessions.create(choice))
        await world.run_for(seconds=2)
        assert not host.sessions.hosted
        assert not host.heard(SessionCreated)
        assert not host.heard(SessionOpened)


async def test_a_session_resumed_twice_at_once_runs_once() -> None:
    world = World()
    host = world.machine("host")
    async with host.running():
        hosted = await world.host_a_file(host)
        row = hosted.core.row
    async with host.running():
        async with asyncio.TaskGroup() as group:
            both = [group.create_task(host.sessions.resume_hosted(row)) for _ in range(2)]
            await world.until(lambda: all(task.done() for task in both), "both have it")
        assert both[0].result() is both[1].result()


async def test_a_session_ends_also_when_the_disk_does_not_take_it() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        await world.join(guest, hosted, host)
        host.store.is_broken = True
        await world.done(hosted.end("host"))
        host.store.is_broken = False
        assert (await guest.fact(SessionEnded)).reason == "host"
        await world.until(lambda: not host.sessions.hosted, "the session is over here")


async def test_an_extension_that_the_disk_does_not_take_changes_nothing() -> None:
    world = World()
    host = world.machine("host")
    async with world_of(host):
        hosted = await world.host_a_file(host)
        end = hosted.core.lease.expires_at
        host.store.is_broken = True
        with pytest.raises(StoreUnavailable):
            await world.done(hosted.extend(15))
        host.store.is_broken = False
        assert (hosted.core.lease.expires_at, hosted.core.row.expires_at) == (end, end)


async def test_a_session_that_is_ending_is_not_extended() -> None:
    world = World()
    host = world.machine("host")
    async with world_of(host):
        hosted = await world.host_a_file(host)
        await world.done(hosted.end("host"))
        with pytest.raises(AccessRefused) as refused:
            await world.done(hosted.extend(15))
        assert refused.value.key == "ended"


async def test_the_caret_of_a_guest_who_is_gone_is_shown_to_nobody() -> None:
    world = World()
    host, guest, other, late = (world.machine(name) for name in ("host", "maya", "noor", "late"))
    async with world_of(host, guest, other, late):
        hosted = await world.host_a_file(host)
        joined = await world.join(guest, hosted, host)
        await world.join(other, hosted, host)
        (shared,) = hosted.core.documents.files()
        caret = Caret()
        await world.done(joined.move_cursor(shared.file_id, caret, caret, line=1))
        await other.fact(CursorMoved, lambda fact: fact.peer_id == guest.peer_id and bool(fact.file_id))
        heard = len(other.facts)
        await world.done(hosted.revoke(guest.peer_id))
        await host.fact(PeerGone)
        await other.fact(CursorMoved, lambda fact: fact.peer_id == guest.peer_id and not fact.file_id, after=heard)
        await world.join(late, hosted, host)
        await world.run_for(seconds=1)
        assert not [fact for fact in late.heard(CursorMoved) if fact.peer_id == guest.peer_id]


async def test_a_long_chat_reaches_a_late_guest_whole_and_in_order_while_others_speak() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        for number in range(1500):
            await hosted.say(f"line {number}")
        await world.join(guest, hosted, host)
        await hosted.say("the newest")
        await guest.fact(ChatSaid, lambda fact: fact.text == "the newest")
        texts = [fact.text for fact in guest.heard(ChatSaid)]
        assert texts == [*(f"line {number}" for number in range(1500)), "the newest"]


async def test_a_sweep_in_the_last_seconds_takes_nothing_from_a_session_that_is_extended_then() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host, length_s=60)
        await world.join(guest, hosted, host)
        await host.fact(WentReadOnly)
        await host.sessions.sweep()
        await world.done(hosted.extend(15))
        secrets = hosted.invitations.views()[0].row.sealed
        stored = await host.store.invites(hosted.core.row.session_id)
        assert [invite.sealed for invite in stored] == [secrets]
        identities = await host.store.identities(hosted.core.row.session_id)
        assert [row.state for row in identities] == ["active"]


async def test_a_disk_that_fails_for_a_while_costs_nobody_the_session() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(guest, hosted, host)
        (shared,) = hosted.core.documents.files()
        await guest.fact(FilesChanged, lambda fact: bool(fact.files))
        seed = await world.done(joined.core.documents.open_replica(shared.file_id))
        text = PycrdtReplicas().load(seed.client_id, seed.state)
        host.store.is_broken = True
        await world.done(
            joined.core.documents.apply_local(shared.file_id, seed.epoch, text.splice(0, 0, "# while broken\n"))
        )
        await world.run_for(seconds=4)
        host.disk[FILE] = b"import torch\n# outside\n"
        await world.run_for(seconds=4)
        host.store.is_broken = False
        await world.done(joined.say("still here"))
        await host.fact(ChatSaid, lambda fact: fact.text == "still here")
        assert not host.heard(SessionEnded)


async def test_a_machine_that_slept_past_the_end_ends_its_session_when_it_wakes() -> None:
    world = World()
    host = world.machine("host")
    async with world_of(host):
        await world.host_a_file(host)
        world.advance(2 * 3_600_000)
        assert (await host.fact(SessionEnded)).reason == "expired"


async def test_a_modified_guest_that_acknowledges_nothing_keeps_nobody_waiting() -> None:
    world = World()
    host, rogue, guest = (world.machine(name) for name in ("host", "rogue", "maya"))
    async with world_of(host, rogue, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(rogue, hosted, host)
        joined.core.link.settle = lambda *_: None  # type: ignore[method-assign]
        await world.join(guest, hosted, host)
        async with asyncio.timeout(10):
            for number in range(2500):  # no time passes here: whoever waited would wait for ever
                await hosted.say(f"line {number}")
        await guest.fact(ChatSaid, lambda fact: fact.text == "line 2499")
        assert [fact.text for fact in guest.heard(ChatSaid)] == [f"line {number}" for number in range(2500)]


async def test_large_files_on_a_slow_link_are_waited_for_and_not_begun_again() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    others = [FILE.with_name(f"other{number}.txt") for number in range(3)]
    for path in others:
        host.disk[path] = b"a line of a large file\n" * 80_000
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        await world.done(hosted.share(others))
        joined = await world.join(guest, hosted, host)
        await guest.fact(FilesChanged, lambda fact: len(fact.files) == 4)
        settled: list[tuple[object, ...]] = []
        settle = joined.core.link.settle
        joined.core.link.settle = lambda *what: settled.append(what)  # type: ignore[method-assign]
        conversation = hosted.core.links.conversation(guest.key.key)
        async with asyncio.TaskGroup() as group:
            opening = [
                group.create_task(joined.core.documents.open_replica(shared.file_id))
                for shared in hosted.core.documents.files()
            ]
            await world.run_for(seconds=3)
            assert hosted.core.links.conversation(guest.key.key) == conversation
            joined.core.link.settle = settle  # type: ignore[method-assign]
            for what in settled:
                settle(*what)  # type: ignore[arg-type]
            await world.until(lambda: all(task.done() for task in opening), "every file is open")


async def test_a_host_that_wants_to_be_asked_from_now_on_is_asked() -> None:
    world = World()
    host, maya, noor = world.machine("host"), world.machine("maya"), world.machine("noor")
    async with world_of(host, maya, noor):
        hosted = await world.host_a_file(host)
        await world.join(maya, hosted, host)
        await world.done(hosted.ask_approval(is_asked=True))
        async with asyncio.TaskGroup() as group:
            joining = group.create_task(world.join(noor, hosted, host))
            await world.until(
                lambda: any(knock.peer_id == noor.peer_id for knock in host.heard(PeerKnocked)), "a knock"
            )
            assert not joining.done()
            await hosted.invitations.admit(noor.key.key)
        stored = {row.session_id: row for row in await host.store.sessions()}
        assert stored[hosted.core.row.session_id].is_approval_asked


async def test_a_hosts_own_rates_stand_in_every_token_and_outlive_the_process() -> None:
    world = World()
    host, maya = world.machine("host"), world.machine("maya")
    async with world_of(host, maya):
        plan = SessionPlan(session_type=SessionType.PAIR, title="Spike", length_s=3600, places=3, invite_minutes=60)
        choice = HostChoice(
            plan=plan,
            files=(FILE,),
            is_approval_asked=False,
            is_relay_allowed=True,
            hub="",
            rates={"chat": Rate(2, 10**9), "edits": Rate(9000, 10**9)},
        )
        hosted = await world.done(host.sessions.create(choice))
        joined = await world.join(maya, hosted, host)
        rates = parse_token(joined.core.membership.token, issuer=host.key.key).token.capabilities.rates
        assert (rates["chat"].messages_per_s, rates["edits"].messages_per_s) == (2, 200)
        row = hosted.core.row
        await world.done(hosted.suspend())
        await world.run_for(seconds=1)
        again = await world.done(host.sessions.resume_hosted(row))
        assert again.core.ledger.capabilities(Role.EDITOR).rates["chat"].messages_per_s == 2
