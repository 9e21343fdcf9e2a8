"""Tests of measuring a link: runs over whole sessions, hashed at both ends, bounded, declined where they must be."""

import asyncio

import pytest

from horizon_desktop.domain.collaboration.channel import ChannelKind, DataType
from horizon_desktop.domain.collaboration.session import SessionPlan, SessionType
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.errors import AccessRefused, LinkLost, Unreachable, UsageError
from horizon_desktop.protocol.payloads.codec import encode
from horizon_desktop.protocol.payloads.measure import (
    BLOCK_BYTES,
    MAX_RUN_BYTES,
    AskRun,
    Begin,
    Block,
    End,
    Measure,
)
from horizon_desktop.services.hosted_session import HostedSession
from horizon_desktop.services.joined_session import JoinedSession
from horizon_desktop.services.measuring import RUNS_A_MINUTE
from horizon_desktop.services.session_planning import HostChoice
from tests.services.session_world import FILE, Machine, World, world_of

MIB = 1024 * 1024


class Company:
    """A host and a guest in one session."""

    def __init__(self) -> None:
        self.world = World()
        self.host, self.guest = self.world.machine("host"), self.world.machine("maya")

    async def meet(self) -> tuple[HostedSession, JoinedSession]:
        hosted = await self.world.host_a_file(self.host)
        return hosted, await self.world.join(self.guest, hosted, self.host)


def key_of(machine: Machine) -> DeviceKey:
    return machine.key.key


async def test_runs_both_ways_from_both_ends_arrive_whole() -> None:
    here = Company()
    async with world_of(here.host, here.guest):
        hosted, joined = await here.meet()
        for measuring, peer in (
            (hosted.core.measuring, key_of(here.guest)),
            (joined.core.measuring, key_of(here.host)),
        ):
            sent = await here.world.done(measuring.send_run(peer, most_bytes=3 * MIB, most_ms=60_000))
            assert (sent.size_bytes, sent.is_whole) == (3 * MIB, True)
            came = await here.world.done(measuring.ask_run(peer, most_bytes=2 * MIB + 7, most_ms=60_000))
            assert (came.size_bytes, came.is_whole) == (2 * MIB + 7, True)


async def test_a_run_ends_when_its_time_is_over() -> None:
    here = Company()
    async with world_of(here.host, here.guest):
        hosted, _ = await here.meet()
        run = hosted.core.measuring.send_run(key_of(here.guest), most_bytes=MAX_RUN_BYTES, most_ms=400)
        result = await here.world.done(run)
        assert result.is_whole
        assert BLOCK_BYTES <= result.size_bytes < MAX_RUN_BYTES


async def test_a_host_that_switches_measuring_off_is_not_measured() -> None:
    here = Company()
    async with world_of(here.host, here.guest):
        plan = SessionPlan(
            session_type=SessionType.PAIR,
            title="Spike",
            length_s=3600,
            places=3,
            invite_minutes=60,
            channels={"measure": 0},
        )
        choice = HostChoice(plan=plan, files=(FILE,), is_approval_asked=False, is_relay_allowed=True, hub="")
        hosted = await here.world.done(here.host.sessions.create(choice))
        joined = await here.world.join(here.guest, hosted, here.host)
        for measuring, peer in (
            (hosted.core.measuring, key_of(here.guest)),
            (joined.core.measuring, key_of(here.host)),
        ):
            with pytest.raises(AccessRefused) as refusal:
                await here.world.done(measuring.send_run(peer, most_bytes=MIB, most_ms=1000))
            assert refusal.value.key == "channel.closed"


async def test_a_guest_that_asks_again_and_again_is_declined() -> None:
    here = Company()
    async with world_of(here.host, here.guest):
        _, joined = await here.meet()
        measuring, peer = joined.core.measuring, key_of(here.host)
        for _ in range(RUNS_A_MINUTE):
            await here.world.done(measuring.ask_run(peer, most_bytes=10, most_ms=1000))
        with pytest.raises(AccessRefused) as refusal:
            await here.world.done(measuring.ask_run(peer, most_bytes=10, most_ms=1000))
        assert refusal.value.key == "measure.often"
        await here.world.run_for(seconds=61)
        again = await here.world.done(measuring.ask_run(peer, most_bytes=10, most_ms=1000))
        assert again.is_whole


