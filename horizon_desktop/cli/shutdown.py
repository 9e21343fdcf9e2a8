"""Ctrl-C: the first one asks to end cleanly, the second one stops at once."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, *((signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()))
STOPPED_AT_ONCE: Final = 130


class Stop:
    """Set once somebody wants this process to end."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    def ask(self) -> None:
        """Ask for a clean end; asked again, the process goes at once."""
        if self.asked.is_set():
            os._exit(STOPPED_AT_ONCE)
        self.asked.set()


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """Give a Stop that Ctrl-C, SIGTERM and a closed terminal set."""
    loop = asyncio.get_running_loop()
    stop = Stop()
    former = {}
    for number in _SIGNALS:
        try:
            loop.add_signal_handler(number, stop.ask)
        except NotImplementedError:  # Windows: handlers run between byte codes, not on the loop
            former[number] = signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.ask))
    try:
        yield stop
    finally:
        for number in _SIGNALS:
            if number in former:
                signal.signal(number, former[number])
            else:
                loop.remove_signal_handler(number)
