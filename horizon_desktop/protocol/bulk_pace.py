"""The pace of bulk on one path: as much under way as the path holds, and as little waiting as typing can stand.

The far end says how many bytes have come. From that follow the rate of the path and its shortest round trip, and
from both what may be under way: what the path itself holds, and a few milliseconds of its rate that may wait in
front of its narrowest place (the model of BBR with the queue of LEDBAT). Small messages on the interactive lane are
timed meanwhile: when they stand in a queue, whoever filled it, less goes.
"""

from collections import deque
from typing import Final

import msgspec

from horizon_desktop.domain.instants import Tick
from horizon_desktop.protocol.wire import MAX_BODY_BYTES

START_BYTES: Final = 16 * 1024
LEAST_BYTES: Final = 4 * 1024
MOST_BYTES: Final = 32 * 1024 * 1024
WAITING_MS: Final = 9
"""Of the path's rate may wait on the way; the promise to people is 25 ms."""
MOST_WAITING_MS: Final = 200
"""It may look like that much where it is not the line that is slow to tell, but a busy machine at its end."""
EASY_MS: Final = 5
"""A small message that takes no longer than this beyond its shortest lets more go."""
BUSY_MS: Final = 14
"""Twice in a row beyond it: less goes."""
PIECE_MS: Final = 5
"""No piece takes the line for longer: what is urgent waits for one of them."""
LEAST_PIECE_BYTES: Final = 2048
_SPAN_MS: Final = 100
"""A rate is reckoned over so long, or over a round trip."""
_KEPT_MS: Final = 2000
_RTT_KEPT_MS: Final = 20_000
_MARK_MS: Final = 2
_CUTS_TO_ENDURE: Final = 5
_MEAN_OF: Final = 8
ENDURE_MS: Final = 5000
"""Then it is looked at again whether less of ours makes it shorter."""
_FLAT_MS: Final = 150
_IDLE_MS: Final = 500


class _Mark(msgspec.Struct, frozen=True):
    at: Tick
    total: int


