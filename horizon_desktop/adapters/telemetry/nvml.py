"""NvmlMeter: the GpuMeter port over the management library of NVIDIA (examples/gpu_readings.py prints it)."""

from collections.abc import Callable
from types import TracebackType
from typing import Final, Self, TypeVar

import msgspec
import pynvml
import structlog

from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.telemetry import GpuReading

_log = structlog.get_logger(__name__)

RETRY_MS: Final = 60_000
"""A driver that is not there is asked for again this seldom (a card may come, a container be given one)."""
_PERCENT: Final = 100
T = TypeVar("T")


class NvmlMeter:
    """Opens the library when first asked and closes it at the end of its `async with`, or by `close`.

    The counter of busy time averages the driver's own samples between two calls where the driver keeps them, else
    takes its one figure for the time since the call before.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._handles: list[object] | None = None
        self._asked_ms: int | None = None
        self._read_at_ms: int | None = None
        self._sample_us: dict[int, int] = {}
        self._busy_percent_ms = 0
        self.trouble = ""
        """Why there is nothing to read, in the library's words; empty when there is."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the library go; a later call opens it again."""
        if self._handles is not None:
            self._handles = None
            try:
                pynvml.nvmlShutdown()
            except pynvml.NVMLError as trouble:
                _log.debug("nvml.shutdown", trouble=str(trouble))

    def read(self) -> tuple[GpuReading, ...]:
        return tuple(_reading(index, handle) for index, handle in enumerate(self._opened()))

    def busy_ms(self) -> int | None:
        handles = self._opened()
        if not handles:
            return None
        now_ms = self._clock.now().tick.ms
        passed_ms = 0 if self._read_at_ms is None else now_ms - self._read_at_ms
        self._read_at_ms = now_ms
        found = [self._busy_percent(index, handle) for index, handle in enumerate(handles)]
        told = [percent for percent in found if percent is not None]
        if not told:
            return None
        self._busy_percent_ms += sum(told) * passed_ms
        return self._busy_percent_ms // _PERCENT

    def _opened(self) -> list[object]:
        now_ms = self._clock.now().tick.ms
        if self._handles is not None:
            return self._handles
        if self._asked_ms is not None and now_ms - self._asked_ms < RETRY_MS:
            return []
        self._asked_ms = now_ms
        try:
            pynvml.nvmlInit()
            self._handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
        except pynvml.NVMLError as trouble:  # no driver, no card, no right to it: there is simply no GPU for us
            self.trouble = str(trouble)
            _log.info("nvml.absent", trouble=self.trouble)
            return []
        self.trouble = "" if self._handles else "no GPU"
        return self._handles

    def _busy_percent(self, index: int, handle: object) -> int | None:
        """Return the share of time that a kernel ran since the last call, 0 to 100."""
        last_us = self._sample_us.get(index, 0)
        try:
            kind, samples = pynvml.nvmlDeviceGetSamples(handle, pynvml.NVML_GPU_UTILIZATION_SAMPLES, last_us)
            fresh = [sample for sample in samples if sample.timeStamp > last_us]
            if fresh:
                self._sample_us[index] = max(sample.timeStamp for sample in fresh)
                values = [_value(kind, sample) for sample in fresh]
                return min(_PERCENT, sum(values) // len(values))
        except pynvml.NVMLError:  # this card keeps no samples
            pass
        found, _ = _asked(lambda: int(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu))
        return found


def _value(kind: int, sample: object) -> int:
    names = {
        pynvml.NVML_VALUE_TYPE_DOUBLE: "dVal",
        pynvml.NVML_VALUE_TYPE_UNSIGNED_INT: "uiVal",
        pynvml.NVML_VALUE_TYPE_UNSIGNED_LONG: "ulVal",
        pynvml.NVML_VALUE_TYPE_UNSIGNED_LONG_LONG: "ullVal",
    }
    return int(getattr(sample.sampleValue, names.get(kind, "uiVal")))  # type: ignore[attr-defined]


def _asked(ask: Callable[[], T]) -> tuple[T | None, bool]:
    """Return what the driver says, and whether it said anything."""
    try:
        return ask(), True
    except pynvml.NVMLError:
        return None, False


def _reading(index: int, handle: object) -> GpuReading:
    ways: dict[str, Callable[[], str | int]] = {
        "name": lambda: str(pynvml.nvmlDeviceGetName(handle)),
        "uuid": lambda: str(pynvml.nvmlDeviceGetUUID(handle)),
        "busy_percent": lambda: int(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu),
        "memory_used_bytes": lambda: int(pynvml.nvmlDeviceGetMemoryInfo(handle).used),
        "memory_total_bytes": lambda: int(pynvml.nvmlDeviceGetMemoryInfo(handle).total),
        "temperature_c": lambda: int(pynvml.nvmlDeviceGetTemperature(handle, pynvml.NVML_TEMPERATURE_GPU)),
        "power_mw": lambda: int(pynvml.nvmlDeviceGetPowerUsage(handle)),
        "power_limit_mw": lambda: int(pynvml.nvmlDeviceGetEnforcedPowerLimit(handle)),
        "sm_clock_mhz": lambda: int(pynvml.nvmlDeviceGetClockInfo(handle, pynvml.NVML_CLOCK_SM)),
        "processes": lambda: len(pynvml.nvmlDeviceGetComputeRunningProcesses(handle)),
    }
    answers = {name: _asked(way) for name, way in ways.items()}
    told = {name: value for name, (value, is_told) in answers.items() if is_told}
    unread = tuple(name for name, (_, is_told) in answers.items() if not is_told)
    return msgspec.convert({"index": index, **told, "unread": unread}, GpuReading)
