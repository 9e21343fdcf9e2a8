"""Who is here and how well they are heard."""

from enum import StrEnum
from typing import Final

import msgspec

from horizon_desktop.domain.instants import Instant


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """A path measured by heartbeats."""

    path: str
    """relay or direct."""
    rtt_ms: int
    jitter_ms: int = 0
    loss_permille: int = 0
    sent_bytes_per_s: int = 0
    received_bytes_per_s: int = 0
    is_silent: bool = False
    """Nothing heard for 5 s."""

    @property
    def bars(self) -> int:
        """0 to 4, by the design's thresholds: 4 under 50 ms and 1 %, 3 under 120 ms and 2 %, 2 under 250 ms and 5 %."""
        if self.is_silent:
            return 0
        for bars, rtt_ms, loss_permille in _THRESHOLDS:
            if self.rtt_ms < rtt_ms and self.loss_permille < loss_permille:
                return bars
        return 1


_THRESHOLDS: Final = ((4, 50, 10), (3, 120, 20), (2, 250, 50))


class Presence(StrEnum):
    HERE = "here"
    AWAY = "away"
    """Link silent or reconnecting; the place is kept."""


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """One person in a session as everyone sees them."""

    peer_id: str
    name: str
    role: str
    """host, operator, editor or observer."""
    device: str
    color: int
    """Identity colour and glyph, 0 to 7 in join order."""
    joined_at: Instant
    presence: Presence = Presence.HERE
    channels: dict[str, int] = {}
    """Channel name to ChannelAccess."""
    file: str = ""
    """Path of the file they are in, empty when none."""
    line: int = 0
    """1-based line of their caret, 0 when unknown."""
    path: str = "relay"
    rtt_ms: int = 0
