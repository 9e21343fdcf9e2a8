"""From a key in the host's editor to the pixels in the guest's, and frames a second under 1000 edits a second.

Two editors, two network threads, a hub and a real session in one process: replica, bridge, link and paint are in it.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import structlog
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from horizon_desktop.adapters.documents.replica import PycrdtReplicas
from horizon_desktop.bridge.ephemeral_bridge import Bridge
from horizon_desktop.bridge.views import DeviceInfo, ReplicaSeed, SessionSpec
from horizon_desktop.domain.collaboration.session import SessionType
from horizon_desktop.domain.events import DocumentUpdated
from horizon_desktop.main.profile import Profile
from horizon_desktop.main.wiring import Choices, open_bridge
from horizon_desktop.shell.loop import run_in_window
from horizon_desktop.shell.network_thread import NetworkThread
from horizon_desktop.shell.open_text import OpenText
from horizon_desktop.shell.task_scope import TaskScope
from horizon_desktop.widgets.code_editor import CodeEditor
from horizon_desktop.widgets.resources import Resources
from horizon_desktop.widgets.theme import Theme

KEYS = 200
EDITS_A_SECOND = 1000
SECONDS = 5
LINE = "    loss = nn.functional.cross_entropy(model(x), y)\n"


class Side(QObject):
    """One person: a network thread, a replica and an editor."""

    def __init__(self, theme: Theme, folder: Path, *, is_direct_tried: bool) -> None:
        super().__init__()
        choices = Choices(is_direct_tried=is_direct_tried, is_loopback_linked=True)
        self.net = NetworkThread(lambda: open_bridge(Profile(name=folder.name, folder=folder), choices))
        self.editor = CodeEditor(theme)
        self.editor.resize(900, 600)
        self.text: OpenText | None = None
        self.paints: list[float] = []
        self.painted = asyncio.Event()
        self.net.arrived.connect(self._take)
        self.editor.viewport().installEventFilter(self)

    @property
    def bridge(self) -> Bridge:
        return self.net.bridge

    async def open(self, scope: TaskScope, session_id: str) -> None:
        """Show the session's file in the editor."""
        files = (await self.net.run(self.bridge.session(session_id))).files
        seed = await self.net.run(self.bridge.open_replica(session_id, files[0].file_id))

        async def send(of: ReplicaSeed, update: bytes) -> None:
            await self.net.run(self.bridge.apply_edit(session_id, of.file_id, of.epoch, update))

        self.text = OpenText(seed, PycrdtReplicas(), send)
        self.editor.open_text(self.text.replica.text(), file_name="trainer.py")
        self.editor.edited.connect(self.text.typed)
        self.editor.show()
        scope.start(self.text.run(), name="edits")

    def _take(self) -> None:
        for fact in self.net.take():
            if isinstance(fact, DocumentUpdated) and self.text is not None:
                self.editor.apply_deltas(self.text.apply(fact.epoch, fact.update))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.paints.append(time.perf_counter())
            self.painted.set()
        return False


@asynccontextmanager
async def session(theme: Theme, folder: Path, *, is_direct_tried: bool) -> AsyncIterator[tuple[Side, Side]]:
    """Open both sides in one session on one file."""
    file = folder / "trainer.py"
    file.write_text(LINE * 400)
    host = Side(theme, folder / "host", is_direct_tried=is_direct_tried)
    guest = Side(theme, folder / "guest", is_direct_tried=is_direct_tried)
    await host.net.start()
    await guest.net.start()
    failures: list[Exception] = []
    try:
        async with TaskScope(failures.append) as scope:
            spec = SessionSpec(session_type=SessionType.PAIR, title="bench", files=(file,), is_approval_asked=False)
            hosted = await host.net.run(host.bridge.create_ephemeral_session(spec))
            invite = await host.net.run(host.bridge.get_invite_url(hosted.session_id))
            device = DeviceInfo(name="guest", device="laptop", system="Linux", version="0")
            await guest.net.run(guest.bridge.join_ephemeral_session(invite.app_link, invite.code, device))
            while not (await guest.net.run(guest.bridge.session(hosted.session_id))).files:
                await asyncio.sleep(0.02)
            await host.open(scope, hosted.session_id)
            await guest.open(scope, hosted.session_id)
            await asyncio.sleep(2)
            yield host, guest
            await host.net.run(host.bridge.end_ephemeral_session(hosted.session_id))
    finally:
        await guest.net.stop()
        await host.net.stop()


async def keys(host: Side, guest: Side) -> list[float]:
    """Return the milliseconds from each key press to the paint that shows it on the other side."""
    took = []
    for number in range(KEYS):
        before = len(guest.editor.text())
        started = time.perf_counter()
        QTest.keyClick(host.editor, Qt.Key.Key_Return if number % 40 == 39 else Qt.Key.Key_X)
        while len(guest.editor.text()) == before:
            await asyncio.sleep(0.001)
        guest.painted.clear()
        guest.editor.viewport().update()
        await guest.painted.wait()
        took.append(1000 * (guest.paints[-1] - started))
        await asyncio.sleep(0.03)
    return took


async def flood(host: Side, guest: Side) -> tuple[float, float, int]:
    """Return frames a second, the 99th percentile frame in ms, and how many of the edits were shown within the time."""
    assert host.text is not None
    before = len(guest.editor.text())
    guest.paints.clear()
    started = time.perf_counter()
    done = 0
    while (now := time.perf_counter()) < started + SECONDS:
        due = int((now - started) * EDITS_A_SECOND)
        for _ in range(due - done):
            host.text.queue(host.text.replica.splice(done % 500, 0, "x"))
            done += 1
        guest.editor.viewport().update()
        await asyncio.sleep(1 / 120)
    gaps = sorted(1000 * (after - before_) for before_, after in zip(guest.paints, guest.paints[1:], strict=False))
    return len(guest.paints) / SECONDS, gaps[int(len(gaps) * 0.99)], len(guest.editor.text()) - before


async def main() -> None:
    """Print both figures, by relay and with the direct path."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    theme = Theme(Resources(), choice="light")
    for is_direct_tried in (False, True):
        with tempfile.TemporaryDirectory() as name:
            async with session(theme, Path(name), is_direct_tried=is_direct_tried) as (host, guest):
                took = sorted(await keys(host, guest))
                rate, slow, shown = await flood(host, guest)
        sys.stdout.write(
            f"{'direct' if is_direct_tried else 'relay'}: key to remote screen p50 {statistics.median(took):.1f} ms, "
            f"p99 {took[int(len(took) * 0.99)]:.1f} ms ({KEYS} keys); at {EDITS_A_SECOND} edits a second "
            f"{rate:.0f} frames a second, frame p99 {slow:.1f} ms, {shown} of {EDITS_A_SECOND * SECONDS} edits shown\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    application = QApplication(sys.argv)
    application.setQuitOnLastWindowClosed(False)
    run_in_window(application, main())
