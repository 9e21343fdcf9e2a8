"""The ticker puts the time into the state once a second, right after each full second."""

from typing import Final

from PySide6.QtCore import QDateTime, QObject, Qt, QTimer

from horizon_desktop.ports.clock import Clock
from horizon_desktop.presentation.facts import Ticked
from horizon_desktop.shell.store import Store

SECOND_MS: Final = 1000


class Ticker(QObject):
    """Reads the clock; nothing else in the window does."""

    def __init__(self, clock: Clock, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._store = store
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        """Tick now and from now on."""
        self.tick()

    def stop(self) -> None:
        """Tick no more."""
        self._timer.stop()

    def tick(self) -> None:
        """Put the time into the state, and wait for the next full second of the wall clock."""
        reading = self.reading()
        self._store.apply(reading)
        self._timer.start(SECOND_MS - reading.now.ms % SECOND_MS)

    def reading(self) -> Ticked:
        """Return the time as it is now, with this machine's distance from UTC at this moment."""
        now = self._clock.now().instant
        local = QDateTime.fromMSecsSinceEpoch(now.ms)
        return Ticked(now=now, utc_offset_s=local.offsetFromUtc())
