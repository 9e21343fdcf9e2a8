"""What a session's use is metered by on this machine; NVML is loaded when a purse first asks for GPUs."""

from collections.abc import Iterator
from contextlib import contextmanager

from horizon_desktop.adapters.telemetry.process import PsutilProcessMeter
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.configuration import Metering
from horizon_desktop.ports.telemetry import Meters


@contextmanager
def open_meters(choice: Metering, clock: Clock) -> Iterator[Meters]:
    """Give the meters for the time of the block."""
    process = PsutilProcessMeter()
    if not choice.is_gpu_read:
        yield Meters(process=process)
        return
    from horizon_desktop.adapters.telemetry.nvml import NvmlMeter  # noqa: PLC0415  (only where GPUs may be read)

    gpu = NvmlMeter(clock)
    try:
        yield Meters(process=process, gpu=gpu)
    finally:
        gpu.close()
