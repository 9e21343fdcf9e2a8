"""A client without manners: speaks to a hub byte by byte, for tests of what a hub bears."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp

from horizon_desktop.crypto.certificates import spki_hash_of
from horizon_desktop.crypto.hashing import sha256
from horizon_desktop.domain.instants import Instant
from horizon_desktop.hub.server import Hub
from horizon_desktop.protocol.hub_frames import ClientFrame, control_frame, hello_statement, parse_at_client
from horizon_desktop.protocol.hub_messages import Challenge, ClientClass, HostHello, MemberHello
from tests.hub.people import Guest, Host

NONCE = bytes(32)


def blind_context() -> ssl.SSLContext:
    """Return settings that accept any server."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@asynccontextmanager
async def http(**options: object) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(ssl=blind_context(), force_close=True)
    async with aiohttp.ClientSession(connector=connector, **options) as session:  # type: ignore[arg-type]
        yield session


def base(hub: Hub) -> str:
    return f"https://127.0.0.1:{hub.port}"


@asynccontextmanager
async def dialed(hub: Hub, **headers: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with http() as session:
        async with session.ws_connect(base(hub) + "/v1/connect", compress=0, headers=headers) as socket:
            yield socket


async def heard(socket: aiohttp.ClientWebSocketResponse) -> ClientFrame:
    return parse_at_client(await socket.receive_bytes(timeout=10))


def seen_key(socket: aiohttp.ClientWebSocketResponse) -> bytes:
    connection = socket.get_extra_info("ssl_object")
    return spki_hash_of(connection.getpeercert(binary_form=True))


async def greet(
    socket: aiohttp.ClientWebSocketResponse, hello: Callable[[Challenge, bytes], HostHello | MemberHello]
) -> ClientFrame:
    """Answer the challenge and return the verdict."""
    challenge = await heard(socket)
    assert isinstance(challenge, Challenge)
    await socket.send_bytes(control_frame(hello(challenge, seen_key(socket))))
    return await heard(socket)


def host_hello(host: Host, *, time_ms: int = 0) -> Callable[[Challenge, bytes], HostHello]:
    def make(challenge: Challenge, spki_hash: bytes) -> HostHello:
        signed = hello_statement(
            client_class=ClientClass.HOST,
            hub_nonce=challenge.nonce,
            client_nonce=NONCE,
            spki_hash=spki_hash,
            subject=host.session,
            host_time=Instant(time_ms),
        )
        return HostHello(NONCE, host.keypair.key, host.session, host.nonce, time_ms, host.keypair.sign(signed))

    return make


def member_hello(
    host: Host, guest: Guest, token: bytes, *, signer: Guest | None = None
) -> Callable[[Challenge, bytes], MemberHello]:
    def make(challenge: Challenge, spki_hash: bytes) -> MemberHello:
        signed = hello_statement(
            client_class=ClientClass.MEMBER,
            hub_nonce=challenge.nonce,
            client_nonce=NONCE,
            spki_hash=spki_hash,
            subject=host.session,
            token_hash=sha256(token),
        )
        signature = (signer or guest).keypair.sign(signed)
        return MemberHello(NONCE, guest.keypair.key, host.session, token, signature)

    return make
