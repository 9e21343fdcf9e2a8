"""The life of the desktop application, from the first paint to the last socket."""

import asyncio
import os
import platform
import signal
from contextlib import AbstractAsyncContextManager
from typing import Final

import msgspec
import structlog
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from horizon_desktop.adapters.documents.replica import PycrdtReplicas
from horizon_desktop.adapters.system import SystemClock
from horizon_desktop.bridge.checkup import Checkup
from horizon_desktop.bridge.ephemeral_bridge import Bridge
from horizon_desktop.domain.events import DocumentUpdated
from horizon_desktop.errors import HorizonError
from horizon_desktop.main.desktop_windows import Windows
from horizon_desktop.main.profile import Profile
from horizon_desktop.ports.configuration import Configuration
from horizon_desktop.presentation.facts import ProfileRead, SettingsRead, StartFailed, Told, WindowMoved
from horizon_desktop.presentation.intents import OpenLink, Quit
from horizon_desktop.presentation.state import AppState
from horizon_desktop.presentation.wording import Words
from horizon_desktop.shell.answers import profile_of, words_of
from horizon_desktop.shell.clipboard import Clipboard
from horizon_desktop.shell.collector import Collector
from horizon_desktop.shell.desk import Desk
from horizon_desktop.shell.dispatcher import HANDLERS, Dispatcher
from horizon_desktop.shell.editor_binding import EditorBinding
from horizon_desktop.shell.network_thread import NetworkThread
from horizon_desktop.shell.reactions import react
from horizon_desktop.shell.settings_commands import read_proxy
from horizon_desktop.shell.single_instance import SecondStart, SingleInstance
from horizon_desktop.shell.store import Store
from horizon_desktop.shell.task_scope import TaskScope
from horizon_desktop.shell.ticker import Ticker
from horizon_desktop.shell.usage_commands import read_usage
from horizon_desktop.shell.window_settings import WindowSettings
from horizon_desktop.version import __version__
from horizon_desktop.widgets.desktop_outside import DesktopOutside
from horizon_desktop.widgets.resources import Resources
from horizon_desktop.widgets.system_dialogs import SystemDialogs
from horizon_desktop.widgets.theme import Theme

log: Final = structlog.get_logger(__name__)
STALE_MS: Final = 200
"""The time in the state may be so old when facts arrive; it is read anew each second anyway."""
STUCK_STATUS: Final = 70
"""Exit status when the network thread does not end: the process goes without it."""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line chose."""

    link: str = ""
    profile: str | None = None
    hub: str = ""
    is_direct_tried: bool = True
    is_loopback_linked: bool = False
    configuration: Configuration = Configuration()
    session_seconds: int = 0
    """Length of new sessions; 0: as the person chooses."""


def bridge_opener(profile: Profile, start: Start) -> AbstractAsyncContextManager[Bridge]:
    """Return the profile's bridge, to be entered on the network thread.

    Its libraries load there and now: the window is painted before TLS, WebRTC and the database are imported.
    """
    from horizon_desktop.main.controlled import open_controlled_bridge  # noqa: PLC0415 - after the first paint
    from horizon_desktop.main.stun import stun_servers  # noqa: PLC0415
    from horizon_desktop.main.wiring import Choices  # noqa: PLC0415

    choices = Choices(
        is_direct_tried=start.is_direct_tried and start.configuration.network.is_direct_tried,
        hub=start.hub or start.configuration.network.hub,
        is_loopback_linked=start.is_loopback_linked or start.configuration.network.is_loopback_linked,
        stun=stun_servers(os.environ, configured=start.configuration.network.stun),
        configuration=start.configuration,
    )
    return open_controlled_bridge(profile, choices)


def checkup_of(profile: Profile, start: Start) -> Checkup:
    """Return the check of this machine's network, by the way that the profile reaches hubs. Raises UsageError."""
    from horizon_desktop.main.doctor import make_checkup  # noqa: PLC0415 - asked for by few
    from horizon_desktop.main.stun import stun_servers  # noqa: PLC0415

    network = start.configuration.network
    return make_checkup(profile, network, stun_servers(os.environ, configured=network.stun), clock=SystemClock())


