"""What a relay has done since it began, in numbers alone: nothing here says who."""

from collections import Counter

from horizon_desktop.domain.collaboration.channel import Lane


class RelayCounters:
    """Grows for ever; whoever reads takes differences."""

    __slots__ = ("bytes", "frames", "pauses", "shut", "slow")

    def __init__(self) -> None:
        self.frames: Counter[Lane] = Counter()
        self.bytes: Counter[Lane] = Counter()
        """Of whole relay frames, as they were sent on."""
        self.pauses = 0
        """Times that a sender was told to pause."""
        self.slow = 0
        """Members that were dropped because they read too slowly."""
        self.shut = 0
        """Times that a link was left with its control lane only: its token ran out, or never gave more."""

    def relayed(self, lane: Lane, size: int) -> None:
        """A frame of `size` bytes went on in this lane."""
        self.frames[lane] += 1
        self.bytes[lane] += size
