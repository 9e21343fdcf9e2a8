"""Heartbeats: what one path's pings tell, and what silence brings (PROTOCOL section 6, table of silence)."""

from collections import deque
from typing import Final

import msgspec

from horizon_desktop.domain.collaboration.presence import Quality
from horizon_desktop.domain.instants import Instant, Now, Tick

PING_EVERY_MS: Final = 1000
SUSPECT_MS: Final = 3000
CHIP_MS: Final = 5000
DEAD_MS: Final = 10_000
BANNER_MS: Final = 30_000
GIVEN_UP_MS: Final = 300_000
PROBES_TO_TRUST: Final = 3
_KEPT_PINGS: Final = 32
_LOST_MS: Final = 3000
"""A ping not answered by then counts as lost."""
_RATE_WINDOW_MS: Final = 1000
_LEAST_WINDOW_MS: Final = 30_000


class Meter:
    """Bytes each second in one direction, over the last whole second."""

    def __init__(self, *, now: Tick) -> None:
        self._since = now
        self._bytes = 0
        self._rate = 0

    def count(self, size_bytes: int) -> None:
        self._bytes += size_bytes

    def read(self, *, now: Tick) -> int:
        """Return bytes per second; call about once a second."""
        passed_ms = now.since(self._since)
        if passed_ms >= _RATE_WINDOW_MS:
            self._rate = self._bytes * 1000 // passed_ms
            self._bytes, self._since = 0, now
        return self._rate


class LeastDelay:
    """The shortest round trip of the last half to whole minute: what the path takes when nothing queues on it."""

    def __init__(self) -> None:
        self._now: int | None = None
        self._before: int | None = None
        self._since: Tick | None = None

    @property
    def value_ms(self) -> int | None:
        """None: nothing was measured yet."""
        known = [value for value in (self._now, self._before) if value is not None]
        return min(known, default=None)

    def take(self, rtt_ms: int, *, now: Tick) -> None:
        """Count one round trip."""
        if self._since is None or now.since(self._since) >= _LEAST_WINDOW_MS:
            self._before, self._now, self._since = self._now, None, now
        self._now = rtt_ms if self._now is None else min(self._now, rtt_ms)


class Pulse:
    """Pings of one path: when the next is due, which were answered, how fast, how evenly."""

    def __init__(self, *, now: Tick) -> None:
        self.last_heard = now
        self.rtt_ms = 0
        self.jitter_ms = 0
        self.answered = 0
        self.least = LeastDelay()
        self.next_ping = now
        self._number = 0
        self._pending: dict[int, Tick] = {}
        self._outcomes: deque[bool] = deque(maxlen=_KEPT_PINGS)

    @property
    def is_trusted(self) -> bool:
        """Whether three pings were answered: a direct path may carry the session."""
        return self.answered >= PROBES_TO_TRUST

    @property
    def loss_permille(self) -> int:
        """Pings lost among the last 32 that were decided, in thousandths."""
        if not self._outcomes:
            return 0
        return 1000 * self._outcomes.count(False) // len(self._outcomes)

    def hear(self, *, now: Tick) -> None:
        """Any traffic counts as a sign of life."""
        self.last_heard = now

    def silence_ms(self, *, now: Tick) -> int:
        return now.since(self.last_heard)

    def ping(self, *, now: Tick) -> int:
        """Return the number of a new ping and plan the next; pings unanswered for 3 s are counted as lost."""
        for number, sent in list(self._pending.items()):
            if now.since(sent) >= _LOST_MS:
                del self._pending[number]
                self._outcomes.append(False)
        self._number += 1
        self._pending[self._number] = now
        self.next_ping = now.plus(PING_EVERY_MS)
        return self._number

    def pong(self, number: int, *, now: Tick) -> bool:
        """Take an answer; False when no such ping waits. A path that is not trusted yet is probed again at once."""
        sent = self._pending.pop(number, None)
        if sent is None:
            return False
        sample = now.since(sent)
        self.least.take(sample, now=now)
        if self.answered:
            self.jitter_ms += (abs(sample - self.rtt_ms) - self.jitter_ms) // 4
        self.rtt_ms = sample if not self.answered else (3 * self.rtt_ms + sample + 2) // 4
        self.answered += 1
        self._outcomes.append(True)
        if not self.is_trusted:
            self.next_ping = now
        return True

    def quality(self, path: str, sent: Meter, received: Meter, *, now: Tick) -> Quality:
        """Return the path as heartbeats and meters show it."""
        return Quality(
            path=path,
            rtt_ms=self.rtt_ms,
            jitter_ms=max(0, self.jitter_ms),
            loss_permille=self.loss_permille,
            sent_bytes_per_s=sent.read(now=now),
            received_bytes_per_s=received.read(now=now),
            is_silent=self.silence_ms(now=now) >= CHIP_MS,
        )


class Silence(msgspec.Struct, frozen=True):
    """A stage that has just been reached: suspect, chip, banner or gone."""

    stage: str
    resume_by: Instant


_LADDER: Final = ((SUSPECT_MS, "suspect"), (CHIP_MS, "chip"), (BANNER_MS, "banner"), (GIVEN_UP_MS, "gone"))


class SilenceLadder:
    """The silence of a whole link, over all its paths: each stage is told once until something is heard."""

    def __init__(self, *, now: Tick) -> None:
        self.last_heard = now
        self._reached = 0

    @property
    def is_silent(self) -> bool:
        """Whether a stage was told that nothing has ended yet."""
        return self._reached > 0

    def hear(self, *, now: Tick) -> bool:
        """Note a sign of life; return whether it ends a silence that was told."""
        was_silent = self.is_silent
        self.last_heard = now
        self._reached = 0
        return was_silent

    def climb(self, *, now: Now) -> list[Silence]:
        """Return the stages reached since the last call, lowest first."""
        silent_ms = now.tick.since(self.last_heard)
        resume_by = now.instant.plus(GIVEN_UP_MS - silent_ms)
        reached = []
        while self._reached < len(_LADDER) and silent_ms >= _LADDER[self._reached][0]:
            reached.append(Silence(_LADDER[self._reached][1], resume_by))
            self._reached += 1
        return reached

    def deadline(self) -> Tick | None:
        """When the next stage comes."""
        if self._reached >= len(_LADDER):
            return None
        return self.last_heard.plus(_LADDER[self._reached][0])