@pytest.mark.parametrize(("size_bytes", "ms"), [(0, 1000), (MAX_RUN_BYTES + 1, 1000), (MIB, 0), (MIB, 60_001)])
async def test_a_run_beyond_the_limits_is_not_begun(size_bytes: int, ms: int) -> None:
    here = Company()
    async with world_of(here.host, here.guest):
        hosted, _ = await here.meet()
        with pytest.raises(UsageError) as refusal:
            await hosted.core.measuring.send_run(key_of(here.guest), most_bytes=size_bytes, most_ms=ms)
        assert refusal.value.key == "measure.size"


class Rogue:
    """A guest that says whatever it wants on the measure channel, and counts what the host refused."""

    def __init__(self, here: Company, joined: JoinedSession) -> None:
        self._here = here
        self._joined = joined

    async def says(self, *messages: Measure) -> None:
        bulk, peer = self._joined.core.link.bulk, key_of(self._here.host)
        for message in messages:
            await bulk.send_bulk(
                peer,
                ChannelKind.MEASURE,
                DataType.MEASURE,
                encode(message),
                conversation=bulk.conversation(peer),
            )
        await self._here.world.until(lambda: bulk.backlog(peer, ChannelKind.MEASURE) == 0, "the host took it")


async def test_blocks_beyond_the_announced_size_or_out_of_order_end_the_run() -> None:
    here = Company()
    async with world_of(here.host, here.guest):
        hosted, joined = await here.meet()
        rogue, incoming = Rogue(here, joined), hosted.core.measuring.incoming
        await rogue.says(Begin(1, 100), Block(1, 0, bytes(100)))
        assert incoming(key_of(here.guest)) == 100
        await rogue.says(Block(1, 1, b"x"))
        assert incoming(key_of(here.guest)) is None
        await rogue.says(Begin(3, 100), Block(3, 1, b"x"))
        assert incoming(key_of(here.guest)) is None
        await rogue.says(Begin(5, MAX_RUN_BYTES + 1))
        assert incoming(key_of(here.guest)) is None


async def test_a_second_run_beside_the_first_is_declined_and_leaves_it_alone() -> None:
    here = Company()
    async with world_of(here.host, here.guest):
        hosted, joined = await here.meet()
        rogue, incoming = Rogue(here, joined), hosted.core.measuring.incoming
        await rogue.says(Begin(1, 100), Block(1, 0, bytes(40)), Begin(3, 100), Block(3, 0, bytes(50)))
        assert incoming(key_of(here.guest)) == 40
        await rogue.says(End(1, 1, 40, bytes(32)), AskRun(7, MAX_RUN_BYTES + 1, 5))
        assert incoming(key_of(here.guest)) is None


async def test_a_run_is_given_up_when_the_other_end_comes_back_as_another_process() -> None:
    here = Company()
    async with world_of(here.host, here.guest):
        hosted, _ = await here.meet()
        measuring, links = hosted.core.measuring, hosted.core.links
        driver = links._drivers[key_of(here.guest)]

        async def restart_once_it_runs() -> None:
            await here.world.until(lambda: links.backlog(key_of(here.guest), ChannelKind.MEASURE) > 0, "it runs")
            driver.do(driver.link.restart(links.new_incarnation()))

        async with asyncio.TaskGroup() as group:
            group.create_task(restart_once_it_runs())
            with pytest.raises(LinkLost) as cut:
                run = measuring.send_run(key_of(here.guest), most_bytes=MAX_RUN_BYTES, most_ms=60_000)
                await here.world.done(run)
        assert cut.value.key == "measure.lost"


async def test_without_any_path_for_bulk_a_run_is_given_up_in_plain_words() -> None:
    here = Company()
    async with world_of(here.host, here.guest):
        plan = SessionPlan(session_type=SessionType.PAIR, title="Spike", length_s=3600, places=3, invite_minutes=60)
        choice = HostChoice(plan=plan, files=(FILE,), is_approval_asked=False, is_relay_allowed=False, hub="")
        hosted = await here.world.done(here.host.sessions.create(choice))
        await here.world.join(here.guest, hosted, here.host)

        async def refusal() -> str:
            with pytest.raises(Unreachable) as refused:
                await hosted.core.measuring.send_run(key_of(here.guest), most_bytes=MIB, most_ms=1000)
            return refused.value.key

        async with asyncio.TaskGroup() as group:
            told = group.create_task(refusal())
            await here.world.run_for(seconds=62, step_ms=250)
        assert told.result() == "measure.stuck"
