"""Folders whose system events stir a watcher (watchdog). Best effort: whoever uses it polls besides."""

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
        self._watches: dict[Path, ObservedWatch] = {}

    def follow(self, paths: Iterable[Path]) -> None:
        """Watch the folders of these paths, and of what links among them lead to, and no others. Blocks a little."""
        folders = {found.parent for path in paths for found in (path, path.resolve())}
        if self._observer is None:
            if not folders:
                return
            self._observer = Observer()
            self._observer.daemon = True
            self._observer.start()
        for folder in self._watches.keys() - folders:
            self._observer.unschedule(self._watches.pop(folder))
        for folder in folders - self._watches.keys():
            try:
                self._watches[folder] = self._observer.schedule(self._handler, str(folder))
            except OSError:
                continue  # no such folder, or no watches left: polled

    def stop(self) -> None:
        if self._observer is not None:
            self._observer.stop()
            self._observer.join(_STOP_S)
            self._observer = None


class _Stirring(FileSystemEventHandler):
    def __init__(self, stir: Callable[[], None]) -> None:
        self._stir = stir

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in _READS:
            self._stir()
