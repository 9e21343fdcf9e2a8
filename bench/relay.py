"""What the relay carries beside haproxy in TCP mode: messages and megabytes a second, round trip added, CPU a MB.

One and the same client stack (aiohttp's WebSocket in TLS 1.3, uvloop) speaks to the same far end three ways, in turn:
straight, through haproxy, which passes the TLS on unread, and through our hub, which ends it on both sides. Every way's
parts are processes of their own on loopback. Without haproxy the other two are measured alone.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Protocol

import aiohttp
from aiohttp import web

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.tls.certificates import own_identity
from horizon_desktop.adapters.web.hub_client import WebHubDialer
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.access.capability import Role, role_capabilities
from horizon_desktop.domain.access.derivation import session_id_of
from horizon_desktop.domain.access.token import EphemeralToken, RelayRights, issue_token
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.collaboration.reach import parse_hub_url
from horizon_desktop.hub.admission import AdmissionLimits
from horizon_desktop.hub.server import HubPolicy
from horizon_desktop.main.hub import open_hub
from horizon_desktop.ports.hub import Caller, HostHub, MemberHub, RelayFrame
from horizon_desktop.protocol.relay import RelayLimits

KIB = 1024
HOST, GUEST = (DeviceKeyPair.from_seed(letter * 32) for letter in (b"h", b"g"))
NONCE = b"n" * 16
SESSION = session_id_of(HOST.key, NONCE)
ROUNDS, ECHOES = 3, 700
LOADS = ((1 * KIB, 15_000), (64 * KIB, 2_000))
FAST = 8 * 1024 * 1024 * KIB
CLOCK, ENTROPY = SystemClock(), SystemEntropy()
HAPROXY = """
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen relay
  bind 127.0.0.1:{port}
  server far 127.0.0.1:{to}
"""


class Way(Protocol):
    """One open way to the far end, which swallows what begins with 0 and sends anything else back."""

    async def send(self, data: bytes) -> None: ...
    async def receive(self) -> bytes: ...


class Straight:
    """A WebSocket of our own."""

    def __init__(self, opened: aiohttp.ClientWebSocketResponse) -> None:
        self._opened = opened

    async def send(self, data: bytes) -> None:
        await self._opened.send_bytes(data)

    async def receive(self) -> bytes:
        return await self._opened.receive_bytes()


class Relayed:
    """The interactive lane of a relay connection."""

    def __init__(self, member: MemberHub) -> None:
        self._member = member
        self._arriving = member.events()

    async def send(self, data: bytes) -> None:
        await self._member.send_relay(Lane.INTERACTIVE, data)

    async def receive(self) -> bytes:
        return (await anext(self._arriving)).data


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
        relay=RelayRights(targets=(HOST.key,), bytes_per_s=FAST),
        epoch=0,
    )
    return issue_token(claims, HOST).raw


async def serve(folder: Path) -> None:
    """Run the hub of the measurement until standard input ends."""
    policy = HubPolicy(
        admission=AdmissionLimits(attempt_burst=1000),
        relay=RelayLimits(max_bytes_per_s=FAST, control_bytes_per_s=FAST),
    )
    opened = open_hub(listen_host="127.0.0.1", port=0, data_dir=folder, clock=CLOCK, entropy=ENTROPY, policy=policy)
    async with opened as hub:
        print(hub.url, file=sys.__stdout__, flush=True)
        await asyncio.to_thread(sys.stdin.read)


async def answer(url: str, folder: Path) -> None:
    """Be the far end of every way."""
    async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer, web_socket_echo(folder) as port:
        hub = await dialer.register(
            parse_hub_url(url), Caller(key=HOST.key, sign=HOST.sign), session=SESSION, session_nonce=NONCE
        )
        print(port, file=sys.__stdout__, flush=True)
        await _echo(hub)


async def _echo(hub: HostHub) -> None:
    async for event in hub.events():
        if isinstance(event, RelayFrame) and event.data[:1] != b"\0":
            await hub.send_relay(event.link, event.lane, event.data)


@contextlib.asynccontextmanager
async def web_socket_echo(folder: Path) -> AsyncIterator[int]:
    """Serve a WebSocket that answers as the host does; yield its port."""
    identity = own_identity(folder, hosts=("127.0.0.1",), now=CLOCK.now().instant)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(identity.certificate, identity.private_key)

    async def talk(request: web.Request) -> web.WebSocketResponse:
        opened = web.WebSocketResponse(compress=False, max_msg_size=128 * KIB)
        await opened.prepare(request)
        async for message in opened:
            if message.data[:1] != b"\0":
                await opened.send_bytes(message.data)
        return opened

    application = web.Application()
    application.router.add_get("/", talk)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def round_trips(way: Way) -> list[float]:
    """Return the time of each of many echoes of 64 bytes, in milliseconds."""
    took = []
    for _ in range(ECHOES):
        start = time.perf_counter_ns()
        await way.send(b"!" * 64)
        await way.receive()
        took.append((time.perf_counter_ns() - start) / 1e6)
    return took


async def throughput(way: Way, size: int, count: int) -> float:
    """Return messages a second: the last one is echoed."""
    start = time.perf_counter()
    for _ in range(count - 1):
        await way.send(bytes(size))
    await way.send(b"!" + bytes(size - 1))
    await way.receive()
    return count / (time.perf_counter() - start)


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process has used, 0 where that cannot be read."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Measured:
    """The figures of one way over all rounds."""

    def __init__(self, name: str, way: Way, pid: int) -> None:
        self.name = name
        self._way = way
        self._pid = pid
        self.echoes: list[float] = []
        self.rates: dict[int, list[float]] = {size: [] for size, _ in LOADS}
        self.cpu_ms_per_mb: dict[int, list[float]] = {size: [] for size, _ in LOADS}

    async def take_turn(self) -> None:
        self.echoes += await round_trips(self._way)
        for size, count in LOADS:
            before = cpu_s(self._pid)
            self.rates[size].append(await throughput(self._way, size, count))
            used_ms = (cpu_s(self._pid) - before) * 1000
            self.cpu_ms_per_mb[size].append(used_ms / (size * count / 1e6))

    def rate(self, size: int) -> float:
        return statistics.median(self.rates[size])


async def measure(url: str, straight_port: int, pids: dict[str, int], haproxy_port: int) -> None:
    """Open every way, measure them in turn, print the table."""
    blind = ssl.create_default_context()
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        dialer = await stack.enter_async_context(WebHubDialer(clock=CLOCK, entropy=ENTROPY))

        async def straight(port: int) -> Way:
            opened = session.ws_connect(f"https://127.0.0.1:{port}/", ssl=blind, compress=0, max_msg_size=128 * KIB)
            return Straight(await stack.enter_async_context(opened))

        ways = [Measured("straight", await straight(straight_port), 0)]
        if haproxy_port:
            ways.append(Measured("haproxy, TCP mode", await straight(haproxy_port), pids["haproxy"]))
        member = await dialer.connect(
            parse_hub_url(url), Caller(key=GUEST.key, sign=GUEST.sign), session=SESSION, token=token()
        )
        ways.append(Measured("our relay", Relayed(member), pids["hub"]))
        for _ in range(ROUNDS):
            for way in ways:
                await way.take_turn()
    print_table(ways)


def print_table(ways: list[Measured]) -> None:
    """Print one line a way, and our share of haproxy's."""
    base = statistics.median(ways[0].echoes)
    print(
        f"{'':17} {'round trip p50':>15} {'p99':>9} {'added':>9} {'1 KiB':>13} {'64 KiB':>10}   relay CPU a MB, of both"
    )
    for way in ways:
        p50 = statistics.median(way.echoes)
        small, large = (way.rate(size) for size, _ in LOADS)
        cpu = " / ".join(f"{statistics.median(way.cpu_ms_per_mb[size]):.1f}" for size, _ in LOADS)
        print(
            f"{way.name:17} {p50:12.3f} ms {p99(way.echoes):6.2f} ms {p50 - base:6.3f} ms {small:7,.0f} msg/s"
            f" {large * 64 * KIB / 1e6:5.0f} MB/s   {f'{cpu} ms' if way is not ways[0] else '-'}"
        )
    if len(ways) == 3:
        shares = [ways[2].rate(size) / ways[1].rate(size) for size, _ in LOADS]
        print(f"our relay / haproxy: {shares[0]:.2f} of its messages of 1 KiB, {shares[1]:.2f} of its MB/s at 64 KiB")


