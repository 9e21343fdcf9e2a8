"""Two kinds of time that do not mix: Instant (UTC, for expiry) and Tick (monotonic, for waiting)."""

from datetime import UTC, datetime
from typing import Final, Self

import msgspec

MAX_INSTANT_MS: Final = 253_402_300_799_000
"""The end of the year 9999: nothing from outside may name a later moment."""


class Instant(msgspec.Struct, frozen=True, order=True):
    """A moment of UTC, in whole milliseconds since 1970. The wall clock may jump."""

    ms: int

    def plus(self, ms: int) -> Self:
        return type(self)(self.ms + ms)

    def since(self, earlier: "Instant") -> int:
        """Milliseconds from `earlier` to this moment; negative when this one is earlier."""
        return self.ms - earlier.ms

    def iso(self) -> str:
        """ISO 8601 in UTC with milliseconds: 2026-11-21T23:10:49.000Z."""
        text = datetime.fromtimestamp(self.ms / 1000, UTC).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")


class Tick(msgspec.Struct, frozen=True, order=True):
    """A reading of a monotonic clock, in whole milliseconds. Good for waits only."""

    ms: int

    def plus(self, ms: int) -> Self:
        return type(self)(self.ms + ms)

    def since(self, earlier: "Tick") -> int:
        """Milliseconds from `earlier` to this reading."""
        return self.ms - earlier.ms


class Now(msgspec.Struct, frozen=True):
    """Both clocks at one moment, as a driver hands them to a machine."""

    instant: Instant
    tick: Tick
