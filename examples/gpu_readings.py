"""Prints what the GPUs tell once a second, and how long they were busy: python examples/gpu_readings.py 10."""

import asyncio
import sys

import msgspec

from horizon_desktop.adapters.system import SystemClock
from horizon_desktop.adapters.telemetry.nvml import NvmlMeter


async def main(rounds: int) -> None:
    """Read so many times; one line for each GPU, then the busy time of all since the start."""
    clock = SystemClock()
    async with NvmlMeter(clock) as meter:
        start = clock.now().tick
        for number in range(rounds):
            if number:
                await clock.sleep(1000)
            for reading in meter.read():
                print(msgspec.json.encode(reading).decode())
            busy_ms = meter.busy_ms()
            words = f"no GPU to meter: {meter.trouble}" if busy_ms is None else f"busy for {busy_ms} ms"
            print(f"after {clock.now().tick.since(start)} ms: {words}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
