"""How fast the carrier sends: a model of the path (its rate and its shortest round trip), in the manner of BBR.

Loss is no sign of congestion here, as it is for cubic: on a radio or a long line it is weather. What fills a queue
is more in flight than rate times round trip; so both are measured and little more than that is sent
(Cardwell et al., "BBR: Congestion-Based Congestion Control", 2016; draft-cardwell-iccrg-bbr-congestion-control).
Times are seconds of a monotonic clock, rates bytes a second.
"""

from collections import deque
from enum import Enum, auto
from typing import Final

import msgspec

HIGH_GAIN: Final = 2.885
"""2 / ln 2: doubles the rate each round trip."""
_WINDOW_GAIN: Final = 2.0
_CYCLE: Final = (1.25, 0.75, 0.97, 0.97, 0.97, 0.97, 0.97, 0.97)
"""A little below the measured rate most of the time: other lanes share the path's queue."""
_RATE_ROUNDS: Final = 10
_RATE_S: Final = 1.0
"""Rounds become long when a path slows down and its queue grows: what it once could is forgotten sooner then."""
_GROWTH: Final = 1.25
_FLAT_ROUNDS: Final = 3
_MOST_FLAT_ROUNDS: Final = 10
"""Without a queue, a rate that does not grow may be that of loss or of a busy machine: they are given more time."""
_QUEUE_SHARE: Final = 1.15
_QUEUE_S: Final = 0.002
"""A round trip longer than the shortest by this much has a queue in it."""
_RISE: Final = 1.1
_SURE_RISE: Final = 1.2
"""With a queue, for on a busy machine every round trip looks as if there were one."""
_RTT_LIFE_S: Final = 10.0
_PROBE_RTT_S: Final = 0.2
_UNPACED_RTT_S: Final = 0.002
"""Below it a timer of the event loop is coarser than the path: the window alone decides."""
_MOST_UNPACED_BYTES: Final = 3 * 1024 * 1024
_LEAST_UNPACED_BYTES: Final = 64 * 1024
"""The window there: halved when a socket's buffer overflowed, for that is what loses datagrams, else growing."""
_UNPACED_GROWTH: Final = 1 / 64
_PORTION_S: Final = 0.002
"""What leaves in one go: less is not worth to wake for."""
_CATCH_UP_S: Final = 0.02
"""A busy loop comes late by some milliseconds; what it could have sent meanwhile it may send then."""
_MOST_PORTION_BYTES: Final = 64 * 1024
_LEAST_CATCH_UP_DATAGRAMS: Final = 10
_FIRST_DATAGRAMS: Final = 32
_LEAST_DATAGRAMS: Final = 4


class Phase(Enum):
    STARTUP = auto()
    DRAIN = auto()
    PROBE_RATE = auto()
    PROBE_RTT = auto()


class Acked(msgspec.Struct, frozen=True, kw_only=True):
    """What one acknowledgement told."""

    now: float
    acked_bytes: int
    in_flight_bytes: int
    """After it."""
    delivered_bytes: int
    """Of the whole connection, after it."""
    delivered_before_bytes: int
    """When the newest acknowledged datagram was sent."""
    rate: float | None
    rtt: float | None
    is_app_limited: bool
    """Whether there was nothing more to send then: the rate is no measure of the path."""


