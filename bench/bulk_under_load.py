"""What people type while bulk is saturated: round trips of 64 to 200 bytes, idle and under load, and the bulk's rate.

Hub, host and guest are processes of their own on loopback, joined by the product's links: by the fast engine (QUIC), by
the plain one (a second WebRTC connection), and by the relay with the guest's token capped at 2 Mbit/s.
"""

import asyncio
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.tls.engine import MemoryTlsFactory
from horizon_desktop.adapters.web.hub_client import WebHubDialer
from horizon_desktop.adapters.webrtc.direct import WebRtcFactory
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.access.capability import Role, role_capabilities
from horizon_desktop.domain.access.derivation import session_id_of
from horizon_desktop.domain.access.token import EphemeralToken, RelayRights, issue_token
from horizon_desktop.domain.collaboration.channel import ChannelAccess, ChannelKind, DataType, Engine
from horizon_desktop.domain.collaboration.peers import EphemeralPeerRegistry, PeerScopes
from horizon_desktop.domain.collaboration.reach import parse_hub_url
from horizon_desktop.domain.decision import Allow
from horizon_desktop.domain.ids import peer_id_of
from horizon_desktop.main.bulk import bulk_engines
from horizon_desktop.main.hub import open_hub
from horizon_desktop.ports.hub import Caller, LinkClosed, LinkOpened, RelayFrame
from horizon_desktop.protocol.link_events import MessageArrived, PathMoved
from horizon_desktop.services.guest_link import GuestLink
from horizon_desktop.services.host_links import HostLinks

HOST, GUEST = (DeviceKeyPair.from_seed(letter * 32) for letter in (b"h", b"g"))
NONCE = b"n" * 16
SESSION = session_id_of(HOST.key, NONCE)
CLOCK, ENTROPY = SystemClock(), SystemEntropy()
CAPPED = 250_000
"""Bytes a second: 2 Mbit/s."""
IDLE_S, WARM_S, LOADED_S = 3.0, 3.0, 12.0
EVERY_S = 0.02
BLOCK = secrets.token_bytes(65_000)
WAYS = ("fast", "plain", "relay")


def parts(way: str) -> dict[str, Any]:
    """Return what both ends build their links from: nothing but one way for bulk."""
    engines = {str(engine): factory for engine, factory in bulk_engines(stun=(), entropy=ENTROPY).items()}
    return {
        "session": SESSION,
        "tls": MemoryTlsFactory(),
        "direct": None if way == "relay" else WebRtcFactory(),
        "bulk": {} if way == "relay" else {Engine(way): engines[way]},
        "clock": CLOCK,
        "entropy": ENTROPY,
    }


def token() -> bytes:
    now = CLOCK.now().instant
    claims = EphemeralToken(
        jti=b"j" * 16,
        issuer=HOST.key,
        session=SESSION,
        guest=GUEST.key,
        issued_at=now,
        not_before=now,
        expires_at=now.plus(600_000),
        capabilities=role_capabilities(Role.EDITOR),
        relay=RelayRights(targets=(HOST.key,), bytes_per_s=CAPPED),
        epoch=0,
    )
    return issue_token(claims, HOST).raw


def scopes() -> PeerScopes:
    now = CLOCK.now()
    registry = EphemeralPeerRegistry().register_peer(
        peer_id=peer_id_of(GUEST.key),
        session=SESSION,
        identity_id="",
        channels=dict.fromkeys(ChannelKind, ChannelAccess.USE),
        expires_at=now.instant.plus(600_000),
        epoch=0,
        now=now,
    )
    assert isinstance(registry, EphemeralPeerRegistry)
    return PeerScopes.of(registry.peers[peer_id_of(GUEST.key)])


async def serve(folder: Path) -> None:
    """Run a hub until standard input ends."""
    opened = open_hub(listen_host="127.0.0.1", port=0, data_dir=folder, clock=CLOCK, entropy=ENTROPY)
    async with opened as hub:
        print(hub.url, file=sys.__stdout__, flush=True)
        await asyncio.to_thread(sys.stdin.read)


async def host(url: str, way: str) -> None:
    """Send every small message back at once, and swallow bulk, until killed."""
    allowed = scopes()
    links = HostLinks(
        key=HOST,
        admission=lambda _: Allow(),
        scopes=lambda _: allowed,
        is_relay_allowed=way == "relay",
        **parts(way),
    )

    async def small() -> None:
        async for event in links.events():
            if isinstance(event, MessageArrived):
                links.settle(event.peer, event.channel, event.seq)
                await links.send(event.peer, event.channel, event.data_type, event.body)

    async def bulk() -> None:
        async for event in links.bulk_messages():
            links.settle(event.peer, event.channel, event.seq)
            await asyncio.sleep(0)

    async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer, asyncio.TaskGroup() as group:
        caller = Caller(key=HOST.key, sign=HOST.sign)
        hub = await dialer.register(parse_hub_url(url), caller, session=SESSION, session_nonce=NONCE)
        for work in (links.run(), small(), bulk()):
            group.create_task(work)
        print("ready", file=sys.__stdout__, flush=True)
        async for event in hub.events():
            match event:
                case LinkOpened(link, guest):
                    links.relay_opened(hub, link, guest)
                case RelayFrame(link, lane, data):
                    await links.relay_bytes(hub, link, lane, data)
                case LinkClosed(link, _):
                    links.relay_closed(hub, link)


