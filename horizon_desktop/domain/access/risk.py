"""How much is known to speak against a guest: named signals, their weights, four levels, what each level does."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Final

import msgspec

from horizon_desktop.domain.instants import Instant

MOST_COUNTED: Final = 10
"""A signal counts at most so often: one noisy sensor alone explains no more than ten times its weight."""


class Signal(StrEnum):
    """What may speak against a guest's device. Each has a weight of the same name in the configuration."""

    NEW_DEVICE = "new_device"
    """This key was never let in here before."""
    ADDRESS_CHANGE = "address_change"
    """The device is reached by another network than when it was let in; once for each change."""
    CLOCK_SKEW = "clock_skew"
    """Its clock is off by more than ten minutes."""
    FAILED_CODES = "failed_codes"
    """Wrong codes at the invite it came by; once for each."""
    UNUSUAL_RATE = "unusual_rate"
    """More messages or bytes than its token allows; once for each complaint."""


class RiskLevel(IntEnum):
    """Ordered: a higher level lets a guest do less."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2
    CRITICAL = 3


class Response(StrEnum):
    """What a level does."""

    ALLOW = "allow"
    ASK_HOST = "ask_host"
    """Admission is asked of the host again, even where invites let in by themselves; who is in may look only."""
    READ_ONLY = "read_only"
    """May look, not write, until the host lifts it."""
    REFUSE = "refuse"
    """Is refused, and suspended when already in."""


RESPONSES: Final[Mapping[RiskLevel, Response]] = {
    RiskLevel.LOW: Response.ALLOW,
    RiskLevel.MEDIUM: Response.ASK_HOST,
    RiskLevel.HIGH: Response.READ_ONLY,
    RiskLevel.CRITICAL: Response.REFUSE,
}


class RiskRules(msgspec.Struct, frozen=True, kw_only=True):
    """Weights in points, and the points at which each level begins. All come from the configuration."""

    new_device: int = 10
    address_change: int = 15
    clock_skew: int = 15
    failed_codes: int = 8
    unusual_rate: int = 20
    medium_from: int = 40
    high_from: int = 70
    critical_from: int = 100

    def weight(self, signal: Signal) -> int:
        """Return the points of one occurrence."""
        return int(getattr(self, signal.value))

    def level_of(self, points: int) -> RiskLevel:
        """Return the level that so many points make."""
        begins = ((self.critical_from, RiskLevel.CRITICAL), (self.high_from, RiskLevel.HIGH))
        for least, level in (*begins, (self.medium_from, RiskLevel.MEDIUM)):
            if points >= least:
                return level
        return RiskLevel.LOW


class Evidence(msgspec.Struct, frozen=True):
    """How often each signal was seen for one guest. A value; a new sighting makes a new one."""

    counts: Mapping[Signal, int] = {}

    def with_(self, signal: Signal, *, times: int = 1) -> "Evidence":
        """Return the evidence with some more of a signal."""
        return Evidence({**self.counts, signal: self.counts.get(signal, 0) + times})

    def without(self, signal: Signal) -> "Evidence":
        """Return the evidence as if the signal had never been seen: somebody looked into it."""
        return Evidence({other: count for other, count in self.counts.items() if other != signal})


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """The level of one guest, and why."""

    level: RiskLevel
    points: int
    reasons: tuple[Signal, ...]
    """What was seen, heaviest first."""

    @property
    def response(self) -> Response:
        return RESPONSES[self.level]


def assess(evidence: Evidence, rules: RiskRules) -> Assessment:
    """Add up the evidence under these rules."""
    shares = {
        signal: rules.weight(signal) * min(count, MOST_COUNTED)
        for signal, count in evidence.counts.items()
        if count > 0 and rules.weight(signal) > 0
    }
    points = sum(shares.values())
    reasons = sorted(shares, key=lambda signal: (-shares[signal], signal.value))
    return Assessment(level=rules.level_of(points), points=points, reasons=tuple(reasons))


def access_ends(identity_ends: Instant, *, wanted: Instant) -> Instant:
    """Return when a device's access ends: as wanted, but never after the identity it acts for."""
    return min(identity_ends, wanted)
