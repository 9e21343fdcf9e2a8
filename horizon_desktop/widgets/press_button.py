"""A push button that Enter presses too, as people expect of what has the focus."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_KEYPAD = Qt.KeyboardModifier.KeypadModifier


class PressButton(QPushButton):
    """Space and Enter press it; Enter with Ctrl stays the main action of the page. It is never a default button."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and not event.modifiers() & ~_KEYPAD:
            if not event.isAutoRepeat():
                self.click()
            return
        super().keyPressEvent(event)
