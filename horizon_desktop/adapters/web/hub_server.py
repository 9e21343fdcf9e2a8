"""Listens for a hub: aiohttp over TLS 1.3, behind an accept loop where strangers cost little (PROTOCOL section 5)."""

import asyncio
import errno
import os
import socket
import ssl
import sys
from collections.abc import Mapping
from typing import Final

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from horizon_desktop.adapters.web.tcp_options import choose_congestion, keep_little, tune
from horizon_desktop.adapters.web.tls_over_tcp import UNASKED_BYTES, serve_tls
from horizon_desktop.errors import LinkLost, LocalProtocolError, RemoteProtocolError, UsageError
from horizon_desktop.ports.hub_server import CloseCode, HubService, TlsIdentity
from horizon_desktop.protocol.hub_messages import MAX_FRAME_BYTES

BBR: Final = "bbr"
"""Keeps a lossy line to a guest full, where cubic gives it up to a twentieth (docs/network.md)."""
CONNECT_PATH: Final = "/v1/connect"
_HANDSHAKE_S: Final = 5.0
_PROVE_S: Final = 15.0
"""A connection that has proven nothing by then is closed."""
_CLOSE_S: Final = 2.0
_HEARTBEAT_S: Final = 20.0
_BACKLOG: Final = 1024
_HANDSHAKE_RECORD: Final = 22
_RECORD_HEAD_BYTES: Final = 5
_MAX_RECORD_BYTES: Final = 16 * 1024
"""Of a TLS record (RFC 8446 section 5.1)."""
_PEEK_S: Final = 0.05
_NO_SUCH_FAMILY: Final = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}

log = structlog.get_logger()


