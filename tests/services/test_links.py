"""Tests of links over the relay: real TLS, a hub in memory, a clock that a test moves."""

import asyncio

import pytest

from horizon_desktop.domain.collaboration.channel import ChannelKind, DataType, Lane
from horizon_desktop.domain.decision import Deny
from horizon_desktop.errors import LinkLost
from horizon_desktop.protocol.link_events import (
    Heard,
    HubFailed,
    HubReached,
    LinkGivenUp,
    LinkUp,
    MessageArrived,
    MessageRefused,
    PathMoved,
    SilenceReached,
)
from tests.protocol.link_world import GUEST
from tests.services.link_bench import Bench


def told(events: list, kind: type) -> list:
    return [event for event in events if isinstance(event, kind)]


async def test_guest_and_host_speak_over_the_relay() -> None:
    async with Bench().running() as bench:
        await bench.guest_says(b"hello host")
        await bench.host_says(b"hello guest")
        await bench.clock.run_for(ms=300)
        assert bench.heard_by_host() == [b"hello host"]
        assert bench.heard_by_guest() == [b"hello guest"]
        assert bench.guest.backlog() == 0 and bench.host.backlog(GUEST.key) == 0
        assert [event.path for event in told(bench.guest_events, PathMoved)] == ["relay"]


async def test_the_hub_sees_nothing_of_what_is_said() -> None:
    async with Bench().running() as bench:
        await bench.guest_says(b"canary-canary-canary")
        await bench.clock.run_for(ms=300)
        assert bench.heard_by_host() == [b"canary-canary-canary"]
        assert b"canary" not in bench.hub.seen


async def test_a_message_sent_before_the_link_is_up_waits_for_it() -> None:
    bench = Bench()
    bench.hub.is_down = True
    async with bench.running(), asyncio.TaskGroup() as group:
        group.create_task(bench.guest_says(b"early"))
        await bench.clock.run_for(seconds=3)
        bench.hub.is_down = False
        await bench.clock.run_for(seconds=6)
        assert bench.heard_by_host() == [b"early"]


async def test_a_closed_relay_is_dialled_again_and_nothing_is_lost() -> None:
    async with Bench().running() as bench:
        bench.hub.end(1)
        await bench.guest_says(b"over the gap")
        await bench.clock.run_for(seconds=2)
        assert bench.heard_by_host() == [b"over the gap"]
        assert [event.is_new_incarnation for event in told(bench.host_events, LinkUp)] == [True, False]


async def test_a_silent_relay_is_dialled_anew_after_5_s_without_waiting_for_tcp() -> None:
    async with Bench().running() as bench:
        await bench.clock.run_for(seconds=2)
        bench.hub.members[1].is_cut = True
        await bench.guest_says(b"into the hole")
        await bench.clock.run_for(seconds=4)
        assert len(bench.hub.dials) == 1
        await bench.clock.run_for(seconds=3)
        assert len(bench.hub.dials) == 2
        assert bench.heard_by_host() == [b"into the hole"]
        assert [event.stage for event in told(bench.guest_events, SilenceReached)] == ["suspect", "chip"]
        assert len(told(bench.guest_events, Heard)) == 1


async def test_on_another_network_a_dial_into_the_old_one_is_given_up_and_the_next_made_at_once() -> None:
    async with Bench().running() as bench:
        await bench.clock.run_for(seconds=2)
        bench.hub.is_mute = True
        bench.hub.members[1].is_cut = True
        await bench.clock.run_for(seconds=6)
        assert len(bench.hub.dials) == 2
        bench.hub.is_mute = False
        await bench.guest_says(b"from elsewhere")
        bench.guest.redial()
        for _ in range(5):
            await bench.clock.run_for(ms=100)
        assert len(bench.hub.dials) == 3
        assert bench.heard_by_host() == [b"from elsewhere"]


async def test_a_changed_network_of_the_host_makes_it_ask_every_guest_at_once() -> None:
    async with Bench().running() as bench:
        await bench.clock.run_for(ms=1050)
        seen = len(bench.hub.seen)
        bench.host.network_changed()
        await bench.clock.settle()
        assert len(bench.hub.seen) > seen


