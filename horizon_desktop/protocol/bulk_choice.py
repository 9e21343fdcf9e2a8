"""Which path carries bulk: the one that was measured to bring most bytes a second, not the one that ranks first."""

from collections.abc import Sequence
from typing import Final

import msgspec

from horizon_desktop.domain.instants import Tick

SLOT_MS: Final = 250
TRIAL_MS: Final = 1500
"""How long a path is tried before it is judged by its best quarter of a second."""
AGAIN_MS: Final = 30_000
"""Of bulk under way: then the others are tried again; twice as long each time that changed nothing."""
RAREST_MS: Final = 300_000
HOPELESS: Final = 3
"""A trial that brings less than a third of what is known of another path ends early."""
_BETTER_QUARTERS: Final = 5
"""Another path must bring 5/4 of the present one."""


class BulkWay(msgspec.Struct, frozen=True):
    """A path that has an open bulk lane."""

    id: int
    rank: int
    """Which is tried first while nothing is known: the lowest."""
    is_suspect: bool = False


class BulkChoice:
    """Counts what each path brings while it carries, and tries the others now and then."""

    def __init__(self) -> None:
        self.current = 0
        """The chosen path; 0: none."""
        self._known: dict[int, int] = {}
        """Path to bytes a second; of the present one as it is now."""
        self._champion = 0
        self._peak = 0
        self._is_trial = False
        self._tried_ms = 0
        self._best = 0
        self._settled_ms = 0
        self._again_ms = AGAIN_MS
        self._slot_bytes = 0
        self._slot_at: Tick | None = None

    @property
    def goodput(self) -> int:
        """Bytes a second that the present path brings, as last measured; 0: not yet."""
        return self._known.get(self.current, 0)

    def settled(self, size_bytes: int) -> None:
        """Count bytes that the peer acknowledged."""
        self._slot_bytes += size_bytes

    def look(self, ways: Sequence[BulkWay], *, is_busy: bool, now: Tick) -> bool:
        """Choose among the ways; return whether the choice is another one now.

        Args:
            is_busy: Whether there is more to send than went so far: only then does the time count.
        """
        before = self.current
        sound = [way for way in ways if not way.is_suspect] or list(ways)
        self._known = {path: rate for path, rate in self._known.items() if any(way.id == path for way in ways)}
        if all(way.id != self.current for way in sound):
            self._take_any(sound)
        if not is_busy or self._slot_at is None or before != self.current:
            self._start_slot(now)
        elif now.since(self._slot_at) >= SLOT_MS:
            passed_ms = now.since(self._slot_at)
            rate = 1000 * self._slot_bytes // passed_ms
            self._start_slot(now)
            self._note(rate, passed_ms, sound)
        return self.current != before

    def _take_any(self, sound: Sequence[BulkWay]) -> None:
        """The present path has gone or is silent: take the best known, else the first to try."""
        best = min(sound, key=lambda way: (-self._known.get(way.id, 0), way.rank, -way.id), default=None)
        self._champion = 0
        self._try(best.id if best is not None else 0)

    def _try(self, path: int) -> None:
        self.current = path
        self._is_trial = True
        self._tried_ms = 0
        self._best = 0

    def _note(self, rate: int, passed_ms: int, sound: Sequence[BulkWay]) -> None:
        if self._is_trial:
            self._tried_ms += passed_ms
            self._best = max(self._best, rate)
            is_hopeless = self._tried_ms >= TRIAL_MS // 2 and HOPELESS * self._best < self._known.get(self._champion, 0)
            if is_hopeless or self._tried_ms >= TRIAL_MS:
                self._known[self.current] = self._best
                self._decide(sound)
            return
        self._settled_ms += passed_ms
        self._known[self.current] = (3 * self._known.get(self.current, rate) + rate) // 4
        self._peak = max(self._peak, self._known[self.current])
        has_dropped = 2 * self._known[self.current] < self._peak
        if has_dropped or self._settled_ms >= self._again_ms:
            self._known = {self.current: self._known[self.current]}
            self._again_ms = AGAIN_MS if has_dropped else min(2 * self._again_ms, RAREST_MS)
            self._peak = self._known[self.current]
            self._settled_ms = 0
        self._champion = self.current
        if any(way.id not in self._known for way in sound):
            self._decide(sound)

    def _decide(self, sound: Sequence[BulkWay]) -> None:
        """Try what is not known yet; when all is known, settle on the best."""
        if self._champion == 0:
            self._champion = self.current
        unknown = [way for way in sound if way.id not in self._known]
        if unknown:
            self._try(min(unknown, key=lambda way: (way.rank, -way.id)).id)
            return
        best = max((way.id for way in sound), key=lambda path: self._known[path])
        is_better = 4 * self._known[best] >= _BETTER_QUARTERS * self._known.get(self._champion, 0)
        chosen = best if is_better or all(way.id != self._champion for way in sound) else self._champion
        if chosen != self._champion:
            self._again_ms = AGAIN_MS
        self._champion = self.current = chosen
        self._is_trial = False
        self._peak = self._known[chosen]
        self._settled_ms = 0

    def _start_slot(self, now: Tick) -> None:
        self._slot_at = now
        self._slot_bytes = 0
