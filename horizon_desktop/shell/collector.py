"""Garbage is collected on the window's thread only: a Qt object destroyed by another thread takes the process along."""

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

CHECK_MS: Final = 500


class Collector(QObject):
    """Takes over Python's cyclic collector, with the thresholds that it had."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.check)

    def start(self) -> None:
        """Collect here from now on, and nowhere else."""
        gc.disable()
        self._timer.start(CHECK_MS)

    def stop(self) -> None:
        """Give the collector back."""
        self._timer.stop()
        gc.enable()

    def check(self) -> None:
        """Collect the oldest generation that is due, if any is."""
        counts = gc.get_count()
        due = [
            generation
            for generation, (count, most) in enumerate(zip(counts, self._thresholds, strict=True))
            if most and count > most
        ]
        if due:
            gc.collect(due[-1])
