"""Tests of the bulk lane over whole links: by the relay and by the plain engine, opened on demand, closed when idle."""

import asyncio
import hashlib
from collections.abc import Sequence

from horizon_desktop.adapters.webrtc.direct import BULK_LANES, WebRtcFactory
from horizon_desktop.domain.collaboration.channel import BULK_WINDOW_BYTES, ChannelKind, DataType, Engine, Lane
from horizon_desktop.domain.decision import Deny
from horizon_desktop.ports.hub import RelayFrame
from horizon_desktop.protocol.link_events import MessageArrived
from tests.protocol.link_world import ALL_OPEN, GUEST, HOST, scopes_of
from tests.services.link_bench import Bench
from tests.services.test_direct_links import until

BLOCK = 60_000
PLAIN = {Engine.PLAIN: WebRtcFactory(lanes=BULK_LANES)}


def blocks(count: int) -> list[bytes]:
    return [number.to_bytes(4, "big") * (BLOCK // 4) for number in range(count)]


def digest(bodies: Sequence[bytes]) -> str:
    return hashlib.sha256(b"".join(bodies)).hexdigest()


def arrived(bench: Bench, *, at_host: bool) -> list[bytes]:
    events = bench.host_events if at_host else bench.guest_events
    return [e.body for e in events if isinstance(e, MessageArrived) and e.channel is ChannelKind.MEASURE]


async def guest_sends(bench: Bench, bodies: list[bytes]) -> None:
    conversation = bench.guest.bulk.conversation(HOST.key)
    for body in bodies:
        await bench.guest.bulk.send_bulk(
            HOST.key, ChannelKind.MEASURE, DataType.MEASURE, body, conversation=conversation
        )


async def host_sends(bench: Bench, bodies: list[bytes]) -> None:
    conversation = bench.host.conversation(GUEST.key)
    for body in bodies:
        await bench.host.send_bulk(GUEST.key, ChannelKind.MEASURE, DataType.MEASURE, body, conversation=conversation)


def lanes_seen(bench: Bench) -> set[Lane]:
    seen: set[Lane] = set()
    plain = bench.hub.swap_to_host

    def note(frame: RelayFrame) -> list[RelayFrame]:
        seen.add(frame.lane)
        return plain(frame)

    bench.hub.swap_to_host = note
    return seen


async def test_bulk_goes_by_the_relay_both_ways_and_arrives_whole() -> None:
    async with Bench().running() as bench:
        sent = blocks(40)
        async with asyncio.TaskGroup() as group:
            group.create_task(guest_sends(bench, sent))
            group.create_task(host_sends(bench, sent[::-1]))
            await until(bench, lambda: len(arrived(bench, at_host=True)) == len(arrived(bench, at_host=False)) == 40)
        assert digest(arrived(bench, at_host=True)) == digest(sent)
        assert digest(arrived(bench, at_host=False)) == digest(sent[::-1])


async def test_a_session_without_bulk_opens_no_lane_for_it() -> None:
    async with Bench().running() as bench:
        seen = lanes_seen(bench)
        await bench.guest_says(b"typed")
        await bench.clock.run_for(seconds=3)
        assert seen == {Lane.CONTROL, Lane.INTERACTIVE}
        await guest_sends(bench, blocks(1))
        await until(bench, lambda: len(arrived(bench, at_host=True)) == 1)
        assert Lane.BULK in seen


async def test_where_no_relay_is_allowed_bulk_waits_for_its_own_connection() -> None:
    async with Bench(direct=WebRtcFactory(), bulk=PLAIN, is_relay_allowed=False).running() as bench:
        seen = lanes_seen(bench)
        await host_sends(bench, blocks(20))
        await until(bench, lambda: len(arrived(bench, at_host=False)) == 20)
        assert digest(arrived(bench, at_host=False)) == digest(blocks(20))
        assert bench.host.bulk_reading(GUEST.key).path == "plain"  # type: ignore[union-attr]
        assert Lane.BULK not in seen


async def test_the_bulk_connection_closes_when_nothing_wants_it() -> None:
    async with Bench(direct=WebRtcFactory(), bulk=PLAIN, is_relay_allowed=False).running() as bench:
        await guest_sends(bench, blocks(3))
        await until(bench, lambda: len(arrived(bench, at_host=True)) == 3)
        await bench.clock.run_for(seconds=40)
        await until(bench, lambda: not bench.guest.bulk.has_connection)
        await guest_sends(bench, blocks(2))
        await until(bench, lambda: len(arrived(bench, at_host=True)) == 5)


async def test_an_engine_that_the_host_lacks_is_done_without() -> None:
    async with Bench(direct=WebRtcFactory(), bulk=PLAIN, host_bulk={}).running() as bench:
        await guest_sends(bench, blocks(30))
        await until(bench, lambda: len(arrived(bench, at_host=True)) == 30)
        assert bench.guest.bulk.bulk_reading(HOST.key).path == "relay"


async def test_a_slow_reader_slows_the_sender_and_loses_nothing() -> None:
    async with Bench().running() as bench:
        bench.is_settling = False
        sent = blocks(3 * BULK_WINDOW_BYTES // BLOCK)
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(guest_sends(bench, sent))
            most = BULK_WINDOW_BYTES // BLOCK
            await until(bench, lambda: len(arrived(bench, at_host=True)) >= most)
            await bench.clock.run_for(seconds=5)
            assert len(arrived(bench, at_host=True)) == most
            assert not sending.done()
            await bench.guest_says(b"still heard")
            bench.is_settling = True
            for event in [e for e in bench.host_events if isinstance(e, MessageArrived)]:
                bench.host.settle(event.peer, event.channel, event.seq)
            await until(bench, lambda: len(arrived(bench, at_host=True)) == len(sent))
        assert digest(arrived(bench, at_host=True)) == digest(sent)


async def test_without_the_channel_in_its_scope_a_guest_neither_sends_nor_gets_bulk() -> None:
    async with Bench().running() as bench:
        bench.scopes = scopes_of(
            channels={kind: access for kind, access in ALL_OPEN.items() if kind is not ChannelKind.MEASURE}
        )
        conversation = bench.host.conversation(GUEST.key)
        refused = await bench.host.send_bulk(
            GUEST.key, ChannelKind.MEASURE, DataType.MEASURE, b"x", conversation=conversation
        )
        assert isinstance(refused, Deny) and refused.rule == "channel.closed"
        await guest_sends(bench, blocks(1))
        await bench.clock.run_for(seconds=2)
        assert arrived(bench, at_host=True) == []
