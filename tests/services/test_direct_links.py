"""Tests of the direct upgrade with real aiortc connections, while the session runs by the relay."""

import asyncio
from collections.abc import AsyncIterator, Callable

from horizon_desktop.adapters.webrtc.direct import WebRtcFactory
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.ids import LinkId
from horizon_desktop.errors import LinkLost
from horizon_desktop.ports.transport import DirectAttempt, LaneStream
from horizon_desktop.protocol.link_events import LinkUp, PathMoved
from tests.services.link_bench import Bench


class BlockedNetwork:
    """Counts the tries of a network that lets none through."""

    def __init__(self) -> None:
        self.tries = 0

    def attempt(self) -> DirectAttempt:
        self.tries += 1
        return BlockedAttempt()


class BlockedAttempt:
    """A try that finds no way out."""

    async def offer(self) -> bytes:
        raise LinkLost("no candidates")

    async def answer(self, offer: bytes) -> bytes:
        raise LinkLost(f"no candidates for {len(offer)} bytes")

    async def accept(self, answer: bytes) -> None:
        raise LinkLost(f"no use for {len(answer)} bytes")

    async def lanes(self) -> dict[Lane, LaneStream]:
        raise LinkLost("no lanes")

    async def close(self) -> None:
        """Nothing was opened."""


class SilencedLane:
    """A lane of a direct path; in a network that is gone it carries nothing any more, and nobody is told."""

    def __init__(self, inner: LaneStream, network: "LosingNetwork") -> None:
        self._inner = inner
        self._network = network
        self._generation = network.generation
        self.path = inner.path

    @property
    def lane(self) -> Lane:
        return self._inner.lane

    @property
    def is_client(self) -> bool:
        return self._inner.is_client

    def exporter(self) -> bytes:
        return self._inner.exporter()

    async def send(self, data: bytes) -> None:
        if self._generation == self._network.generation:
            await self._inner.send(data)

    def chunks(self) -> AsyncIterator[bytes]:
        return self._inner.chunks()

    async def close(self) -> None:
        await self._inner.close()


class LosingNetwork:
    """Real direct paths, those that stand now lost without a sign by `move`."""

    def __init__(self) -> None:
        self.generation = 0
        self.tries = 0
        self.is_blocked = False
        self._factory = WebRtcFactory()

    def move(self) -> None:
        self.generation += 1

    def attempt(self) -> DirectAttempt:
        self.tries += 1
        return BlockedAttempt() if self.is_blocked else LosingAttempt(self._factory.attempt(), self)


class LosingAttempt:
    """An attempt in a network that may be lost later."""

    def __init__(self, inner: DirectAttempt, network: LosingNetwork) -> None:
        self._inner = inner
        self._network = network

    async def offer(self) -> bytes:
        return await self._inner.offer()

    async def answer(self, offer: bytes) -> bytes:
        return await self._inner.answer(offer)

    async def accept(self, answer: bytes) -> None:
        await self._inner.accept(answer)

    async def lanes(self) -> dict[Lane, LaneStream]:
        return {lane: SilencedLane(stream, self._network) for lane, stream in (await self._inner.lanes()).items()}

    async def close(self) -> None:
        await self._inner.close()


async def until(bench: Bench, is_so: Callable[[], bool]) -> None:
    """Let both times pass, the bench's and the machine's, until it is so."""
    async with asyncio.timeout(20):
        while not is_so():
            await bench.clock.run_for(ms=20)
            await asyncio.sleep(0.01)


async def live(bench: Bench, *, seconds: int) -> None:
    """Let the bench's time pass no faster than the machine's connections can answer in."""
    for _ in range(seconds * 20):
        await bench.clock.run_for(ms=50)
        await asyncio.sleep(0.005)


def paths(bench: Bench, *, is_host: bool) -> list[str]:
    events = bench.host_events if is_host else bench.guest_events
    return [event.path for event in events if isinstance(event, PathMoved)]


async def test_the_link_moves_from_relay_to_direct_and_loses_nothing() -> None:
    async with Bench(direct=WebRtcFactory()).running() as bench:
        await bench.guest_says(b"by relay")
        await until(bench, lambda: paths(bench, is_host=False)[-1:] == ["direct"])
        await until(bench, lambda: paths(bench, is_host=True)[-1:] == ["direct"])
        relayed = len(bench.hub.seen)
        await bench.guest_says(b"by direct")
        await bench.host_says(b"by direct too")
        await until(bench, lambda: len(bench.heard_by_host()) == 2 and len(bench.heard_by_guest()) == 1)
        assert bench.heard_by_host() == [b"by relay", b"by direct"]
        assert paths(bench, is_host=False) == ["relay", "direct"]
        assert len(bench.hub.seen) - relayed < 2000


