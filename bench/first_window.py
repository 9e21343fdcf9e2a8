"""From the start of the process to the first painted window (goal below 1.5 s). Offscreen without a screen."""

import os
import statistics
import subprocess
import sys
import tempfile
import time

RUNS = 7
CHILD = """
import os, sys, time
started = float(sys.argv[1])
from PySide6.QtCore import QEvent, QObject, QTimer
import horizon_desktop.main.desktop as desktop
from PySide6.QtWidgets import QApplication, QWidget

class Watch(QObject):
    def eventFilter(self, target, event):
        if event.type() == QEvent.Type.Paint and isinstance(target, QWidget) and target.isWindow():
            # the paint event is delivered before the pixels are flushed: the next turn of the loop is after
            QTimer.singleShot(0, self.tell)
        return False

    def tell(self):
        sys.stdout.write(f"{time.time() - started:.3f}\\n")
        sys.stdout.flush()
        os._exit(0)

class Watched(QApplication):
    def __init__(self, arguments):
        super().__init__(arguments)
        self.watch = Watch()
        self.installEventFilter(self.watch)

desktop.QApplication = Watched
desktop.main([])
"""


def once(home: str) -> float:
    """Return the seconds from spawning the process to the first paint."""
    environment = {**os.environ, "HORIZON_HOME": home}
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        environment["QT_QPA_PLATFORM"] = "offscreen"
    command = [sys.executable, "-c", CHILD, str(time.time())]
    found = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=60)
    return float(found.stdout.split()[0])


def main() -> None:
    """Print the first start of a new profile, and the median of the starts after."""
    with tempfile.TemporaryDirectory() as home:
        first = once(home)
        later = [once(home) for _ in range(RUNS)]
    sys.stdout.write(
        f"first window painted: new profile {first:.2f} s; then median {statistics.median(later):.2f} s, "
        f"slowest {max(later):.2f} s ({RUNS} runs)\n"
    )


if __name__ == "__main__":
    main()
