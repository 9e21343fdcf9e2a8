"""Two connected ends of the fast bulk engine on this machine, and what reads them."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from horizon_desktop.adapters.bulk.attempt import QuicAttempt, QuicFactory
from horizon_desktop.adapters.bulk.lane import QuicLane
from horizon_desktop.adapters.tls.throwaway import fresh_certificate
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.ports.transport import LaneStream
from tests.fakes.entropy import SeededEntropy

DEADLINE_S = 30.0


class Ends:
    """The guest and the host of one connection."""

    def __init__(self, *, seed: int = 1) -> None:
        factory = QuicFactory(certificate=fresh_certificate, entropy=SeededEntropy(seed))
        self.guest: QuicAttempt = factory.attempt()
        self.host: QuicAttempt = factory.attempt()

    async def signal(self) -> None:
        """Exchange offer and answer."""
        await self.guest.accept(await self.host.answer(await self.guest.offer()))

    async def open(self) -> tuple[QuicLane, QuicLane]:
        """Return the lanes of the guest and of the host."""
        await self.signal()
        async with asyncio.TaskGroup() as group:
            guest, host = group.create_task(self.guest.lanes()), group.create_task(self.host.lanes())
        return _bulk(guest.result()), _bulk(host.result())

    async def close(self) -> None:
        await self.guest.close()
        await self.host.close()


@asynccontextmanager
async def connected(*, seed: int = 1) -> AsyncIterator[tuple[QuicLane, QuicLane]]:
    """Two connected lanes, guest's and host's, for at most half a minute."""
    ends = Ends(seed=seed)
    try:
        async with asyncio.timeout(DEADLINE_S):
            yield await ends.open()
    finally:
        await ends.close()


async def read(stream: LaneStream, count: int) -> bytes:
    """Return the next `count` bytes, or what there was until the end."""
    got = bytearray()
    async for chunk in stream.chunks():
        got += chunk
        if len(got) >= count:
            break
    return bytes(got)


async def digest(stream: LaneStream, count: int) -> str:
    """Return SHA-256 of the next `count` bytes."""
    return hashlib.sha256(await read(stream, count)).hexdigest()


def _bulk(lanes: dict[Lane, LaneStream]) -> QuicLane:
    assert set(lanes) == {Lane.BULK}
    lane = lanes[Lane.BULK]
    assert isinstance(lane, QuicLane)
    return lane
