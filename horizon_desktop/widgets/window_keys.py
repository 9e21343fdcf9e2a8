"""The keys of the main window (design section 7), as a table: each asks for something the page shown can do."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from horizon_desktop.presentation.intents import (
    AskEnd,
    AskEndAll,
    Extend,
    Follow,
    Intent,
    PauseInput,
    ShowCursors,
    ShowPage,
    ShowPanel,
)
from horizon_desktop.presentation.window import WindowView

MAX_FOLLOWED: Final = 8
PRESENCE_KEY: Final = "Ctrl+Shift+P"
EXTEND_MINUTES: Final = 30
_Asks = Callable[[WindowView], Intent | None]


def _extend(view: WindowView) -> Intent | None:
    return Extend(session_id=view.session_id, minutes=EXTEND_MINUTES) if view.session_id and view.is_host else None


def _chat(view: WindowView) -> Intent | None:
    return ShowPanel(panel="people" if view.panel == "chat" else "chat") if view.page == "workspace" else None


def _end(view: WindowView) -> Intent | None:
    if view.page == "workspace" and view.is_host and view.hosted == 1:
        return AskEnd(session_id=view.session_id, is_shown=True)
    return AskEndAll(is_shown=True) if view.hosted else None


def _pause(view: WindowView) -> Intent | None:
    return PauseInput(is_paused=not view.is_input_paused) if view.hosted else None


def _cursors(view: WindowView) -> Intent | None:
    return ShowCursors(is_shown=not view.are_cursors_shown) if view.page == "workspace" else None


KEYS: Final[tuple[tuple[str, _Asks], ...]] = (
    ("Ctrl+N", lambda view: ShowPage(page="new_session")),
    ("Ctrl+J", lambda view: ShowPage(page="home")),
    ("Ctrl+1", lambda view: ShowPage(page="home")),
    ("Ctrl+2", lambda view: ShowPage(page="sessions")),
    ("Ctrl+3", lambda view: ShowPage(page="usage") if view.side.has_usage else None),
    ("Ctrl+,", lambda view: ShowPage(page="settings")),
    ("Ctrl+Shift+E", _extend),
    ("Ctrl+Shift+M", _chat),
    ("Ctrl+Shift+H", _cursors),
    ("Ctrl+Shift+I", _pause),
    ("Ctrl+Shift+X", _end),
)


class WindowKeys(QObject):
    """Turns keys into intents, by what the window shows now."""

    intent = Signal(object)
    presence_wanted = Signal()
    """The presence bar is to take the focus, wherever it is."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._view: WindowView | None = None
        for keys, asks in KEYS:
            self._bind(window, keys, asks)
        for number in range(1, MAX_FOLLOWED + 1):
            self._bind(window, f"Ctrl+Shift+{number}", _follows(number))
        presence = QShortcut(QKeySequence(PRESENCE_KEY), window)
        presence.setContext(Qt.ShortcutContext.WindowShortcut)
        presence.activated.connect(self.presence_wanted)

    def see(self, view: WindowView) -> None:
        """Know what is shown."""
        self._view = view

    def _bind(self, window: QWidget, keys: str, asks: _Asks) -> None:
        shortcut = QShortcut(QKeySequence(keys), window)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(lambda: self._ask(asks))

    def _ask(self, asks: _Asks) -> None:
        intent = asks(self._view) if self._view is not None else None
        if intent is not None:
            self.intent.emit(intent)


def _follows(number: int) -> _Asks:
    def ask(view: WindowView) -> Intent | None:
        if view.page != "workspace" or number > len(view.people):
            return None
        return Follow(session_id=view.session_id, peer_id=view.people[number - 1])

    return ask
