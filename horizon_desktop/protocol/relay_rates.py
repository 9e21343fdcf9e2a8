"""A token bucket in whole units: how much may pass by now (bytes, attempts), and when the next may."""

from typing import Final

from horizon_desktop.domain.instants import Tick

_MS_PER_S: Final = 1000
_DEBT: Final = 256 * 1024
"""The deepest debt: what passes by another bucket's leave is charged here, but cannot shut this one for ever."""


class TokenBucket:
    """Lets `per_s` units pass on average and `burst` at once.

    One frame may overdraw it: the debt is paid before the next. Over any time t (in s) at most
    `burst + t * per_s` units and one frame pass. Counted in thousandths of a unit, without floats.
    """

    __slots__ = ("_burst", "_filled", "_level", "_rate")

    def __init__(self, *, per_s: int, burst: int, now: Tick) -> None:
        self._rate = per_s
        self._burst = burst * _MS_PER_S
        self._level = self._burst
        self._filled = now

    def ready_in(self, *, now: Tick, whole: int = 0) -> int | None:
        """Return the milliseconds until the next may pass, 0 when it may now, None when none ever may.

        Args:
            now: Monotonic reading.
            whole: Units that must be there in full; else the slightest credit is enough.
        """
        self._fill(now)
        missing = max(1, whole * _MS_PER_S) - self._level
        if missing <= 0:
            return 0
        return -(-missing // self._rate) if self._rate else None

    def take(self, count: int, *, now: Tick) -> None:
        """Charge `count` units that pass now."""
        self._fill(now)
        self._level = max(self._level - count * _MS_PER_S, -_DEBT * _MS_PER_S)

    def retune(self, *, per_s: int, burst: int, now: Tick) -> None:
        """Change the rate and keep the level: asking again gives nobody a second burst."""
        self._fill(now)
        self._rate = per_s
        self._burst = burst * _MS_PER_S
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
