"""A small message there and back over a link, by relay (TLS, hub in memory) and direct (aiortc): p50, p99, rate."""

import asyncio
import secrets
import statistics
import time
from collections.abc import AsyncIterator
from typing import Any

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.tls.engine import MemoryTlsFactory
from horizon_desktop.adapters.webrtc.direct import WebRtcFactory
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.channel import ChannelAccess, ChannelKind, DataType
from horizon_desktop.domain.collaboration.peers import EphemeralPeerRegistry, PeerScopes
from horizon_desktop.domain.decision import Allow
from horizon_desktop.domain.ids import DeviceKey, LinkId, SessionId, peer_id_of
from horizon_desktop.errors import LinkLost
from horizon_desktop.ports.hub import RelayFrame
from horizon_desktop.protocol.link_events import MessageArrived, PathMoved
from horizon_desktop.services.guest_link import GuestLink
from horizon_desktop.services.host_links import HostLinks

ROUNDS = 500
BURST = 4000
BODY = b"x" * 60


class Relay:
    """A hub without a network: hands bytes over, in order, one turn of the loop later."""

    def __init__(self) -> None:
        self.host: HostLinks | None = None
        self.to_guest: asyncio.Queue[RelayFrame | None] = asyncio.Queue()
        self.to_host: asyncio.Queue[RelayFrame] = asyncio.Queue()
        self.link = LinkId(1)
        self.rtt_ms = None

    async def connect(self, hub: HubAddress, caller: Any, *, session: SessionId, token: bytes) -> Any:
        assert self.host is not None
        self.host.relay_opened(self, self.link, caller.key)  # type: ignore[arg-type]
        return Member(self)

    async def run(self) -> None:
        while True:
            frame = await self.to_host.get()
            assert self.host is not None
            await self.host.relay_bytes(self, frame.link, frame.lane, frame.data)  # type: ignore[arg-type]

    async def send_relay(self, link: LinkId, lane: Any, data: bytes) -> None:
        self.to_guest.put_nowait(RelayFrame(link, lane, data))

    async def close_link(self, link: LinkId, reason: str) -> None:
        self.to_guest.put_nowait(None)


class Member:
    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self.link = relay.link
        self.rtt_ms = None

    async def events(self) -> AsyncIterator[RelayFrame]:
        while (frame := await self._relay.to_guest.get()) is not None:
            yield frame
        raise LinkLost

    async def send_relay(self, lane: Any, data: bytes) -> None:
        self._relay.to_host.put_nowait(RelayFrame(self.link, lane, data))

    async def close(self) -> None:
        self._relay.to_guest.put_nowait(None)


def scopes_of(key: DeviceKey) -> PeerScopes:
    now = SystemClock().now()
    registry = EphemeralPeerRegistry().register_peer(
        peer_id=peer_id_of(key),
        session=SessionId(bytes(32)),
        identity_id="",
        channels=dict.fromkeys(ChannelKind, ChannelAccess.USE),
        expires_at=now.instant.plus(600_000),
        epoch=0,
        now=now,
    )
    assert isinstance(registry, EphemeralPeerRegistry)
    return PeerScopes.of(registry.peers[peer_id_of(key)])


class Pair:
    """Host and guest in one process; the host sends every edit back at once."""

    def __init__(self, *, is_direct: bool) -> None:
        self.relay = Relay()
        host_key, self.guest_key = (DeviceKeyPair.from_seed(secrets.token_bytes(32)) for _ in range(2))
        scopes = scopes_of(self.guest_key.key)
        parts: dict[str, Any] = {
            "session": SessionId(bytes(32)),
            "tls": MemoryTlsFactory(),
            "direct": WebRtcFactory() if is_direct else None,
            "clock": SystemClock(),
            "entropy": SystemEntropy(),
        }
        self.host = HostLinks(key=host_key, admission=lambda _: Allow(), scopes=lambda _: scopes, **parts)
        self.relay.host = self.host
        hubs = [HubAddress(host="memory", port=1)]
        self.guest = GuestLink(
            host=host_key.key, key=self.guest_key, hubs=hubs, token=lambda: b"", dialer=self.relay, **parts
        )
        self.wanted = "direct" if is_direct else "relay"
        self.ready = asyncio.Event()
        self.came: asyncio.Queue[bytes] = asyncio.Queue()

    async def echo(self) -> None:
        async for event in self.host.events():
            if isinstance(event, MessageArrived):
                self.host.settle(event.peer, event.channel, event.seq)
                await self.host.send(event.peer, event.channel, event.data_type, event.body)

    async def listen(self) -> None:
        async for event in self.guest.events():
            if isinstance(event, PathMoved) and event.path == self.wanted:
                self.ready.set()
            if isinstance(event, MessageArrived):
                self.guest.settle(event.channel, event.seq)
                self.came.put_nowait(event.body)

    async def say(self) -> None:
        await self.guest.send(ChannelKind.EDITS, DataType.EDIT, BODY)


async def measure(*, is_direct: bool) -> None:
    pair = Pair(is_direct=is_direct)
    async with asyncio.TaskGroup() as group:
        works = (pair.relay.run(), pair.host.run(), pair.guest.run(), pair.echo(), pair.listen())
        tasks = [group.create_task(work) for work in works]
        await pair.ready.wait()
        times = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            await pair.say()
            await pair.came.get()
            times.append(1000 * (time.perf_counter() - started))
            await asyncio.sleep(0.002)
        wall, cpu = time.perf_counter(), time.process_time()
        talk = group.create_task(_say_many(pair))
        for _ in range(BURST):
            await pair.came.get()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        await talk
        for task in tasks:
            task.cancel()
    times.sort()
    p50, p99 = statistics.median(times), times[int(ROUNDS * 0.99)]
    print(f"{pair.wanted:6}  there and back p50 {p50:.2f} ms  p99 {p99:.2f} ms", end="   ")
    print(
        f"paced burst {BURST / wall:.0f} messages/s each way, {1000 * cpu / BURST:.2f} ms CPU a round trip, both ends"
    )


async def _say_many(pair: Pair) -> None:
    for _ in range(BURST):
        await pair.say()


if __name__ == "__main__":
    asyncio.run(measure(is_direct=False))
    asyncio.run(measure(is_direct=True))
