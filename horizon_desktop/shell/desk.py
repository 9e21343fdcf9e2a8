"""What a command of the window works with: state, network, editor, dialogs, clipboard, memory."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

import structlog

from horizon_desktop.bridge.checkup import Checkup
from horizon_desktop.bridge.ephemeral_bridge import Bridge
from horizon_desktop.errors import HorizonError
from horizon_desktop.presentation.state import AppState, Session
from horizon_desktop.shell.answers import invites_read, session_read
from horizon_desktop.shell.clipboard import Clipboard
from horizon_desktop.shell.editor_binding import EditorBinding
from horizon_desktop.shell.network_thread import NetworkThread
from horizon_desktop.shell.store import Store
from horizon_desktop.shell.surroundings import Dialogs, Notices, Outside
from horizon_desktop.shell.task_scope import TaskScope
from horizon_desktop.shell.window_settings import WindowSettings

ResultT = TypeVar("ResultT")
log: Final = structlog.get_logger(__name__)


class Desk:
    """Everything that handlers of intents and reactions to facts use. Lives in the window's thread."""

    def __init__(
        self,
        *,
        store: Store,
        net: NetworkThread,
        scope: TaskScope,
        editor: EditorBinding,
        clipboard: Clipboard,
        settings: WindowSettings,
        dialogs: Dialogs,
        outside: Outside,
        notices: Notices,
        ask: Callable[[object], None],
        checkup: Callable[[], Checkup],
        over: asyncio.Event,
        system: str,
        version: str,
    ) -> None:
        self.store = store
        self.net = net
        self.scope = scope
        self.editor = editor
        self.clipboard = clipboard
        self.settings = settings
        self.dialogs = dialogs
        self.outside = outside
        self.notices = notices
        self.ask = ask
        """Dispatches another intent: what a dialog answered."""
        self.checkup = checkup
        """Makes the check of this machine's network; its libraries load with the first one."""
        self.system = system
        self.version = version
        self.over = over
        """Set when the application should end."""
        self.join_task: asyncio.Task[None] | None = None

    @property
    def state(self) -> AppState:
        """The state as it is now."""
        return self.store.state

    @property
    def bridge(self) -> Bridge:
        """Whose coroutines `call` runs."""
        return self.net.bridge

    @property
    def front(self) -> Session | None:
        """The session that is shown."""
        return self.state.active_sessions.get(self.state.front_session)

    async def call(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Run a coroutine of the bridge on the network thread."""
        return await self.net.run(work)

    async def read_session(self, session_id: str) -> None:
        """Read a session again; one that is gone meanwhile has told so by its own fact."""
        try:
            view = await self.call(self.bridge.session(session_id))
        except HorizonError as error:
            log.info("session.unread", key=error.key)
            return
        self.store.apply(session_read(view))
        if view.is_host:
            await self.read_invites(session_id)

    async def read_invites(self, session_id: str) -> None:
        """Read the invites of a hosted session again."""
        try:
            views = await self.call(self.bridge.invites(session_id))
        except HorizonError as error:
            log.info("invites.unread", key=error.key)
            return
        self.store.apply(invites_read(session_id, views))

    async def read_everything(self) -> None:
        """Read all sessions of the profile and their invites."""
        for view in await self.call(self.bridge.sessions()):
            self.store.apply(session_read(view))
            if view.is_host and view.state != "interrupted":
                await self.read_invites(view.session_id)