async def test_when_the_relay_goes_the_direct_path_carries_on() -> None:
    async with Bench(direct=WebRtcFactory()).running() as bench:
        await until(bench, lambda: paths(bench, is_host=False)[-1:] == ["direct"])
        bench.hub.is_down = True
        bench.hub.end(LinkId(1))
        await bench.guest_says(b"without the hub")
        await until(bench, lambda: bench.heard_by_host() == [b"without the hub"])
        ups = [event for event in bench.host_events if isinstance(event, LinkUp)]
        assert len(ups) == 1


async def test_with_the_relay_off_messages_wait_for_the_direct_path() -> None:
    async with Bench(direct=WebRtcFactory(), is_relay_allowed=False).running() as bench:
        await bench.guest_says(b"never by relay")
        assert bench.heard_by_host() == []
        await until(bench, lambda: bench.heard_by_host() == [b"never by relay"])
        await until(bench, lambda: "direct" in paths(bench, is_host=True))


async def test_the_addresses_in_an_offer_are_not_shown_to_the_hub() -> None:
    async with Bench(direct=WebRtcFactory()).running() as bench:
        await until(bench, lambda: paths(bench, is_host=False)[-1:] == ["direct"])
        assert b"candidate" not in bench.hub.seen
        assert b"fingerprint" not in bench.hub.seen


async def test_a_guest_that_wants_no_direct_path_stays_on_the_relay() -> None:
    async with Bench().running() as bench:
        await bench.clock.run_for(seconds=60)
        assert paths(bench, is_host=False) == ["relay"]
        await bench.guest_says(b"x")
        await bench.clock.run_for(ms=300)
        assert bench.heard_by_host() == [b"x"]


async def test_a_person_need_not_wait_for_the_next_turn() -> None:
    network = BlockedNetwork()
    async with Bench(guest_direct=network).running() as bench:
        await bench.clock.run_for(seconds=5)
        assert network.tries == 1
        bench.guest.try_direct()
        await bench.clock.run_for(seconds=1)
        assert network.tries == 2
        await bench.clock.run_for(seconds=20)
        assert network.tries == 2


async def test_a_direct_path_in_doubt_is_replaced_before_it_is_dropped() -> None:
    network = LosingNetwork()
    async with Bench(direct=network).running() as bench:
        await until(bench, lambda: paths(bench, is_host=False)[-1:] == ["direct"])
        await live(bench, seconds=6)
        tried, lost_at = network.tries, bench.clock.now().tick
        network.move()
        await bench.guest_says(b"into the hole")
        await until(bench, lambda: network.tries > tried)
        assert 3000 <= bench.clock.now().tick.since(lost_at) < 6000, "in doubt after 3 s, dropped after 10 s"
        await until(bench, lambda: bench.heard_by_host() == [b"into the hole"])
        await live(bench, seconds=12)
        assert paths(bench, is_host=False)[-1] == "direct"
        assert network.tries == tried + 2, "one call, one answer"


async def test_where_no_other_is_found_a_path_in_doubt_is_given_its_time_and_tried_again_when_it_is_dropped() -> None:
    network = LosingNetwork()
    async with Bench(direct=network).running() as bench:
        await until(bench, lambda: paths(bench, is_host=False)[-1:] == ["direct"])
        await live(bench, seconds=6)
        network.is_blocked = True
        tried = network.tries
        network.move()
        await live(bench, seconds=9)
        assert network.tries == tried + 1
        network.is_blocked = False
        await until(bench, lambda: paths(bench, is_host=False)[-2:] == ["relay", "direct"])


async def test_a_path_that_is_asked_and_answers_is_in_no_doubt() -> None:
    network = LosingNetwork()
    async with Bench(direct=network).running() as bench:
        await until(bench, lambda: paths(bench, is_host=False)[-1:] == ["direct"])
        await live(bench, seconds=6)
        tried = network.tries
        bench.hub.end(LinkId(1))
        await live(bench, seconds=8)
        assert network.tries == tried
