"""Ctrl-C: the first one asks to end cleanly, the second one stops at once."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final

from horizon_desktop.errors import EXIT_OK

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, *((signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()))
STOPPED_AT_ONCE: Final = 130
LANDING_S: Final = 10.0
"""Seconds a clean end may take; then the work is cut off."""


class Stop:
    """Set once somebody wants this process to end."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    def ask(self) -> None:
        """Ask for a clean end; asked again, the process goes at once."""
        if self.asked.is_set():
            os._exit(STOPPED_AT_ONCE)
        self.asked.set()


async def run_until_stopped(work: Coroutine[Any, Any, int], land: Callable[[], Awaitable[bool]]) -> int:
    """Return what `work` returns; 0 when it was cut off because somebody asked to stop.

    Args:
        land: Called at the first Ctrl-C: ends what runs, so that `work` returns by itself; False when nothing
            runs yet and `work` may be cut off.
    """
    with stop_on_signals() as stop:
        async with asyncio.TaskGroup() as group:
            working = group.create_task(work, name="command")
            stopping = group.create_task(_land(stop, working, land), name="stop")
            await asyncio.wait((working,))
            stopping.cancel()
    return EXIT_OK if working.cancelled() else working.result()


async def _land(stop: Stop, working: asyncio.Task[int], land: Callable[[], Awaitable[bool]]) -> None:
    await stop.asked.wait()
    try:
        async with asyncio.timeout(LANDING_S):
            if await land():
                await asyncio.wait((working,))
    except TimeoutError:
        pass  # it had its time
    finally:
        working.cancel()


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """Give a Stop that Ctrl-C, SIGTERM and a closed terminal set."""
    loop = asyncio.get_running_loop()
    stop = Stop()
    former = {}
    numbers = [number for number in _SIGNALS if not _is_to_be_ignored(number)]
    for number in numbers:
        try:
            loop.add_signal_handler(number, stop.ask)
        except NotImplementedError:  # Windows: handlers run between byte codes, not on the loop
            former[number] = signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.ask))
    try:
        yield stop
    finally:
        for number in numbers:
            if number in former:
                signal.signal(number, former[number])
            else:
                loop.remove_signal_handler(number)


def _is_to_be_ignored(number: signal.Signals) -> bool:
    """Whether whoever started us wants us to outlive the terminal (nohup)."""
    return number not in {signal.SIGINT, signal.SIGTERM} and signal.getsignal(number) is signal.SIG_IGN
