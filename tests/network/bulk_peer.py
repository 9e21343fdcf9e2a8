"""One end of a bulk transfer in a process of its own, by an engine that the caller names; it says all as JSON lines.

python -m tests.network.bulk_peer ENGINE send|receive SECONDS [HUB_URL]
python -m tests.network.bulk_peer fast|plain give|take BYTES

The receiver speaks first: what it offers goes to the sender's standard input, the sender's answer to the
receiver's. Then `go` to the sender; the receiver counts for SECONDS from the first byte on and says what came; `stop`
makes the sender say what it cost. Engines: fast, plain, aiortc, relay, cubic, bbr. `hub` runs the relay's hub.
"""

import asyncio
import hashlib
import json
import os
import resource
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from aiortc import RTCDataChannel, RTCPeerConnection, RTCSessionDescription

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.tls.engine import MemoryTlsFactory
from horizon_desktop.adapters.web.hub_client import WebHubDialer
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.access.capability import Role, role_capabilities
from horizon_desktop.domain.access.derivation import session_id_of
from horizon_desktop.domain.access.token import EphemeralToken, RelayRights, issue_token
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.collaboration.reach import parse_hub_url
from horizon_desktop.hub.admission import AdmissionLimits
from horizon_desktop.hub.server import HubPolicy
from horizon_desktop.main.bulk import fast_bulk, plain_bulk
from horizon_desktop.main.hub import open_hub
from horizon_desktop.main.stun import stun_servers
from horizon_desktop.ports.hub import Caller, RelayFrame
from horizon_desktop.ports.transport import DirectFactory
from horizon_desktop.protocol.relay import RelayLimits
from horizon_desktop.services.relay_lane import RelayLane

PIECE: Final = os.urandom(64 * 1024)
AIORTC_HIGH_BYTES: Final = 1024 * 1024
AIORTC_LOW_BYTES: Final = 256 * 1024
FAST_RELAY: Final = 8 * 1024 * 1024 * 1024
HOST, GUEST = (DeviceKeyPair.from_seed(letter * 32) for letter in (b"h", b"g"))
NONCE: Final = b"n" * 16
SESSION: Final = session_id_of(HOST.key, NONCE)
CLOCK, ENTROPY = SystemClock(), SystemEntropy()

Signals = Callable[[], Awaitable[str]]


class Stream(Protocol):
    """What every engine comes down to here."""

    async def send(self, data: bytes) -> None: ...
    def chunks(self) -> AsyncIterator[bytes]: ...


def say(**fact: Any) -> None:
    """Print one line for the caller."""
    print(json.dumps(fact), file=sys.__stdout__, flush=True)


def cpu_s() -> float:
    """Return the processor's seconds of this process, all threads together."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def heard() -> str:
    """Return the next line of standard input."""
    line: str = await asyncio.to_thread(sys.stdin.readline)
    return line.strip()


@asynccontextmanager
async def by_factory(factory: DirectFactory, role: str) -> AsyncIterator[Stream]:
    """An engine of the product."""
    attempt = factory.attempt()
    try:
        if role in {"receive", "take"}:
            say(signal=(await attempt.offer()).hex())
            await attempt.accept(bytes.fromhex(await heard()))
        else:
            say(signal=(await attempt.answer(bytes.fromhex(await heard()))).hex())
        yield (await attempt.lanes())[Lane.BULK]
    finally:
        await attempt.close()


class BareChannel:
    """A data channel of aiortc as it comes, with the marks that the notes measured it with."""

    def __init__(self, channel: RTCDataChannel) -> None:
        self._channel = channel
        self._low = asyncio.Event()
        self._arrived: asyncio.Queue[bytes] = asyncio.Queue()
        self.opened = asyncio.Event()
        channel.bufferedAmountLowThreshold = AIORTC_LOW_BYTES
        channel.on("bufferedamountlow", self._low.set)
        channel.on("message", self._arrived.put_nowait)
        channel.on("open", self.opened.set)

    async def send(self, data: bytes) -> None:
        while self._channel.bufferedAmount > AIORTC_HIGH_BYTES:
            self._low.clear()
            await self._low.wait()
        self._channel.send(data)

    async def chunks(self) -> AsyncIterator[bytes]:
        while True:
            yield await self._arrived.get()


@asynccontextmanager
async def by_aiortc(role: str) -> AsyncIterator[Stream]:
    """aiortc without the product."""
    connection = RTCPeerConnection()
    channel = BareChannel(connection.createDataChannel("bulk", negotiated=True, id=3))
    if role == "receive":
        await connection.setLocalDescription(await connection.createOffer())
        say(signal=connection.localDescription.sdp.encode().hex())
        answer = bytes.fromhex(await heard()).decode()
        await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    else:
        offer = bytes.fromhex(await heard()).decode()
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        say(signal=connection.localDescription.sdp.encode().hex())
    await channel.opened.wait()
    yield channel


def token() -> bytes:
    """Return a guest's token with a rate that does not hold the relay back."""
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
        relay=RelayRights(targets=(HOST.key,), bytes_per_s=FAST_RELAY),
        epoch=0,
    )
    return issue_token(claims, HOST).raw


