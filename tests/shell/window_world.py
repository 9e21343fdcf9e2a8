"""A window's shell over a bridge in memory: store, network thread, editor, dispatcher; the text is the only widget."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from horizon_desktop.adapters.documents.replica import PycrdtReplicas
from horizon_desktop.adapters.memory_bus import MemoryBus
from horizon_desktop.adapters.storage.store import SqlStore
from horizon_desktop.adapters.storage.usage_store import SqlUsageStore
from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.bridge.checkup import LocalCheckup
from horizon_desktop.bridge.ephemeral_bridge import Bridge
from horizon_desktop.bridge.usage_desk import UsageDesk
from horizon_desktop.bridge.views import SessionView
from horizon_desktop.domain.collaboration.findings import HubOutcome, Server
from horizon_desktop.presentation.facts import ProfileRead, Ticked
from horizon_desktop.presentation.state import AppState
from horizon_desktop.presentation.wording import Words
from horizon_desktop.presentation.workspace import RemoteCaretView
from horizon_desktop.services.doctor import Doctor
from horizon_desktop.services.usage import usage_over
from horizon_desktop.shell.answers import profile_of
from horizon_desktop.shell.clipboard import Clipboard
from horizon_desktop.shell.desk import Desk
from horizon_desktop.shell.dispatcher import Dispatcher
from horizon_desktop.shell.editor_binding import EditorBinding
from horizon_desktop.shell.loop import run_in_window
from horizon_desktop.shell.network_thread import NetworkThread
from horizon_desktop.shell.reactions import react
from horizon_desktop.shell.store import Store
from horizon_desktop.shell.task_scope import TaskScope
from horizon_desktop.shell.window_settings import WindowSettings
from horizon_desktop.widgets.shared_text import SharedText
from tests.fakes.probes import FakeHubProbe, FakeUdpProbe
from tests.presentation.example_state import FILE, START, host_person, participant, session
from tests.shell.memory_bridge import MemoryBridge

TEXT = "one\ntwo\n"


class TextSurface(SharedText):
    """The text widget with what the editor around it adds for the binding."""

    undo_asked = Signal()
    redo_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.carets: tuple[RemoteCaretView, ...] = ()
        self.file_name = ""

    def open_text(self, text: str, *, file_name: str) -> None:
        """Show a text."""
        self.file_name = file_name
        self.set_text(text)

    def set_remote_carets(self, carets: "tuple[RemoteCaretView, ...]") -> None:
        """Remember where others are."""
        self.carets = tuple(carets)

    def own_line(self) -> int:
        """Return the caret's line, from 0."""
        return self.textCursor().blockNumber()


PERSON = UUID("a0a00000-0000-4000-8000-000000000002")


HUB = "https://hub.example:7443"


def checkup() -> LocalCheckup:
    """Return the check of a machine behind a cone NAT whose one hub answers with another key."""
    servers = (Server(host="198.51.100.1", port=3478), Server(host="198.51.100.2", port=3478))
    mapped = Server(host="203.0.113.7", port=40_000)
    doctor = Doctor(
        hub_probe=FakeHubProbe({"hub.example:7443": HubOutcome.PIN}),
        udp_probe=FakeUdpProbe(
            {server.host: mapped for server in servers}, local=Server(host="192.168.1.5", port=40_000)
        ),
        read_addresses=lambda: ["192.168.1.5"],
        servers=servers,
    )
    return LocalCheckup(doctor, clock=SystemClock(), version="0", system="Linux")


class Answers:
    """Dialogs, other programs and notifications of a desktop that answers at once."""

    def __init__(self) -> None:
        self.files: tuple[str, ...] = ()
        self.target = ""
        self.notices: list[Words] = []
        self.quits: list[Words] = []
        self.mails: list[str] = []

    def choose_files(self, *, is_folder: bool, on_chosen: Callable[[tuple[str, ...]], None]) -> None:
        """Choose what the test laid out."""
        del is_folder
        on_chosen(self.files)

    def choose_target(self, name: str, on_chosen: Callable[[str], None]) -> None:
        """Choose the test's target."""
        del name
        on_chosen(self.target)

    def confirm_quit(self, words: Words, on_yes: Callable[[], None]) -> None:
        """Say yes."""
        self.quits.append(words)
        on_yes()

    def open_folder(self, path: str) -> None:
        """Open nothing."""

    def write_mail(self, link: str) -> None:
        """Remember the mail."""
        self.mails.append(link)

    def write_to_host(self, reason: str, host: str) -> None:
        """Remember the mail."""
        self.mails.append(f"{reason} {host}")

    def qr_png(self, text: str) -> bytes:
        """Return bytes that stand for a picture."""
        return text.encode()

    def notify(self, words: Words, *, is_urgent: bool) -> None:
        """Remember the notification."""
        del is_urgent
        self.notices.append(words)


