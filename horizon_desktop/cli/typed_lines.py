"""What is typed or piped into the program, line by line, and prompts whose answer is not shown."""

import asyncio
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

MAX_LINE_BYTES: Final = 16 * 1024
"""A longer line is taken in pieces."""
_MAX_WAITING: Final = 64
"""Lines read ahead; then the thread waits."""


class TypedLines:
    """Reads a file descriptor in a thread of its own, from the first line asked for on.

    The thread is a daemon: one that waits for input that never comes does not keep the process.
    """

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._is_reading = False
        self._is_over = False
        self._room = threading.Semaphore(_MAX_WAITING)

    @property
    def is_person(self) -> bool:
        """Whether somebody sits at a terminal."""
        return os.isatty(self._descriptor)

    async def next(self) -> str | None:
        """Return the next line without its end, None when there are no more."""
        if self._is_over:
            return None
        if not self._is_reading:
            self._is_reading = True
            loop = asyncio.get_running_loop()
            threading.Thread(target=self._read, args=(loop,), name="typed lines", daemon=True).start()
        line = await self._lines.get()
        self._is_over = line is None
        self._room.release()
        return line

    async def ask(self, prompt: str, *, is_hidden: bool) -> str | None:
        """Show a person a prompt on stderr and return what they type, unseen when hidden; else just the next line."""
        if not self.is_person:
            return await self.next()
        if not is_hidden:
            return await self._prompted(prompt)
        with _no_echo(self._descriptor):  # before the prompt: whoever pastes at once is not shown either
            line = await self._prompted(prompt)
        sys.stderr.write("\n")
        return line

    async def _prompted(self, prompt: str) -> str | None:
        sys.stderr.write(prompt)
        sys.stderr.flush()
        return await self.next()

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        # Not sys.stdin: a thread inside its lock at the end of the process is a fatal error of the interpreter.
        held = b""
        while True:
            try:
                piece = os.read(self._descriptor, 4096)
            except OSError:
                piece = b""
            *whole, held = (held + piece).split(b"\n")
            if len(held) > MAX_LINE_BYTES or (not piece and held):
                whole, held = [*whole, held], b""
            for line in whole:
                self._hand_over(loop, line.decode("utf-8", "replace").rstrip("\r"))
            if not piece:
                self._hand_over(loop, None)
                return

    def _hand_over(self, loop: asyncio.AbstractEventLoop, line: str | None) -> None:
        self._room.acquire()
        if not loop.is_closed():
            try:
                loop.call_soon_threadsafe(self._lines.put_nowait, line)
            except RuntimeError:  # closed in this very moment: nobody listens any more
                return


@contextmanager
def _no_echo(descriptor: int) -> Iterator[None]:
    """Keep what is typed from the screen; the terminal is as before afterwards, whatever happens."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415  (exists there only)

        kernel, echo = ctypes.windll.kernel32, 0x4
        handle, mode = kernel.GetStdHandle(-10), ctypes.c_ulong()
        kernel.GetConsoleMode(handle, ctypes.byref(mode))
        kernel.SetConsoleMode(handle, mode.value & ~echo)
        try:
            yield
        finally:
            kernel.SetConsoleMode(handle, mode.value)
    else:
        import termios  # noqa: PLC0415  (exists elsewhere only)

        before = termios.tcgetattr(descriptor)
        silent = list(before)
        silent[3] &= ~termios.ECHO
        termios.tcsetattr(descriptor, termios.TCSADRAIN, silent)
        try:
            yield
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
