"""The machine's clocks and randomness: the only file that asks for them."""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from typing import Final

from horizon_desktop.domain.instants import Instant, Now, Tick

_LONGEST_NAP_MS: Final = 1000
"""The event loop's clock stands still while the machine sleeps, so a wait looks at the other one this often."""


def _tick_reader() -> Callable[[], int]:
    """Return a reader of the monotonic clock, in ms, that counts time asleep (PROTOCOL section 4)."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415  (there is no such function elsewhere)

        get_tick_count = ctypes.windll.kernel32.GetTickCount64
        get_tick_count.restype = ctypes.c_ulonglong
        return lambda: int(get_tick_count())
    # macOS: CLOCK_MONOTONIC_RAW is mach_continuous_time.
    clock = time.CLOCK_BOOTTIME if sys.platform == "linux" else time.CLOCK_MONOTONIC_RAW
    return lambda: time.clock_gettime_ns(clock) // 1_000_000


class SystemClock:
    """The Clock port over the operating system."""

    def __init__(self) -> None:
        self._tick_ms = _tick_reader()

    def now(self) -> Now:
        return Now(Instant(time.time_ns() // 1_000_000), Tick(self._tick_ms()))

    async def sleep(self, ms: int) -> None:
        end_ms = self._tick_ms() + ms
        left_ms = max(ms, 0)
        while True:
            await asyncio.sleep(min(left_ms, _LONGEST_NAP_MS) / 1000)
            left_ms = end_ms - self._tick_ms()
            if left_ms <= 0:
                return


class SystemEntropy:
    """The Entropy port over the operating system's generator."""

    def draw(self, count: int) -> bytes:
        if not 1 <= count <= 1024:
            raise ValueError(f"count is 1 to 1024, got {count}")
        return os.urandom(count)
