"""The lease of a session: when it warns, becomes read-only and is over, whatever the clocks do (SPEC section 4)."""

from enum import IntEnum
from typing import Final, Self

import msgspec

from horizon_desktop.domain.instants import Instant, Now, Tick

MINUTE_MS: Final = 60_000
NOTICE_MS: Final = 10 * MINUTE_MS
URGENT_MS: Final = 2 * MINUTE_MS
GRACE_MS: Final = 5_000
"""Guests watch for so long after 0:00, then they are out."""
_LOOK_AGAIN_MS: Final = 1_000
"""A wall clock may jump at any moment, so nobody waits longer than this before looking again."""


class LeaseStage(IntEnum):
    """In the order in which they come; an extension leads back to RUNNING."""

    RUNNING = 0
    NOTICE = 1
    """At the lower of 10 min and 1/5 of the length."""
    URGENT = 2
    """At the lower of 2 min and 1/10 of the length."""
    READ_ONLY = 3
    """0:00 has come."""
    OVER = 4
    """5 s later: everybody is out."""


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """From `created_at` to `expires_at` on the host's clock.

    It ends at the earlier of the wall clock and of a clock that counts time asleep, so neither a clock set
    back nor a closed lid gives time away. A guest does not look at its own wall clock at all.
    """

    created_at: Instant
    expires_at: Instant
    limit_at: Instant
    """No extension goes past this."""
    ends_by: Tick
    """The end on this machine's sleep-counting clock."""
    is_wall_counted: bool = True
    """Whether this machine's wall clock is the host's."""

    @classmethod
    def begin(cls, *, length_ms: int, limit_ms: int, now: Now) -> Self:
        """Start a lease on the host's machine.

        Args:
            length_ms: How long it runs from now.
            limit_ms: How long it may ever run, at least `length_ms`.
        """
        if not 0 < length_ms <= limit_ms:
            raise ValueError(f"a lease runs longer than 0 and up to its limit, got {length_ms} of {limit_ms} ms")
        return cls(
            created_at=now.instant,
            expires_at=now.instant.plus(length_ms),
            limit_at=now.instant.plus(limit_ms),
            ends_by=now.tick.plus(length_ms),
        )

    @classmethod
    def restored(cls, *, created_at: Instant, expires_at: Instant, limit_at: Instant, now: Now) -> Self:
        """Take a stored lease up again on the host's machine, perhaps after a reboot: the wall clock says what is left.

        Never more is left than the whole length, wherever the wall clock was set meanwhile.
        """
        left_ms = min(expires_at.since(now.instant), expires_at.since(created_at))
        return cls(created_at=created_at, expires_at=expires_at, limit_at=limit_at, ends_by=now.tick.plus(left_ms))

    @classmethod
    def told(cls, *, created_at: Instant, expires_at: Instant, host_time: Instant, now: Now) -> Self:
        """Take what the host says on a guest's machine: from now on the guest's own monotonic clock counts.

        Args:
            host_time: The host's clock at the moment `now` of ours (or ours plus the offset to it).
        """
        return cls(
            created_at=created_at,
            expires_at=expires_at,
            limit_at=expires_at,
            ends_by=now.tick.plus(expires_at.since(host_time)),
            is_wall_counted=False,
        )

    @property
    def length_ms(self) -> int:
        return self.expires_at.since(self.created_at)

    def extended(self, ms: int) -> Self:
        """Return the lease with `ms` more, cut at its limit; unchanged when the limit is reached already."""
        gained_ms = min(max(ms, 0), max(0, self.limit_at.since(self.expires_at)))
        return msgspec.structs.replace(
            self, expires_at=self.expires_at.plus(gained_ms), ends_by=self.ends_by.plus(gained_ms)
        )

    def left_ms(self, *, now: Now) -> int:
        """Return the time to 0:00, never below 0."""
        return max(0, self._until_end(now))

    def stage(self, *, now: Now) -> LeaseStage:
        """Return the stage at this moment."""
        left_ms = self._until_end(now)
        reached = [stage for stage, at_ms in self._marks() if left_ms <= at_ms]
        return max(reached, default=LeaseStage.RUNNING)

    def wait_ms(self, *, now: Now) -> int:
        """Return how long to wait before looking again: to the next stage, at most a second, 0 when it is over."""
        left_ms = self._until_end(now)
        ahead = [left_ms - at_ms for _, at_ms in self._marks() if left_ms > at_ms]
        return min(_LOOK_AGAIN_MS, *ahead) if ahead else 0

    def _until_end(self, now: Now) -> int:
        by_tick_ms = self.ends_by.since(now.tick)
        if not self.is_wall_counted:
            return by_tick_ms
        return min(by_tick_ms, self.expires_at.since(now.instant))

    def _marks(self) -> tuple[tuple[LeaseStage, int], ...]:
        """Return each stage with the time left at which it begins."""
        return (
            (LeaseStage.NOTICE, min(NOTICE_MS, self.length_ms // 5)),
            (LeaseStage.URGENT, min(URGENT_MS, self.length_ms // 10)),
            (LeaseStage.READ_ONLY, 0),
            (LeaseStage.OVER, -GRACE_MS),
        )