async def test_an_unreachable_hub_is_tried_again_with_growing_waits() -> None:
    bench = Bench()
    bench.hub.is_down = True
    async with bench.running():
        await bench.clock.run_for(seconds=20)
        gaps = [b - a for a, b in zip(bench.hub.dials, bench.hub.dials[1:], strict=False)]
        wanted = [200, 500, 1000, 2000, 5000, 5000]
        assert all(base <= gap <= base * 1.26 for gap, base in zip(gaps, wanted, strict=False))
        assert len(gaps) >= 5
        failed = told(bench.guest_events, HubFailed)
        assert failed and not failed[0].is_refused


async def test_a_hub_s_refusal_is_told_with_its_key() -> None:
    bench = Bench()
    bench.hub.refusal = "token.revoked"
    async with bench.running():
        failed = told(bench.guest_events, HubFailed)
        assert [(event.key, event.is_refused) for event in failed] == [("token.revoked", True)]


async def test_the_second_hub_is_used_when_the_first_is_down() -> None:
    bench = Bench(hubs=2)
    bench.hub.is_down = True
    async with bench.running():
        assert [event.hub for event in told(bench.guest_events, HubReached)] == ["hub1.test:7443"]
        await bench.guest_says(b"by the other")
        await bench.clock.run_for(ms=300)
        assert bench.heard_by_host() == [b"by the other"]


async def test_a_guest_that_admission_refuses_gets_no_link() -> None:
    bench = Bench()
    bench.verdict = Deny("peer.removed")
    async with bench.running():
        await bench.clock.run_for(seconds=20)
        assert bench.host_events == []
        assert told(bench.guest_events, LinkUp) == []
        assert bench.host.peers() == ()


async def test_a_refused_message_comes_back_with_its_rule() -> None:
    bench = Bench()
    bench.is_settling = False
    async with bench.running():
        await bench.guest_says(b"no")
        await bench.clock.run_for(ms=300)
        arrived = bench.host_events[-1]
        bench.host.settle(GUEST.key, arrived.channel, arrived.seq, Deny("chat.rude"))
        await bench.clock.run_for(ms=300)
        refused = told(bench.guest_events, MessageRefused)
        assert [(event.rule, event.is_ours) for event in refused] == [("chat.rude", True)]


async def test_a_restarted_guest_process_is_a_new_incarnation_for_its_host() -> None:
    bench = Bench()
    async with bench.running(guest=False):
        async with asyncio.TaskGroup() as group:
            first = group.create_task(bench.guest.run())
            await bench.clock.run_for(seconds=1)
            first.cancel()
            await bench.clock.run_for(ms=100)
            second = group.create_task(bench.new_guest(seed="again").run())
            await bench.clock.run_for(seconds=1)
            second.cancel()
        ups = told(bench.host_events, LinkUp)
        assert [event.is_new_incarnation for event in ups] == [True, True]


async def test_five_minutes_of_silence_give_the_place_up_and_the_same_guest_may_come_back() -> None:
    async with Bench().running() as bench:
        bench.hub.is_down = True
        bench.hub.end(1)
        await bench.clock.run_for(seconds=305)
        assert [event.reason for event in told(bench.host_events, LinkGivenUp)] == ["silent"]
        assert bench.host.peers() == ()
        bench.hub.is_down = False
        await bench.clock.run_for(seconds=8)
        assert told(bench.host_events, LinkUp)[-1].is_new_incarnation
        assert told(bench.guest_events, LinkUp)[-1].is_new_incarnation
        await bench.guest_says(b"back")
        await bench.clock.run_for(ms=300)
        assert bench.heard_by_host() == [b"back"]


async def test_dropping_a_peer_waits_for_its_last_word_to_be_settled() -> None:
    async with Bench().running() as bench:
        bench.verdict = Deny("peer.removed")
        await bench.host_says(b"ended")
        async with asyncio.TaskGroup() as group:
            group.create_task(bench.host.drop(GUEST.key, "revoked", flush_ms=2000))
            await bench.clock.run_for(ms=400)
        assert bench.heard_by_guest() == [b"ended"]
        assert bench.host.peers() == ()


async def test_with_the_relay_off_only_control_goes_by_relay() -> None:
    async with Bench(is_relay_allowed=False).running() as bench:
        await bench.guest.send(ChannelKind.CONTROL, DataType.CONTROL, b"renew me")
        await bench.guest_says(b"not by relay")
        await bench.clock.run_for(seconds=15)
        assert bench.heard_by_host() == [b"renew me"]
        assert bench.guest.is_relay_refused


