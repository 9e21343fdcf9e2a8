"""A peer's conduct: refusals and oversize frames within a minute, and what follows (PROTOCOL section 6, limits)."""

from collections import deque
from typing import Final

from horizon_desktop.domain.instants import Tick

WINDOW_MS: Final = 60_000
REFUSALS_TO_MUTE: Final = 20
OVERSIZE_TO_SUSPEND: Final = 3


class Conduct:
    """Counts what a peer did wrong. Muted: nothing but control is taken. Suspended: no path is."""

    def __init__(self) -> None:
        self.is_suspended = False
        self._refusals: deque[Tick] = deque(maxlen=REFUSALS_TO_MUTE)
        self._oversize: deque[Tick] = deque(maxlen=OVERSIZE_TO_SUSPEND)
        self._muted_until: Tick | None = None

    def is_muted(self, *, now: Tick) -> bool:
        """Whether the peer is muted: from the 20th refusal of a minute until a minute after the last one."""
        return self._muted_until is not None and now < self._muted_until

    def count_refusal(self, *, now: Tick) -> bool:
        """Count one; return whether the peer is muted by it (and was not before)."""
        was_muted = self.is_muted(now=now)
        self._refusals.append(now)
        is_many = len(self._refusals) == REFUSALS_TO_MUTE and now.since(self._refusals[0]) < WINDOW_MS
        if is_many or was_muted:
            self._muted_until = now.plus(WINDOW_MS)
        return is_many and not was_muted

    def count_oversize(self, *, now: Tick) -> bool:
        """Count one; return whether the peer is suspended by it (and was not before)."""
        self._oversize.append(now)
        is_third = len(self._oversize) == OVERSIZE_TO_SUSPEND and now.since(self._oversize[0]) < WINDOW_MS
        is_new = is_third and not self.is_suspended
        self.is_suspended = self.is_suspended or is_third
        return is_new

    def forgive(self) -> None:
        """Forget everything: the host lifted the suspension."""
        self.is_suspended = False
        self._muted_until = None
        self._refusals.clear()
        self._oversize.clear()