class World:
    """What a scene works with."""

    def __init__(self, *, bridge: MemoryBridge, desk: Desk, surface: TextSurface, answers: Answers) -> None:
        self.bridge = bridge
        self.desk = desk
        self.surface = surface
        self.answers = answers
        self.dispatch = desk.ask

    @property
    def state(self) -> AppState:
        """The window's state now."""
        return self.desk.state

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait, at most 5 s, until something holds."""
        async with asyncio.timeout(5):
            while not holds():
                await asyncio.sleep(0.01)

    async def on_network(self, act: Callable[[], object]) -> None:
        """Do something on the bridge's own loop."""

        async def run() -> None:
            act()

        await self.desk.call(run())

    def asked(self, name: str) -> list[tuple[object, ...]]:
        """Return what the bridge was asked under a name."""
        return [asked[1:] for asked in self.bridge.asked if asked[0] == name]


def session_view(*, is_host: bool = True) -> SessionView:
    """Return the example session as the bridge tells it."""
    shown = session(is_host=is_host)
    return SessionView(
        session_id=shown.session_id,
        session_type=shown.session_type,
        title=shown.title,
        is_host=is_host,
        state="open",
        created_at=shown.created_at,
        expires_at=shown.expires_at,
        limit_at=shown.limit_at,
        own_peer_id=shown.own_peer_id,
        role=shown.role,
        channels=dict(shown.channels),
        participants=(host_person(), participant()),
        files=shown.files,
        folder=shown.folder,
        hub="127.0.0.1:7443",
        is_hub_embedded=True,
    )


def play(
    qapp: QApplication,
    folder: Path,
    scene: Callable[[World], Awaitable[None]],
    *,
    is_host: bool = True,
    has_usage: bool = False,
) -> None:
    """Run a scene in a window whose profile is in the example session; if wanted with a real desk of use."""
    bridge = MemoryBridge()
    bridge.put_text(FILE, TEXT)
    view = session_view(is_host=is_host)
    bridge.views[view.session_id] = view

    @asynccontextmanager
    async def opened() -> AsyncIterator[Bridge]:
        if not has_usage:
            yield bridge
            return
        async with SqlStore(folder / "usage.db") as store:
            clock = SystemClock()
            usage = usage_over(SqlUsageStore(store.database), bus=MemoryBus(), clock=clock, entropy=SystemEntropy())
            bridge.desk = UsageDesk(usage, clock=clock, person=PERSON, name="11" * 32)
            yield bridge

    async def run() -> None:
        store = Store(msgspec.structs.replace(AppState(), now=START))
        net = NetworkThread(opened)
        await net.start()
        failures: list[Exception] = []
        try:
            async with TaskScope(failures.append) as scope:
                world = _world(store, net, scope, folder, bridge)
                store.apply(Ticked(now=START))
                profile = await world.desk.call(bridge.profile())
                store.apply(ProfileRead(profile=profile_of(profile, system="Linux", version="1")))
                await world.desk.read_everything()
                try:
                    await scene(world)
                finally:
                    world.desk.clipboard.forget_code()
        finally:
            await net.stop()
        assert failures == []

    run_in_window(qapp, run())
    gc.collect()


def _world(store: Store, net: NetworkThread, scope: TaskScope, folder: Path, bridge: MemoryBridge) -> World:
    surface, answers = TextSurface(), Answers()
    editor = EditorBinding(store=store, net=net, scope=scope, replicas=PycrdtReplicas(), surface=surface)
    desk = Desk(
        store=store,
        net=net,
        scope=scope,
        editor=editor,
        clipboard=Clipboard(QGuiApplication.clipboard()),
        settings=WindowSettings(folder),
        dialogs=answers,
        outside=answers,
        notices=answers,
        ask=lambda intent: dispatcher.dispatch(intent),
        checkup=checkup,
        over=asyncio.Event(),
        system="Linux",
        version="1",
    )
    dispatcher = Dispatcher(desk)

    def arrived() -> None:
        facts = net.take()
        store.apply_all(facts)
        editor.take(facts)
        react(desk, facts)

    net.arrived.connect(arrived)
    return World(bridge=bridge, desk=desk, surface=surface, answers=answers)
