"""What a guest's limit and priority are worth at a real hub: a guest limited to 10 Mbit/s, and HIGH while LOW floods.

The hub runs in a process of its own; host and guests are here. For the priorities the host's line carries 4 MB/s: LOW
floods it with bulk, HIGH sends 64 bytes in the interactive lane of its own link and waits for the echo, with and
without the flood, in turn.
"""

import asyncio
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.web.hub_client import WebHubDialer
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.access.token import RelayRights
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.collaboration.reach import parse_hub_url
from horizon_desktop.domain.collaboration.relay import RelayPriority
from horizon_desktop.main.hub import open_hub
from horizon_desktop.ports.hub import HostHub, MemberHub, RelayFrame
from horizon_desktop.services.relay_pieces import RelayPieces
from tests.hub.narrow_line import narrow_line
from tests.hub.people import ROOMY, Guest, Host

CLOCK, ENTROPY = SystemClock(), SystemEntropy()
HOST = Host()
LIMIT_BYTES_PER_S = 10_000_000 // 8
FLOOD_BYTES = 256 * 1024
SECONDS = 8
SETTLING_S = 1.0
"""In which the burst that a quiet guest has saved goes through."""
LINE_BYTES_PER_S = 4_000_000
ROUNDS, ECHOES, PAUSE_S = 3, 120, 0.01


class Far:
    """The host: counts the bulk that arrives, sends all else back."""

    def __init__(self, hub: HostHub) -> None:
        self._hub = hub
        self.bulk_bytes = 0

    async def run(self) -> None:
        async for event in self._hub.events():
            if isinstance(event, RelayFrame):
                if event.lane is Lane.BULK:
                    self.bulk_bytes += len(event.data)
                else:
                    await self._hub.send_relay(event.link, event.lane, event.data)


async def join(dialer: WebHubDialer, hub: HubAddress, seed: int, rights: RelayRights) -> MemberHub:
    """Return the relay connection of a guest with these rights."""
    guest = Guest(seed)
    token = HOST.token(guest, now=CLOCK.now().instant, relay=rights)
    return await dialer.connect(hub, guest.caller, session=HOST.session, token=token)


@contextlib.asynccontextmanager
async def hosting(hub: HubAddress) -> AsyncIterator[tuple[Far, WebHubDialer]]:
    """Register the host for the time of the block."""
    async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer, asyncio.TaskGroup() as group:
        far = Far(await dialer.register(hub, HOST.caller, session=HOST.session, session_nonce=HOST.nonce))
        running = group.create_task(far.run())
        yield far, dialer
        running.cancel()


async def flood(member: MemberHub) -> None:
    """Send bulk as a lane does, as long as the task lives."""

    async def write(data: bytes) -> None:
        await member.send_relay(Lane.BULK, data)

    pieces = RelayPieces(write, clock=CLOCK)
    while True:
        await pieces.put(bytes(FLOOD_BYTES))


async def limited(hub: HubAddress) -> None:
    """Print what a guest limited to 10 Mbit/s gets."""
    async with hosting(hub) as (far, dialer), asyncio.TaskGroup() as group:
        rights = RelayRights(targets=(HOST.keypair.key,), bytes_per_s=LIMIT_BYTES_PER_S)
        flooding = group.create_task(flood(await join(dialer, hub, 100, rights)))
        await asyncio.sleep(SETTLING_S)
        start, before = time.perf_counter(), far.bulk_bytes
        await asyncio.sleep(SECONDS)
        got = (far.bulk_bytes - before) * 8 / 1e6 / (time.perf_counter() - start)
        flooding.cancel()
    print(f"a guest limited to 10 Mbit/s gets {got:.2f} Mbit/s of payload over {SECONDS} s")


async def echoes(member: MemberHub, arriving: AsyncIterator[RelayFrame]) -> list[float]:
    """Return the round trips of HIGH's small messages, in milliseconds."""
    took = []
    for _ in range(ECHOES):
        await asyncio.sleep(PAUSE_S)
        start = time.perf_counter()
        await member.send_relay(Lane.INTERACTIVE, b"!" * 64)
        await anext(arriving)
        took.append((time.perf_counter() - start) * 1000)
    return took


async def priorities(hub: HubAddress) -> None:
    """Print the round trips of HIGH with and without LOW's flood, over the host's narrow line."""
    quiet: list[float] = []
    flooded: list[float] = []
    carried = 0.0
    async with narrow_line(hub.port, bytes_per_s=LINE_BYTES_PER_S) as port:
        async with hosting(msgspec.structs.replace(hub, port=port)) as (far, dialer):
            rights = RelayRights(targets=(HOST.keypair.key,), bytes_per_s=64_000_000)
            low = await join(dialer, hub, 100, msgspec.structs.replace(rights, priority=RelayPriority.LOW))
            high = await join(dialer, hub, 101, msgspec.structs.replace(rights, priority=RelayPriority.HIGH))
            arriving = high.events()
            for _ in range(ROUNDS):
                quiet += await echoes(high, arriving)
                async with asyncio.TaskGroup() as group:
                    flooding = group.create_task(flood(low))
                    await asyncio.sleep(SETTLING_S)
                    start, before = time.perf_counter(), far.bulk_bytes
                    flooded += await echoes(high, arriving)
                    carried += (far.bulk_bytes - before) / 1e6 / (time.perf_counter() - start) / ROUNDS
                    flooding.cancel()
                await asyncio.sleep(SETTLING_S)
    print(f"HIGH's round trip, LOW quiet:  {percentiles(quiet)}")
    print(f"HIGH's round trip, LOW floods: {percentiles(flooded)}, while {carried:.1f} MB/s of LOW arrive")


def percentiles(values: list[float]) -> str:
    """Return p50, p95 and p99."""
    cuts = statistics.quantiles(values, n=100)
    return f"p50 {statistics.median(values):.1f} ms  p95 {cuts[94]:.1f} ms  p99 {cuts[98]:.1f} ms"


async def serve(folder: Path) -> None:
    """Run the hub until standard input ends."""
    opened = open_hub(listen_host="127.0.0.1", port=0, data_dir=folder, clock=CLOCK, entropy=ENTROPY, policy=ROOMY)
    async with opened as hub:
        print(hub.url, file=sys.__stdout__, flush=True)
        await asyncio.to_thread(sys.stdin.read)


@contextlib.contextmanager
def hub_process(folder: str) -> Iterator[HubAddress]:
    """Run the hub in a process of its own; yield its address."""
    command = [sys.executable, __file__, "hub", folder]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as started:
        assert started.stdout is not None and started.stdin is not None
        yield parse_hub_url(started.stdout.readline().strip())
        started.stdin.close()


def main() -> None:
    """Print three lines."""
    if sys.argv[1:2] == ["hub"]:
        sys.stdout = sys.stderr
        uvloop.run(serve(Path(sys.argv[2])))
        return
    with tempfile.TemporaryDirectory() as folder, hub_process(folder) as hub:
        uvloop.run(limited(hub))
        uvloop.run(priorities(hub))


if __name__ == "__main__":
    main()
