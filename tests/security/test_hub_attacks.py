"""Attacks on the hub and by it: 5, 9, 14, 18, 27 and 31 of the security table, from the hub's side."""

import asyncio
import contextlib
import random
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.tls.engine import MemoryTlsFactory
from horizon_desktop.adapters.web.hub_client import WebHubDialer
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.errors import AccessRefused, LinkLost
from horizon_desktop.hub.server import Hub
from horizon_desktop.ports.hub import LinkOpened, RelayFrame
from horizon_desktop.protocol.hub_messages import HostAccepted, MemberAccepted
from tests.hub.people import Guest, Host, open_test_hub
from tests.hub.raw import base, blind_context, dialed, greet, host_hello, http, member_hello, seen_key
from tests.security.separate_hub import SeparateHub, separate_hub

CLOCK, ENTROPY = SystemClock(), SystemEntropy()
LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    async with asyncio.timeout(60), open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY) as opened:
        yield opened


# --- 5: a token used from another device ---


async def test_a_stolen_token_without_its_key_opens_nothing(hub: Hub) -> None:
    host, guest, thief = Host(), Guest(), Guest(66)
    token = host.token(guest, now=CLOCK.now().instant)
    async with dialed(hub) as host_socket, dialed(hub) as sock:
        await greet(host_socket, host_hello(host, time_ms=CLOCK.now().instant.ms))
        assert (await greet(sock, member_hello(host, guest, token, signer=thief))).rule == "hub.proof"


async def test_a_stolen_token_under_the_thiefs_own_key_opens_nothing(hub: Hub) -> None:
    host, guest, thief = Host(), Guest(), Guest(66)
    token = host.token(guest, now=CLOCK.now().instant)
    async with dialed(hub) as host_socket, dialed(hub) as sock:
        await greet(host_socket, host_hello(host, time_ms=CLOCK.now().instant.ms))
        assert (await greet(sock, member_hello(host, thief, token))).rule == "token.device"


async def test_a_proof_for_one_hub_is_no_proof_at_another(hub: Hub, tmp_path: Path) -> None:
    """A hub in the middle passes the real hub's challenge on and hands the answer back: the keys differ."""
    host, guest = Host(), Guest()
    make = member_hello(host, guest, host.token(guest, now=CLOCK.now().instant))
    async with open_test_hub(tmp_path / "other", clock=CLOCK, entropy=ENTROPY) as middle:
        async with dialed(hub) as host_socket, dialed(hub) as real, dialed(middle) as seen_by_guest:
            await greet(host_socket, host_hello(host, time_ms=CLOCK.now().instant.ms))
            middle_key = seen_key(seen_by_guest)
            verdict = await greet(real, lambda challenge, _real_key: make(challenge, middle_key))
            assert verdict.rule == "hub.proof"


async def test_a_token_swapped_after_signing_is_no_proof(hub: Hub) -> None:
    host, guest = Host(), Guest()
    signed_for = host.token(guest, now=CLOCK.now().instant)
    other = host.token(guest, now=CLOCK.now().instant, epoch=3)
    make = member_hello(host, guest, signed_for)
    async with dialed(hub) as host_socket, dialed(hub) as sock:
        await greet(host_socket, host_hello(host, time_ms=CLOCK.now().instant.ms))
        verdict = await greet(sock, lambda challenge, key: msgspec.structs.replace(make(challenge, key), token=other))
        assert verdict.rule == "hub.proof"


# --- 9: the hub reads content ---


@LINUX_ONLY
async def test_a_text_that_travels_end_to_end_is_nowhere_in_the_hubs_process(tmp_path: Path) -> None:
    canary = b"canary-" + ENTROPY.draw(8).hex().encode()
    async with asyncio.timeout(60), separate_hub(tmp_path / "hub") as hub:
        arrived = await _send_through(hub, canary, is_sealed=True)
        assert arrived == canary
        assert len(hub.received) > 1000
        assert hub.places_of(canary) == []


@LINUX_ONLY
async def test_the_search_for_a_text_finds_one_that_was_sent_in_the_clear(tmp_path: Path) -> None:
    canary = b"canary-" + ENTROPY.draw(8).hex().encode()
    async with asyncio.timeout(60), separate_hub(tmp_path / "hub") as hub:
        await _send_through(hub, canary, is_sealed=False)
        assert "received" in hub.places_of(canary)
        # What a hub keeps in memory: the sealed preview, as long as its host is connected.
        async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer:
            host = Host(3)
            host_hub = await dialer.register(hub.address, host.caller, session=host.session, session_nonce=host.nonce)
            held = b"held-" + ENTROPY.draw(8).hex().encode()
            await host_hub.publish(host.preview(sealed=held))
            assert any(place.startswith("memory") for place in hub.places_of(held))


