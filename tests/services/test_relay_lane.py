"""A lane of the relay path and its reader: one that gets on loses nothing, one that waits for its peer is given up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from horizon_desktop.adapters.system import SystemClock
from horizon_desktop.adapters.tls.engine import MemoryTlsFactory
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.errors import LinkLost
from horizon_desktop.services.relay_lane import MAX_TURNS, MAX_WAITING, RelayLane

COUNT = 20 * MAX_WAITING


class Line:
    """Two ends of a lane whose relay hands every message over at once."""

    def __init__(self) -> None:
        factory = MemoryTlsFactory()
        self.guest = RelayLane(factory.client(), Lane.BULK, is_client=True, write=self._up, clock=SystemClock())
        self.host = RelayLane(factory.server(), Lane.BULK, is_client=False, write=self._down, clock=SystemClock())

    async def _up(self, data: bytes) -> None:
        await self.host.feed(data)

    async def _down(self, data: bytes) -> None:
        await self.guest.feed(data)


@asynccontextmanager
async def opened_line() -> AsyncIterator[Line]:
    """A line whose handshake is done."""
    line = Line()
    async with asyncio.timeout(20):
        async with asyncio.TaskGroup() as group:
            group.create_task(line.guest.opened())
            group.create_task(line.host.opened())
        yield line


async def turns(count: int) -> None:
    """Let everybody else have so many turns."""
    for _ in range(count):
        await asyncio.sleep(0)


async def take(lane: RelayLane, *, burst: int, pause: int, got: list[bytes]) -> None:
    """Read all that was sent, in bursts, with turns of the loop in between."""
    taken = 0
    async for chunk in lane.chunks():
        got.append(chunk)
        taken += 1
        if taken % burst == 0:
            await turns(pause)


@pytest.mark.parametrize(
    ("burst", "pause"), [(10_000, 0), (1, 1), (MAX_WAITING, MAX_TURNS - 10), (MAX_WAITING // 2, MAX_TURNS // 2)]
)
async def test_a_reader_that_takes_bursts_gets_every_byte_in_order(burst: int, pause: int) -> None:
    async with opened_line() as line:
        got: list[bytes] = []
        async with asyncio.TaskGroup() as group:
            group.create_task(take(line.guest, burst=burst, pause=pause, got=got))
            for number in range(COUNT):
                await line.host.send(number.to_bytes(4, "big"))
            await turns(2 * MAX_TURNS * MAX_WAITING)
            await line.guest.close()
        assert b"".join(got) == b"".join(number.to_bytes(4, "big") for number in range(COUNT))


async def test_a_reader_that_waits_for_its_peer_is_given_up_and_nobody_else_waits_for_it() -> None:
    async with opened_line() as line:
        sent = 0
        with pytest.raises(LinkLost):
            for _ in range(MAX_WAITING + 1):
                await line.host.send(b"x")
                sent += 1
        assert MAX_WAITING - 1 <= sent <= MAX_WAITING  # TLS's own last word may take a place


async def test_what_comes_for_a_closed_lane_is_dropped() -> None:
    async with opened_line() as line:
        await line.guest.close()
        for _ in range(2 * MAX_WAITING):
            await line.host.send(b"x")
        assert [chunk async for chunk in line.guest.chunks()] == []