def p99(values: list[float]) -> float:
    """Return the 99th percentile."""
    return statistics.quantiles(values, n=100)[98]


@contextlib.contextmanager
def process(*arguments: str) -> Iterator[tuple[str, int]]:
    """Run this file as another process; yield its first line of output and its pid."""
    started = subprocess.Popen(
        [sys.executable, __file__, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert started.stdout is not None and started.stdin is not None
    try:
        yield started.stdout.readline().strip(), started.pid
    finally:
        started.stdin.close()
        started.terminate()
        started.wait(10)


@contextlib.contextmanager
def haproxy(folder: Path, to: int) -> Iterator[tuple[int, int]]:
    """Run haproxy in TCP mode in front of a port; yield its port and pid, or zeros where it is not installed."""
    program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if program is None:
        print("haproxy is not installed: packaging/setup.sh --bench installs it")
        yield 0, 0
        return
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    configuration = folder / "haproxy.cfg"
    configuration.write_text(HAPROXY.format(port=port, to=to))
    with subprocess.Popen([program, "-db", "-f", str(configuration)], stderr=subprocess.DEVNULL) as started:
        try:
            wait_for(port)
            yield port, started.pid
        finally:
            started.send_signal(signal.SIGTERM)


def wait_for(port: int) -> None:
    """Return when somebody listens."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run on the loop that the product uses for its sockets."""
    if sys.platform == "win32":
        asyncio.run(work())  # type: ignore[arg-type]
        return
    import uvloop  # noqa: PLC0415  (there is none on Windows)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())  # type: ignore[arg-type]


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["hub"]:
        sys.stdout = sys.stderr
        run(lambda: serve(Path(sys.argv[2])))
    elif sys.argv[1:2] == ["host"]:
        run(lambda: answer(sys.argv[2], Path(sys.argv[3])))
    else:
        with (
            tempfile.TemporaryDirectory() as name,
            process("hub", name) as (url, hub_pid),
            process("host", url, f"{name}/bare") as (port, _),
            haproxy(Path(name), int(port)) as (haproxy_port, haproxy_pid),
        ):
            run(lambda: measure(url, int(port), {"hub": hub_pid, "haproxy": haproxy_pid}, haproxy_port))


if __name__ == "__main__":
    main()