async def _send_through(hub: SeparateHub, text: bytes, *, is_sealed: bool) -> bytes:
    """Send a text from guest to host over the hub, in end-to-end TLS or without."""
    host, guest, factory = Host(), Guest(), MemoryTlsFactory()
    async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer:
        host_hub = await dialer.register(hub.address, host.caller, session=host.session, session_nonce=host.nonce)
        token = host.token(guest, now=CLOCK.now().instant)
        member = await dialer.connect(hub.address, guest.caller, session=host.session, token=token)
        to_host, to_guest = host_hub.events(), member.events()
        assert isinstance(await anext(to_host), LinkOpened)
        if not is_sealed:
            await member.send_relay(Lane.CONTROL, text)
            frame = await anext(to_host)
            assert isinstance(frame, RelayFrame)
            return frame.data
        client, server = factory.client(), factory.server()
        await member.send_relay(Lane.CONTROL, client.start())
        while not (client.is_open and server.is_open):
            frame = await anext(to_host)
            assert isinstance(frame, RelayFrame)
            _, answer = server.receive(frame.data)
            if answer:
                await host_hub.send_relay(member.link, Lane.CONTROL, answer)
                _, back = client.receive((await anext(to_guest)).data)
                await member.send_relay(Lane.CONTROL, back)
        await member.send_relay(Lane.CONTROL, client.seal(text))
        plain = b""
        while not plain:
            frame = await anext(to_host)
            assert isinstance(frame, RelayFrame)
            plain, _ = server.receive(frame.data)
        return plain


# --- 14: use after revocation ---


async def test_an_honest_hub_cuts_a_removed_guest_within_two_seconds(hub: Hub) -> None:
    host, guest = Host(), Guest()
    async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer:
        address = hub.address("127.0.0.1")
        host_hub = await dialer.register(address, host.caller, session=host.session, session_nonce=host.nonce)
        token = host.token(guest, now=CLOCK.now().instant)
        member = await dialer.connect(address, guest.caller, session=host.session, token=token)
        await host_hub.publish_revocations(host.revocations(1, removed=(guest,)))
        with pytest.raises(LinkLost) as lost:
            async with asyncio.timeout(2):
                await anext(member.events())
        assert lost.value.values["reason"] == "access.revoked"
        with pytest.raises(AccessRefused):
            await dialer.connect(address, guest.caller, session=host.session, token=token)


async def test_a_raised_epoch_voids_the_tokens_before_it_and_not_the_next(hub: Hub) -> None:
    host, guest = Host(), Guest()
    now = CLOCK.now().instant
    async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer:
        address = hub.address("127.0.0.1")
        host_hub = await dialer.register(address, host.caller, session=host.session, session_nonce=host.nonce)
        await host_hub.publish_revocations(host.revocations(1, epochs={guest.keypair.key: 1}))
        with pytest.raises(AccessRefused) as refused:
            await dialer.connect(address, guest.caller, session=host.session, token=host.token(guest, now=now))
        assert refused.value.key == "token.revoked"
        await dialer.connect(address, guest.caller, session=host.session, token=host.token(guest, now=now, epoch=1))


# --- 18: a token of another session or host ---


async def test_a_token_of_session_a_opens_nothing_in_session_b_of_the_same_host(hub: Hub) -> None:
    first, second, guest = Host(), Host(), Guest()
    second.move_to(b"second session's")
    token = first.token(guest, now=CLOCK.now().instant)
    async with dialed(hub) as one, dialed(hub) as two, dialed(hub) as sock:
        for socket_, host in ((one, first), (two, second)):
            verdict = await greet(socket_, host_hello(host, time_ms=CLOCK.now().instant.ms))
            assert verdict == HostAccepted()
        assert (await greet(sock, member_hello(second, guest, token))).rule == "token.session"


async def test_a_host_cannot_register_the_session_of_another(hub: Hub) -> None:
    victim, attacker = Host(), Host(2)
    attacker.session = victim.session
    async with dialed(hub) as sock:
        assert (await greet(sock, host_hello(attacker))).rule == "session.id"


async def test_a_member_reaches_only_its_own_sessions_host(hub: Hub) -> None:
    host, other, guest = Host(), Host(2), Guest()
    async with dialed(hub) as one, dialed(hub) as two, dialed(hub) as sock:
        await greet(one, host_hello(host, time_ms=CLOCK.now().instant.ms))
        await greet(two, host_hello(other, time_ms=CLOCK.now().instant.ms))
        accepted = await greet(sock, member_hello(host, guest, host.token(guest, now=CLOCK.now().instant)))
        assert isinstance(accepted, MemberAccepted)
        await sock.send_bytes(b"\x02" + (accepted.link + 1).to_bytes(4, "big") + b"\x01stray")
        message = await sock.receive(timeout=5)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1002)
        with pytest.raises(TimeoutError):
            await two.receive(timeout=0.2)


# --- 27: the hub's resources are used up ---