async def test_with_the_relay_off_the_control_lane_is_kept() -> None:
    async with Bench(is_relay_allowed=False).running() as bench:
        await bench.clock.run_for(seconds=60)
        assert len(bench.hub.dials) == 1


@pytest.mark.parametrize(("lane", "dials"), [(Lane.INTERACTIVE, 2), (Lane.BULK, 1)])
async def test_without_an_answer_for_a_lane_the_relay_is_dialled_anew_but_not_for_bulk(lane: Lane, dials: int) -> None:
    async with Bench().running(guest=False) as bench, asyncio.TaskGroup() as group:
        bench.hub.swap_to_guest = lambda frame: [] if (frame.link, frame.lane) == (1, lane) else [frame]
        running = group.create_task(bench.guest.run())
        if lane is Lane.BULK:
            bench.guest.bulk_wanted()
        await bench.clock.run_for(seconds=9)
        assert len(bench.hub.dials) == 1
        saying = group.create_task(bench.guest_says(b"sooner or later"))
        await bench.clock.run_for(seconds=20)
        assert len(bench.hub.dials) == dials
        assert bench.heard_by_host() == [b"sooner or later"]
        assert saying.done()
        running.cancel()


async def test_a_lane_that_the_hub_keeps_waiting_does_not_end_the_path() -> None:
    async with Bench().running(guest=False) as bench, asyncio.TaskGroup() as group:
        bench.hub.kept_waiting = frozenset({Lane.INTERACTIVE})
        running = group.create_task(bench.guest.run())
        await bench.clock.run_for(seconds=60)
        assert len(bench.hub.dials) == 1
        running.cancel()


async def test_a_new_token_is_handed_to_the_hub() -> None:
    async with Bench().running() as bench:
        bench.token = b"next token"
        await bench.clock.run_for(seconds=2)
        assert bench.hub.members[1].tokens == [b"next token"]


async def test_closing_the_guest_ends_its_run_and_its_connection() -> None:
    async with Bench().running() as bench:
        await bench.guest.close()
        await bench.clock.run_for(ms=100)
        assert bench.hub.members == {}


async def test_a_bulk_lane_that_nobody_opened_is_left_alone() -> None:
    async with Bench().running() as bench:
        await bench.host.relay_bytes(bench.hub.port(), 1, Lane.BULK, b"\x16\x03\x01")
        await bench.guest_says(b"still here")
        await bench.clock.run_for(ms=300)
        assert bench.heard_by_host() == [b"still here"]


async def test_a_guest_that_settles_nothing_holds_the_host_up_for_half_a_second_and_must_resync() -> None:
    async with Bench().running() as bench:
        bench.is_settling = False

        async def say_much() -> int:
            count = 0
            try:
                while True:
                    await bench.host_says(b"%d" % count)
                    count += 1
            except LinkLost:
                return count

        async with asyncio.TaskGroup() as group:
            talk = group.create_task(say_much())
            await bench.clock.run_for(ms=700)
            assert talk.done() and talk.result() == 1024
        bench.is_settling = True
        await bench.clock.run_for(seconds=2)
        assert told(bench.guest_events, LinkUp)[-1].is_new_incarnation
        assert told(bench.host_events, LinkUp)[-1].is_new_incarnation
        await bench.host_says(b"resynced")
        await bench.clock.run_for(ms=300)
        assert bench.heard_by_guest()[-1] == b"resynced"


async def test_cursors_never_wait_and_the_newest_arrives() -> None:
    async with Bench().running() as bench:
        bench.is_settling = False
        for n in range(3000):
            await bench.host.send(GUEST.key, ChannelKind.CURSORS, DataType.CURSOR, b"c%d" % n, latest_key=b"host")
            if n % 10 == 0:
                await bench.clock.run_for(ms=1)
        late = [event for event in bench.guest_events if isinstance(event, MessageArrived)]
        bench.is_settling = True
        for event in late:
            bench.guest.settle(event.channel, event.seq)
        await bench.clock.run_for(seconds=1)
        assert bench.heard_by_guest()[-1] == b"c2999"


async def test_a_hub_that_connects_us_to_nobody_is_left_after_10_s() -> None:
    bench = Bench()
    bench.hub.host = None
    async with bench.running():
        await bench.clock.run_for(seconds=11)
        bench.hub.host = bench.host
        await bench.clock.run_for(seconds=11)
        assert len(bench.hub.dials) >= 2
        assert told(bench.guest_events, LinkUp)
