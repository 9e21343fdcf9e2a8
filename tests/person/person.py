"""A person at one application: finds controls by accessible name, clicks and types with real X events."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyatspi

STEP_S = 0.05


class NotSeen(AssertionError):
    """What should be on the screen is not."""


class Person:
    """Starts one application and uses it as a person does."""

    def __init__(self, name: str, command: list[str], *, home: str, log: str) -> None:
        self.name = name
        environment = {**os.environ, "HORIZON_HOME": home}
        self._home = Path(home)
        self._log = Path(log).open("wb")  # noqa: SIM115 - open as long as the application runs
        self.process = subprocess.Popen(command, env=environment, stdout=self._log, stderr=self._log)
        self._application: Any = None

    # --- seeing ---

    def wait_until_open(self, seconds: float = 30.0) -> None:
        """Wait until the application's first window is on the screen."""
        self.wait(lambda: self._windows() > 0, f"{self.name}'s window", seconds)

    def _windows(self) -> int:
        if self.process.poll() is not None:
            raise NotSeen(f"{self.name}'s application ended with status {self.process.returncode}")
        if self._application is None:
            for found in pyatspi.Registry.getDesktop(0):
                if found is not None and found.get_process_id() == self.process.pid:
                    self._application = found
        return 0 if self._application is None else int(self._application.childCount)

    def controls(self) -> Iterator[Any]:
        """Yield every accessible control that is showing."""
        yield from _walk(self._application)

    def seen(self, name: str, role: str = "", *, is_exact: bool = False) -> Any:
        """Return a showing control whose accessible name holds `name`, or None."""
        return next(self._matching(name, role, is_exact=is_exact), None)

    def _matching(self, name: str, role: str, *, is_exact: bool) -> Iterator[Any]:
        wanted = name.lower()
        for control in self.controls():
            try:
                text = (control.name or "").lower()
                is_named = text == wanted if is_exact else wanted in text
                if is_named and (not role or control.getRoleName() == role) and _is_showing(control):
                    yield control
            except Exception:  # noqa: BLE001 - controls come and go while they are read
                continue

    def find(self, name: str, role: str = "", *, seconds: float = 15.0, is_exact: bool = False) -> Any:
        """Return a control, waiting for it to show."""
        what = f"{role or 'control'} {name!r} at {self.name}"
        return self.wait(lambda: self.seen(name, role, is_exact=is_exact), what, seconds)

    def gone(self, name: str, role: str = "", *, seconds: float = 15.0) -> None:
        """Wait until a control no longer shows."""
        self.wait(lambda: self.seen(name, role) is None, f"{name!r} to go away at {self.name}", seconds)

    def wait(self, look: Callable[[], Any], what: str, seconds: float = 15.0) -> Any:
        """Look until there is something to see.

        Raises:
            NotSeen: it did not come in time, or the application ended.
        """
        deadline = time.monotonic() + seconds
        while True:
            found = look()
            if found:
                return found
            if self.process.poll() is not None:
                raise NotSeen(f"{self.name}'s application ended with status {self.process.returncode}")
            if time.monotonic() > deadline:
                raise NotSeen(f"not seen within {seconds:.0f} s: {what}")
            time.sleep(STEP_S)

    def text(self, name: str, role: str = "text") -> str:
        """Return the text of a field."""
        return str(self.find(name, role).queryText().getText(0, -1))

    def log_text(self) -> str:
        """Return what the application logged so far, in its profile."""
        return (self._home / "horizon.log").read_text(encoding="utf-8", errors="replace")

    # --- doing ---

    def click(self, name: str, role: str = "", *, is_exact: bool = False, is_last: bool = False) -> None:
        """Click in the middle of a control; of several with that name the first, or the last."""
        control = self.find(name, role, is_exact=is_exact)
        if is_last:
            control = list(self._matching(name, role, is_exact=is_exact))[-1]
        self.wait(lambda: control.getState().contains(pyatspi.STATE_SENSITIVE), f"{name!r} of {self.name} to be usable")
        x, y, width, height = self._resting(control)
        _x("mousemove", str(x + width // 2), str(y + height // 2))
        _x("click", "1")

    def _resting(self, control: Any) -> tuple[int, int, int, int]:
        """Return where a control is once it no longer moves."""
        before: tuple[int, int, int, int] | None = None

        def place() -> tuple[int, int, int, int] | None:
            nonlocal before
            box = control.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
            now = (box.x, box.y, box.width, box.height)
            is_resting, before = now == before, now
            time.sleep(STEP_S)
            return now if is_resting else None

        found: tuple[int, int, int, int] = self.wait(place, f"{control.name!r} of {self.name} to rest")
        return found

    def type(self, text: str) -> None:
        """Type one line of ASCII text into what has the focus."""
        _x("type", "--delay", "15", text)

    def colored_pixels(self, name: str, color: str, *, skip_left: int = 0) -> int:
        """Return how many pixels of a control have exactly this colour (#RRGGBB), but for a strip at its left."""
        box = self.find(name).queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
        area = f"{box.width - skip_left}x{box.height}+{box.x + skip_left}+{box.y}"
        command = ["import", "-window", "root", "-crop", area, "-depth", "8", "rgb:-"]
        pixels = subprocess.run(command, check=True, capture_output=True).stdout
        wanted = bytes.fromhex(color.removeprefix("#"))
        return sum(pixels[at : at + 3] == wanted for at in range(0, len(pixels), 3))

    def key(self, *keys: str) -> None:
        """Press keys, such as ctrl+v."""
        _x("key", *keys)

    def place(self, title: str, x: int, y: int, width: int, height: int) -> None:
        """Move the window with this title and size it."""
        for window in self._x_windows(title):
            _x("windowmove", "--sync", window, str(x), str(y))
            _x("windowsize", "--sync", window, str(width), str(height))

    def bring_to_front(self, title: str) -> None:
        """Give the window with this title the focus."""
        for window in self._x_windows(title):
            _x("windowactivate", "--sync", window)

    def _x_windows(self, title: str) -> list[str]:
        asked = ["xdotool", "search", "--onlyvisible", "--all", "--pid", str(self.process.pid), "--name", title]

        def look() -> list[str]:
            return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()

        found: list[str] = self.wait(look, f"window {title!r} of {self.name}")
        return found

    def end(self) -> int:
        """Ask the application to end, and return its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            self._log.close()

    def describe(self) -> str:
        """Return every showing control with a name, for when something was not seen."""
        rows = []
        for control in self.controls():
            try:
                if control.name and _is_showing(control):
                    rows.append(f"  {control.getRoleName():14} {control.name}")
            except Exception:  # noqa: BLE001 - controls come and go while they are read
                continue
        return "\n".join(rows)


def _walk(control: Any) -> Iterator[Any]:
    if control is None:
        return
    yield control
    try:
        count = control.childCount
    except Exception:  # noqa: BLE001 - it went while it was read
        return
    for index in range(count):
        try:
            child = control.getChildAtIndex(index)
        except Exception:  # noqa: BLE001 - it went while it was read
            continue
        yield from _walk(child)


def _is_showing(control: Any) -> bool:
    return bool(control.getState().contains(pyatspi.STATE_SHOWING))


def _x(*words: str) -> None:
    subprocess.run(["xdotool", *words], check=True)
    time.sleep(0.1)
