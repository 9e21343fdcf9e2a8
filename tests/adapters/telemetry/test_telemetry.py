"""This machine's meters: processor time only grows, and a machine without an NVIDIA card simply has no GPU."""

import pynvml
import pytest

from horizon_desktop.adapters.system import SystemClock
from horizon_desktop.adapters.telemetry.nvml import RETRY_MS, NvmlMeter
from horizon_desktop.adapters.telemetry.process import PsutilProcessMeter
from horizon_desktop.main.meters import open_meters
from horizon_desktop.ports.configuration import Metering
from tests.contracts.test_store import NOON
from tests.fakes.clock import FakeClock


def has_driver() -> bool:
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return False
    pynvml.nvmlShutdown()
    return True


without_driver = pytest.mark.skipif(has_driver(), reason="this machine has an NVIDIA driver")
with_driver = pytest.mark.skipif(not has_driver(), reason="needs an NVIDIA driver and card")


def test_processor_time_grows_with_work() -> None:
    meter = PsutilProcessMeter()
    before = meter.cpu_ms()
    while meter.cpu_ms() < before + 20:
        sum(range(10_000))
    assert meter.cpu_ms() >= before + 20


@without_driver
async def test_without_a_driver_there_is_no_gpu_and_nothing_is_raised() -> None:
    async with NvmlMeter(FakeClock(NOON)) as meter:
        assert (meter.read(), meter.busy_ms()) == ((), None)
        assert meter.trouble


@without_driver
async def test_a_driver_that_is_not_there_is_asked_for_seldom() -> None:
    clock = FakeClock(NOON)
    async with NvmlMeter(clock) as meter:
        meter.read()
        meter.trouble = "not asked again"
        clock.advance(ms=RETRY_MS - 1)
        meter.read()
        assert meter.trouble == "not asked again"
        clock.advance(ms=1)
        meter.read()
        assert meter.trouble != "not asked again"


@with_driver
async def test_a_card_tells_what_it_can_and_names_the_rest() -> None:
    async with NvmlMeter(SystemClock()) as meter:
        for reading in meter.read():
            assert reading.name or "name" in reading.unread
            assert reading.busy_percent is None or 0 <= reading.busy_percent <= 100
            assert set(reading.unread) <= set(reading.__struct_fields__)


@with_driver
async def test_busy_time_never_falls_and_never_outruns_the_clock() -> None:
    clock = SystemClock()
    async with NvmlMeter(clock) as meter:
        cards, start = len(meter.read()), clock.now().tick
        readings = [meter.busy_ms() or 0]
        for _ in range(3):
            await clock.sleep(200)
            readings.append(meter.busy_ms() or 0)
        assert readings == sorted(readings)
        assert readings[-1] <= cards * clock.now().tick.since(start)


def test_gpus_can_be_left_alone_by_configuration() -> None:
    with open_meters(Metering(is_gpu_read=False), FakeClock(NOON)) as meters:
        assert meters.gpu.read() == ()
        assert meters.process.cpu_ms() >= 0
