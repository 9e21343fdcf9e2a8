"""A path in simulated time: a bottleneck with a queue, a delay, loss by a seed; between a Sender and a Receiver."""

import hashlib
import heapq
from collections.abc import Callable

from horizon_desktop.adapters.bulk.carrier import Carrier
from horizon_desktop.adapters.bulk.frames import DATA

COOKIE = b"abc"
PACKET_BYTES = 1400
STEP_S = 0.001


class SimulatedPath:
    """Two carriers. The near one always has packets to send; the far one's reader takes what `reads` allows."""

    def __init__(
        self,
        *,
        rtt: float,
        loss: float = 0.0,
        rate: float = 12.5e6,
        queue: float = 0.1,
        welcome: Callable[[], int] = lambda: 6000,
        drop: Callable[[bytes], bool] = lambda _: False,
    ) -> None:
        self.now = 100.0
        self.near = Carrier(COOKIE, welcome=lambda: 6000)
        self.far = Carrier(COOKIE, welcome=welcome)
        self.delivered: list[bytes] = []
        self.left = 0
        self.overflows = 0
        self._rtt, self._loss, self._rate, self._queue = rtt, loss, rate, queue
        self._drop = drop
        self._free_at = self.now
        self._events: list[tuple[float, int, bool, bytes]] = []
        self._count = 0

    def run(self, seconds: float, *, packets: int = 10**9) -> None:
        """Let time pass; the near side has `packets` to send in all."""
        until = self.now + seconds
        while self.now < until:
            self._deliver()
            self._send(self.near.sender.timer(self.now))
            self._send(self.near.sender.repeats(self.now))
            room = self.near.sender.room(self.now)
            while room > 0 and self.left < packets:
                data = self.left.to_bytes(4, "big").ljust(PACKET_BYTES, b"x")
                self._send([self.near.sender.seal(data, self.now)])
                self.left += 1
                room -= PACKET_BYTES
            if self.left >= packets:
                self.near.sender.ran_dry()
            self.near.sender.deadline(self.now, is_waiting=self.left < packets)
            self.now += STEP_S

    def numbers(self) -> list[int]:
        """Return the numbers of the packets that arrived, in the order in which they were handed on."""
        return [int.from_bytes(packet[:4], "big") for packet in self.delivered]

    def _send(self, datagrams: list[bytes]) -> None:
        for datagram in datagrams:
            self._free_at = max(self._free_at, self.now) + len(datagram) / self._rate
            if self._free_at - self.now > self._queue:
                self._free_at -= len(datagram) / self._rate
                self.overflows += 1
            elif not self._is_lost() and not self._drop(datagram):
                self._later(self._free_at + self._rtt / 2, datagram, is_far=True)

    def _deliver(self) -> None:
        arrived: list[bytes] = []
        while self._events and self._events[0][0] <= self.now:
            _, _, is_far, datagram = heapq.heappop(self._events)
            if is_far:
                arrived.append(datagram)
            else:
                self.near.receive([datagram], self.now)
        if arrived:
            self.delivered += self.far.receive(arrived, self.now)
        if arrived or self.far.receiver.is_more_welcome():
            answer = self.far.receiver.acknowledgement()
            if not self._is_lost():
                self._later(self.now + self._rtt / 2, answer, is_far=False)

    def _later(self, at: float, datagram: bytes, *, is_far: bool) -> None:
        self._count += 1
        heapq.heappush(self._events, (at, self._count, is_far, datagram))

    def _is_lost(self) -> bool:
        self._count += 1
        drawn = hashlib.sha256(self._count.to_bytes(8, "big")).digest()[:4]
        return int.from_bytes(drawn, "big") / 2**32 < self._loss


def is_data(datagram: bytes) -> bool:
    """Whether it is a numbered datagram."""
    return datagram[:1] == DATA
