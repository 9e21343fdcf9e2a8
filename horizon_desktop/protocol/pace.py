"""The pace of an honest guest: it stays within its rates by itself, so that nothing of it is ever refused for haste."""

from horizon_desktop.domain.collaboration.channel import UNUSED, ChannelKind, RateLimit, RateUse
from horizon_desktop.domain.instants import Tick
from horizon_desktop.protocol.gate import Gate


class Pace:
    """80 % of the rate and a quarter of the burst.

    With queues of half a burst, whatever was delayed on the way and comes at once is still within the
    receiver's bucket: half a burst unacknowledged, a quarter sent, 80 % of the rate since.
    """

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._used: dict[ChannelKind, RateUse] = {}
        self._held: dict[ChannelKind, Tick] = {}

    def may_go(self, kind: ChannelKind, size_bytes: int, *, now: Tick) -> bool:
        """Whether a message may go now; if so it is counted."""
        limit = _slower(self._gate.rate(kind), size_bytes)
        used = self._used.get(kind, UNUSED).drained(limit, now=now)
        wait_ms = used.wait_ms(limit, size_bytes)
        if wait_ms > 0:
            self._held[kind] = now.plus(wait_ms)
            return False
        self._held.pop(kind, None)
        self._used[kind] = used.with_message(size_bytes)
        return True

    def ripen(self, *, now: Tick) -> None:
        """Forget waits that are over: the next pull asks again."""
        self._held = {kind: at for kind, at in self._held.items() if at > now}

    def deadline(self) -> Tick | None:
        """When the first channel that is held back may send."""
        return min(self._held.values(), default=None)


def _slower(limit: RateLimit, size_bytes: int) -> RateLimit:
    return RateLimit(
        messages_per_s=max(1, limit.messages_per_s * 4 // 5),
        burst_messages=max(1, limit.burst_messages // 4),
        bytes_per_s=max(1, limit.bytes_per_s * 4 // 5),
        burst_bytes=max(size_bytes, limit.burst_bytes // 4),
    )
