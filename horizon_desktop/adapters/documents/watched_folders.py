"""Folders whose system events stir a watcher (watchdog). Best effort: whoever uses it polls besides."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

_STOP_S: Final = 1.0
_READS: Final = frozenset({"opened", "closed_no_write"})


class WatchedFolders:
    """Calls `stir` from the observer's thread whenever something is written in one of the folders."""

    def __init__(self, stir: Callable[[], None]) -> None:
        self._handler = _Stirring(stir)
        self._observer: BaseObserver | None = None
        self._is_refused = False
        self._watches: dict[Path, ObservedWatch] = {}

    @property
    def is_idle(self) -> bool:
        """Whether no folder is watched."""
        return not self._watches

    def follow(self, paths: Iterable[Path]) -> None:
        """Watch the folders of these paths, and of what links among them lead to, and no others. Blocks a little."""
        folders = {folder for path in paths for folder in _folders_of(path)}
        observer = self._started() if folders else self._observer
        if observer is None:
            return
        for folder in self._watches.keys() - folders:
            observer.unschedule(self._watches.pop(folder))
        for folder in folders - self._watches.keys():
            try:
                self._watches[folder] = observer.schedule(self._handler, str(folder))
            except OSError:
                continue  # no such folder, or no watches left: polled

    def _started(self) -> BaseObserver | None:
        """Return the running observer; None when the system has none to give: everything is polled."""
        if self._observer is None and not self._is_refused:
            observer = Observer()
            observer.daemon = True
            try:
                observer.start()
            except OSError:
                self._is_refused = True
            else:
                self._observer = observer
        return self._observer

    def stop(self) -> None:
        if self._observer is not None:
            self._observer.stop()
            self._observer.join(_STOP_S)
            self._observer = None


class WatchTurns:
    """Turns of looking at files: each begins with the folders watched and ends when one was stirred, or in time."""

    def __init__(self, stirred: asyncio.Event) -> None:
        """Make it on the loop that takes the turns; whoever changes what is watched sets `stirred`."""
        self._stirred = stirred
        self._loop = asyncio.get_running_loop()
        self._folders = WatchedFolders(self._stir)

    async def begin(self, paths: Iterable[Path]) -> None:
        """Watch the folders of these paths; what happens from now on ends the turn."""
        self._stirred.clear()
        wanted = tuple(paths)
        if wanted or not self._folders.is_idle:
            await asyncio.to_thread(self._folders.follow, wanted)

    async def end(self, at_most_s: float) -> None:
        """Return when something happened, or the time is over."""
        try:
            async with asyncio.timeout(at_most_s):
                await self._stirred.wait()
        except TimeoutError:
            return

    def stop(self) -> None:
        self._folders.stop()

    def _stir(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._stirred.set)
        except RuntimeError:
            return  # the loop has closed while the observer's thread was still reporting


class _Stirring(FileSystemEventHandler):
    def __init__(self, stir: Callable[[], None]) -> None:
        self._stir = stir

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in _READS:
            self._stir()


def _folders_of(path: Path) -> set[Path]:
    try:
        return {path.parent, path.resolve().parent}
    except (OSError, RuntimeError):  # a circle of links
        return {path.parent}
