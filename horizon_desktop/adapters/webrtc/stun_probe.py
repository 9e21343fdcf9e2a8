"""A short STUN probe: whether a server answers at all, before aiortc would wait 5 s for it (notes on NAT, 3)."""

import asyncio
import socket
from collections.abc import Sequence
from typing import Final

import msgspec
from aioice import stun

PROBE_S: Final = 1.5


class StunServer(msgspec.Struct, frozen=True, kw_only=True):
    """One STUN server, by name or address."""

    host: str
    port: int = 3478

    @property
    def url(self) -> str:
        return f"stun:{self.host}:{self.port}"


class _Knock(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.answered = asyncio.Event()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            message = stun.parse_message(data)
        except ValueError:
            return
        if message.message_class == stun.Class.RESPONSE:
            self.answered.set()


async def first_answering(servers: Sequence[StunServer]) -> StunServer | None:
    """Return the first server, in order, that answers a binding request within 1.5 s; None: no UDP gets through."""
    for server in servers:
        if await _answers(server):
            return server
    return None


async def _answers(server: StunServer) -> bool:
    try:
        async with asyncio.timeout(PROBE_S):
            return await _knock(server)
    except (OSError, TimeoutError):
        return False


async def _knock(server: StunServer) -> bool:
    loop = asyncio.get_running_loop()
    transport, knock = await loop.create_datagram_endpoint(
        _Knock, remote_addr=(server.host, server.port), family=socket.AF_INET
    )
    try:
        transport.sendto(bytes(stun.Message(stun.Method.BINDING, stun.Class.REQUEST)))
        await knock.answered.wait()
    finally:
        transport.close()
    return True
