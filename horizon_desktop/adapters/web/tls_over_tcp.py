"""TLS on a connection whose own buffer stays small: what waits below TLS can no longer be put in another order.

A TLS transport of asyncio or uvloop counts only what waits above it. The TCP transport below keeps up to 64 KiB more,
and its limits can be set by who puts TLS on it, and by nobody else.
"""

import asyncio
import socket
import ssl
import sys
from collections.abc import Callable
from typing import Any, Final, cast

import aiohttp

_UNREAD_BYTES: Final = 64 * 1024
"""More than a client says before the server has answered."""


def _keep_nothing(below: asyncio.BaseTransport) -> None:
    cast(asyncio.WriteTransport, below).set_write_buffer_limits(high=0)


def _wake_at(connection: socket.socket, count: int) -> None:
    """Call a connection readable when so many bytes are there, or its end."""
    if sys.platform != "win32":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, count)


class _Unread(asyncio.Protocol):
    """Leaves in the kernel what arrives before TLS is there to read it; uvloop reads on for a turn nevertheless."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.ReadTransport, transport).pause_reading()


class _Early(asyncio.Protocol):
    """Keeps what arrives with the handshake's last flight, before the protocol above is there."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._is_ended = False
        self._is_lost = False

    def data_received(self, data: bytes) -> None:
        self._data += data

    def eof_received(self) -> None:
        self._is_ended = True

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_lost = True

    def hand_over(self, transport: asyncio.Transport, protocol: asyncio.Protocol) -> None:
        """Let a protocol take the connection as if it had been there from the start. Raises ConnectionError."""
        if self._is_lost or self._is_ended:
            raise ConnectionResetError("the client has gone")
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if self._data:
            protocol.data_received(bytes(self._data))


async def serve_tls(
    arrived: socket.socket,
    protocol: Callable[[], asyncio.Protocol],
    context: ssl.SSLContext,
    *,
    handshake_s: float,
    shutdown_s: float,
) -> asyncio.Transport:
    """Take an accepted connection through the server's side of TLS and give it to a new protocol.

    Raises:
        OSError, TimeoutError, RuntimeError, ValueError: The handshake failed; the connection is closed.
    """
    loop = asyncio.get_running_loop()
    _wake_at(arrived, _UNREAD_BYTES)
    below, _ = await loop.connect_accepted_socket(_Unread, arrived)
    early = _Early()
    try:
        _keep_nothing(below)
        _wake_at(arrived, 1)
        opened = await loop.start_tls(
            below, early, context, server_side=True, ssl_handshake_timeout=handshake_s, ssl_shutdown_timeout=shutdown_s
        )
        if opened is None:
            raise ConnectionResetError("the client has gone")
        early.hand_over(opened, protocol())
    except BaseException:
        below.abort()
        raise
    return opened


class TlsConnector(aiohttp.TCPConnector):
    """Connections of aiohttp with TLS put on as a step of its own, straight or through a proxy."""

    async def _wrap_create_connection(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs.pop("ssl", None) is None:
            return await super()._wrap_create_connection(*args, **kwargs)
        kwargs.pop("server_hostname", None)
        below, _ = await super()._wrap_create_connection(_Unread, *args[1:], **kwargs)
        return await self._start_tls_connection(below, req=kwargs["req"], timeout=kwargs["timeout"])

    async def _start_tls_connection(self, underlying_transport: asyncio.Transport, *args: Any, **kwargs: Any) -> Any:
        _keep_nothing(underlying_transport)
        return await super()._start_tls_connection(underlying_transport, *args, **kwargs)