class BulkPace:
    """The window of one path's bulk lane; counts bytes of the lane, headers left out."""

    def __init__(self) -> None:
        self._sent = 0
        self._came = 0
        self._is_starting = True
        self._window = START_BYTES
        self._waiting_ms = WAITING_MS
        """What may wait on the way beyond what the path holds; below zero when even that is too much."""
        self._delays: deque[int] = deque(maxlen=2)
        self._marks: deque[_Mark] = deque()
        self._reports: deque[_Mark] = deque()
        self._rates: deque[_Mark] = deque()
        self._rtts: deque[_Mark] = deque()
        self._grew_at: Tick | None = None
        self._grew_to = 0
        self._spent_at: Tick | None = None
        self._is_short = False
        self._held_until: Tick | None = None
        self._raised_at: Tick | None = None
        self._cuts = 0
        self._mean_ms = 0.0
        self._first_ms = 0.0
        self._endured_until: Tick | None = None
        self._before_ms = 0
        self._endured_ms = 0
        """A delay that stays whatever we do: busy machines or somebody else's traffic."""

    @property
    def rate(self) -> int:
        """Bytes a second that the path brings; 0: not known yet."""
        return self._rates[0].total if self._rates else 0

    @property
    def window_bytes(self) -> int:
        """How much may be under way."""
        return self._window

    @property
    def under_way_bytes(self) -> int:
        return self._sent - self._came

    def piece_bytes(self) -> int:
        """Return how large a piece may go now; 0: none before more has come."""
        if self.under_way_bytes >= self._window:
            return 0
        by_rate = self.rate * PIECE_MS // 1000 if not self._is_starting else self._window // 8
        return max(LEAST_PIECE_BYTES, min(MAX_BODY_BYTES, by_rate))

    def spend(self, size_bytes: int, *, now: Tick) -> None:
        """Count a piece that went."""
        if self._spent_at is not None and now.since(self._spent_at) > _IDLE_MS and self.under_way_bytes == 0:
            self._begin_again()
        self._spent_at = now
        self._sent += size_bytes
        if not self._marks or now.since(self._marks[-1].at) >= _MARK_MS:
            self._marks.append(_Mark(now, self._sent))

    def ran_dry(self) -> None:
        """There was room and nothing to send: rates seen now say little about the path."""
        self._is_short = True

    def came(self, total: int, *, now: Tick) -> int:
        """Take how many bytes have come at the far end, all told; return how many are new."""
        new = min(total, self._sent) - self._came
        if new <= 0:
            return 0
        self._came += new
        self._time(now)
        self._reckon(now)
        if self._is_starting:
            self._window = min(MOST_BYTES, self._window + new)
        else:
            self._fit()
        return new

    def sample(self, delay_ms: int, *, now: Tick) -> None:
        """Take how much longer than the shortest a small message took."""
        self._delays.append(max(0, delay_ms))
        self._mean_ms += (max(0, delay_ms) - self._mean_ms) / _MEAN_OF
        if self._endured_until is not None and now >= self._endured_until:
            self._endured_until, self._endured_ms, self._cuts = None, 0, 0
        standing = min(self._delays) if len(self._delays) == self._delays.maxlen else 0
        if standing > max(BUSY_MS, 2 * self._endured_ms):
            self._slow_down(standing, now)
        elif min(self._delays) < EASY_MS:
            if self._mean_ms < EASY_MS:
                self._cuts, self._endured_ms, self._endured_until = 0, 0, None
            self._speed_up(now)

    def _speed_up(self, now: Tick) -> None:
        is_used = 10 * self.under_way_bytes >= 8 * self._window
        is_soon = self._raised_at is not None and now.since(self._raised_at) < self._least_ms()
        if self._is_starting or is_soon or not is_used:
            return
        self._raised_at = now
        step = max(1, self._waiting_ms // 6, self._least_ms() // 16)
        self._waiting_ms = min(MOST_WAITING_MS, self._waiting_ms + step)
        self._fit()

    def overdue(self, delay_ms: int, *, now: Tick) -> None:
        """A small message has not come back yet, and is so late already."""
        if delay_ms > BUSY_MS:
            self.sample(delay_ms, now=now)

    def _slow_down(self, standing_ms: int, now: Tick) -> None:
        if self._held_until is not None and now < self._held_until:
            return
        self._held_until = now.plus(self._least_ms() + standing_ms + 2 * WAITING_MS)
        if self._is_starting:
            self._settle()
        else:
            self._cut(standing_ms, now)
        if standing_ms > 2 * BUSY_MS and self._rates:
            self._rates = deque([self._rates[-1]])  # the path is another: what it once brought says nothing
        self._fit()

    def _cut(self, standing_ms: int, now: Tick) -> None:
        """Let less wait; when that has changed nothing several times, the delay is not of our making."""
        if self._cuts == 0:
            self._first_ms, self._before_ms = self._mean_ms, self._waiting_ms
        self._cuts += 1
        if self._cuts > _CUTS_TO_ENDURE and 10 * self._mean_ms > 7 * self._first_ms:
            self._waiting_ms, self._cuts = max(WAITING_MS, self._before_ms), 0
            self._endured_ms, self._endured_until = int(self._mean_ms), now.plus(ENDURE_MS)
            return
        step = max(2, self._waiting_ms // 4, self._least_ms() // 10) * (2 if standing_ms > 3 * BUSY_MS else 1)
        self._waiting_ms = max(-self._least_ms() * 8 // 10, self._waiting_ms - step)

    def _time(self, now: Tick) -> None:
        """Find the round trip of what has just come."""
        came_at = None
        while self._marks and self._marks[0].total <= self._came:
            came_at = self._marks.popleft().at
        if came_at is not None:
            rtt_ms = max(1, now.since(came_at))
            while self._rtts and self._rtts[-1].total >= rtt_ms:
                self._rtts.pop()
            self._rtts.append(_Mark(now, rtt_ms))
        while len(self._rtts) > 1 and now.since(self._rtts[0].at) > _RTT_KEPT_MS:
            self._rtts.popleft()

    def _reckon(self, now: Tick) -> None:
        """Find the rate of the last span; the highest of two seconds counts."""
        self._reports.append(_Mark(now, self._came))
        span_ms = max(_SPAN_MS, min(1000, self._least_ms()))
        while len(self._reports) > 1 and now.since(self._reports[1].at) >= span_ms:
            self._reports.popleft()
        passed_ms = now.since(self._reports[0].at)
        if passed_ms < span_ms:
            return
        rate = 1000 * (self._came - self._reports[0].total) // passed_ms
        if self._is_short and rate <= self.rate:
            self._is_short = self.under_way_bytes == 0
            return
        while self._rates and self._rates[-1].total <= rate:
            self._rates.pop()
        self._rates.append(_Mark(now, rate))
        kept_ms = max(_KEPT_MS, 6 * span_ms)
        while len(self._rates) > 1 and now.since(self._rates[0].at) > kept_ms:
            self._rates.popleft()
        if self._is_starting:
            self._look_for_top(now)

    def _look_for_top(self, now: Tick) -> None:
        if self._grew_at is None or 4 * self.rate > 5 * self._grew_to:
            self._grew_at, self._grew_to = now, self.rate
        elif now.since(self._grew_at) > max(_FLAT_MS, 2 * self._least_ms()):
            self._settle()

    def _settle(self) -> None:
        self._is_starting = False
        self._fit()

    def _fit(self) -> None:
        if self.rate:
            held = self.rate * max(1, self._least_ms() + self._waiting_ms) // 1000
            self._window = max(LEAST_BYTES, min(MOST_BYTES, held))
        else:
            self._window = max(LEAST_BYTES, self._window // 2)

    def _begin_again(self) -> None:
        """After a rest nothing clocks what goes: begin with little, and double."""
        self._is_starting = True
        self._window = max(START_BYTES, min(self._window, self.rate * WAITING_MS // 1000))
        self._grew_at, self._grew_to = None, 0
        self._reports.clear()
        self._marks.clear()

    def _least_ms(self) -> int:
        return self._rtts[0].total if self._rtts else 100