class Typist:
    """The guest: times small messages, and keeps bulk saturated when it is told to."""

    def __init__(self, link: GuestLink, way: str) -> None:
        self._link = link
        self._wanted = "relay" if way == "relay" else "direct"
        self.ready = asyncio.Event()
        self.taken: list[float] = []
        self.settled_bytes = 0
        self._sent: dict[bytes, float] = {}
        self._random = random.Random(1)

    async def listen(self) -> None:
        async for event in self._link.events():
            if isinstance(event, PathMoved) and event.path == self._wanted:
                self.ready.set()
            elif isinstance(event, MessageArrived):
                self._link.settle(event.channel, event.seq)
                began = self._sent.pop(event.body, None)
                if began is not None:
                    self.taken.append(1000 * (time.perf_counter() - began))

    async def type_for(self, seconds: float) -> list[float]:
        """Send a small message every 20 ms; return the round trips of those that came back, in ms."""
        self.taken = []
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            body = self._random.randbytes(self._random.randint(64, 200))
            self._sent[body] = time.perf_counter()
            await self._link.send(ChannelKind.EDITS, DataType.EDIT, body)
            await asyncio.sleep(EVERY_S)
        return sorted(self.taken)

    async def flood(self) -> None:
        """Send bulk without end."""
        conversation = self._link.bulk.conversation(HOST.key)
        blocks = 0
        while True:
            await self._link.bulk.send_bulk(
                HOST.key, ChannelKind.MEASURE, DataType.MEASURE, BLOCK, conversation=conversation
            )
            blocks += 1
            self.settled_bytes = len(BLOCK) * (blocks - self._link.bulk.backlog(HOST.key, ChannelKind.MEASURE))


@asynccontextmanager
async def guest_of(url: str, way: str) -> AsyncIterator[tuple[Typist, asyncio.TaskGroup]]:
    async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer, asyncio.TaskGroup() as group:
        link = GuestLink(host=HOST.key, key=GUEST, hubs=[parse_hub_url(url)], token=token, dialer=dialer, **parts(way))
        typist = Typist(link, way)
        tasks = [group.create_task(work) for work in (link.run(), typist.listen())]
        yield typist, group
        for task in tasks:
            task.cancel()


async def measure(url: str, way: str) -> None:
    """Print one line of the table."""
    async with guest_of(url, way) as (typist, group):
        await typist.ready.wait()
        idle = await typist.type_for(IDLE_S)
        flood = group.create_task(typist.flood())
        await asyncio.sleep(WARM_S)
        before, began = typist.settled_bytes, time.perf_counter()
        busy = await typist.type_for(LOADED_S)
        rate = (typist.settled_bytes - before) / (time.perf_counter() - began) / 1e6
        flood.cancel()
        shares = [values[int(len(values) * share)] for values in (idle, busy) for share in (0.5, 0.95)]
        print(
            f"{way:6} {rate:8.2f} MB/s  idle p50 {shares[0]:6.1f} p95 {shares[1]:6.1f} ms",
            end="  ",
            file=sys.__stdout__,
        )
        print(
            f"under load p50 {shares[2]:6.1f} p95 {shares[3]:6.1f} max {busy[-1]:6.1f} ms",
            flush=True,
            file=sys.__stdout__,
        )


def start(stack: ExitStack, *words: str) -> tuple[subprocess.Popen[str], str]:
    """Start this script in another process; return it and the first line it says."""
    pipe = subprocess.PIPE
    command = [sys.executable, __file__, *words]
    process = stack.enter_context(
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
    )
    stack.callback(process.kill)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def main() -> None:
    for way in WAYS:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            _, url = start(stack, "hub", folder)
            start(stack, "host", url, way)
            guest, line = start(stack, "guest", url, way)
            print(line)
            guest.wait()


def be(words: list[str]) -> None:
    """Be one of the processes; standard output is for what the other ones read."""
    with redirect_stdout(sys.stderr):
        match words:
            case ["hub", folder]:
                asyncio.run(serve(Path(folder)))
            case ["host", url, way]:
                asyncio.run(host(url, way))
            case ["guest", url, way]:
                asyncio.run(measure(url, way))


if __name__ == "__main__":
    if sys.argv[1:]:
        be(sys.argv[1:])
    else:
        main()
