"""Tests of the socket that ICE and QUIC share, by both families, on loopback."""

import asyncio
import socket

import pytest
from aioice import stun
from aioice.ice import Connection, StunProtocol

from horizon_desktop.adapters.bulk.udp import UdpPort, open_port

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


async def port_to(listener: Listener, address: str) -> UdpPort:
    return await open_port(address, StunProtocol(Connection(ice_controlling=True)), listener.take)


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


@pytest.mark.parametrize("loopback", LOOPBACKS)
async def test_a_batch_arrives_with_its_borders(loopback: str) -> None:
    listener = Listener()
    near, far = await port_to(Listener(), loopback), await port_to(listener, loopback)
    batch = [bytes([0x90]) * 1400] * 30 + [b"\x91short"] + [bytes([0x92]) * 1400] * 3
    assert near.send_batch(batch, far.get_extra_info("sockname")[:2]) == len(batch)
    await listener.until(len(batch))
    assert sorted(listener.datagrams) == sorted(batch)
    near.close()
    far.close()


async def test_a_datagram_too_large_for_any_path_is_lost_and_no_other() -> None:
    listener = Listener()
    near, far = await port_to(Listener(), "127.0.0.1"), await port_to(listener, "127.0.0.1")
    to = far.get_extra_info("sockname")
    assert near.send_batch([bytes([0x90]) * 70_000, b"\x90small"], to) == 2
    near.sendto(bytes(70_000), to)
    await listener.until(1)
    assert listener.datagrams == [b"\x90small"]
    near.close()
    far.close()


async def test_stun_is_not_given_to_the_carrier() -> None:
    listener = Listener()
    near, far = await port_to(Listener(), "127.0.0.1"), await port_to(listener, "127.0.0.1")
    to = far.get_extra_info("sockname")
    near.sendto(bytes(stun.Message(stun.Method.BINDING, stun.Class.INDICATION)), to)
    near.sendto(b"", to)
    near.sendto(b"\x90last", to)
    await listener.until(1)
    assert listener.datagrams == [b"\x90last"]
    near.close()
    far.close()


async def test_a_closed_port_is_silent() -> None:
    port = await port_to(Listener(), "127.0.0.1")
    to = port.get_extra_info("sockname")
    port.close()
    port.close()
    port.abort()
    port.sendto(b"\x90", to)
    port.when_roomy(lambda: pytest.fail("nobody waits"))
    assert port.send_batch([b"\x90"], to) == 1
    assert port.is_closing()


async def test_an_address_that_is_not_ours_cannot_be_bound() -> None:
    with pytest.raises(OSError):
        await port_to(Listener(), "192.0.2.1")