class PathModel:
    """BBR version 1: measures rate and round trip, and says how much may be in flight and how fast to send."""

    def __init__(self, datagram_bytes: int = 1400) -> None:
        self._datagram_bytes = datagram_bytes
        self._phase = Phase.STARTUP
        self._rates: deque[tuple[int, float, float]] = deque()
        self._round = 0
        self._round_ends_at_bytes = 0
        self._full_rate = 0.0
        self._flat_rounds = 0
        self._is_full = False
        self._min_rtt: float | None = None
        self._min_rtt_at = 0.0
        self._cycle_at = 0.0
        self._cycle = 2
        self._probe_rtt_until: float | None = None
        self._phase_rtt: float | None = None
        """The shortest round trip of this phase, of this turn of the cycle or, at the start, of this round."""
        self._rate_before = 0.0
        self._window = float(_FIRST_DATAGRAMS * datagram_bytes)
        self._unpaced_bytes = _MOST_UNPACED_BYTES / 4
        self._halved_at = 0.0

    @property
    def phase(self) -> Phase:
        return self._phase

    @property
    def rate(self) -> float:
        """The most that the path delivered in the last ten round trips; 0 while unknown."""
        return self._rates[0][1] if self._rates else 0.0

    @property
    def min_rtt(self) -> float | None:
        return self._min_rtt

    @property
    def pacing_rate(self) -> float | None:
        """Bytes a second to send at; None: as the window allows."""
        if self._min_rtt is None or self._min_rtt < _UNPACED_RTT_S or not self._rates:
            return None
        return self.rate * self._gain()

    @property
    def portion_bytes(self) -> int:
        """What is worth to wake for."""
        return min(max(int(self.rate * _PORTION_S), self._datagram_bytes), _MOST_PORTION_BYTES)

    @property
    def catch_up_bytes(self) -> int:
        """The most that may leave in one go, after a late waking."""
        return max(int(self.rate * _CATCH_UP_S), _LEAST_CATCH_UP_DATAGRAMS * self._datagram_bytes)

    @property
    def product_bytes(self) -> int:
        """What is in flight when the path is just full."""
        return int(self.rate * (self._min_rtt or 0.0))

    @property
    def window_bytes(self) -> int:
        """How much may be in flight."""
        if self._phase is Phase.PROBE_RTT:
            return int(max(self.product_bytes / 2, _LEAST_DATAGRAMS * self._datagram_bytes))
        floor = _LEAST_DATAGRAMS * self._datagram_bytes
        if self._min_rtt is not None and self._min_rtt < _UNPACED_RTT_S:
            floor = int(self._unpaced_bytes)
        return int(max(self._window, floor))

    def acked(self, news: Acked) -> None:
        """Take the news of an acknowledgement."""
        is_new_round = news.delivered_before_bytes >= self._round_ends_at_bytes
        if is_new_round:
            self._round += 1
            self._round_ends_at_bytes = news.delivered_bytes
        if news.rate is not None and (not news.is_app_limited or news.rate >= self.rate):
            self._learn_rate(news.rate, news.now)
        self._watch_rtt(news)
        if is_new_round and not news.is_app_limited:
            self._watch_growth()
        self._move(news)
        self._open_window(news.acked_bytes)
        grown = self._unpaced_bytes + news.acked_bytes * _UNPACED_GROWTH
        self._unpaced_bytes = min(grown, _MOST_UNPACED_BYTES)

    def lost(self, now: float) -> None:
        """Note a loss, which only counts where there is hardly a path: there it is an overflow."""
        if now - self._halved_at > 2 * (self._min_rtt or 0.0):
            self._halved_at = now
            self._unpaced_bytes = max(self._unpaced_bytes / 2, _LEAST_UNPACED_BYTES)

    def timed_out(self) -> None:
        """Nothing came back for long: begin again with little in flight, knowing what is known."""
        self._window = float(_LEAST_DATAGRAMS * self._datagram_bytes)

    def _gain(self) -> float:
        match self._phase:
            case Phase.STARTUP:
                return HIGH_GAIN
            case Phase.DRAIN:
                return 1 / HIGH_GAIN
            case Phase.PROBE_RATE:
                return _CYCLE[self._cycle]
            case Phase.PROBE_RTT:
                return 1.0

    def _learn_rate(self, rate: float, now: float) -> None:
        """Keep the greatest of the last ten rounds, and of no more than a while: a falling list of candidates."""
        while self._rates and self._rates[-1][1] <= rate:
            self._rates.pop()
        self._rates.append((self._round, rate, now))
        oldest = now - max(_RATE_S, 2 * _RATE_ROUNDS * (self._min_rtt or 0.0))
        while self._rates[0][0] < self._round - _RATE_ROUNDS or self._rates[0][2] < oldest:
            self._rates.popleft()

    def _watch_rtt(self, news: Acked) -> None:
        if news.rtt is None:
            return
        self._phase_rtt = min(self._phase_rtt or news.rtt, news.rtt)
        is_old = news.now - self._min_rtt_at > _RTT_LIFE_S
        if self._min_rtt is None or news.rtt <= self._min_rtt:
            self._min_rtt, self._min_rtt_at = news.rtt, news.now
        elif is_old and self._probe_rtt_until is None and self._is_full:
            self._phase = Phase.PROBE_RTT
            self._probe_rtt_until = float("inf")

    def _watch_growth(self) -> None:
        if self._is_full:
            return
        if self.rate >= self._full_rate * _GROWTH:
            self._full_rate, self._flat_rounds = self.rate, 0
            return
        self._flat_rounds += 1
        enough = _FLAT_ROUNDS if self._has_queue() else _MOST_FLAT_ROUNDS
        self._is_full = self._flat_rounds >= enough
        self._phase_rtt = None

    def _move(self, news: Acked) -> None:
        """Go on to the next phase, or the next gain of the cycle, when its time has come."""
        if self._phase is Phase.STARTUP and self._is_full:
            self._phase = Phase.DRAIN
        if self._phase is Phase.DRAIN and news.in_flight_bytes <= self.product_bytes:
            self._begin_cycle(news.now)
        if self._phase is Phase.PROBE_RTT:
            self._probe_rtt(news)
        if self._phase is Phase.PROBE_RATE and self._is_turn_over(news):
            self._turn(news.now)

    def _probe_rtt(self, news: Acked) -> None:
        """With the queue drained for a moment, take the round trip that shows then for the shortest."""
        if self._probe_rtt_until == float("inf"):
            if news.in_flight_bytes <= self.window_bytes:
                self._probe_rtt_until = news.now + _PROBE_RTT_S + (self._min_rtt or 0.0)
                self._phase_rtt = None
        elif self._probe_rtt_until is None or news.now > self._probe_rtt_until:
            self._probe_rtt_until = None
            self._min_rtt, self._min_rtt_at = self._phase_rtt or self._min_rtt, news.now
            self._begin_cycle(news.now)

    def _begin_cycle(self, now: float) -> None:
        self._phase, self._cycle, self._cycle_at = Phase.PROBE_RATE, 2, now

    def _turn(self, now: float) -> None:
        """Begin the next turn; after a probe that found more, begin anew: the path is far from full."""
        rise = _SURE_RISE if self._has_queue() else _RISE
        if _CYCLE[self._cycle] == min(_CYCLE) and self.rate >= self._rate_before * rise:
            self._is_full, self._flat_rounds, self._full_rate = False, 0, self.rate
            self._phase = Phase.STARTUP
        self._cycle = (self._cycle + 1) % len(_CYCLE)
        self._cycle_at = now
        self._phase_rtt = None
        if _CYCLE[self._cycle] > 1:
            self._rate_before = self.rate

    def _has_queue(self) -> bool:
        if self._phase_rtt is None or self._min_rtt is None:
            return False
        return self._phase_rtt > max(self._min_rtt * _QUEUE_SHARE, self._min_rtt + _QUEUE_S)

    def _is_turn_over(self, news: Acked) -> bool:
        gain, rtt = _CYCLE[self._cycle], self._min_rtt or 0.0
        elapsed = news.now - self._cycle_at
        if gain > 1:
            is_full = news.in_flight_bytes >= gain * self.product_bytes * 0.9
            return elapsed > rtt and (is_full or elapsed > 3 * rtt)
        if gain == min(_CYCLE):
            return elapsed > rtt and (news.in_flight_bytes <= self.product_bytes or elapsed > 3 * rtt)
        return elapsed > rtt

    def _open_window(self, acked_bytes: int) -> None:
        gain = _WINDOW_GAIN if self._is_full else HIGH_GAIN
        target = gain * self.product_bytes + 6 * self.portion_bytes + _LEAST_DATAGRAMS * self._datagram_bytes
        if not self._is_full:
            target = max(target, 2 * _FIRST_DATAGRAMS * self._datagram_bytes)
        self._window = min(self._window + acked_bytes, target)
