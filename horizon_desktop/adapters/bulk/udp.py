"""A UDP socket that ICE and QUIC share: batches by GSO and GRO where the system has them, one by one elsewhere."""

import asyncio
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from aioice.ice import StunProtocol
from qh3._hazmat import UdpSocketState

Address = tuple[str, int]
Arrived = Callable[[list[bytes]], None]

SOCKET_BYTES: Final = 4 * 1024 * 1024
"""What the kernel may hold for us while the loop is busy; less where it allows less."""
_MOST_READS: Final = 8
_MOST_READ_BYTES: Final = 256 * 1024
"""Reads, each of up to 32 datagrams or what the system joined into them, and their bytes, before the loop has its turn
again: what people type waits as long as that is worked on."""
IN_BATCHES: Final = sys.platform != "win32"
_STUN_BELOW: Final = 4
"""A STUN message begins with two zero bits (RFC 7983); what the carrier sends begins with a one."""


class UdpPort(asyncio.DatagramTransport):
    """A bound socket. STUN goes to aioice's protocol, which takes this for its transport; the rest to `arrived`."""

    is_whole: bool
    """Whether a datagram too large for the path is lost, not cut into fragments."""

    def send_batch(self, datagrams: Sequence[bytes], address: Address) -> int:
        """Hand datagrams to the kernel; return how many it took, the first ones. What it refuses is lost."""
        raise NotImplementedError

    def when_roomy(self, call: Callable[[], None]) -> None:
        """Call once, when the kernel takes datagrams again."""
        raise NotImplementedError


class BatchPort(UdpPort):
    """By the system's batches, which qh3 has the calls for; on Linux and macOS."""

    is_whole = True

    def __init__(self, sock: socket.socket, stun: StunProtocol, arrived: Arrived) -> None:
        super().__init__()
        self._socket = sock
        self._stun = stun
        self._arrived = arrived
        self._loop = asyncio.get_running_loop()
        self._state = UdpSocketState(sock.fileno())
        self._is_closing = False
        self._roomy: Callable[[], None] | None = None
        self._loop.add_reader(sock.fileno(), self._read)

    def send_batch(self, datagrams: Sequence[bytes], address: Address) -> int:
        """Hand datagrams to the kernel; return how many it took, the first ones. What it refuses is lost."""
        if self._is_closing:
            return len(datagrams)
        try:
            return self._state.send(list(datagrams), address)
        except (BlockingIOError, InterruptedError) as exc:
            return int(getattr(exc, "datagrams_sent", 0))
        except OSError as exc:
            sent = int(getattr(exc, "datagrams_sent", 0))
            return sent + self._one_by_one(datagrams[sent:], address)

    def when_roomy(self, call: Callable[[], None]) -> None:
        """Call once, when the kernel takes datagrams again."""
        if self._roomy is None and not self._is_closing:
            self._loop.add_writer(self._socket.fileno(), self._writable)
        self._roomy = call

    def sendto(self, data: Any, addr: Any = None) -> None:
        """Send one datagram, or lose it: for STUN, which asks again."""
        if self._is_closing:
            return
        try:
            self._socket.sendto(data, addr)
        except OSError:
            return

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._socket.getsockname() if name == "sockname" else default

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        if self._is_closing:
            return
        self._is_closing = True
        self._loop.remove_reader(self._socket.fileno())
        self._loop.remove_writer(self._socket.fileno())
        self._socket.close()
        self._loop.call_soon(self._stun.connection_lost, None)

    def abort(self) -> None:
        self.close()

    def _one_by_one(self, datagrams: Sequence[bytes], address: Address) -> int:
        """Send without segmentation, which this route or the size of a probe may forbid; count the refused as sent."""
        for datagram in datagrams:
            self.sendto(datagram, address)
        return len(datagrams)

    def _writable(self) -> None:
        self._loop.remove_writer(self._socket.fileno())
        call, self._roomy = self._roomy, None
        if call is not None:
            call()

    def _read(self) -> None:
        batch: list[bytes] = []
        size_bytes = 0
        for _ in range(_MOST_READS):
            try:
                received = self._state.recv()
            except OSError:  # nothing more, or the news that a former datagram was refused
                break
            if not received:
                break
            for data, address in received:
                if data and data[0] < _STUN_BELOW:
                    self._stun.datagram_received(data, address)
                elif data:
                    batch.append(data)
                    size_bytes += len(data)
            if size_bytes >= _MOST_READ_BYTES:
                break
        if batch and not self._is_closing:
            self._arrived(batch)


class SinglePort(UdpPort, asyncio.DatagramProtocol):
    """One by one, by the loop's own datagram transport; on Windows."""

    is_whole = False

    def __init__(self, stun: StunProtocol, arrived: Arrived) -> None:
        super().__init__()
        self._stun = stun
        self._arrived = arrived
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.DatagramTransport | None = None
        self._batch: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # that of 3.11 does not inherit it

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if data and data[0] < _STUN_BELOW:
            self._stun.datagram_received(data, addr)
        elif data:
            if not self._batch:
                self._loop.call_soon(self._hand_on)
            self._batch.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stun.connection_lost(exc)

    def send_batch(self, datagrams: Sequence[bytes], address: Address) -> int:
        for datagram in datagrams:
            self.sendto(datagram, address)
        return len(datagrams)

    def when_roomy(self, call: Callable[[], None]) -> None:
        self._loop.call_soon(call)

    def sendto(self, data: Any, addr: Any = None) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, addr)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default if self._transport is None else self._transport.get_extra_info(name, default)

    def is_closing(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        self.close()

    def _hand_on(self) -> None:
        batch, self._batch = self._batch, []
        if not self.is_closing():
            self._arrived(batch)


async def open_port(address: str, stun: StunProtocol, arrived: Arrived, *, in_batches: bool = IN_BATCHES) -> UdpPort:
    """Bind a socket to a free port of a local address. Raises OSError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    port: UdpPort
    try:
        sock.setblocking(False)
        sock.bind((address, 0))
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, SOCKET_BYTES)
        if in_batches:
            port = BatchPort(sock, stun, arrived)
        else:
            single = SinglePort(stun, arrived)
            _, port = await asyncio.get_running_loop().create_datagram_endpoint(lambda: single, sock=sock)
    except OSError:
        sock.close()
        raise
    stun.connection_made(port)
    return port