class Application:
    """Everything of one running window, in the order in which it is built and taken down."""

    def __init__(self, application: QApplication, profile: Profile, start: Start, instance: SingleInstance) -> None:
        self._application = application
        self._start = start
        self._profile = profile
        self._instance = instance
        self._settings = WindowSettings(profile.folder)
        self._theme = Theme(Resources(), choice=self._settings.theme)
        self._theme.apply(application)
        is_wayland = QGuiApplication.platformName().startswith("wayland")
        state = AppState(
            now=SystemClock().now().instant,
            page="home" if self._settings.is_greeted else "first_run",
            trial_length_s=start.session_seconds,
        )
        self._store = Store(state)
        self._store.apply(SettingsRead(theme=self._settings.theme, is_wayland=is_wayland))
        self._ticker = Ticker(SystemClock(), self._store)
        self._net = NetworkThread(lambda: bridge_opener(profile, start))
        self._windows = Windows(self._theme, self._dispatch)
        self._dispatcher: Dispatcher | None = None
        self._start_failure: HorizonError | None = None
        self._early: list[object] = []
        """Intents that need the bridge, from before it was there."""

    def _dispatch(self, intent: object) -> None:
        if self._dispatcher is not None:
            self._dispatcher.dispatch(intent)
        elif type(intent) in HANDLERS:
            self._early.append(intent)
        else:
            self._store.apply(intent)

    async def run(self) -> int:
        """Show the window, open the profile, live until the end is asked for; return the exit status."""
        self._store.changed.connect(self._windows.render)
        self._windows.restore(self._settings)
        self._windows.render(self._store.state)
        self._windows.main.show()
        ticker, collector = self._ticker, Collector()
        ticker.start()
        collector.start()
        try:
            async with TaskScope(self._failed) as scope:
                await self._live(scope)
        finally:
            ticker.stop()
            collector.stop()
            self._settings.geometry = bytes(self._windows.main.saveGeometry().data())
            self._settings.save()
            self._windows.close()
        return await self._stop()

    async def _live(self, scope: TaskScope) -> None:
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, over.set)
        try:
            await self._net.start()
        except HorizonError as error:
            self._start_failure = error
            log.error("start.refused", code=error.key, why=str(error))
            self._store.apply(StartFailed(problem=words_of(error)))
            self._windows.main.intent.connect(lambda intent: over.set() if isinstance(intent, Quit) else None)
            await over.wait()
            return
        desk = self._desk(scope, over)
        self._dispatcher = Dispatcher(desk)
        self._net.arrived.connect(lambda: self._arrived(desk))
        self._instance.started_again.connect(self._started_again)
        self._windows.main.fronted.connect(lambda is_front: self._store.apply(WindowMoved(is_in_front=is_front)))
        self._windows.main.hidden.connect(lambda: desk.notices.notify(Words("notice.tray"), is_urgent=False))
        scope.start(self._watch(over), name="network")
        await self._read(desk)
        for intent in (*self._early, *((OpenLink(link=self._start.link),) if self._start.link else ())):
            self._dispatch(intent)
        try:
            await over.wait()
        finally:
            desk.clipboard.forget_code()

    def _desk(self, scope: TaskScope, over: asyncio.Event) -> Desk:
        editor = EditorBinding(
            store=self._store,
            net=self._net,
            scope=scope,
            replicas=PycrdtReplicas(),
            surface=self._windows.workspace.editor,
        )
        return Desk(
            store=self._store,
            net=self._net,
            scope=scope,
            editor=editor,
            clipboard=Clipboard(QGuiApplication.clipboard()),
            settings=self._settings,
            dialogs=SystemDialogs(self._windows.main),
            outside=DesktopOutside(),
            notices=self._windows.tray,
            ask=self._dispatch,
            checkup=lambda: checkup_of(self._profile, self._start),
            over=over,
            system=f"{platform.system()} {platform.machine()}",
            version=__version__,
        )

    async def _read(self, desk: Desk) -> None:
        """Read who we are and what was open."""
        view = await desk.call(desk.bridge.profile())
        profile = profile_of(view, system=desk.system, version=desk.version)
        self._store.apply(ProfileRead(profile=profile))
        await desk.read_everything()
        await read_usage(desk)
        await read_proxy(desk)

    def _arrived(self, desk: Desk) -> None:
        facts = self._net.take()
        self._store.apply_all(facts if all(isinstance(fact, DocumentUpdated) for fact in facts) else self._dated(facts))
        desk.editor.take(facts)
        react(desk, facts)

    def _dated(self, facts: list[object]) -> list[object]:
        """Return facts after the time at which they arrived: what is reckoned from them is right at once."""
        reading = self._ticker.reading()
        is_old = reading.now.since(self._store.state.now) >= STALE_MS
        return [reading, *facts] if is_old else facts

    def _started_again(self, start: SecondStart) -> None:
        self._windows.main.come_to_front()
        if start.link:
            self._dispatch(OpenLink(link=start.link))

    async def _watch(self, over: asyncio.Event) -> None:
        """Without its network thread the window would only show what was."""
        try:
            await self._net.ended()
        finally:
            over.set()

    def _failed(self, error: Exception) -> None:
        log.error("window.failure", exc_info=error)
        self._store.apply(Told(key="internal", tone="bad"))

    async def _stop(self) -> int:
        """Close the bridge in order; a thread that does not end is left behind with the process.

        Return the exit status: that of what kept the bridge from opening, which the window has told.
        """
        try:
            await self._net.stop()
        except HorizonError:
            if self._start_failure is None:
                raise
            return self._start_failure.exit_status
        except TimeoutError:
            log.error("network.stuck")
            os._exit(STUCK_STATUS)
        return 0
