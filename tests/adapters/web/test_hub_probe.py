"""A visit to a hub tells how far it came: name, TCP, proxy, TLS, key, health; and the hub's clock."""

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.tls.certificates import own_identity
from horizon_desktop.adapters.web.hub_probe import WebHubProbe
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.access.token import SKEW_MS
from horizon_desktop.domain.collaboration.diagnosis import clock_offset_ms
from horizon_desktop.domain.collaboration.findings import HubOutcome, Server
from tests.hub.people import open_test_hub

CLOCK, ENTROPY = SystemClock(), SystemEntropy()
PROBE = WebHubProbe(clock=CLOCK)
PROTOCOL_VERSION_ALERT = bytes([21, 3, 3, 0, 2, 2, 70])
"""What a server of TLS 1.2 says to a client that wants 1.3 (RFC 8446 sections 4.2.1 and 6.2)."""


@asynccontextmanager
async def server(folder: Path, answer: web.Response) -> AsyncIterator[HubAddress]:
    identity = own_identity(folder, hosts=("127.0.0.1",), now=CLOCK.now().instant)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.private_key)

    async def handler(_: web.Request) -> web.Response:
        return answer

    application = web.Application()
    application.router.add_get("/{path:.*}", handler)
    runner = web.AppRunner(application, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        yield HubAddress(host="127.0.0.1", port=runner.addresses[0][1], pin=identity.spki_hash[:16])
    finally:
        await runner.cleanup()


@asynccontextmanager
async def speaking(*answers: bytes) -> AsyncIterator[int]:
    """A TCP server that says this to whoever speaks first, and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(4096):
            writer.writelines(answers)
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        await listening.wait_closed()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def test_a_hub_is_reached_and_tells_its_time(tmp_path: Path) -> None:
    async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY) as hub:
        visit = await PROBE.visit(hub.address("127.0.0.1"))
    assert (visit.outcome, visit.proxy) == (HubOutcome.REACHED, "")
    ahead_ms = clock_offset_ms(visit)
    assert ahead_ms is not None
    assert abs(ahead_ms) < SKEW_MS


async def test_another_key_is_another_server(tmp_path: Path) -> None:
    async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY) as hub:
        address = msgspec.structs.replace(hub.address("127.0.0.1"), pin=bytes(16))
        assert (await PROBE.visit(address)).outcome is HubOutcome.PIN


async def test_without_a_pin_an_authority_has_to_vouch(tmp_path: Path) -> None:
    async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY) as hub:
        address = msgspec.structs.replace(hub.address("127.0.0.1"), pin=b"")
        assert (await PROBE.visit(address)).outcome is HubOutcome.CERTIFICATE


async def test_a_server_without_tls_1_3_is_named() -> None:
    async with speaking(PROTOCOL_VERSION_ALERT) as port:
        visit = await PROBE.visit(HubAddress(host="127.0.0.1", port=port, pin=bytes(16)))
    assert visit.outcome is HubOutcome.TLS_OLD


@pytest.mark.parametrize(
    ("status", "text", "outcome"),
    [
        (200, '{"status":"ok"}', HubOutcome.REACHED),
        (503, '{"status":"draining"}', HubOutcome.DRAINING),
        (503, '{"status":"ok"}', HubOutcome.OTHER_SERVER),
        (200, "<html>", HubOutcome.OTHER_SERVER),
        (200, "[]", HubOutcome.OTHER_SERVER),
        (404, "", HubOutcome.OTHER_SERVER),
    ],
)
async def test_only_a_healthy_hub_is_one(tmp_path: Path, status: int, text: str, outcome: HubOutcome) -> None:
    async with server(tmp_path, web.Response(status=status, text=text)) as address:
        assert (await PROBE.visit(address)).outcome is outcome


@pytest.mark.parametrize("date", ["", "soon", "Mon, 99 Foo 2026 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -2359"])
async def test_a_date_that_is_none_tells_no_time(tmp_path: Path, date: str) -> None:
    answer = web.Response(text='{"status":"ok"}', headers={"Date": date})
    async with server(tmp_path, answer) as address:
        visit = await PROBE.visit(address)
    assert (visit.outcome, clock_offset_ms(visit)) == (HubOutcome.REACHED, None)


async def test_nobody_at_the_port_refuses() -> None:
    address = HubAddress(host="127.0.0.1", port=free_port(), pin=bytes(16))
    assert (await PROBE.visit(address)).outcome is HubOutcome.REFUSED


async def test_a_connection_cut_at_the_first_byte_of_tls_is_told() -> None:
    async with speaking() as port:
        visit = await PROBE.visit(HubAddress(host="127.0.0.1", port=port, pin=bytes(16)))
    assert visit.outcome is HubOutcome.TLS_CUT


async def test_a_refusal_shows_that_packets_come_back() -> None:
    async with speaking() as port:
        assert await PROBE.reaches(Server(host="127.0.0.1", port=port))
    assert await PROBE.reaches(Server(host="127.0.0.1", port=free_port()))
    assert not await PROBE.reaches(Server(host="hub.example", port=443))


# --- with a proxy ---


@pytest.fixture
def proxied() -> Iterator[Callable[[str], None]]:
    names = ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy")
    kept = {name: os.environ.pop(name, None) for name in names}

    def use(url: str) -> None:
        os.environ["HTTPS_PROXY"] = url

    yield use
    os.environ.pop("HTTPS_PROXY", None)
    os.environ.update({name: value for name, value in kept.items() if value is not None})


FAR = HubAddress(host="hub.example", port=7443, pin=bytes(16))


async def test_a_name_without_an_address_is_told(proxied: Callable[[str], None]) -> None:
    assert (await PROBE.visit(FAR)).outcome is HubOutcome.NAME


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", HubOutcome.PROXY_LOGIN),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", HubOutcome.PROXY_REFUSED),
    ],
)
async def test_a_proxy_that_says_no_is_named(
    proxied: Callable[[str], None], answer: bytes, outcome: HubOutcome
) -> None:
    async with speaking(answer) as port:
        proxied(f"http://someone:sesame@127.0.0.1:{port}")
        visit = await PROBE.visit(FAR)
    assert (visit.outcome, visit.proxy) == (outcome, f"127.0.0.1:{port}")


async def test_a_proxy_that_is_not_there_is_named(proxied: Callable[[str], None]) -> None:
    port = free_port()
    proxied(f"http://127.0.0.1:{port}")
    visit = await PROBE.visit(FAR)
    assert (visit.outcome, visit.proxy) == (HubOutcome.PROXY_UNREACHABLE, f"127.0.0.1:{port}")


async def test_a_hub_behind_a_proxy_is_reached(tmp_path: Path, proxied: Callable[[str], None]) -> None:
    async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY) as hub:

        async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", hub.port)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(pump(reader, up_writer))
                pumps.create_task(pump(up_reader, writer))

        proxy = await asyncio.start_server(connect, "127.0.0.1", 0)
        proxied(f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
        visit = await PROBE.visit(msgspec.structs.replace(FAR, pin=hub.pin))
        proxy.close()
        await proxy.wait_closed()
    assert visit.outcome is HubOutcome.REACHED
    assert visit.proxy


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()