@LINUX_ONLY
async def test_thousands_of_half_open_connections_leave_the_hub_small_and_serving(tmp_path: Path) -> None:
    many, hello = 4000, _client_hello()
    async with asyncio.timeout(100), separate_hub(tmp_path / "hub") as hub:
        async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer:
            host = Host()
            await dialer.register(hub.address, host.caller, session=host.session, session_nonce=host.nonce)
            before = hub.rss_bytes()
            with contextlib.ExitStack() as opened:
                for number in range(many):
                    says = (b"", b"\x16\x03\x01\x02\x00\x01", hello)[number % 3]
                    opened.enter_context(_half_open(hub, source=f"127.0.{number % 40 + 1}.9", says=says))
                    if number % 100 == 0:
                        await asyncio.sleep(0)
                guest = Guest()
                token = host.token(guest, now=CLOCK.now().instant)
                member = await dialer.connect(hub.address, guest.caller, session=host.session, token=token)
                await member.send_relay(Lane.CONTROL, b"served")
                assert hub.rss_bytes() - before < 64 * 1024 * 1024


@LINUX_ONLY
async def test_one_source_with_hundreds_of_tls_connections_does_not_shut_another_out(tmp_path: Path) -> None:
    async with asyncio.timeout(100), separate_hub(tmp_path / "hub") as hub:
        async with contextlib.AsyncExitStack() as opened, WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer:
            readers, context = [], blind_context()
            for _ in range(150):
                with contextlib.suppress(OSError):
                    reader, writer = await asyncio.open_connection(
                        "127.0.0.1", hub.address.port, ssl=context, local_addr=("127.0.7.7", 0)
                    )
                    opened.callback(writer.close)
                    readers.append(reader)
            hung_up_on = [reader for reader in readers if await _has_ended(reader)]
            assert len(readers) - len(hung_up_on) <= 64
            host = Host()
            await dialer.register(hub.address, host.caller, session=host.session, session_nonce=host.nonce)


async def _has_ended(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(0.01):
            return await reader.read(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def _client_hello() -> bytes:
    """Return the first flight of a TLS client that never goes on."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        blind_context().wrap_bio(incoming, outgoing).do_handshake()
    return outgoing.read()


def _half_open(hub: SeparateHub, *, source: str, says: bytes) -> socket.socket:
    made = socket.socket()
    made.bind((source, 0))
    made.settimeout(5)
    try:
        made.connect((hub.address.host, hub.address.port))
        made.sendall(says)
    except OSError:  # hung up on: that is the point
        pass
    return made


# --- 31: a web page talks to our port ---


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://127.0.0.1"])
async def test_a_page_of_any_origin_gets_no_websocket(hub: Hub, origin: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with dialed(hub, Origin=origin):
            pass
    assert refused.value.status == 403


async def test_a_pages_script_reads_nothing(hub: Hub) -> None:
    host = Host()
    async with dialed(hub) as sock, http() as session:
        await greet(sock, host_hello(host))
        for path in ("/health", f"/v1/preview/{host.locator().hex()}", f"/join/{'A' * 22}"):
            async with session.get(base(hub) + path, headers={"Origin": "https://evil.example"}) as answer:
                assert (answer.status, await answer.read()) == (403, b"")
                assert "Access-Control-Allow-Origin" not in answer.headers
            cross = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
            async with session.get(base(hub) + path, headers=cross) as answer:
                assert answer.status == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_nothing_can_be_sent_but_get(hub: Hub, method: str) -> None:
    async with http() as session:
        async with session.request(method, base(hub) + "/v1/connect", data=b"x") as answer:
            assert answer.status == 405


async def test_plain_http_is_not_answered(hub: Hub) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
    writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    with contextlib.suppress(ConnectionError):
        assert b"HTTP" not in await reader.read(100)
    writer.close()


async def test_no_bytes_whatever_end_the_hub(hub: Hub) -> None:
    chance = random.Random(20261121)

    async def say(data: bytes, *, is_tls: bool) -> None:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(3):
                context = blind_context() if is_tls else None
                reader, writer = await asyncio.open_connection("127.0.0.1", hub.port, ssl=context)
                writer.write(data)
                if chance.random() < 0.5:
                    writer.transport.abort()
                else:
                    writer.close()
                    await reader.read(100)

    openings = (b"", b"\x16\x03\x01", b"\x16\x03\x03\x00\xc8\x01\x00\x00\xc4\x03\x03", b"GET /v1/connect HTTP/1.1\r\n")
    upgrade = (
        b"GET /v1/connect HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    for number in range(120):
        noise = chance.randbytes(chance.randrange(0, 400))
        if number % 3:
            await say(chance.choice(openings) + noise, is_tls=False)
        else:
            await say(chance.choice((*openings, upgrade, upgrade)) + noise, is_tls=True)
    async with dialed(hub) as sock:
        assert await greet(sock, host_hello(Host())) == HostAccepted()
