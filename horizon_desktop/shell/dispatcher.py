"""From an intent to what is done: first the state, then the one handler of its type."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from horizon_desktop.errors import HorizonError
from horizon_desktop.presentation.facts import CommandFailed
from horizon_desktop.shell import desk_commands, guest_commands, host_commands, settings_commands, usage_commands
from horizon_desktop.shell.answers import words_of
from horizon_desktop.shell.desk import Desk

Handler = Callable[[Desk, Any], Coroutine[Any, Any, None]]
HANDLERS: Final[Mapping[type, Handler]] = {
    **host_commands.HANDLERS,
    **guest_commands.HANDLERS,
    **desk_commands.HANDLERS,
    **usage_commands.HANDLERS,
    **settings_commands.HANDLERS,
}
"""What an intent does besides changing the state. An intent that is not here only changes what is shown."""


class Dispatcher:
    """Takes every intent of every widget."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def dispatch(self, intent: object) -> None:
        """Change the state, then run the intent's handler in the window's scope. Called from Qt signals."""
        self._desk.store.apply(intent)
        handler = HANDLERS.get(type(intent))
        if handler is not None:
            self._desk.scope.start(self._run(handler, intent), name=type(intent).__name__)

    async def _run(self, handler: Handler, intent: object) -> None:
        try:
            await handler(self._desk, intent)
        except HorizonError as error:
            self._desk.store.apply(
                CommandFailed(
                    intent=type(intent).__name__,
                    problem=words_of(error),
                    session_id=getattr(intent, "session_id", ""),
                    peer_id=getattr(intent, "peer_id", ""),
                )
            )
