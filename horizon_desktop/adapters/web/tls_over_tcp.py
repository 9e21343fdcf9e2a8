"""TLS on a connection whose own buffer stays small: what waits below TLS can no longer be put in another order.

A TLS transport of asyncio or uvloop counts only what waits above it. The TCP transport below keeps up to 64 KiB more,
and its limits can be set by who puts TLS on it, and by nobody else.
"""

import asyncio
import functools
import socket
import ssl
from collections.abc import Callable
from typing import Any, Final, cast

import aiohttp
from aiohttp.client_proto import ResponseHandler

UNASKED_BYTES: Final = 8 * 1024
"""Written into a WebSocket without asking whether its connection takes more."""
_MOST_EARLY_BYTES: Final = 64 * 1024
"""More than a client says before the server has answered."""


def ask_often(opened: aiohttp.ClientWebSocketResponse) -> None:
    """Have a client's WebSocket ask after little; aiohttp has a parameter for it at servers alone."""
    opened._writer._limit = UNASKED_BYTES


def _keep_nothing(below: asyncio.BaseTransport) -> None:
    if below.get_extra_info("ssl_object") is None:
        cast(asyncio.WriteTransport, below).set_write_buffer_limits(high=0)


class _Unread(asyncio.Protocol):
    """Reads nothing until TLS is there; what uvloop reads for a turn nevertheless is read again by TLS."""

    def __init__(self) -> None:
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        self._data += data
        if len(self._data) > _MOST_EARLY_BYTES:
            self._transport.abort()

    def read_again(self) -> None:
        """Give what was read to the protocol that came after this one, which takes bytes by buffers."""
        found = self._transport.get_protocol()
        if found is self:
            return
        tls = cast(asyncio.BufferedProtocol, found)  # uvloop's is one by its methods alone
        while self._data and not self._transport.is_closing():
            room = memoryview(tls.get_buffer(len(self._data)))
            count = min(len(room), len(self._data))
            room[:count] = self._data[:count]
            self._data = self._data[count:]
            tls.buffer_updated(count)


class _Early(asyncio.Protocol):
    """Keeps what arrives with the handshake's last flight, before the protocol above is there."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._is_over = False

    def data_received(self, data: bytes) -> None:
        self._data += data

    def eof_received(self) -> None:
        self._is_over = True

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_over = True

    def hand_over(self, transport: asyncio.Transport, protocol: asyncio.Protocol) -> None:
        """Let a protocol take the connection as if it had been there from the start. Raises ConnectionError."""
        if self._is_over:
            raise ConnectionResetError("the client has gone")
        try:
            transport.set_protocol(protocol)
            protocol.connection_made(transport)
            if self._data:
                protocol.data_received(bytes(self._data))
        except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError) as exc:
            raise ConnectionAbortedError("the client's first words cannot be taken") from exc


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
    below, unread = await loop.connect_accepted_socket(_Unread, arrived)
    early = _Early()
    try:
        if below.is_closing():
            raise ConnectionResetError("the client has gone")
        _keep_nothing(below)
        loop.call_soon(loop.call_soon, unread.read_again)  # after TLS has begun, which is started in between
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


class _PatientHandler(ResponseHandler):
    """Lets one writer give up without those who wait for the same room: they share one future."""

    async def _drain_helper(self) -> None:
        if self.transport is None:
            raise aiohttp.ClientConnectionResetError("Connection lost")
        if self._paused:
            if self._drain_waiter is None:
                self._drain_waiter = self._loop.create_future()
            await asyncio.shield(self._drain_waiter)


class TlsConnector(aiohttp.TCPConnector):
    """Connections of aiohttp with TLS put on as a step of its own, straight or through a proxy."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._factory = cast("functools.partial[ResponseHandler]", functools.partial(_PatientHandler, loop=self._loop))

    async def _wrap_create_connection(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs.pop("ssl", None) is None:
            return await super()._wrap_create_connection(*args, **kwargs)
        kwargs.pop("server_hostname", None)
        below, _ = await super()._wrap_create_connection(_Unread, *args[1:], **kwargs)
        asked = {name: kwargs[name] for name in ("req", "timeout", "client_error") if name in kwargs}
        if below.is_closing():
            refused = asked.get("client_error", aiohttp.ClientConnectorError)
            raise refused(kwargs["req"].connection_key, ConnectionResetError("the server hung up at once"))
        return await self._start_tls_connection(below, **asked)

    async def _start_tls_connection(self, underlying_transport: asyncio.Transport, *args: Any, **kwargs: Any) -> Any:
        _keep_nothing(underlying_transport)
        return await super()._start_tls_connection(underlying_transport, *args, **kwargs)
