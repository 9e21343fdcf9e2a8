"""The machine's clocks, as the use cases see them."""

from typing import Protocol

from horizon_desktop.domain.instants import Now


class Clock(Protocol):
    """Reads both clocks and waits. The tick counts time asleep (PROTOCOL section 4)."""

    def now(self) -> Now:
        """Return UTC and the sleep-counting monotonic clock, read together."""
        ...

    async def sleep(self, ms: int) -> None:
        """Wait for `ms` milliseconds, or less when the machine slept meanwhile; at least a turn."""
        ...
