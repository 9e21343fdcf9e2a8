"""A program for the laboratory: a relay, or a host that echoes, or a guest that counts; it says all as JSON lines.

python -m tests.network.link_peer relay PORT
python -m tests.network.link_peer host|guest RELAY_ADDRESS PORT STUN_ADDRESS STUN_PORT
"""

import asyncio
import json
import struct
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import structlog

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.tls.engine import MemoryTlsFactory
from horizon_desktop.adapters.webrtc.direct import WebRtcFactory
from horizon_desktop.adapters.webrtc.stun_probe import StunServer
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.channel import ChannelKind, DataType, Lane
from horizon_desktop.domain.decision import Allow
from horizon_desktop.domain.ids import DeviceKey, LinkId, SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import LinkLost, Unreachable
from horizon_desktop.ports.hub import RelayFrame
from horizon_desktop.protocol.link_events import LinkUp, MessageArrived, PathMoved, SilenceReached
from horizon_desktop.services.guest_link import GuestLink
from horizon_desktop.services.host_links import HostLinks
from tests.protocol.link_world import GUEST, HOST, SESSION, scopes_of

HEAD = struct.Struct(">IIB")
OPENED, CLOSED = 200, 201


def tell(**fact: Any) -> None:
    """Print one line for the test."""
    print(json.dumps({"at": round(time.monotonic(), 3), **fact}), flush=True)


async def read(reader: asyncio.StreamReader) -> tuple[int, int, bytes]:
    size, link, lane = HEAD.unpack(await reader.readexactly(HEAD.size))
    return link, lane, await reader.readexactly(size)


def write(writer: asyncio.StreamWriter, link: int, lane: int, data: bytes) -> None:
    if not writer.is_closing():
        writer.write(HEAD.pack(len(data), link, lane) + data)


class Relay:
    """Joins one host and any number of guests over plain TCP; what it carries is TLS already."""

    def __init__(self) -> None:
        self.host: asyncio.StreamWriter | None = None
        self.guests: dict[int, asyncio.StreamWriter] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if await reader.readexactly(1) == b"H":
                self.host = writer
                await self._host(reader)
            else:
                await self._guest(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _host(self, reader: asyncio.StreamReader) -> None:
        while True:
            link, lane, data = await read(reader)
            guest = self.guests.get(link)
            if guest is not None and lane == CLOSED:
                guest.close()
            elif guest is not None:
                write(guest, link, lane, data)

    async def _guest(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = max(self.guests, default=0) + 1
        self.guests[link] = writer
        self._to_host(link, OPENED, GUEST.key)
        try:
            while True:
                _, lane, data = await read(reader)
                self._to_host(link, lane, data)
        finally:
            self._to_host(link, CLOSED, b"")

    def _to_host(self, link: int, lane: int, data: bytes) -> None:
        if self.host is not None:
            write(self.host, link, lane, data)


class Member:
    """A guest's connection to the relay (MemberHub)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.link = LinkId(0)
        self.rtt_ms = None

    async def events(self) -> AsyncIterator[RelayFrame]:
        try:
            while True:
                _, lane, data = await read(self._reader)
                yield RelayFrame(self.link, Lane(lane), data)
        except (asyncio.IncompleteReadError, OSError) as exc:
            raise LinkLost from exc

    async def send_relay(self, lane: Lane, data: bytes) -> None:
        write(self._writer, 0, lane, data)

    async def close(self) -> None:
        self._writer.close()


class Dialer:
    """Connects a guest to the relay (HubDialer)."""

    async def connect(self, hub: HubAddress, caller: Any, *, session: SessionId, token: bytes) -> Any:
        try:
            reader, writer = await asyncio.open_connection(hub.host, hub.port)
        except OSError as exc:
            raise Unreachable from exc
        writer.write(b"G")
        return Member(reader, writer)


class HostEnd:
    """The host's connection to the relay (HostHub)."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def send_relay(self, link: LinkId, lane: Lane, data: bytes) -> None:
        write(self._writer, link, lane, data)

    async def close_link(self, link: LinkId, reason: str) -> None:
        write(self._writer, link, CLOSED, b"")


def show(event: object) -> None:
    if isinstance(event, PathMoved):
        tell(event="path", path=event.path, rtt_ms=event.rtt_ms)
    elif isinstance(event, LinkUp):
        tell(event="up", is_new=event.is_new_incarnation)
    elif isinstance(event, SilenceReached):
        tell(event="silence", stage=event.stage)


async def run_host(address: str, port: int, stun: list[StunServer]) -> None:
    reader, writer = await asyncio.open_connection(address, port)
    writer.write(b"H")
    now = SystemClock().now()
    scopes = scopes_of(expires_at=Instant(now.instant.ms + 3_600_000), now=now)
    links = HostLinks(
        session=SESSION,
        key=HOST,
        admission=lambda _: Allow(),
        scopes=lambda _: scopes,
        tls=MemoryTlsFactory(),
        direct=WebRtcFactory(stun=stun),
        clock=SystemClock(),
        entropy=SystemEntropy(),
    )
    hub: Any = HostEnd(writer)

    async def echo() -> None:
        async for event in links.events():
            show(event)
            if isinstance(event, MessageArrived):
                links.settle(event.peer, event.channel, event.seq)
                await links.send(event.peer, event.channel, event.data_type, event.body)

    async def relay() -> None:
        while True:
            link, lane, data = await read(reader)
            if lane == OPENED:
                links.relay_opened(hub, LinkId(link), DeviceKey(data))
            elif lane == CLOSED:
                links.relay_closed(hub, LinkId(link))
            else:
                await links.relay_bytes(hub, LinkId(link), Lane(lane), data)

    async with asyncio.TaskGroup() as group:
        for work in (links.run(), echo(), relay()):
            group.create_task(work)
        tell(event="ready")


async def run_guest(address: str, port: int, stun: list[StunServer]) -> None:
    link = GuestLink(
        session=SESSION,
        host=HOST.key,
        key=GUEST,
        hubs=[HubAddress(host=address, port=port)],
        token=lambda: b"",
        dialer=Dialer(),  # type: ignore[arg-type]
        tls=MemoryTlsFactory(),
        direct=WebRtcFactory(stun=stun),
        clock=SystemClock(),
        entropy=SystemEntropy(),
    )

    async def count() -> None:
        number = 0
        while True:
            await link.send(ChannelKind.EDITS, DataType.EDIT, b"%d" % number)
            number += 1
            await asyncio.sleep(0.25)

    async def listen() -> None:
        async for event in link.events():
            show(event)
            if isinstance(event, MessageArrived):
                link.settle(event.channel, event.seq)
                tell(event="echo", number=int(event.body))

    async with asyncio.TaskGroup() as group:
        for work in (link.run(), count(), listen()):
            group.create_task(work)


async def run_relay(port: int) -> None:
    server = await asyncio.start_server(Relay().serve, "0.0.0.0", port)
    tell(event="ready")
    await server.serve_forever()


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    role = sys.argv[1]
    if role == "relay":
        asyncio.run(run_relay(int(sys.argv[2])))
        return
    stun = [StunServer(host=sys.argv[4], port=int(sys.argv[5]))]
    run = run_host if role == "host" else run_guest
    asyncio.run(run(sys.argv[2], int(sys.argv[3]), stun))


if __name__ == "__main__":
    main()
