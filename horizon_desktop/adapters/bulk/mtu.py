"""Finds the largest datagram that a path carries whole, before QUIC chooses its packets' size (RFC 8899, in small)."""

import asyncio
from collections.abc import Callable
from typing import Final

from horizon_desktop.adapters.bulk.frames import PROBE, SEEN
from horizon_desktop.adapters.bulk.udp import Address, UdpPort
from horizon_desktop.errors import LinkLost

SIZES: Final = (8972, 8952, 1472, 1452, 1420, 1392, 1352, 1280, 1232)
"""UDP payloads: jumbo frames (as clusters have them, and loopback) and Ethernet, each by IPv4 and by IPv6; PPPoE and
common tunnels; the last is what IPv6 promises everywhere."""
CUT_SIZES: Final = (1280, 1232)
"""Where the system would cut larger ones into fragments without a word."""
_ROUNDS: Final = 12
_FIRST_WAIT_S: Final = 0.1
_MOST_WAIT_S: Final = 0.8
_AFTER_FIRST_S: Final = 0.02
_HEADER_BYTES: Final = 6


class SizeProbe:
    """Sends datagrams of each size; the peer says which arrived. It answers the peer's, too, at any time."""

    def __init__(self, cookie: bytes) -> None:
        self._cookie = cookie
        self._best = 0
        self._heard = asyncio.Event()
        self._is_over = False
        self._answer: Callable[[bytes], None] | None = None

    def attach(self, port: UdpPort, address: Address) -> None:
        """Answer by this way from now on."""
        self._answer = lambda data: port.sendto(data, address)

    def arrived(self, datagram: bytes) -> None:
        """Take a datagram with our cookie that the carrier does not know."""
        kind = datagram[:1]
        if kind == PROBE and self._answer is not None:
            self._answer(SEEN + self._cookie + len(datagram).to_bytes(2, "big"))
        elif kind == SEEN and len(datagram) == _HEADER_BYTES:
            size = int.from_bytes(datagram[4:6], "big")
            if size in SIZES:
                self._best = max(self._best, size)
                self._heard.set()

    def stop(self) -> None:
        """Give up: `run` raises."""
        self._is_over = True
        self._heard.set()

    async def run(self, port: UdpPort, address: Address) -> int:
        """Return the largest size that arrived. Raises LinkLost when nothing does."""
        wait_s = _FIRST_WAIT_S
        sizes = SIZES if port.is_whole else CUT_SIZES
        for _ in range(_ROUNDS):
            self._heard.clear()
            for size in sizes:
                if size > self._best:
                    port.sendto((PROBE + self._cookie).ljust(size, b"\0"), address)
            had_one = self._best > 0
            await self._hear(wait_s)
            if self._is_over:
                break
            if self._best and not had_one:
                await asyncio.sleep(_AFTER_FIRST_S)  # the others left at the same time
            if self._best and (had_one or self._best == sizes[0]):
                return self._best
            wait_s = min(wait_s * 1.5, _MOST_WAIT_S)
        if self._best and not self._is_over:
            return self._best
        raise LinkLost("nothing comes through the bulk path")

    async def _hear(self, wait_s: float) -> None:
        try:
            async with asyncio.timeout(wait_s):
                await self._heard.wait()
        except TimeoutError:
            return
