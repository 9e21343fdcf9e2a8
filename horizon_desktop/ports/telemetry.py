"""What metered use is read from: this machine's GPUs and this process."""

from typing import Protocol

import msgspec


class GpuReading(msgspec.Struct, frozen=True, kw_only=True):
    """One GPU at one moment. A card that cannot tell something leaves it None: laptops and partitions often do."""

    index: int
    name: str = ""
    uuid: str = ""
    busy_percent: int | None = None
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None
    temperature_c: int | None = None
    power_mw: int | None = None
    power_limit_mw: int | None = None
    sm_clock_mhz: int | None = None
    processes: int | None = None
    """How many compute processes run on it."""
    unread: tuple[str, ...] = ()
    """Names of the readings that this card or driver does not give."""


class GpuMeter(Protocol):
    """The GPUs of this machine. Every call returns what can be read; nothing raises for want of a GPU."""

    def read(self) -> tuple[GpuReading, ...]:
        """Return a reading of each GPU, none where there is no GPU or no driver."""
        ...

    def busy_ms(self) -> int | None:
        """Return how long GPUs were busy since the first call, summed over them, in milliseconds.

        None: there is no GPU that tells. Call it every few seconds; what lies between two calls is averaged.
        """
        ...


class NoGpu:
    """A machine whose GPUs are not metered."""

    def read(self) -> tuple[GpuReading, ...]:
        return ()

    def busy_ms(self) -> int | None:
        return None


class ProcessMeter(Protocol):
    """This process and its children."""

    def cpu_ms(self) -> int:
        """Return processor time used so far, in milliseconds, user and system, children included."""
        ...


class Meters(msgspec.Struct, frozen=True, kw_only=True):
    """What a session's use is metered by, besides the bytes it carries itself."""

    process: ProcessMeter
    gpu: GpuMeter = NoGpu()
