"""Tests of the search for the largest datagram, by real sockets on loopback that lose what is too large."""

import asyncio

import pytest
from aioice.ice import Connection, StunProtocol

from horizon_desktop.adapters.bulk.frames import PROBE, SEEN
from horizon_desktop.adapters.bulk.mtu import CUT_SIZES, SizeProbe
from horizon_desktop.adapters.bulk.udp import UdpPort, open_port
from horizon_desktop.errors import LinkLost

COOKIE = b"abc"
DEADLINE_S = 20.0


class Side:
    """A probe behind a socket that passes on datagrams of so many bytes."""

    def __init__(self, most_bytes: int) -> None:
        self.probe = SizeProbe(COOKIE)
        self._most_bytes = most_bytes
        self.port: UdpPort

    async def open(self, *, in_batches: bool = True) -> None:
        stun = StunProtocol(Connection(ice_controlling=True))
        self.port = await open_port("127.0.0.1", stun, self._take, in_batches=in_batches)

    def _take(self, datagrams: list[bytes]) -> None:
        for datagram in datagrams:
            if len(datagram) <= self._most_bytes:
                self.probe.arrived(datagram)

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.port.get_extra_info("sockname")[:2]
        return host, port


async def found(most_bytes: int, *, in_batches: bool = True) -> int:
    near, far = Side(10_000), Side(most_bytes)
    await near.open(in_batches=in_batches)
    await far.open(in_batches=in_batches)
    far.probe.attach(far.port, near.address)
    try:
        async with asyncio.timeout(DEADLINE_S):
            return await near.probe.run(near.port, far.address)
    finally:
        near.port.close()
        far.port.close()
        await asyncio.sleep(0)
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("most_bytes", "expected"), [(9000, 8972), (8960, 8952), (1500, 1472), (1460, 1452), (1400, 1392), (1232, 1232)]
)
async def test_the_largest_size_that_arrives_is_found(most_bytes: int, expected: int) -> None:
    assert await found(most_bytes) == expected


async def test_where_the_system_may_cut_datagrams_only_small_ones_are_tried() -> None:
    assert await found(10_000, in_batches=False) == CUT_SIZES[0]


async def test_a_probe_that_is_stopped_raises_link_lost() -> None:
    near = Side(10_000)
    await near.open()
    async with asyncio.timeout(DEADLINE_S), asyncio.TaskGroup() as group:
        running = group.create_task(_lost(near))
        await asyncio.sleep(0)
        near.probe.stop()
        assert await running
    near.port.close()
    await asyncio.sleep(0)


async def _lost(side: Side) -> bool:
    with pytest.raises(LinkLost):
        await side.probe.run(side.port, side.address)
    return True


@pytest.mark.parametrize("datagram", [b"", SEEN + COOKIE, SEEN + COOKIE + b"\xff\xff", SEEN + COOKIE + bytes(30)])
def test_an_answer_that_names_no_size_is_passed_over(datagram: bytes) -> None:
    probe = SizeProbe(COOKIE)
    probe.arrived(datagram)
    probe.arrived(PROBE + COOKIE)
    assert probe._best == 0
