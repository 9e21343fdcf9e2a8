"""What a screen reader says by itself: polite for news, assertive for what must be known now."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


class Announcer(QObject):
    """Speaks for one window. `said` tells the same to whoever else listens: text, and whether it interrupts."""

    said = Signal(str, bool)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window

    def polite(self, text: str) -> None:
        """Say something when the reader is done with what it says now."""
        self._say(text, is_assertive=False)

    def assertive(self, text: str) -> None:
        """Say something at once."""
        self._say(text, is_assertive=True)

    def _say(self, text: str, *, is_assertive: bool) -> None:
        if not text:
            return
        event = QAccessibleAnnouncementEvent(self._window, text)
        levels = QAccessible.AnnouncementPoliteness
        event.setPoliteness(levels.Assertive if is_assertive else levels.Polite)
        QAccessible.updateAccessibility(event)
        self.said.emit(text, is_assertive)
