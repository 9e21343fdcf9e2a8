"""Frames a second while a peer sends 1000 edits a second, and what one key costs (goal: 60 frames a second)."""

import os
import random
import statistics
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from horizon_desktop.presentation.workspace import RemoteCaretView
from horizon_desktop.widgets.code_editor import CodeEditor
from horizon_desktop.widgets.resources import Resources
from horizon_desktop.widgets.text_mirror import Change
from horizon_desktop.widgets.theme import Theme

EDITS_A_SECOND = 1000
SECONDS = 4
FRAME_S = 1 / 60
KEYS = 300
LINE = "    loss = nn.functional.cross_entropy(model(x), y)  # räzon 😀\n"
SIZES = {"10 KB": 10_000, "200 KB": 200_000, "2 MB": 2_000_000}


def opened(theme: Theme, size: int) -> CodeEditor:
    editor = CodeEditor(theme)
    editor.resize(900, 600)
    editor.open_text(LINE * (size // len(LINE.encode())), file_name="trainer.py")
    editor.show()
    return editor


def settle(application: QApplication) -> None:
    for _ in range(5):
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


def frames(application: QApplication, editor: CodeEditor) -> tuple[float, float]:
    """Return frames a second and the slowest frame in ms, while edits land in and around the lines in sight."""
    rng = random.Random(7)
    at, done, painted, slowest = 2_000, 0, 0, 0.0
    started = time.perf_counter()
    next_frame = started
    while (now := time.perf_counter()) < started + SECONDS:
        due = int((now - started) * EDITS_A_SECOND)
        batch = []
        for _ in range(due - done):
            if rng.random() < 0.1:
                at = rng.choice((2_000, 1_200, 400))
            text = "\n" if rng.random() < 0.02 else "x"
            batch.append(Change(at, 0, text))
            at += 1
        done = due
        editor.apply_deltas(batch)
        editor.set_remote_carets([RemoteCaretView(peer_id="k", name="kestrel", color=1, anchor=at, head=at)])
        editor.viewport().repaint()
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 1)
        painted += 1
        slowest = max(slowest, time.perf_counter() - now)
        next_frame = max(next_frame + FRAME_S, time.perf_counter())
        while time.perf_counter() < next_frame:
            application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 1)
    return painted / (time.perf_counter() - started), slowest * 1000


def key_cost(application: QApplication, editor: CodeEditor) -> tuple[float, float]:
    """Return median and 99th percentile of a key press, painted, in ms."""
    editor.setFocus()
    editor.set_caret(2_000, 2_000)
    costs = []
    for number in range(KEYS):
        started = time.perf_counter()
        QTest.keyClick(editor, Qt.Key.Key_Return if number % 60 == 59 else Qt.Key.Key_A)
        editor.viewport().repaint()
        costs.append((time.perf_counter() - started) * 1000)
        application.processEvents()
    return statistics.median(costs), sorted(costs)[int(KEYS * 0.99)]


def main() -> None:
    """Print a line for each size of text."""
    application = QApplication(sys.argv[:1])
    theme = Theme(Resources(), choice="light")
    theme.apply(application)
    for name, size in SIZES.items():
        started = time.perf_counter()
        editor = opened(theme, size)
        editor.viewport().repaint()
        shown_ms = (time.perf_counter() - started) * 1000
        settle(application)
        median, worst = key_cost(application, editor)
        rate, slowest = frames(application, editor)
        sys.stdout.write(
            f"editor {name}: shown {shown_ms:.0f} ms; key press with paint median {median:.1f} ms, p99 {worst:.1f} ms; "
            f"{rate:.0f} frames/s at {EDITS_A_SECOND} remote edits/s (limit 60), slowest frame {slowest:.0f} ms\n"
        )
        editor.close()


if __name__ == "__main__":
    main()
