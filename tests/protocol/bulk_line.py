"""A line with one narrow place, in simulated milliseconds: what bulk does to small messages on it."""

import random
from collections import deque

from horizon_desktop.domain.instants import Tick
from horizon_desktop.protocol.bulk_pace import BulkPace

HEAD_BYTES = 60
"""Of each piece, in all layers below."""
TELL_MS = 10
TELL_BYTES = 256 * 1024
PROBE_MS = (20, 100)


class Line:
    """One queue, first in first out, for bulk and for small messages; the far end tells what came."""

    def __init__(self, bytes_per_s: float, rtt_ms: int, *, seed: int = 1, jitter_ms: int = 0, standing_ms: int = 0):
        self.pace = BulkPace()
        self.bytes_per_s = bytes_per_s
        self.rtt_ms = rtt_ms
        self.came = 0
        self.delays: list[tuple[int, float]] = []
        """When a small message was answered, and how much longer than the line's own round trip it took."""
        self._jitter_ms = jitter_ms
        self._standing_ms = standing_ms
        self._random = random.Random(seed)
        self._now = 0
        self._sent = 0
        self._free_at = 0.0
        self._flying: deque[tuple[float, int]] = deque()
        self._reports: deque[tuple[float, int]] = deque()
        self._told = 0
        self._tell_since: int | None = None
        self._probe: tuple[int, float] | None = None
        self._probe_due = 0

    def run(self, ms: int) -> None:
        """Let so much time pass with always more to send."""
        for _ in range(ms):
            self._now += 1
            self._hear()
            self._send()
            self._arrive()
            self._ask()

    def delay_ms(self, *, share: float, after_ms: int) -> float:
        """Return what so large a share of the small messages answered after a moment did not exceed."""
        late = sorted(delay for at, delay in self.delays if at > after_ms)
        return late[int(len(late) * share)]

    def _hear(self) -> None:
        while self._reports and self._reports[0][0] <= self._now:
            self.pace.came(self._reports.popleft()[1], now=Tick(self._now))

    def _send(self) -> None:
        while size := self.pace.piece_bytes():
            self.pace.spend(size, now=Tick(self._now))
            self._sent += size
            self._free_at = max(self._free_at, self._now) + 1000 * (size + HEAD_BYTES) / self.bytes_per_s
            self._flying.append((self._free_at + self.rtt_ms / 2, self._sent))

    def _arrive(self) -> None:
        while self._flying and self._flying[0][0] <= self._now:
            self.came = self._flying.popleft()[1]
            self._tell_since = self._now if self._tell_since is None else self._tell_since
        if self._tell_since is None:
            return
        if self._now - self._tell_since >= TELL_MS or self.came - self._told >= TELL_BYTES:
            self._reports.append((self._now + self.rtt_ms / 2 + 1, self.came))
            self._told, self._tell_since = self.came, None

    def _ask(self) -> None:
        if self._probe is not None and self._now >= self._probe[1]:
            delay = self._now - self._probe[0] - self.rtt_ms
            self.delays.append((self._now, delay))
            self.pace.sample(delay, now=Tick(self._now))
            self._probe = None
        if self._now < self._probe_due:
            return
        if self._probe is None:
            queue = max(0.0, self._free_at - self._now) + self._standing_ms
            noise = self._random.random() * self._jitter_ms
            self._probe = (self._now, self._now + self.rtt_ms + queue + noise)
            self._probe_due = self._now + max(PROBE_MS[0], min(PROBE_MS[1], self.rtt_ms))
        else:
            self.pace.overdue(self._now - self._probe[0] - self.rtt_ms, now=Tick(self._now))
            self._probe_due = self._now + PROBE_MS[0]
