"""What every engine of a direct path promises: the fast one (QUIC) and the plain one (aiortc) alike."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from horizon_desktop.adapters.bulk.attempt import QuicFactory
from horizon_desktop.adapters.tls.throwaway import fresh_certificate
from horizon_desktop.adapters.webrtc.direct import BULK_LANES, WebRtcFactory
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.errors import LinkLost, LocalProtocolError, RemoteProtocolError
from horizon_desktop.ports.transport import DirectAttempt, DirectFactory, LaneStream, PathKind
from tests.fakes.entropy import SeededEntropy

DEADLINE_S = 30.0
CLOSE_S = 2.5
DATA = bytes(range(256)) * 4096


def quic() -> DirectFactory:
    return QuicFactory(certificate=fresh_certificate, entropy=SeededEntropy(3))


def aiortc() -> DirectFactory:
    return WebRtcFactory(lanes=BULK_LANES)


@pytest.fixture(params=[quic, aiortc])
def factory(request: pytest.FixtureRequest) -> DirectFactory:
    make: Callable[[], DirectFactory] = request.param
    return make()


async def opened(guest: DirectAttempt, host: DirectAttempt) -> tuple[LaneStream, LaneStream]:
    await guest.accept(await host.answer(await guest.offer()))
    async with asyncio.TaskGroup() as group:
        of_guest, of_host = group.create_task(guest.lanes()), group.create_task(host.lanes())
    return of_guest.result()[Lane.BULK], of_host.result()[Lane.BULK]


@asynccontextmanager
async def connected(factory: DirectFactory) -> AsyncIterator[tuple[LaneStream, LaneStream]]:
    guest, host = factory.attempt(), factory.attempt()
    try:
        async with asyncio.timeout(DEADLINE_S):
            yield await opened(guest, host)
    finally:
        await guest.close()
        await host.close()


async def digest(stream: LaneStream, count: int) -> str:
    got = bytearray()
    async for chunk in stream.chunks():
        got += chunk
        if len(got) >= count:
            break
    return hashlib.sha256(got).hexdigest()


async def test_bytes_of_the_guest_arrive_whole_and_then_those_of_the_host(factory: DirectFactory) -> None:
    expected = hashlib.sha256(DATA).hexdigest()
    async with connected(factory) as (guest, host), asyncio.TaskGroup() as group:
        group.create_task(guest.send(DATA))
        assert await digest(host, len(DATA)) == expected
        group.create_task(host.send(DATA))
        assert await digest(guest, len(DATA)) == expected


async def test_both_ends_and_they_alone_know_the_exporter(factory: DirectFactory) -> None:
    async with connected(factory) as (guest, host), connected(factory) as (other, _):
        assert guest.exporter() == host.exporter() != other.exporter()
        assert len(guest.exporter()) == 32
        assert guest.is_client != host.is_client
        assert guest.path is host.path is PathKind.DIRECT
        assert guest.lane is host.lane is Lane.BULK


async def test_the_end_of_one_side_is_the_end_of_the_other(factory: DirectFactory) -> None:
    guest, host = factory.attempt(), factory.attempt()
    async with asyncio.timeout(DEADLINE_S):
        lane, _ = await opened(guest, host)
        await host.close()
        async for _ in lane.chunks():
            pytest.fail("nothing was sent")
        with pytest.raises(LinkLost):
            await lane.send(b"x")
    await guest.close()


async def test_closing_is_bounded_whatever_was_done_before(factory: DirectFactory) -> None:
    fresh, offering = factory.attempt(), factory.attempt()
    await offering.offer()
    async with asyncio.timeout(CLOSE_S):
        await fresh.close()
        await offering.close()
        await offering.close()


@pytest.mark.parametrize("noise", [b"", b"\xff", b"v=0\r\n", b"\x94\x01", bytes(40_000)])
async def test_noise_in_place_of_an_offer_or_an_answer_is_refused(factory: DirectFactory, noise: bytes) -> None:
    guest, host = factory.attempt(), factory.attempt()
    with pytest.raises(RemoteProtocolError):
        await host.answer(noise)
    await guest.offer()
    with pytest.raises(RemoteProtocolError):
        await guest.accept(noise)
    await guest.close()
    await host.close()


async def test_an_answer_without_an_offer_is_our_own_mistake(factory: DirectFactory) -> None:
    attempt = factory.attempt()
    with pytest.raises(LocalProtocolError):
        await attempt.accept(b"")
    await attempt.close()