class WebHubListener:
    """The HubListener port over aiohttp.

    Args:
        host: Name or address; empty for every address.
        port: 0 for a free one.
        identity: Certificate and key.
        congestion: The congestion control that its connections take where the kernel has it and allows it.
    """

    def __init__(self, *, host: str, port: int, identity: TlsIdentity, congestion: str = BBR) -> None:
        self._congestion = congestion
        self._host = host
        self._port = port
        self._identity = identity
        self._sockets: list[socket.socket] = []
        self._context: ssl.SSLContext | None = None
        self._runner: web.AppRunner | None = None

    @property
    def host(self) -> str:
        return self._host

    @property
    def port(self) -> int:
        return self._port

    @property
    def identity(self) -> TlsIdentity:
        return self._identity

    async def open(self) -> None:
        """Read the certificate and bind every address of the host name to the same port. Raises UsageError."""
        self._context = await asyncio.to_thread(_server_context, self._identity)
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(
                self._host or None, self._port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
            for family, _, _, _, address in dict.fromkeys(found):
                self._bind(family, address)
            if not self._sockets:
                raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
        except OSError as exc:
            await self.close()
            where = f"{self._host or '*'}:{self._port}"
            raise UsageError(f"cannot listen on {where}: {exc.strerror or exc}", code="hub.listen") from exc
        taken = [choose_congestion(each, self._congestion) for each in self._sockets]
        log.info("hub.tcp", wanted=self._congestion, congestion=taken[0])

    def _bind(self, family: int, address: tuple[object, ...]) -> None:
        try:
            bound = _bind(family, (address[0], self._port, *address[2:]))
        except OSError as exc:
            if exc.errno in _NO_SUCH_FAMILY:
                return  # IPv6 is switched off, or a name has an address of another machine
            raise
        self._sockets.append(bound)
        self._port = bound.getsockname()[1]

    async def serve(self, service: HubService) -> None:
        """Accept and serve until cancelled."""
        context = self._context
        if context is None:
            raise LocalProtocolError("a listener is opened before it serves")
        door = _Door(service)
        runner = web.AppRunner(
            door.application(),
            access_log=None,
            handle_signals=False,
            keepalive_timeout=_HANDSHAKE_S,
            shutdown_timeout=_CLOSE_S,
        )
        await runner.setup()
        self._runner = runner
        async with asyncio.TaskGroup() as group:
            for listening in self._sockets:
                group.create_task(self._accept(listening, door, context, group), name="hub.accept")

    async def close(self) -> None:
        """Stop listening; end what is still connected."""
        for listening in self._sockets:
            listening.close()
        self._sockets.clear()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _accept(
        self, listening: socket.socket, door: "_Door", context: ssl.SSLContext, group: asyncio.TaskGroup
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                arrived, address = await loop.sock_accept(listening)
            except OSError as exc:  # out of descriptors, or the caller hung up already
                log.warning("hub.accept.failed", errno=exc.errno)
                await asyncio.sleep(0.05)
                continue
            runner = self._runner
            if runner is None or runner.server is None:
                arrived.close()
                return
            group.create_task(door.admit(arrived, address, runner.server, context), name="hub.admit")


class _Door:
    """Between accept and proof: every connection in it holds a ticket of the hub's."""

    def __init__(self, service: HubService) -> None:
        self._service = service
        self._proofs: dict[tuple[str, int], asyncio.Event] = {}
        """By peer address: set when that connection need no longer be watched."""

    def application(self) -> web.Application:
        application = web.Application(client_max_size=1024)
        application.router.add_get(CONNECT_PATH, self._connect)
        application.router.add_get("/{path:.*}", self._get)
        return application

    async def admit(
        self,
        arrived: socket.socket,
        address: tuple[str, int],
        server: web.Server,
        context: ssl.SSLContext,
    ) -> None:
        """Take a connection through TLS and watch it until it proves itself, goes, or its time is over."""
        watching = asyncio.current_task()

        def hang_up() -> None:
            if watching is not None:
                watching.cancel()

        ticket = self._service.knock(address[0], hang_up)
        if ticket is None:
            arrived.close()
            return
        peer = (address[0], address[1])
        proof = self._proofs[peer] = asyncio.Event()
        transport: asyncio.Transport | None = None
        try:
            tune(arrived)
            if sys.platform != "win32":  # its loop has no readers
                async with asyncio.timeout(_HANDSHAKE_S):
                    await _client_hello(arrived)
            transport = await serve_tls(arrived, server, context, handshake_s=_HANDSHAKE_S, shutdown_s=_CLOSE_S)
            async with asyncio.timeout(_PROVE_S):
                await proof.wait()
        except (OSError, TimeoutError, RuntimeError, ValueError):
            pass  # no stranger's handshake, however odd, ends the loop that accepts the next
        finally:
            self._service.left(ticket)
            if self._proofs.get(peer) is proof:
                del self._proofs[peer]
            if transport is None:
                arrived.close()
            elif not proof.is_set():
                transport.abort()

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        if "Origin" in request.headers:  # a browser page: never one of our clients
            return self._answer(request, web.Response(status=403))
        socket_ = web.WebSocketResponse(
            heartbeat=_HEARTBEAT_S,
            timeout=_CLOSE_S,
            compress=False,
            max_msg_size=MAX_FRAME_BYTES + 1,
            writer_limit=UNASKED_BYTES,
        )
        if not socket_.can_prepare(request).ok:
            return self._answer(request, web.Response(status=426, headers={"Upgrade": "websocket"}))
        proof, source = self._proof_of(request), request.remote or ""
        await socket_.prepare(request)
        keep_little(request.transport)
        try:
            await self._service.serve(_AcceptedSocket(socket_, request.transport, source=source, proof=proof))
        finally:
            proof.set()
        return socket_

    async def _get(self, request: web.Request) -> web.StreamResponse:
        if _is_from_another_page(request.headers):
            return self._answer(request, web.Response(status=403))
        page = self._service.page(request.path, source=request.remote or "")
        headers = dict(page.headers)
        charset = "utf-8" if page.content_type.startswith("text/") else None
        response = web.Response(
            status=page.status, body=page.body, content_type=page.content_type, charset=charset, headers=headers
        )
        return self._answer(request, response)

    def _answer(self, request: web.Request, response: web.Response) -> web.Response:
        """One answer for each connection: an idle one would be half-open."""
        response.headers["Server"] = "horizon"
        response.force_close()
        self._proof_of(request).set()
        return response

    def _proof_of(self, request: web.Request) -> asyncio.Event:
        name = request.transport.get_extra_info("peername") if request.transport else None
        return self._proofs.get((name[0], name[1]), asyncio.Event()) if name else asyncio.Event()


class _AcceptedSocket:
    """The HubSocket port over an aiohttp WebSocket."""

    def __init__(
        self,
        socket_: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        *,
        source: str,
        proof: asyncio.Event,
    ) -> None:
        self._socket = socket_
        self._transport = transport
        self._source = source
        self._proof = proof

    @property
    def source(self) -> str:
        return self._source

    async def receive(self) -> bytes:
        message = await self._socket.receive()
        if message.type is WSMsgType.BINARY:
            data: bytes = message.data
            return data
        if message.type is WSMsgType.TEXT:
            raise RemoteProtocolError("a hub speaks in binary messages only")
        if self._socket.close_code == WSCloseCode.MESSAGE_TOO_BIG:
            raise RemoteProtocolError("a message is too long", code="frame.oversize")
        raise LinkLost("the client has gone")

    async def send(self, frame: bytes) -> None:
        try:
            await self._socket.send_bytes(frame)
        except (ConnectionError, RuntimeError) as exc:
            raise LinkLost("the client has gone") from exc

    def prove(self) -> None:
        self._proof.set()

    async def close(self, code: CloseCode, reason: str) -> None:
        try:
            async with asyncio.timeout(_CLOSE_S):
                await self._socket.close(code=code, message=reason.encode("ascii", "replace")[:64])
        except (TimeoutError, ConnectionError, RuntimeError):
            if self._transport is not None:
                self._transport.abort()


def _is_from_another_page(headers: Mapping[str, str]) -> bool:
    """Whether a browser asks for some page's script; a person who follows a link is welcome."""
    is_cross = headers.get("Sec-Fetch-Site") == "cross-site" and headers.get("Sec-Fetch-Mode") != "navigate"
    return is_cross or "Origin" in headers


def _bind(family: int, address: tuple[object, ...]) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setblocking(False)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
        bound.listen(_BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound


async def _client_hello(arrived: socket.socket) -> None:
    """Wait until a whole first TLS record has come, without taking it: only then is a TLS engine's memory spent.

    Raises:
        ConnectionError: The stranger hung up, or does not speak TLS.
    """
    head = await _peek(arrived, _RECORD_HEAD_BYTES)
    size = int.from_bytes(head[3:5], "big")
    if head[0] != _HANDSHAKE_RECORD or not 0 < size <= _MAX_RECORD_BYTES:
        raise ConnectionError("the stranger does not speak TLS")
    await _peek(arrived, _RECORD_HEAD_BYTES + size)
    arrived.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)


async def _peek(arrived: socket.socket, count: int) -> bytes:
    while True:
        arrived.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, count)
        await _readable(arrived)
        data = arrived.recv(count, socket.MSG_PEEK)
        if not data:
            raise ConnectionError("the stranger hung up")
        if len(data) == count:
            return data
        await asyncio.sleep(_PEEK_S)  # it hung up in the middle, or this system wakes us for less


async def _readable(arrived: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    has_come = asyncio.Event()
    loop.add_reader(arrived, has_come.set)
    try:
        await has_come.wait()
    finally:
        loop.remove_reader(arrived)


def _server_context(identity: TlsIdentity) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(identity.certificate, identity.private_key)
    except (OSError, ssl.SSLError) as exc:
        raise UsageError("the certificate and its key cannot be read or do not match", code="hub.certificate") from exc
    return context
