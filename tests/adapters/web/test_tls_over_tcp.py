"""TLS as a step of its own: nothing waits below it, no byte is lost, and who goes at a bad moment harms nobody."""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
import uvloop

from horizon_desktop.adapters.system import SystemClock
from horizon_desktop.adapters.tls.certificates import own_identity
from horizon_desktop.adapters.web.tls_over_tcp import TlsConnector, _PatientHandler, serve_tls

LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]
MANY = 20


class Echo(asyncio.Protocol):
    """Sends back what comes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)


def server_context(folder: Path) -> ssl.SSLContext:
    found = own_identity(folder, hosts=["127.0.0.1"], now=SystemClock().now().instant)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(found.certificate, found.private_key)
    return context


def client_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@asynccontextmanager
async def listening(handle: Callable[[socket.socket], object]) -> AsyncIterator[tuple[str, int]]:
    """Hand every connection that arrives to `handle`."""
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)

        async def accept() -> None:
            async with asyncio.TaskGroup() as group:
                while True:
                    arrived, _ = await loop.sock_accept(server)
                    done = handle(arrived)
                    if asyncio.iscoroutine(done):
                        group.create_task(done)

        async with asyncio.TaskGroup() as group:
            accepting = group.create_task(accept())
            yield server.getsockname()
            accepting.cancel()


def run(loop: Callable[[], asyncio.AbstractEventLoop], work: Callable[[], object]) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(asyncio.wait_for(work(), 30))  # type: ignore[arg-type]


def speak(address: tuple[str, int], words: bytes) -> bytes:
    """Say something with the handshake's last flight and return as much of the answer."""
    with (
        socket.create_connection(address) as plain,
        client_context().wrap_socket(plain) as spoken,
    ):
        spoken.sendall(words)
        answer = b""
        while len(answer) < len(words):
            answer += spoken.recv(65_536)
        return answer


@pytest.mark.parametrize("loop", LOOPS)
def test_every_byte_from_the_first_comes_back(loop: Callable[[], asyncio.AbstractEventLoop], tmp_path: Path) -> None:
    context = server_context(tmp_path)

    async def talk() -> None:
        async def serve(arrived: socket.socket) -> None:
            await serve_tls(arrived, Echo, context, handshake_s=10, shutdown_s=1)

        async with listening(serve) as address:
            words = [bytes([number]) * 5000 * (number + 1) for number in range(MANY)]
            assert await asyncio.gather(*(asyncio.to_thread(speak, address, each) for each in words)) == words

    run(loop, talk)


class Answer(Echo):
    """Begins an answer of HTTP."""

    def data_received(self, data: bytes) -> None:
        super().data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")


async def test_the_connections_below_keep_nothing(tmp_path: Path) -> None:
    context = server_context(tmp_path)
    found: list[Any] = []

    async def serve(arrived: socket.socket) -> None:
        found.append(await serve_tls(arrived, Answer, context, handshake_s=10, shutdown_s=1))

    async with listening(serve) as (host, port):
        connector = TlsConnector(ssl=client_context(), force_close=True)
        async with aiohttp.ClientSession(connector=connector) as session:
            answer = await session.get(f"https://{host}:{port}/")
            assert answer.connection is not None
            found.append(answer.connection.transport)
            limits = [each._ssl_protocol._transport.get_write_buffer_limits() for each in found]
            answer.close()
    assert limits == [(0, 0), (0, 0)]


@pytest.mark.parametrize("loop", LOOPS)
def test_a_server_that_hangs_up_at_once_is_an_error_and_leaves_nothing_behind(
    loop: Callable[[], asyncio.AbstractEventLoop], caplog: pytest.LogCaptureFixture
) -> None:
    async def dial() -> None:
        async with listening(socket.socket.close) as (host, port):
            for _ in range(MANY):
                connector = TlsConnector(ssl=client_context(), force_close=True)
                async with aiohttp.ClientSession(connector=connector) as session:
                    with pytest.raises((aiohttp.ClientError, OSError)):
                        await session.get(f"https://{host}:{port}/")

    with caplog.at_level(logging.ERROR):
        run(loop, dial)
    assert not caplog.records


@pytest.mark.parametrize("loop", LOOPS)
def test_a_client_that_goes_or_talks_nonsense_is_an_error_of_its_own(
    loop: Callable[[], asyncio.AbstractEventLoop], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    context = server_context(tmp_path)
    failures: list[BaseException] = []

    async def talk() -> None:
        async def serve(arrived: socket.socket) -> None:
            try:
                await serve_tls(arrived, Echo, context, handshake_s=2, shutdown_s=1)
            except (OSError, TimeoutError, RuntimeError, ValueError) as exc:
                failures.append(exc)

        async with listening(serve) as address:
            for said in (b"", b"GET / HTTP/1.1\r\n\r\n", bytes(100_000)):
                for _ in range(3):
                    with suppress(OSError), socket.create_connection(address) as client:
                        client.sendall(said)
                        await asyncio.sleep(0.01)
            while len(failures) < 9:
                await asyncio.sleep(0.01)
            assert await asyncio.to_thread(speak, address, b"still here") == b"still here"

    with caplog.at_level(logging.ERROR):
        run(loop, talk)
    assert not caplog.records


async def test_a_writer_that_gives_up_leaves_the_others_waiting_for_their_room() -> None:
    handler = _PatientHandler(asyncio.get_running_loop())
    handler.connection_made(asyncio.Transport())
    handler.pause_writing()
    async with asyncio.TaskGroup() as group:
        first, second = (group.create_task(handler._drain_helper()) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        assert first.cancelled() and not second.done()
        third = group.create_task(handler._drain_helper())
        await asyncio.sleep(0)
        handler.resume_writing()
    assert not second.cancelled() and not third.cancelled()
