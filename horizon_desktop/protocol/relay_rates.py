"""A token bucket in whole units: how many bytes may pass by now, and when the next may."""

from typing import Final

from horizon_desktop.domain.instants import Tick

_MS_PER_S: Final = 1000
_DEBT_BYTES: Final = 256 * 1024
"""The deepest debt: what passes by another bucket's leave is charged here, but cannot shut this one for ever."""


class TokenBucket:
    """Lets `bytes_per_s` pass on average and `burst_bytes` at once.

    One frame may overdraw it: the debt is paid before the next. Over any time t (in s) at most
    `burst_bytes + t * bytes_per_s` bytes and one frame pass. Counted in thousandths of a byte, without floats.
    """

    __slots__ = ("_burst", "_filled", "_level", "_rate")

    def __init__(self, *, bytes_per_s: int, burst_bytes: int, now: Tick) -> None:
        self._rate = bytes_per_s
        self._burst = burst_bytes * _MS_PER_S
        self._level = self._burst
        self._filled = now

    def ready_in(self, *, now: Tick) -> int | None:
        """Return the milliseconds until a frame may pass, 0 when it may now, None when none ever may."""
        self._fill(now)
        if self._level > 0:
            return 0
        if self._rate == 0:
            return None
        return -self._level // self._rate + 1

    def take(self, count: int, *, now: Tick) -> None:
        """Charge `count` bytes that pass now."""
        self._fill(now)
        self._level = max(self._level - count * _MS_PER_S, -_DEBT_BYTES * _MS_PER_S)

    def retune(self, *, bytes_per_s: int, burst_bytes: int, now: Tick) -> None:
        """Change the rate and keep the level: asking again gives nobody a second burst."""
        self._fill(now)
        self._rate = bytes_per_s
        self._burst = burst_bytes * _MS_PER_S
        self._level = min(self._level, self._burst)

    def is_full(self, *, now: Tick) -> bool:
        """Whether nothing was taken for so long that a new bucket would be the same."""
        self._fill(now)
        return self._level >= self._burst

    def give_back(self, count: int) -> None:
        """Undo a charge of `count`."""
        self._level = min(self._burst, self._level + count * _MS_PER_S)

    def _fill(self, now: Tick) -> None:
        elapsed_ms = now.since(self._filled)
        if elapsed_ms > 0:
            self._level = min(self._burst, self._level + elapsed_ms * self._rate)
            self._filled = now
