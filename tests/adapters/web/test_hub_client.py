"""The dialer against servers that are no hub or a bad one, through a proxy, and on the loop of the network thread."""

import asyncio
import contextlib
import os
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.tls.certificates import own_identity
from horizon_desktop.adapters.web.hub_client import WebHubDialer
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.ids import LinkId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import AccessRefused, LinkLost, Unreachable
from horizon_desktop.ports.hub import HostHub, LinkOpened, RelayFrame
from horizon_desktop.protocol.hub_frames import control_frame, relay_frame
from horizon_desktop.protocol.hub_messages import (
    Challenge,
    FromHub,
    HostAccepted,
    LanesPaused,
    MailboxAccepted,
    MemberAccepted,
    MemberArrived,
    Refused,
)
from tests.fakes.clock import FakeClock
from tests.hub.people import Guest, Host, open_test_hub

CLOCK, ENTROPY = SystemClock(), SystemEntropy()
CHALLENGE = Challenge(1, bytes(32))
HOST = Host()


@asynccontextmanager
async def server(
    folder: Path,
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    *,
    version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
) -> AsyncIterator[HubAddress]:
    """Serve any path by `handler` over TLS; yield its address with the right pin."""
    identity = own_identity(folder, hosts=("127.0.0.1",), now=CLOCK.now().instant)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = version
    context.load_cert_chain(identity.certificate, identity.private_key)
    application = web.Application()
    application.router.add_get("/{path:.*}", handler)
    runner = web.AppRunner(application, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield HubAddress(host="127.0.0.1", port=port, pin=identity.spki_hash[:16])
    finally:
        await runner.cleanup()


def saying(*frames: bytes | FromHub) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return a hub that says this, whatever it hears, and then waits."""

    async def handler(request: web.Request) -> web.StreamResponse:
        sock = web.WebSocketResponse(compress=False)
        await sock.prepare(request)
        with contextlib.suppress(ConnectionError):
            for frame in frames:
                await sock.send_bytes(frame if isinstance(frame, bytes) else control_frame(frame))
            async for _ in sock:
                pass
        return sock

    return handler


async def register(address: HubAddress, dialer: WebHubDialer) -> HostHub:
    return await dialer.register(address, HOST.caller, session=HOST.session, session_nonce=HOST.nonce)


@pytest.fixture
async def dialer() -> AsyncIterator[WebHubDialer]:
    async with asyncio.timeout(30), WebHubDialer(clock=CLOCK, entropy=ENTROPY) as opened:
        yield opened


@pytest.mark.parametrize(
    "frames",
    [
        (b"\x01\xc1",),
        (b"",),
        (b"\xff",),
        (CHALLENGE, CHALLENGE),
        (CHALLENGE, MailboxAccepted()),
        (CHALLENGE, MemberAccepted(1, False)),
        (CHALLENGE, b"\x02\x00"),
        (CHALLENGE, Refused("code.locked", 0)),
        (Refused("", 0),),
    ],
)
async def test_a_server_that_talks_nonsense_is_no_hub(
    tmp_path: Path, dialer: WebHubDialer, frames: tuple[bytes | FromHub, ...]
) -> None:
    async with server(tmp_path, saying(*frames)) as address:
        with pytest.raises(Unreachable):
            await register(address, dialer)


async def test_a_hub_of_another_version_is_told_apart(tmp_path: Path, dialer: WebHubDialer) -> None:
    async with server(tmp_path, saying(Challenge(2, bytes(32)))) as address:
        with pytest.raises(AccessRefused) as refused:
            await register(address, dialer)
        assert refused.value.key == "hub.version"


@pytest.mark.parametrize("status", [200, 403, 404, 500])
async def test_a_web_server_is_no_hub(tmp_path: Path, dialer: WebHubDialer, status: int) -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=bytes(5000))

    async with server(tmp_path, handler) as address:
        with pytest.raises(Unreachable):
            await register(address, dialer)
        if status != 404:
            with pytest.raises(Unreachable):
                await dialer.fetch_preview(address, HOST.locator())


async def test_a_redirect_is_not_followed(tmp_path: Path, dialer: WebHubDialer) -> None:
    asked: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        raise web.HTTPFound("/elsewhere")

    async with server(tmp_path, handler) as address:
        with pytest.raises(Unreachable):
            await dialer.fetch_preview(address, HOST.locator())
    assert "/elsewhere" not in asked


async def test_tls_below_1_3_is_not_spoken(tmp_path: Path, dialer: WebHubDialer) -> None:
    async with server(tmp_path, saying(CHALLENGE), version=ssl.TLSVersion.TLSv1_2) as address:
        with pytest.raises(Unreachable):
            await register(address, dialer)


@pytest.mark.parametrize("frame", [b"\x01\xc1", control_frame(MailboxAccepted()), control_frame(CHALLENGE), b"\x05"])
async def test_a_hub_that_breaks_the_protocol_later_is_left(tmp_path: Path, dialer: WebHubDialer, frame: bytes) -> None:
    async with server(tmp_path, saying(CHALLENGE, HostAccepted(), frame)) as address:
        hub = await register(address, dialer)
        with pytest.raises(LinkLost) as lost:
            await anext(hub.events())
        assert lost.value.values["reason"] == "protocol.remote"


async def test_what_came_before_the_end_is_still_handed_on(tmp_path: Path, dialer: WebHubDialer) -> None:
    guest = Guest().keypair.key
    frames = (MemberArrived(9, guest, False), relay_frame(LinkId(9), Lane.CONTROL, b"x"), b"\x05")
    async with server(tmp_path, saying(CHALLENGE, HostAccepted(), *frames)) as address:
        events = (await register(address, dialer)).events()
        assert await anext(events) == LinkOpened(LinkId(9), guest)
        assert await anext(events) == RelayFrame(LinkId(9), Lane.CONTROL, b"x")
        with pytest.raises(LinkLost):
            await anext(events)


async def test_whoever_waits_for_a_paused_link_learns_of_the_end(tmp_path: Path, dialer: WebHubDialer) -> None:
    said = (CHALLENGE, HostAccepted(), LanesPaused(9), MemberArrived(8, bytes(32), False))
    async with server(tmp_path, saying(*said)) as address:
        hub = await register(address, dialer)
        await anext(hub.events())
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(_lost(hub.send_relay(LinkId(9), Lane.BULK, b"x")))
            await hub.send_relay(LinkId(9), Lane.CONTROL, b"x")
            assert not waiting.done()
            await hub.close()
        assert waiting.result() == "closed"


async def _lost(sending: Awaitable[None]) -> str:
    with pytest.raises(LinkLost) as lost:
        await sending
    return str(lost.value.values["reason"])


async def test_a_host_leaves_a_hub_that_says_nothing_any_more_after_5_s(tmp_path: Path) -> None:
    clock = FakeClock(Instant(1_795_262_400_000))
    async with asyncio.timeout(30), server(tmp_path, saying(CHALLENGE, HostAccepted())) as address:
        async with WebHubDialer(clock=clock, entropy=ENTROPY) as dialer:
            hub = await register(address, dialer)
            async with asyncio.TaskGroup() as group:
                waiting = group.create_task(_lost(anext(hub.events())))
                await clock.run_for(ms=4900)
                assert not waiting.done()
                await clock.run_for(ms=200)
            assert waiting.result() == "hub.silent"


async def test_a_host_that_stood_still_itself_asks_its_hub_before_it_leaves_it(tmp_path: Path) -> None:
    clock = FakeClock(Instant(1_795_262_400_000))
    async with asyncio.timeout(30), server(tmp_path, saying(CHALLENGE, HostAccepted())) as address:
        async with WebHubDialer(clock=clock, entropy=ENTROPY) as dialer:
            hub = await register(address, dialer)
            async with asyncio.TaskGroup() as group:
                waiting = group.create_task(_lost(anext(hub.events())))
                await clock.run_for(ms=100)
                clock.advance(seconds=60)
                await clock.run_for(ms=4900)
                assert not waiting.done()
                await clock.run_for(ms=200)
            assert waiting.result() == "hub.silent"


# --- through a proxy ---


@pytest.fixture
def proxied() -> Iterator[Callable[[int], None]]:
    kept = {name: os.environ.pop(name, None) for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy")}

    def use(port: int) -> None:
        os.environ["HTTPS_PROXY"] = f"http://127.0.0.1:{port}"

    yield use
    os.environ.pop("HTTPS_PROXY", None)
    os.environ.update({name: value for name, value in kept.items() if value is not None})


async def test_a_hub_on_the_internet_is_reached_through_a_proxy_by_connect(
    tmp_path: Path, dialer: WebHubDialer, proxied: Callable[[int], None]
) -> None:
    asked: list[bytes] = []
    async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY) as hub, asyncio.TaskGroup() as group:

        async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", hub.port)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(_pump(reader, up_writer))
                pumps.create_task(_pump(up_reader, writer))

        listening = await asyncio.start_server(proxy, "127.0.0.1", 0)
        proxied(listening.sockets[0].getsockname()[1])
        far = HubAddress(host="hub.example", port=7443, pin=hub.pin)
        host_hub = await register(far, dialer)
        await host_hub.publish(HOST.preview(sealed=b"through the proxy"))
        assert await dialer.fetch_preview(far, HOST.locator()) == b"through the proxy"
        await host_hub.close()
        listening.close()
        group.create_task(listening.wait_closed())
    assert all(request.startswith(b"CONNECT hub.example:7443 ") for request in asked)


async def test_a_hub_on_this_network_is_reached_past_the_proxy(
    tmp_path: Path, dialer: WebHubDialer, proxied: Callable[[int], None]
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        proxied(nobody.getsockname()[1])
        async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY) as hub:
            await register(hub.address("127.0.0.1"), dialer)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


# --- on the loop of the network thread ---


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop does not exist there")
def test_hub_and_dialer_work_on_uvloop(tmp_path: Path) -> None:
    import uvloop

    async def talk() -> bytes:
        async with (
            asyncio.timeout(20),
            open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY) as hub,
            WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer,
        ):
            guest = Guest()
            host_hub = await register(hub.address("127.0.0.1"), dialer)
            token = HOST.token(guest, now=CLOCK.now().instant)
            member = await dialer.connect(hub.address("127.0.0.1"), guest.caller, session=HOST.session, token=token)
            await host_hub.send_relay(member.link, Lane.BULK, bytes(65_536))
            frame = await anext(member.events())
            return frame.data

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(talk()) == bytes(65_536)
