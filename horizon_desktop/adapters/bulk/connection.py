"""Drives one QUIC connection by a carrier over a UDP port: what arrives, what leaves, and when to look again."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from horizon_desktop.adapters.bulk.carrier import Carrier
from horizon_desktop.adapters.bulk.frames import HEADER_BYTES
from horizon_desktop.adapters.bulk.lane import UNREAD_BYTES, QuicLane
from horizon_desktop.adapters.bulk.mtu import SIZES, SizeProbe
from horizon_desktop.adapters.bulk.quic import QuicEnd
from horizon_desktop.adapters.bulk.udp import Address, UdpPort
from horizon_desktop.errors import HorizonError, LinkLost

LEAST_PACKET_BYTES: Final = SIZES[-1] - HEADER_BYTES
_EARLY_PACKETS: Final = 64
"""Taken before QUIC is there to take them."""
_MOST_TURNS: Final = 16
"""Portions sent in one go before the loop has its turn."""
_LEAST_WAIT_S: Final = 0.0005
_MOST_UNSAID: Final = 32
_MOST_PATIENCE_S: Final = 0.003


class BulkConnection:
    """One end of a bulk connection. It ends for good with the first error, which every wait raises."""

    def __init__(self, cookie: bytes, probe: SizeProbe) -> None:
        self._probe = probe
        self._carrier = Carrier(cookie, welcome=self._welcome, other=probe.arrived)
        self._way: tuple[UdpPort, Address] | None = None
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._is_waking = False
        self._unsent: list[bytes] = []
        self._unsaid_since: float | None = None
        self._changed = asyncio.Event()
        self._packets: list[bytes] = []
        self._early = bytearray()
        self._quic: QuicEnd | None = None
        self._lane: QuicLane | None = None
        self._failure: HorizonError | None = None
        self.packet_bytes = LEAST_PACKET_BYTES
        """The size of QUIC's packets, once the path has been probed."""
        self._largest_came = LEAST_PACKET_BYTES

    def now(self) -> float:
        """Return the seconds that everything here is measured by; the loop's own clock is too coarse."""
        return time.monotonic()

    def attach(self, port: UdpPort, address: Address) -> None:
        """Send this way."""
        self._way = (port, address)
        self._probe.attach(port, address)

    def begin(self, quic: QuicEnd) -> None:
        """Start with this end of QUIC, and with what has come for it."""
        self._quic = quic
        packets, self._packets = self._packets, []
        try:
            self._take(packets, time.monotonic())
            self._flush()
        except HorizonError as exc:
            self._fail(exc)

    async def first_packet(self) -> bytes:
        """Wait for the client's first packet and look at it."""
        await self._until(lambda: bool(self._packets))
        return self._packets[0]

    def arrived(self, datagrams: list[bytes]) -> None:
        """Take datagrams from the network."""
        if self._failure is not None:
            return
        now = time.monotonic()
        try:
            packets = self._carrier.receive(datagrams, now)
            if packets:
                self._take(packets, now)
            self._flush()
        except HorizonError as exc:
            self._fail(exc)

    async def opened(self) -> None:
        """Wait for the end of the handshake. Raises what ended the connection."""
        await self._until(lambda: self._quic is not None and self._quic.is_open)

    async def first_bytes(self, count: int) -> bytes:
        """Wait for the first bytes of the stream and take them away."""
        await self._until(lambda: len(self._early) >= count)
        first = bytes(self._early[:count])
        del self._early[:count]
        return first

    def send_first(self, data: bytes) -> None:
        """Send the first bytes of the stream."""
        if self._quic is not None:
            self._quic.write(data)
            self.wake()

    def carry(self, lane: QuicLane) -> None:
        """Let the lane have the stream from here on."""
        self._lane = lane
        if self._early:
            lane.add(bytes(self._early))
            self._early.clear()
        self.wake()

    def wake(self) -> None:
        """Look soon whether there is something to send."""
        if not self._is_waking and self._failure is None:
            self._is_waking = True
            self._loop.call_soon(self._awake)

    def close(self) -> None:
        self._fail(LinkLost("the bulk path was closed"))

    def _fail(self, error: HorizonError) -> None:
        """End it. The peer is told once, as far as a packet gets."""
        if self._failure is not None:
            return
        self._failure = error
        if self._timer is not None:
            self._timer.cancel()
        if self._quic is not None:
            self._quic.close()
            farewell = [self._carrier.sender.loose(packet) for packet in self._farewell(self._quic)]
            self._send(farewell)
        if self._lane is not None:
            self._lane.end()
        self._changed.set()

    def _farewell(self, quic: QuicEnd) -> list[bytes]:
        try:
            return [packet for packet, _ in quic.packets(time.monotonic(), is_answering=True)]
        except HorizonError:
            return []

    def _welcome(self) -> int:
        """Return how many more packets our reader has room for."""
        if self._quic is None:
            return _EARLY_PACKETS
        unread = self._lane.unread_bytes if self._lane is not None else len(self._early)
        return (UNREAD_BYTES - unread) // max(self.packet_bytes, self._largest_came)

    def _take(self, packets: list[bytes], now: float) -> None:
        if self._quic is None:
            self._packets += packets[: _EARLY_PACKETS - len(self._packets)]
        elif packets:
            self._largest_came = max(self._largest_came, *map(len, packets))
            data = self._quic.receive(packets, now)
            if data:
                self._add(data)
        self._changed.set()

    def _add(self, data: bytes) -> None:
        if self._lane is None:
            self._early += data
        else:
            self._lane.add(data)

    async def _until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            if self._failure is not None:
                raise self._failure
            self._changed.clear()
            await self._changed.wait()

    def _awake(self) -> None:
        self._is_waking = False
        if self._failure is not None:
            return
        try:
            self._flush()
        except HorizonError as exc:
            self._fail(exc)

    def _rang(self) -> None:
        self._timer = None
        if self._failure is not None or self._quic is None:
            return
        now = time.monotonic()
        try:
            due = self._quic.deadline()
            if due is not None and due <= now:
                self._quic.timer(now)
            self._send(self._carrier.sender.timer(now))
            self._flush()
        except HorizonError as exc:
            self._fail(exc)

    def _flush(self) -> None:
        """Send what may be sent now, then set the timer for the rest."""
        if self._quic is None or self._unsent:
            return
        now = time.monotonic()
        for _ in range(_MOST_TURNS):
            sent = self._portion(self._quic, now)
            if not sent or self._unsent:
                break
        else:
            self.wake()
        self._set_timer(self._quic, now)

    def _portion(self, quic: QuicEnd, now: float) -> bool:
        """Send repeats, then as much new as there is room for; return whether anything left."""
        sender = self._carrier.sender
        out = sender.repeats(now)
        room = sender.room(now)
        waiting = quic.waiting_bytes
        lane = self._lane
        if lane is not None and room > waiting and lane.unsent_bytes:
            for piece in lane.take(max(room - waiting, self.packet_bytes)):
                quic.write(piece)
        is_answering = self._is_answer_due(now)
        for packet, is_loose in quic.packets(now, is_answering=is_answering):
            room -= len(packet)
            out.append(sender.loose(packet) if is_loose else sender.seal(packet, now))
        if room >= self.packet_bytes:  # there was no more, or QUIC's own window, which doubles at first, let no more go
            sender.ran_dry()
        if is_answering:
            out.append(self._carrier.receiver.acknowledgement())
        self._send(out)
        return bool(out)

    def _is_answer_due(self, now: float) -> bool:
        """Whether to acknowledge now: news, many datagrams, or some that have waited long enough for company."""
        receiver = self._carrier.receiver
        if receiver.is_ack_due or receiver.unsaid >= _MOST_UNSAID or receiver.is_more_welcome():
            return True
        if not receiver.unsaid:
            self._unsaid_since = None
            return False
        if self._unsaid_since is None:
            self._unsaid_since = now
        return now >= self._unsaid_since + self._patience()

    def _patience(self) -> float:
        """Return the seconds that an acknowledgement may wait: little of a round trip."""
        return min((self._carrier.sender.rtt or 0.0) / 16, _MOST_PATIENCE_S)

    def _send(self, datagrams: list[bytes]) -> None:
        if not datagrams or self._way is None:
            return
        port, address = self._way
        taken = port.send_batch(datagrams, address)
        if taken < len(datagrams):
            self._unsent += datagrams[taken:]
            port.when_roomy(self._roomy)

    def _roomy(self) -> None:
        unsent, self._unsent = self._unsent, []
        self._send(unsent)
        if not self._unsent:
            self.wake()

    def _set_timer(self, quic: QuicEnd, now: float) -> None:
        is_held = quic.waiting_bytes > 0  # by QUIC's own window, until the peer acknowledges
        is_waiting = not is_held and self._lane is not None and self._lane.unsent_bytes > 0
        dues = [quic.deadline(), self._carrier.sender.deadline(now, is_waiting=is_waiting)]
        if self._unsaid_since is not None and self._carrier.receiver.unsaid:
            dues.append(self._unsaid_since + self._patience())
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        known = [due for due in dues if due is not None]
        if known:
            self._timer = self._loop.call_later(max(min(known) - now, _LEAST_WAIT_S), self._rang)