@asynccontextmanager
async def by_relay(role: str, url: str) -> AsyncIterator[Stream]:
    """TLS end to end through a hub: the sender hosts, the receiver is its guest."""
    address = parse_hub_url(url)
    async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer, asyncio.TaskGroup() as group:
        if role == "receive":
            await heard()
            member = await dialer.connect(
                address, Caller(key=GUEST.key, sign=GUEST.sign), session=SESSION, token=token()
            )

            async def up(data: bytes) -> None:
                await member.send_relay(Lane.BULK, data)

            lane = RelayLane(MemoryTlsFactory().client(), Lane.BULK, is_client=True, write=up, clock=CLOCK)
            feeding = group.create_task(_feed(member.events(), lane))
        else:
            host = await dialer.register(
                address, Caller(key=HOST.key, sign=HOST.sign), session=SESSION, session_nonce=NONCE
            )
            say(signal="")
            events = host.events()
            first = await _first_frame(events)

            async def down(data: bytes) -> None:
                await host.send_relay(first.link, Lane.BULK, data)

            lane = RelayLane(MemoryTlsFactory().server(), Lane.BULK, is_client=False, write=down, clock=CLOCK)
            await lane.feed(first.data)
            feeding = group.create_task(_feed(events, lane))
        await lane.opened()
        yield lane
        feeding.cancel()


async def _first_frame(events: AsyncIterator[Any]) -> RelayFrame:
    async for event in events:
        if isinstance(event, RelayFrame):
            return event
    raise ConnectionError("the hub went away")


async def _feed(events: AsyncIterator[Any], lane: RelayLane) -> None:
    async for event in events:
        if isinstance(event, RelayFrame):
            await lane.feed(event.data)


async def transfer(stream: Stream, role: str, seconds: float) -> None:
    """Send until told to stop, or count what comes in SECONDS."""
    say(open=True)
    if role == "receive":
        await _count(stream, seconds)
        return
    await heard()
    before = cpu_s()
    sent = [0]
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(_pour(stream, sent))
        await heard()
        say(bytes=sent[0], cpu_s=cpu_s() - before)
        sending.cancel()


async def hashed(stream: Stream, role: str, count: int) -> None:
    """Give so many zeros, or take them and say their hash."""
    if role == "take":
        await stream.send(b"?")
        got = bytearray()
        async for chunk in stream.chunks():
            got += chunk
            if len(got) >= count:
                break
        say(sha256=hashlib.sha256(got).hexdigest())
    else:
        await stream.send(bytes(count))
    await heard()


async def _pour(stream: Stream, sent: list[int]) -> None:
    while True:
        await stream.send(PIECE)
        sent[0] += len(PIECE)
        await asyncio.sleep(0)


async def _count(stream: Stream, seconds: float) -> None:
    await stream.send(b"?")  # the host of a QUIC path says nothing before its guest has spoken
    got, began, before = 0, 0.0, 0.0
    is_said = False
    async for chunk in stream.chunks():
        if not began:
            began, before = time.monotonic(), cpu_s()
        got += len(chunk)
        if not is_said and time.monotonic() - began >= seconds:
            is_said = True
            say(bytes=got, seconds=time.monotonic() - began, cpu_s=cpu_s() - before)


def by_tcp(role: str, seconds: float, control: str, address: str) -> None:
    """Plain TCP by blocking sockets under one congestion control: the yardstick."""
    if role == "receive":
        say(signal="")
        port = int(sys.stdin.readline())
        connected = socket.create_connection((address, port), 10)
        say(open=True)
        got, began, before = 0, 0.0, 0.0
        while data := connected.recv(1 << 18):
            if not began:
                began, before = time.monotonic(), cpu_s()
            got += len(data)
            if time.monotonic() - began >= seconds:
                break
        say(bytes=got, seconds=time.monotonic() - began, cpu_s=cpu_s() - before)
        return
    sys.stdin.readline()
    server = socket.create_server((address, 0))
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, control.encode())
    say(signal=str(server.getsockname()[1]))
    accepted, _ = server.accept()
    say(open=True)
    sys.stdin.readline()
    before, sent = cpu_s(), 0
    over = threading.Event()

    def wait() -> None:
        sys.stdin.readline()
        over.set()

    threading.Thread(target=wait, daemon=True).start()
    try:
        while not over.is_set():
            accepted.sendall(PIECE)
            sent += len(PIECE)
    except OSError:
        over.wait()
    say(bytes=sent, cpu_s=cpu_s() - before)


async def serve(listen: str, folder: Path) -> None:
    """Run a hub that holds nobody back, until standard input ends."""
    policy = HubPolicy(
        admission=AdmissionLimits(attempt_burst=1000),
        relay=RelayLimits(max_bytes_per_s=FAST_RELAY, control_bytes_per_s=FAST_RELAY),
    )
    opened = open_hub(listen_host=listen, port=0, data_dir=folder, clock=CLOCK, entropy=ENTROPY, policy=policy)
    async with opened as hub:
        say(url=hub.url)
        while await heard():
            pass


async def work(engine: str, role: str, seconds: float, rest: list[str]) -> None:
    """Be one end."""
    match engine:
        case "fast":
            opening = by_factory(fast_bulk(stun=stun_servers(os.environ), entropy=ENTROPY), role)
        case "plain":
            opening = by_factory(plain_bulk(stun=stun_servers(os.environ)), role)
        case "aiortc":
            opening = by_aiortc(role)
        case _:
            opening = by_relay(role, rest[0])
    async with opening as stream:
        if role in {"give", "take"}:
            await hashed(stream, role, int(seconds))
        else:
            await transfer(stream, role, seconds)
        os._exit(0)  # nothing to keep: libraries would wait for one another


def main() -> None:
    """Play the part that the command line names, on the loop that the product uses for its sockets."""
    import uvloop  # there is none on Windows

    sys.stdout = sys.stderr  # the log's; standard output is the caller's
    engine, role, *rest = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if engine == "hub":
            runner.run(serve(role, Path(rest[0])))
        elif engine in {"cubic", "bbr"}:
            by_tcp(role, float(rest[0]), engine, rest[1])
        else:
            runner.run(work(engine, role, float(rest[0]), rest[1:]))


if __name__ == "__main__":
    main()
