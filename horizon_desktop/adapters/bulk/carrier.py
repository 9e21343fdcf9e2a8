"""Carries QUIC's packets over a lossy path: in order and without gaps, at a rate that a model of the path gives.

QUIC's own recovery takes every loss for congestion; its library lets nobody replace that. So it is given a path
without loss instead: the carrier numbers the packets, repeats the lost ones and hands them on in order. It says
also how much more the other side can take, so that a slow reader stops a fast sender. It is no part of the trust:
every packet inside is sealed by QUIC, and a forged header can only disturb, as whoever sits on the path can anyway.
Sans IO: time comes in as seconds of a monotonic clock, which microseconds matter to.
"""

from collections.abc import Callable, Sequence

from horizon_desktop.adapters.bulk.congestion import PathModel
from horizon_desktop.adapters.bulk.frames import ACK, DATA, LOOSE, LOOSE_HEADER_BYTES, PING
from horizon_desktop.adapters.bulk.receiver import Receiver
from horizon_desktop.adapters.bulk.sender import Sender


class Carrier:
    """Both halves, and the sorting of what arrives; kinds that it does not know go to `other`."""

    def __init__(
        self, cookie: bytes, *, welcome: Callable[[], int], other: Callable[[bytes], None] = lambda _: None
    ) -> None:
        self._cookie = cookie
        self._other = other
        self.sender = Sender(cookie, model=PathModel())
        self.receiver = Receiver(cookie, welcome=welcome)

    def receive(self, datagrams: Sequence[bytes], now: float) -> list[bytes]:
        """Take datagrams from the network; return the packets for QUIC, in order. What is not ours is dropped."""
        ready: list[bytes] = []
        data = DATA + self._cookie
        take = self.receiver.take
        for datagram in datagrams:
            head = datagram[:4]
            if head == data:
                take(int.from_bytes(datagram[4:8], "big"), datagram[8:], ready)
            elif head[1:] == self._cookie:
                self._take_other(head[:1], datagram, ready, now)
        return ready

    def _take_other(self, kind: bytes, datagram: bytes, ready: list[bytes], now: float) -> None:
        if kind == ACK:
            self.sender.acknowledged(datagram, now)
        elif kind == LOOSE:
            ready.append(datagram[LOOSE_HEADER_BYTES:])
        elif kind == PING:
            self.receiver.is_ack_due = True
        else:
            self._other(datagram)
