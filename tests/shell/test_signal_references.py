"""PySide6 must not lose references to True and None when it crosses into Python (6.12.0 does, on CPython 3.11)."""

import sys
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimerEvent, Signal
from PySide6.QtWidgets import QApplication

ROUNDS = 300


class Sender(QObject):
    """Emits, and counts its timer."""

    said = Signal(int)

    def timerEvent(self, event: QTimerEvent) -> None:
        del event


def drift(action: Callable[[], None]) -> list[int]:
    action()
    before = [sys.getrefcount(value) for value in (None, True, False)]
    for _ in range(ROUNDS):
        action()
    after = [sys.getrefcount(value) for value in (None, True, False)]
    return [now - then for now, then in zip(after, before, strict=True)]


def test_a_signal_loses_no_reference() -> None:
    sender = Sender()
    sender.said.connect(lambda number: None)
    assert min(drift(lambda: sender.said.emit(1))) > -ROUNDS // 2


def test_a_timer_event_loses_no_reference(qapp: QApplication) -> None:
    sender = Sender()

    def round_trip() -> None:
        timer = sender.startTimer(0)
        qapp.processEvents()
        sender.killTimer(timer)

    assert min(drift(round_trip)) > -ROUNDS // 2
