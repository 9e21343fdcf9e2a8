"""What the relay carries: messages and megabytes a second, and the round trip it adds; over TLS on loopback.

Hub, host and guest each run in a process of their own; the round trip is compared with a bare TLS echo without a
hub between.
"""

import asyncio
import contextlib
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

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
ROUNDS = 2000
FAST = 8 * 1024 * 1024 * KIB
CLOCK, ENTROPY = SystemClock(), SystemEntropy()


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
    """Be the host: send back what comes in the control lane or begins with a mark, and swallow the rest."""
    async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer, bare_echo(folder) as port:
        hub = await dialer.register(
            parse_hub_url(url), Caller(key=HOST.key, sign=HOST.sign), session=SESSION, session_nonce=NONCE
        )
        print(port, file=sys.__stdout__, flush=True)
        await _echo(hub)


async def _echo(hub: HostHub) -> None:
    async for event in hub.events():
        if isinstance(event, RelayFrame) and (event.lane is Lane.CONTROL or event.data[:1] == b"!"):
            await hub.send_relay(event.link, event.lane, event.data)


async def round_trips(
    send: Callable[[bytes], Awaitable[object]], receive: Callable[[], Awaitable[object]]
) -> list[float]:
    """Return the time of each of many echoes of 64 bytes, in milliseconds."""
    took = []
    for _ in range(ROUNDS):
        start = time.perf_counter_ns()
        await send(bytes(64))
        await receive()
        took.append((time.perf_counter_ns() - start) / 1e6)
    return took


async def throughput(member: MemberHub, arriving: AsyncIterator[RelayFrame], size: int, count: int) -> float:
    """Return messages a second from guest to host: the last one is echoed."""
    start = time.perf_counter()
    for _ in range(count - 1):
        await member.send_relay(Lane.INTERACTIVE, bytes(size))
    await member.send_relay(Lane.INTERACTIVE, b"!" + bytes(size - 1))
    await anext(arriving)
    return count / (time.perf_counter() - start)


async def measure(url: str, bare_port: int) -> None:
    """Print the figures."""
    async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer:
        member = await dialer.connect(
            parse_hub_url(url), Caller(key=GUEST.key, sign=GUEST.sign), session=SESSION, token=token()
        )
        arriving = member.events()
        bare = await bare_round_trips(bare_port)
        relayed = await round_trips(lambda data: member.send_relay(Lane.CONTROL, data), lambda: anext(arriving))
        added = statistics.median(relayed) - statistics.median(bare)
        print(f"round trip, bare TLS echo    p50 {statistics.median(bare):.3f} ms  p99 {p99(bare):.3f} ms")
        print(f"round trip, through the hub  p50 {statistics.median(relayed):.3f} ms  p99 {p99(relayed):.3f} ms")
        print(f"added by the hub             p50 {added:.3f} ms")
        for size, count in ((1 * KIB, 20_000), (16 * KIB, 6_000), (64 * KIB, 2_000)):
            rate = await throughput(member, arriving, size, count)
            print(f"{size // KIB:>2} KiB messages           {rate:>9,.0f} msg/s  {rate * size / 1e6:>7,.0f} MB/s")


@contextlib.asynccontextmanager
async def bare_echo(folder: Path) -> AsyncIterator[int]:
    """Run a TLS echo without WebSocket or hub; yield its port."""
    identity = own_identity(folder, hosts=("127.0.0.1",), now=CLOCK.now().instant)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.private_key)

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                writer.write(await reader.readexactly(64))
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def bare_round_trips(port: int) -> list[float]:
    """Return round trips to the host's process by TLS alone."""
    blind = ssl.create_default_context()
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=blind)

    async def send(data: bytes) -> None:
        writer.write(data)

    took = await round_trips(send, lambda: reader.readexactly(64))
    writer.close()
    return took


def p99(values: list[float]) -> float:
    """Return the 99th percentile."""
    return statistics.quantiles(values, n=100)[98]


@contextlib.contextmanager
def process(*arguments: str) -> Iterator[str]:
    """Run this file as another process; yield its first line of output."""
    started = subprocess.Popen(
        [sys.executable, __file__, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert started.stdout is not None and started.stdin is not None
    try:
        yield started.stdout.readline().strip()
    finally:
        started.stdin.close()
        started.terminate()
        started.wait(10)


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run on the loop that the product uses for its sockets."""
    if sys.platform == "win32":
        asyncio.run(work())  # type: ignore[arg-type]
        return
    import uvloop  # noqa: PLC0415  (there is none on Windows)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())  # type: ignore[arg-type]


def main() -> None:
    """Print one line for each figure."""
    if sys.argv[1:2] == ["hub"]:
        sys.stdout = sys.stderr
        run(lambda: serve(Path(sys.argv[2])))
    elif sys.argv[1:2] == ["host"]:
        run(lambda: answer(sys.argv[2], Path(sys.argv[3])))
    else:
        with (
            tempfile.TemporaryDirectory() as name,
            process("hub", name) as url,
            process("host", url, f"{name}/bare") as port,
        ):
            run(lambda: measure(url, int(port)))


if __name__ == "__main__":
    main()
