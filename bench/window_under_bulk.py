"""Frames of the window while bulk arrives: an editor that scrolls sixty times a second, a guest that sends all it can.

The window and its network thread are one process, as in the product; the guest is `horizon join` in another, on the
same machine. Frames are what the editor painted; bulk is measured as `horizon bench link` does.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import structlog
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from horizon_desktop.bridge.views import SessionSpec
from horizon_desktop.domain.collaboration.session import SessionType
from horizon_desktop.main.profile import Profile
from horizon_desktop.main.wiring import Choices, open_bridge
from horizon_desktop.services.link_measure import LinkMeasure
from horizon_desktop.shell.loop import run_in_window
from horizon_desktop.shell.network_thread import NetworkThread
from horizon_desktop.widgets.code_editor import CodeEditor
from horizon_desktop.widgets.resources import Resources
from horizon_desktop.widgets.theme import Theme

PROGRAM = Path(sys.executable).parent / "horizon"
FRAME_MS = 16
IDLE_S, BULK_MS, ROUNDS = 4.0, 5000, 3
MOST_BYTES = 256 * 1024 * 1024
LINE = "    loss = nn.functional.cross_entropy(model(x), y)\n"


class Scroller(QObject):
    """An editor that moves a little at every frame, and when each was painted."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.editor = CodeEditor(theme)
        self.editor.resize(900, 600)
        self.editor.open_text(LINE * 4000, file_name="trainer.py")
        self.editor.viewport().installEventFilter(self)
        self.editor.show()
        self.paints: list[float] = []
        self._step = 1
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._move)
        self._timer.start(FRAME_MS)

    def _move(self) -> None:
        bar = self.editor.verticalScrollBar()
        if not bar.minimum() < bar.value() + self._step < bar.maximum():
            self._step = -self._step
        bar.setValue(bar.value() + self._step)
        self.editor.viewport().update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.paints.append(time.perf_counter())
        return False

    def frames(self) -> str:
        """Say how the frames since the last call went."""
        gaps = sorted(1000 * (after - before) for before, after in zip(self.paints, self.paints[1:], strict=False))
        seconds = self.paints[-1] - self.paints[0]
        self.paints = []
        p50, p99 = (gaps[int(len(gaps) * share)] for share in (0.5, 0.99))
        return (
            f"{len(gaps) / seconds:5.1f} frames a second, frame p50 {p50:5.1f} ms, p99 {p99:5.1f}, max {gaps[-1]:5.1f}"
        )


@contextmanager
def guest_of(folder: Path, link: str, code: str) -> Iterator[None]:
    """Have a guest's program in the session for the time of the block."""
    invite = folder / "invite"
    invite.write_text(f"{link}\n{code}\n")
    command = [str(PROGRAM), "join", "--from", str(invite), "--name", "sender", "--json"]
    environment = {**os.environ, "HORIZON_HOME": str(folder / "guest")}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet)
    try:
        yield
    finally:
        process.kill()
        process.communicate()


@asynccontextmanager
async def session(folder: Path) -> AsyncIterator[tuple[NetworkThread, str, str]]:
    """Host a session from this process; yield the network thread, the session and its one guest."""
    file = folder / "trainer.py"
    file.write_text(LINE)
    net = NetworkThread(
        lambda: open_bridge(Profile(name="host", folder=folder / "host"), Choices(is_loopback_linked=True))
    )
    await net.start()
    try:
        spec = SessionSpec(session_type=SessionType.PAIR, title="bench", files=(file,), is_approval_asked=False)
        hosted = await net.run(net.bridge.create_ephemeral_session(spec))
        invite = await net.run(net.bridge.get_invite_url(hosted.session_id))
        with guest_of(folder, invite.app_link, invite.code):
            guests: list[str] = []
            while not guests:
                people = (await net.run(net.bridge.session(hosted.session_id))).participants
                guests = [one.peer_id for one in people if one.role != "host" and one.path == "direct"]
                await asyncio.sleep(0.1)
            yield net, hosted.session_id, guests[0]
        await net.run(net.bridge.end_ephemeral_session(hosted.session_id))
    finally:
        await net.stop()


async def main() -> None:
    """Print the frames without bulk, and while it comes."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    scroller = Scroller(Theme(Resources(), choice="light"))
    with tempfile.TemporaryDirectory() as name:
        async with session(Path(name)) as (net, session_id, peer_id):
            scroller.paints.clear()
            await asyncio.sleep(IDLE_S)
            told(f"{'nothing arrives':24} {scroller.frames()}")
            for _ in range(ROUNDS):
                found: LinkMeasure = await net.run(
                    net.bridge.measure_link(session_id, peer_id, is_sent=False, most_bytes=MOST_BYTES, most_ms=BULK_MS)
                )
                rate = found.size_bytes / max(1, found.took_ms) / 1000
                told(f"{rate:6.1f} MB/s by {found.bulk_path:8}   {scroller.frames()}")


def told(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    application = QApplication(sys.argv)
    application.setQuitOnLastWindowClosed(False)
    run_in_window(application, main())
