"""The sending half of the carrier: numbers packets, repeats the lost ones, and keeps the pace of the path's model."""

from collections import deque
from typing import Final

from horizon_desktop.adapters.bulk.congestion import Acked, PathModel
from horizon_desktop.adapters.bulk.frames import ACK_BYTES, DATA, FIRST_AHEAD, LOOSE, PING, WRAP, signed

_FIRST_RTO_S: Final = 0.5
_LEAST_RTO_S: Final = 0.2
"""As TCP has it: a busy machine is silent for that long without a loss."""
_MOST_RTO_S: Final = 2.0
_LEAST_REORDER_S: Final = 0.001


class _Sent:
    """One numbered datagram on its way, and what was known when it left."""

    __slots__ = ("at", "delivered", "delivered_at", "first_at", "is_limited", "is_lost", "is_repeat", "wire")

    def __init__(self, wire: bytes) -> None:
        self.wire = wire
        self.at = 0.0
        self.delivered = 0
        self.delivered_at = 0.0
        self.first_at = 0.0
        self.is_limited = False
        self.is_lost = False
        self.is_repeat = False


class Sender:
    """Numbers, repeats, paces. Every method that sends gives datagrams that have to leave at once."""

    def __init__(self, cookie: bytes, *, model: PathModel) -> None:
        self._data = DATA + cookie
        self._loose = LOOSE + cookie
        self._ping = PING + cookie
        self.model = model
        self._next = 0
        self._oldest = 0
        self._limit = FIRST_AHEAD
        self._known = 0
        self._sent: dict[int, _Sent] = {}
        self._order: deque[tuple[int, _Sent, float]] = deque()
        self._lost: deque[int] = deque()
        self.in_flight_bytes = 0
        self.unacked_bytes = 0
        """Of datagrams on their way and lost ones."""
        self._delivered = 0
        self._delivered_at = 0.0
        self._first_at = 0.0
        self._limited_until = 0
        self._newest_at = 0.0
        self._srtt: float | None = None
        self._rttvar = 0.0
        self._timeouts = 0
        self._armed_at: float | None = None
        self._is_blocked = False
        self._paced_until = 0.0
        self.repeated = 0

    @property
    def rtt(self) -> float | None:
        return self._srtt

    @property
    def is_idle(self) -> bool:
        return not self._sent

    def room(self, now: float) -> int:
        """Return how many bytes of new packets may be sent now; 0: wait for `deadline` or an acknowledgement."""
        self._catch_up(now)
        if self._lost or self._next >= self._limit or self._pause(now) > 0:
            return 0
        allowed = self.model.window_bytes - self.in_flight_bytes
        if self.model.pacing_rate is not None:
            allowed = min(allowed, self._allowance(now))
        return max(allowed, 0)

    def seal(self, packet: bytes, now: float) -> bytes:
        """Number a packet; return its datagram, which has to leave now."""
        number, self._next = self._next, self._next + 1
        wire = self._data + (number & WRAP).to_bytes(4, "big") + packet
        sent = _Sent(wire)
        self._sent[number] = sent
        self.unacked_bytes += len(wire)
        self._leaves(number, sent, now)
        return wire

    def loose(self, packet: bytes) -> bytes:
        """Return the datagram of a packet that is never repeated."""
        return self._loose + packet

    def repeats(self, now: float) -> list[bytes]:
        """Return the lost datagrams that may leave again now."""
        again: list[bytes] = []
        self._catch_up(now)
        if self._pause(now) > 0:
            return again
        while self._lost and self.in_flight_bytes < self.model.window_bytes and self._has_pace(now):
            number = self._lost.popleft()
            sent = self._sent.get(number)
            if sent is not None and sent.is_lost:
                sent.is_lost = False
                sent.is_repeat = True
                self._leaves(number, sent, now)
                self.repeated += 1
                again.append(sent.wire)
        return again

    def ran_dry(self) -> None:
        """There was less to send than the path would have taken: its rate cannot be read from this."""
        if not self._lost:
            self._limited_until = self._delivered + max(self.in_flight_bytes, 1)

    def acknowledged(self, data: bytes, now: float) -> None:
        """Take an ACK; one that makes no sense is passed over."""
        if len(data) < ACK_BYTES:
            return
        expected = self._oldest + signed(int.from_bytes(data[4:8], "big"), self._oldest)
        if not self._oldest <= expected <= self._next:
            return
        limit = expected + int.from_bytes(data[8:10], "big")
        if limit > self._limit:
            self._limit = limit
            self._timeouts = 0
            self._armed_at = now
        newest: _Sent | None = None
        acked = 0
        for number in range(self._oldest, expected):
            newest, acked = self._take(number, newest, acked)
        self._known >>= expected - self._oldest
        self._oldest = expected
        bits = int.from_bytes(data[ACK_BYTES:], "little") & ((1 << (self._next - expected)) - 1)
        fresh = bits & ~self._known
        self._known |= fresh
        while fresh:
            low = fresh & -fresh
            newest, acked = self._take(expected + low.bit_length() - 1, newest, acked)
            fresh ^= low
        if newest is not None:
            self._learn(newest, acked, now)

    def timer(self, now: float) -> list[bytes]:
        """Do what is due; return datagrams that ask for an answer."""
        self._find_lost(now)
        due = self._timeout_at()
        if due is None or now < due:
            return []
        self._timeouts += 1
        self._armed_at = now
        if not self._sent:
            return [self._ping]
        if self._timeouts > 2:
            self._give_up_flight()
            return []
        number = min(self._sent)
        sent = self._sent[number]
        sent.is_repeat = True
        self._leaves(number, sent, now, is_extra=not sent.is_lost)
        sent.is_lost = False
        return [sent.wire]

    def deadline(self, now: float, *, is_waiting: bool) -> float | None:
        """Return when to look again; `is_waiting`: there is more to send."""
        self._is_blocked = is_waiting and self._next >= self._limit
        due = self._timeout_at()
        may_send = self._lost or (is_waiting and not self._is_blocked)
        if may_send and self.in_flight_bytes < self.model.window_bytes:
            paced = now + max(self._pause(now), 0.0)
            due = paced if due is None else min(due, paced)
        return due

    def _take(self, number: int, newest: _Sent | None, acked: int) -> tuple[_Sent | None, int]:
        sent = self._sent.pop(number, None)
        if sent is None:
            return newest, acked
        size = len(sent.wire)
        self.unacked_bytes -= size
        if not sent.is_lost:
            self.in_flight_bytes -= size
        sent.is_lost = False
        if newest is None or sent.at >= newest.at:
            newest = sent
        return newest, acked + size

    def _leaves(self, number: int, sent: _Sent, now: float, *, is_extra: bool = False) -> None:
        size = len(sent.wire)
        if self.in_flight_bytes == 0:
            self._first_at = self._delivered_at = now
            if self._armed_at is None or self._timeouts == 0:
                self._armed_at = now
        sent.at = now
        sent.delivered = self._delivered
        sent.delivered_at = self._delivered_at
        sent.first_at = self._first_at
        sent.is_limited = self._limited_until > self._delivered
        self._order.append((number, sent, now))
        if not is_extra:
            self.in_flight_bytes += size
        rate = self.model.pacing_rate
        if rate:
            self._paced_until += size / rate

    def _learn(self, newest: _Sent, acked: int, now: float) -> None:
        self._delivered += acked
        self._delivered_at = now
        self._first_at = newest.at
        self._newest_at = max(self._newest_at, newest.at)
        self._timeouts = 0
        self._armed_at = now if self._sent else None
        rtt = None if newest.is_repeat else now - newest.at
        if rtt is not None:
            self._smooth(rtt)
        interval = max(newest.at - newest.first_at, now - newest.delivered_at)
        rate = (self._delivered - newest.delivered) / interval if interval > 0 else None
        if rate is not None and interval < (self.model.min_rtt or 0.0) * 0.9:
            rate = None
        self._find_lost(now)
        self.model.acked(
            Acked(
                now=now,
                acked_bytes=acked,
                in_flight_bytes=self.in_flight_bytes,
                delivered_bytes=self._delivered,
                delivered_before_bytes=newest.delivered,
                rate=rate,
                rtt=rtt,
                is_app_limited=newest.is_limited,
            )
        )

    def _smooth(self, rtt: float) -> None:
        if self._srtt is None:
            self._srtt, self._rttvar = rtt, rtt / 2
        else:
            self._rttvar += (abs(self._srtt - rtt) - self._rttvar) / 4
            self._srtt += (rtt - self._srtt) / 8

    def _reorder_s(self) -> float:
        return max((self.model.min_rtt or 0.0) / 8, _LEAST_REORDER_S)

    def _find_lost(self, now: float) -> None:
        """Whatever left clearly before something that arrived is lost (RFC 8985)."""
        before = self._newest_at - self._reorder_s()
        order = self._order
        while order:
            number, sent, at = order[0]
            is_here = sent.at == at and number in self._sent and not sent.is_lost
            if is_here and at >= before:
                return
            order.popleft()
            if is_here:
                sent.is_lost = True
                self.in_flight_bytes -= len(sent.wire)
                self._lost.append(number)
                self.model.lost(now)

    def _give_up_flight(self) -> None:
        """Nothing came back for three time-outs: all that is in flight is lost."""
        for number in sorted(self._sent):
            sent = self._sent[number]
            if not sent.is_lost:
                sent.is_lost = True
                self._lost.append(number)
        self._order.clear()
        self.in_flight_bytes = 0
        self.model.timed_out()

    def _timeout_at(self) -> float | None:
        if not self._sent and not self._is_blocked:
            return None
        if self._armed_at is None:
            self._armed_at = self._delivered_at
        rto = _FIRST_RTO_S
        if self._srtt is not None:
            rto = max(self._srtt + 4 * self._rttvar, 1.5 * self._srtt, _LEAST_RTO_S)
        return self._armed_at + min(rto * (1 << min(self._timeouts, 6)), max(_MOST_RTO_S, rto))

    def _pause(self, now: float) -> float:
        """Return the seconds until the pace allows the next portion; not above 0: it does."""
        rate = self.model.pacing_rate
        return self._paced_until + self.model.portion_bytes / rate - now if rate else 0.0

    def _has_pace(self, now: float) -> bool:
        return self.model.pacing_rate is None or self._paced_until < now

    def _catch_up(self, now: float) -> None:
        """Forget what could have been sent longer ago; if the path ran empty over it, it told nothing of its rate."""
        rate = self.model.pacing_rate
        if rate is None:
            return
        earliest = now - self.model.catch_up_bytes / rate
        if self._paced_until < earliest:
            self._paced_until = earliest
            if self.in_flight_bytes < self.model.product_bytes:
                self.ran_dry()

    def _allowance(self, now: float) -> int:
        """Return the bytes that the pace allows in one go."""
        rate = self.model.pacing_rate
        if not rate:
            return self.model.window_bytes
        return max(int((now - self._paced_until) * rate), 1)
