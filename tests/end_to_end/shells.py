"""The installed `horizon` command, run as a person runs it in a shell; its JSON lines read with a deadline."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

DEADLINE_S = 20.0
PROGRAM = Path(sys.executable).parent / "horizon"
Line = dict[str, Any]


class Shell:
    """One running `horizon` command with --json, ended with its block."""

    def __init__(self, home: Path, *words: str, cwd: Path, typed: str = "") -> None:
        self._command = [str(PROGRAM), *words, "--json"]
        self._environment = {**os.environ, "HORIZON_HOME": str(home), "HORIZON_LOOPBACK_LINKS": "1"}
        self._cwd = cwd
        self._typed = typed
        self.lines: list[Line] = []
        self._queue: queue.Queue[Line] = queue.Queue()

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self._command,
            cwd=self._cwd,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._errors: list[str] = []
        self._readers = [threading.Thread(target=self._read_lines), threading.Thread(target=self._read_errors)]
        for reader in self._readers:
            reader.start()
        if self._typed:
            self.type(self._typed)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def type(self, text: str) -> None:
        """Type a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def expect(
        self, event: str, matches: Callable[[Line], bool] = lambda _: True, *, within_s: float = DEADLINE_S
    ) -> Line:
        """Return the first line of this event that matches, read already or to come."""
        for line in self.lines:
            if line["event"] == event and matches(line):
                return line
        end = time.monotonic() + within_s
        while True:
            is_over = not self._readers[0].is_alive()
            try:
                line = self._queue.get(timeout=min(0.5, max(0.01, end - time.monotonic())))
            except queue.Empty:
                if not is_over and time.monotonic() < end:
                    continue
                raise AssertionError(f"no {event} came; lines {self.lines}; errors {self._errors}") from None
            self.lines.append(line)
            if line["event"] == event and matches(line):
                return line

    def read(self) -> list[Line]:
        """Return every line so far."""
        while True:
            try:
                self.lines.append(self._queue.get_nowait())
            except queue.Empty:
                return self.lines

    def kill(self) -> None:
        """Kill it as a crash does."""
        self.process.kill()
        self.process.wait(timeout=DEADLINE_S)

    def stop(self) -> int:
        """Press Ctrl-C, wait, return the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        status = self.process.wait(timeout=DEADLINE_S)
        for reader in self._readers:
            reader.join(timeout=DEADLINE_S)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        return status

    @property
    def errors(self) -> str:
        return "".join(self._errors)

    def _read_lines(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(json.loads(line))

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self._errors.extend(self.process.stderr)


def wait_for(is_true: Callable[[], bool], what: str) -> float:
    """Poll until a condition about the disk holds; return the seconds it took."""
    started = time.monotonic()
    while not is_true():
        assert time.monotonic() - started < DEADLINE_S, what
        time.sleep(0.01)
    return time.monotonic() - started
