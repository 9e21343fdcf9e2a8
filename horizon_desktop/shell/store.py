"""The one place where the window's state is kept: facts go in, who shows it is told of the next state."""

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from horizon_desktop.presentation.reducer import reduce
from horizon_desktop.presentation.state import AppState


class Store(QObject):
    """Holds the state. Lives in the window's thread.

    `changed` carries the new state, once for each batch, and only when something is different.
    """

    changed = Signal(object)

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state

    @property
    def state(self) -> AppState:
        """The state as it is now."""
        return self._state

    def apply(self, *facts: object) -> None:
        """Reduce facts, intents and readings of the clock, in order."""
        self.apply_all(facts)

    def apply_all(self, facts: Iterable[object]) -> None:
        """Reduce many facts and tell of the result once."""
        state = self._state
        for fact in facts:
            state = reduce(state, fact)
        if state is not self._state:
            self._state = state
            self.changed.emit(state)
