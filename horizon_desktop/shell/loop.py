"""The window's event loop: Qt and asyncio in one, for the window's own coroutines only."""

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any, TypeVar

import qasync
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication

ResultT = TypeVar("ResultT")


def run_in_window(application: QCoreApplication, work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run Qt's loop until `work` ends, and return its result.

    From now on the application does not quit by itself when its last window closes: `work` decides when it is over.
    """
    if isinstance(application, QGuiApplication):
        application.setQuitOnLastWindowClosed(False)
    try:
        with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(application)) as runner:
            return runner.run(work)
    finally:
        gc.collect()  # the loop's timers belong to this thread: none may be left for another one to collect
