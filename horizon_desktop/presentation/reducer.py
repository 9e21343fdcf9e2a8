"""The one place where the state changes: (state, what happened) -> state, pure and total."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from horizon_desktop.presentation import (
    reduce_asks,
    reduce_join,
    reduce_pages,
    reduce_people,
    reduce_sessions,
    reduce_settings,
)
from horizon_desktop.presentation.state import AppState

HANDLERS: Final[Mapping[type, Callable[[AppState, Any], AppState]]] = {
    **reduce_sessions.HANDLERS,
    **reduce_people.HANDLERS,
    **reduce_pages.HANDLERS,
    **reduce_asks.HANDLERS,
    **reduce_join.HANDLERS,
    **reduce_settings.HANDLERS,
}
"""One handler for each type of fact, intent or reading. What is not here changes nothing on the screen."""


def reduce(state: AppState, happened: object) -> AppState:
    """Return the state after `happened`: an event of the product, an intent, or a fact of the window itself."""
    handler = HANDLERS.get(type(happened))
    return state if handler is None else handler(state, happened)
