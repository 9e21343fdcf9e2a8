"""A guest's side of a session: clocks that are wrong or set, long absences, and joins that are given up."""

import asyncio
from contextlib import suppress

from horizon_desktop.domain.access.capability import CapabilitySet, Role
from horizon_desktop.domain.access.token import EphemeralToken, RelayRights, issue_token
from horizon_desktop.domain.events import ChatSaid, ClockSkewed, LeaseWarning, SessionEnded, WentReadOnly
from horizon_desktop.protocol import link_events
from horizon_desktop.services.redeeming import RedemptionDevice
from tests.services.session_world import World, world_of

DEVICE = RedemptionDevice(name="maya", device="laptop", system="Linux", version="0.1.0")


async def test_a_guest_nine_minutes_off_is_warned_and_ends_with_the_host() -> None:
    world = World()
    host = world.machine("host")
    guests = [world.machine("early", ahead_ms=9 * 60_000), world.machine("late", ahead_ms=-9 * 60_000)]
    ticks: dict[tuple[str, str], int] = {}
    async with world_of(host, *guests):
        hosted = await world.host_a_file(host, length_s=100)
        for guest in guests:
            await world.join(guest, hosted, host)
        for _ in range(1100):
            await world.breathe()
            for person in (host, *guests):
                for fact in person.facts:
                    if isinstance(fact, LeaseWarning):
                        ticks.setdefault((person.name, fact.level), world.hub_clock.now().tick.ms)
                    if isinstance(fact, WentReadOnly):
                        ticks.setdefault((person.name, "read only"), world.hub_clock.now().tick.ms)
            if all(person.heard(SessionEnded) for person in (host, *guests)):
                break
            world.advance(100)
        for moment in ("notice", "urgent", "read only"):
            for guest in guests:
                assert abs(ticks[guest.name, moment] - ticks["host", moment]) <= 1000
        assert {person.heard(SessionEnded)[0].reason for person in (host, *guests)} == {"expired"}


async def test_a_guest_more_than_ten_minutes_off_is_told_and_still_served() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya", ahead_ms=11 * 60_000)
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(guest, hosted, host)
        skewed = await guest.fact(ClockSkewed)
        assert skewed.minutes in (10, 11)
        await world.done(joined.say("hello"))
        await host.fact(ChatSaid)


async def test_a_guest_whose_clock_is_put_right_in_mid_session_keeps_its_time_and_its_access() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya", ahead_ms=-20 * 60_000)
    async with world_of(host, guest):
        hosted = await world.host_a_file(host, length_s=1800)
        joined = await world.join(guest, hosted, host)
        guest.clock.jump(minutes=20)
        await world.done(hosted.extend(15))
        await world.until(
            lambda: joined.core.membership.expires_at == hosted.core.lease.expires_at, "the guest hears of it"
        )
        left = joined.core.watch.lease.left_ms(now=guest.clock.now())
        assert abs(left - hosted.core.lease.left_ms(now=host.clock.now())) <= 1000
        await world.done(joined.say("still here"))
        await host.fact(ChatSaid)
        assert not guest.heard(SessionEnded)


async def test_a_guest_that_was_away_for_longer_than_its_token_comes_back_and_reads_the_chat() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with host.running():
        hosted = await world.host_a_file(host)
        async with guest.running():
            await world.join(guest, hosted, host)
        for _ in range(12):
            world.advance(60_000)
            await world.run_for(seconds=1)
        await world.done(hosted.say("while you were out"))
        heard = len(guest.facts)
        async with guest.running():
            _, (row,) = await guest.sessions.interrupted()
            joined = await world.done(guest.sessions.resume_joined(row))
            assert (await guest.fact(ChatSaid, after=heard)).text == "while you were out"
            await world.done(joined.say("back"))
            await host.fact(ChatSaid, lambda fact: fact.text == "back")


async def test_joining_twice_gives_the_one_running_session() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        first = await world.join(guest, hosted, host)
        secrets = hosted.invitations.views()[0].secrets
        assert secrets is not None
        again = guest.sessions.join(
            secrets.app_link, secrets.shown_code, DEVICE, shown=None, mirror=None, is_mirror_forced=False
        )
        assert await world.done(again) is first
        assert len(guest.sessions.joined) == 1


async def test_a_join_that_is_cancelled_before_the_welcome_leaves_nothing_running() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with guest.running():
        async with host.running():
            hosted = await world.host_a_file(host)
            await world.join(guest, hosted, host)
        await world.done(guest.sessions.close())
        _, (row,) = await guest.sessions.interrupted()
        async with asyncio.TaskGroup() as group:
            joining = group.create_task(guest.sessions.resume_joined(row))
            await world.breathe()
            assert guest.sessions.joined
            joining.cancel()
            with suppress(asyncio.CancelledError):
                await world.until(joining.done, "the join is given up")
        await world.until(lambda: not guest.sessions.joined, "nothing runs any more")


async def test_leaving_a_session_whose_host_never_answered_does_not_wait_for_it() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with guest.running():
        async with host.running():
            hosted = await world.host_a_file(host)
            await world.join(guest, hosted, host)
        await world.done(guest.sessions.close())
        _, (row,) = await guest.sessions.interrupted()
        async with asyncio.TaskGroup() as group:
            joining = group.create_task(_refused(guest.sessions.resume_joined(row)))
            await world.breathe()
            (joined,) = guest.sessions.joined.values()
            await world.done(joined.leave())
            await world.until(joining.done, "the join is over")
        assert guest.heard(SessionEnded)[-1].reason == "left"


async def test_a_hub_that_says_revoked_ends_nothing_while_the_host_is_heard() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(guest, hosted, host)
        lie = link_events.HubFailed(peer=host.key.key, hub="hub", key="token.revoked", is_refused=True)
        joined.core.link.tell(lie)
        await world.run_for(seconds=1)
        assert not guest.heard(SessionEnded)


async def test_a_disk_that_fails_a_guest_does_not_end_the_session() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        await world.join(guest, hosted, host)
        guest.store.is_broken = True
        await world.done(hosted.extend(15))
        await world.run_for(seconds=1)
        guest.store.is_broken = False
        await world.done(hosted.say("still there?"))
        await guest.fact(ChatSaid)
        assert not guest.heard(SessionEnded)


async def test_a_channel_that_only_a_later_host_knows_does_no_harm() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(guest, hosted, host)
        now = host.clock.now().instant
        later = EphemeralToken(
            jti=b"j" * 16,
            issuer=host.key.key,
            session=hosted.core.row.session_id,
            guest=guest.key.key,
            issued_at=now,
            not_before=now,
            expires_at=now.plus(600_000),
            capabilities=CapabilitySet(
                role=Role.EDITOR, channels={"chat": 2, "holograms": 1}, data_types=frozenset({"chat"}), rates={}
            ),
            relay=RelayRights(targets=(host.key.key,)),
            epoch=0,
        )
        await world.done(joined.core.take_token(issue_token(later, host.key).raw))
        assert joined.core.channels["holograms"] == 1


async def _refused(work: object) -> None:
    with suppress(Exception):
        await work  # type: ignore[misc]
