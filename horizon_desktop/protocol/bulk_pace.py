"""The pace of bulk on one path: as fast as it goes while what people type still gets through at once.

The measure is the delay that a small message on the interactive lane has beyond the shortest one seen: while it
stays short the rate grows, when it stands long the rate falls. No loss is needed to find the limit, so nothing has to
fill a queue first (the principle of LEDBAT, RFC 6817, with a shorter target).
"""

from collections import deque
from typing import Final

from horizon_desktop.domain.instants import Tick
from horizon_desktop.protocol.wire import MAX_BODY_BYTES

START_BYTES_PER_S: Final = 128 * 1024
LEAST_BYTES_PER_S: Final = 32 * 1024
MOST_BYTES_PER_S: Final = 4 * 1024**3
EASY_MS: Final = 8
"""Below this delay the rate grows."""
BUSY_MS: Final = 14
"""Above it, seen at every one of the last samples, the rate falls; the promise to people is 25 ms."""
JAMMED_MS: Final = 40
PIECE_MS: Final = 8
"""No piece takes the line for longer: what is urgent waits for one of them."""
BURST_MS: Final = 10
LEAST_PIECE_BYTES: Final = 2048
_STANDING: Final = 4
"""Samples that must all be long: a single lost packet delays one or two."""
_STANDING_AT_START: Final = 2


class BulkPace:
    """A rate that follows the delay of small messages, and the bytes that may go now."""

    def __init__(self) -> None:
        self.bytes_per_s = START_BYTES_PER_S
        self._is_starting = True
        self._delays: deque[int] = deque(maxlen=_STANDING)
        self._credit_milli = 1000 * LEAST_PIECE_BYTES
        self._at: Tick | None = None
        self._spent = 0
        self._sampled_at: Tick | None = None
        self._held_until: Tick | None = None

    def piece_bytes(self, *, now: Tick) -> int:
        """Return how large a piece may go now; 0: none before `deadline`."""
        self._refill(now)
        return self._piece() if self._credit_milli > 0 else 0

    def spend(self, size_bytes: int) -> None:
        """Count a piece that went."""
        self._credit_milli -= 1000 * size_bytes
        self._spent += size_bytes

    def deadline(self) -> Tick | None:
        """When the next piece may go; None: at once."""
        if self._credit_milli > 0 or self._at is None:
            return None
        wanted_milli = self._burst_milli() // 2 - self._credit_milli
        return self._at.plus(max(1, -(-wanted_milli // self.bytes_per_s)))

    def sample(self, delay_ms: int, *, rtt_ms: int, now: Tick) -> None:
        """Take the delay of a small message beyond the shortest, and let the rate follow.

        Args:
            delay_ms: 0 for one that came as fast as ever.
            rtt_ms: The whole round trip: until a change of rate shows, it is not changed again.
        """
        is_used = self._is_used(now)
        self._delays.append(max(0, delay_ms))
        if self._held_until is not None and now < self._held_until:
            return
        wanted = _STANDING_AT_START if self._is_starting else _STANDING
        standing = min(list(self._delays)[-wanted:]) if len(self._delays) >= wanted else 0
        if standing > BUSY_MS:
            self._slow_down(standing)
            self._held_until = now.plus(rtt_ms + PIECE_MS)
            self._delays.clear()
        elif standing < EASY_MS and delay_ms < BUSY_MS and is_used:
            grown = self.bytes_per_s * 2 if self._is_starting else self.bytes_per_s * 11 // 10
            self.bytes_per_s = min(grown, MOST_BYTES_PER_S)

    def _slow_down(self, standing_ms: int) -> None:
        if self._is_starting:
            left = self.bytes_per_s // 4
        else:
            left = self.bytes_per_s // 2 if standing_ms > JAMMED_MS else self.bytes_per_s * 8 // 10
        self._is_starting = False
        self.bytes_per_s = max(LEAST_BYTES_PER_S, left)
        self._credit_milli = min(self._credit_milli, 0)

    def _is_used(self, now: Tick) -> bool:
        """Whether most of the rate was asked for since the last sample: an idle one must not grow."""
        since, spent = self._sampled_at, self._spent
        self._sampled_at, self._spent = now, 0
        if since is None:
            return True
        return 10_000 * spent >= 7 * self.bytes_per_s * now.since(since)

    def _refill(self, now: Tick) -> None:
        passed_ms = 0 if self._at is None else max(0, now.since(self._at))
        self._at = now
        full = max(self._burst_milli(), 1000 * self._piece())
        self._credit_milli = min(full, self._credit_milli + passed_ms * self.bytes_per_s)

    def _piece(self) -> int:
        return max(LEAST_PIECE_BYTES, min(MAX_BODY_BYTES, self.bytes_per_s * PIECE_MS // 1000))

    def _burst_milli(self) -> int:
        return self.bytes_per_s * BURST_MS
