"""Meters whose readings a test sets."""

from horizon_desktop.ports.telemetry import GpuReading, Meters


class FakeProcess:
    """Processor time as told."""

    def __init__(self) -> None:
        self.spent_ms = 0

    def cpu_ms(self) -> int:
        return self.spent_ms


class FakeGpu:
    """One GPU, or none."""

    def __init__(self, *, is_there: bool = True) -> None:
        self.is_there = is_there
        self.spent_ms = 0

    def read(self) -> tuple[GpuReading, ...]:
        return (GpuReading(index=0),) if self.is_there else ()

    def busy_ms(self) -> int | None:
        return self.spent_ms if self.is_there else None


class FakeMeters:
    """Both, and the value that services take."""

    def __init__(self, *, has_gpu: bool = True) -> None:
        self.process = FakeProcess()
        self.gpu = FakeGpu(is_there=has_gpu)
        self.meters = Meters(process=self.process, gpu=self.gpu)
