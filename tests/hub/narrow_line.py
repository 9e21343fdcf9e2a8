"""A narrow line in front of a hub: a TCP forwarder that lets only so many bytes a second through, and keeps few."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

_KEPT_BYTES: Final = 16 * 1024
_TURN_S: Final = 0.005


async def _pump(reader: socket.socket, writer: socket.socket, bytes_per_s: int) -> None:
    loop = asyncio.get_running_loop()
    share = max(1024, int(bytes_per_s * _TURN_S))
    with contextlib.suppress(OSError):
        while data := await loop.sock_recv(reader, share):
            due = loop.time() + len(data) / bytes_per_s
            await loop.sock_sendall(writer, data)
            await asyncio.sleep(due - loop.time())
        writer.shutdown(socket.SHUT_WR)


async def _join(arrived: socket.socket, port: int, bytes_per_s: int) -> None:
    loop = asyncio.get_running_loop()
    with arrived, socket.socket() as onward:
        for each in (arrived, onward):
            each.setblocking(False)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _KEPT_BYTES)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KEPT_BYTES)
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(onward, ("127.0.0.1", port))
        async with asyncio.TaskGroup() as group:
            group.create_task(_pump(arrived, onward, bytes_per_s))
            group.create_task(_pump(onward, arrived, bytes_per_s))


@asynccontextmanager
async def narrow_line(port: int, *, bytes_per_s: int) -> AsyncIterator[int]:
    """Forward connections to a port of this machine, each with so many bytes a second each way; yield the port."""
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _KEPT_BYTES)

        async def accept() -> None:
            async with asyncio.TaskGroup() as group:
                while True:
                    arrived, _ = await loop.sock_accept(listening)
                    group.create_task(_join(arrived, port, bytes_per_s))

        async with asyncio.TaskGroup() as group:
            accepting = group.create_task(accept())
            try:
                yield listening.getsockname()[1]
            finally:
                accepting.cancel()
