"""A host sees, in the signed offers of its guests, which public networks they are in, and never a whole address."""

import asyncio

from horizon_desktop.adapters.webrtc.direct import WebRtcFactory
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.ports.transport import DirectAttempt, LaneStream
from horizon_desktop.protocol.link_events import AddressesTold
from tests.services.link_bench import Bench

PUBLIC = b"a=candidate:9 1 udp 1694498815 93.184.216.34 50001 typ srflx raddr 10.0.0.7 rport 50000\r\n"


class PublicNetwork:
    """Real connections of a machine that also has a public address."""

    def __init__(self) -> None:
        self._inner = WebRtcFactory()

    def attempt(self) -> DirectAttempt:
        return PublicAttempt(self._inner.attempt())


class PublicAttempt:
    """An attempt whose offer names the public address."""

    def __init__(self, inner: DirectAttempt) -> None:
        self._inner = inner

    async def offer(self) -> bytes:
        offered = await self._inner.offer()
        at = offered.index(b"a=candidate:")
        return offered[:at] + PUBLIC + offered[at:]

    async def answer(self, offer: bytes) -> bytes:
        return await self._inner.answer(offer)

    async def accept(self, answer: bytes) -> None:
        await self._inner.accept(answer)

    async def lanes(self) -> dict[Lane, LaneStream]:
        return await self._inner.lanes()

    async def close(self) -> None:
        await self._inner.close()


async def test_the_host_is_told_the_networks_of_a_guests_offer_and_no_address() -> None:
    async with Bench(direct=PublicNetwork()).running() as bench, asyncio.timeout(20):
        while not any(isinstance(event, AddressesTold) for event in bench.host_events):
            await bench.clock.run_for(ms=20)
            await asyncio.sleep(0.01)
        told = next(event for event in bench.host_events if isinstance(event, AddressesTold))
        assert told.networks == {"93.184.216.0/24"}
        assert "93.184.216.34" not in repr(bench.host_events)
        assert not any(isinstance(event, AddressesTold) for event in bench.guest_events)
