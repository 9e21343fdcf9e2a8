"""Tests of the socket that ICE and QUIC share, by both families, on loopback."""

import asyncio
import socket

import pytest
from aioice import stun
from aioice.ice import Connection, StunProtocol

from horizon_desktop.adapters.bulk.udp import IN_BATCHES, UdpPort, open_port

DEADLINE_S = 10.0


class Listener:
    def __init__(self) -> None:
        self.datagrams: list[bytes] = []
        self.changed = asyncio.Event()

    def take(self, datagrams: list[bytes]) -> None:
        self.datagrams += datagrams
        self.changed.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while len(self.datagrams) < count:
                self.changed.clear()
                await self.changed.wait()


async def port_to(listener: Listener, address: str, *, in_batches: bool = IN_BATCHES) -> UdpPort:
    stun_side = StunProtocol(Connection(ice_controlling=True))
    return await open_port(address, stun_side, listener.take, in_batches=in_batches)


async def closed(*ports: UdpPort) -> None:
    """Close them, and let the loop hear of it."""
    for port in ports:
        port.close()
    await asyncio.sleep(0)
    await asyncio.sleep(0)


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


LOOPBACKS = [
    "127.0.0.1",
    pytest.param("::1", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6 on this machine")),
]


@pytest.mark.parametrize("in_batches", [False, IN_BATCHES])
@pytest.mark.parametrize("loopback", LOOPBACKS)
async def test_a_batch_arrives_with_its_borders(loopback: str, *, in_batches: bool) -> None:
    listener = Listener()
    near = await port_to(Listener(), loopback, in_batches=in_batches)
    far = await port_to(listener, loopback, in_batches=in_batches)
    batch = [bytes([0x90]) * 1400] * 30 + [b"\x91short"] + [bytes([0x92]) * 1400] * 3
    assert near.send_batch(batch, far.get_extra_info("sockname")[:2]) == len(batch)
    await listener.until(len(batch))
    assert sorted(listener.datagrams) == sorted(batch)
    await closed(near, far)


async def test_a_datagram_too_large_for_any_path_is_lost_and_no_other() -> None:
    listener = Listener()
    near, far = await port_to(Listener(), "127.0.0.1"), await port_to(listener, "127.0.0.1")
    to = far.get_extra_info("sockname")
    assert near.send_batch([bytes([0x90]) * 70_000, b"\x90small"], to) == 2
    near.sendto(bytes(70_000), to)
    await listener.until(1)
    assert listener.datagrams == [b"\x90small"]
    await closed(near, far)


@pytest.mark.parametrize("in_batches", [False, IN_BATCHES])
async def test_stun_is_not_given_to_the_carrier(*, in_batches: bool) -> None:
    listener = Listener()
    near = await port_to(Listener(), "127.0.0.1", in_batches=in_batches)
    far = await port_to(listener, "127.0.0.1", in_batches=in_batches)
    to = far.get_extra_info("sockname")
    near.sendto(bytes(stun.Message(stun.Method.BINDING, stun.Class.INDICATION)), to)
    near.sendto(b"", to)
    near.sendto(b"\x90last", to)
    await listener.until(1)
    assert listener.datagrams == [b"\x90last"]
    await closed(near, far)


@pytest.mark.parametrize("in_batches", [False, IN_BATCHES])
async def test_a_closed_port_is_silent(*, in_batches: bool) -> None:
    port = await port_to(Listener(), "127.0.0.1", in_batches=in_batches)
    to = port.get_extra_info("sockname")
    await closed(port)
    port.close()
    port.abort()
    port.sendto(b"\x90", to)
    assert port.send_batch([b"\x90"], to) == 1
    assert port.is_closing()


async def test_an_address_that_is_not_ours_cannot_be_bound() -> None:
    with pytest.raises(OSError):
        await port_to(Listener(), "192.0.2.1")
