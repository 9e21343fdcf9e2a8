"""When will it be allowed: the next quarter of an hour, within a week, at which the policies would let it pass."""

from typing import Final, Protocol

from horizon_desktop.domain.access.policy import PolicyRequest, PolicyVerdict
from horizon_desktop.domain.instants import Instant

QUARTER_MS: Final = 15 * 60 * 1000
WEEK_MS: Final = 7 * 24 * 3_600_000


class Decides(Protocol):
    """A set of policies, or one inside another."""

    def decide(self, request: PolicyRequest) -> PolicyVerdict: ...


def next_opening(policies: Decides, request: PolicyRequest, *, now: Instant) -> Instant | None:
    """Return the first quarter of an hour after `now` at which a denied request would be allowed; None: not this week.

    Zones lie whole quarters apart and people write hours in them, so that nothing shorter is missed.
    """
    first = now.ms - now.ms % QUARTER_MS + QUARTER_MS
    for ms in range(first, now.ms + WEEK_MS, QUARTER_MS):
        if policies.decide(request.having(time=Instant(ms))).is_allowed:
            return Instant(ms)
    return None
