"""The keys that move about in the workspace and in its text; the window has those that ask for something."""

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

KEYS: Final[Mapping[str, str]] = {
    "next_region": "F6",
    "previous_region": "Shift+F6",
    "next_tab": "Ctrl+Tab",
    "previous_tab": "Ctrl+Shift+Tab",
    "find": "Ctrl+F",
    "replace": "Ctrl+H",
    "go_to_line": "Ctrl+G",
}


def install(page: QWidget, actions: Mapping[str, Callable[[], None]]) -> dict[str, QShortcut]:
    """Bind every key to its action while the focus is inside the page.

    Raises:
        KeyError: a key of the table has no action, or the other way round.
    """
    made: dict[str, QShortcut] = {}
    if set(actions) != set(KEYS):
        raise KeyError(f"keys without action or actions without key: {set(actions) ^ set(KEYS)}")
    for name, keys in KEYS.items():
        shortcut = QShortcut(QKeySequence(keys), page)
        shortcut.setObjectName(f"key.{name}")
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(actions[name])
        made[name] = shortcut
    return made
