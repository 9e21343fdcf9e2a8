"""Text files on disk: read, written, and watched by the system's events plus a stat poll each second."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Final

from horizon_desktop.adapters.documents.disk_text import Stamp, read_disk, stamp_of, write_disk
from horizon_desktop.adapters.documents.folders import expand_folder
from horizon_desktop.adapters.documents.watched_folders import WatchTurns
from horizon_desktop.errors import FileRefused
from horizon_desktop.ports.documents import DiskChanged, DiskEvent, DiskRefused, DiskText, DiskVanished

_POLL_S: Final = 1.0
"""Network file systems send no events (PROTOCOL section 7)."""
_SETTLE_S: Final = 0.05
"""A writer that truncates first is given this long without a change before its file is read."""
_MOST_SETTLES: Final = 20
_MISSES: Final = 3
"""Looks in a row that find no file before it has vanished: editors save by delete and rename."""


class DiskTextFiles:
    """The TextFiles port over the real file system."""

    def __init__(self) -> None:
        self._seen: dict[Path, _Seen] = {}
        self._watched: tuple[Path, ...] = ()
        self._writing: set[Path] = set()
        self._stirred = asyncio.Event()

    async def read(self, path: Path) -> DiskText:
        stamp, disk = await asyncio.to_thread(_stamped, path)
        self._seen[path] = _Seen(stamp, disk.fingerprint)
        return disk

    async def write(self, path: Path, text: str, *, like: DiskText, may_create: bool = False) -> DiskText:
        self._writing.add(path)  # what is half done is not looked at
        try:
            disk, stamp = await asyncio.to_thread(write_disk, path, text, like=like, may_create=may_create)
            self._seen[path] = _Seen(stamp, disk.fingerprint)
        finally:
            self._writing.discard(path)
        return disk

    async def expand(self, path: Path) -> Sequence[Path]:
        return await asyncio.to_thread(expand_folder, path)

    def watch(self, paths: Sequence[Path]) -> None:
        self._watched = tuple(paths)
        self._seen = {path: seen for path, seen in self._seen.items() if path in self._watched}
        self._stirred.set()

    async def changes(self) -> AsyncGenerator[DiskEvent, None]:
        turns = WatchTurns(self._stirred)
        try:
            while True:
                await turns.begin(self._watched)
                for path in self._watched:
                    event = await self._look(path)
                    if event is not None:
                        yield event
                await turns.end(_SETTLE_S if self._has_missed() else _POLL_S)
        finally:
            turns.stop()

    def _has_missed(self) -> bool:
        return any(0 < seen.misses < _MISSES for seen in self._seen.values())

    async def _look(self, path: Path) -> DiskEvent | None:
        """Return what happened to a file since it was last read, written or reported."""
        if path in self._writing:
            return None
        seen = self._seen.setdefault(path, _Seen(None, b""))
        stamp = await asyncio.to_thread(stamp_of, path)
        if stamp is None:
            seen.misses += 1
            if seen.misses != _MISSES:
                return None
            seen.stamp, seen.fingerprint, seen.code = None, b"", ""
            return DiskVanished(path)
        seen.misses = 0
        if stamp == seen.stamp:
            return None
        return await self._read_settled(path, seen, stamp)

    async def _read_settled(self, path: Path, seen: "_Seen", stamp: Stamp) -> DiskEvent | None:
        for _ in range(_MOST_SETTLES):
            await asyncio.sleep(_SETTLE_S)
            later = await asyncio.to_thread(stamp_of, path)
            if later == stamp:
                break
            if later is None:
                return None
            stamp = later
        try:
            disk = await asyncio.to_thread(read_disk, path)
        except FileRefused as refused:
            if refused.key == "file.vanished" or (seen.code == refused.key and seen.stamp == stamp):
                return None
            seen.stamp, seen.code = stamp, refused.key
            return DiskRefused(path, refused.key)
        if self._seen.get(path) is not seen or path in self._writing:
            return None  # read or written meanwhile: that is newer
        is_news = disk.fingerprint != seen.fingerprint or seen.code != ""
        seen.stamp, seen.fingerprint, seen.code = stamp, disk.fingerprint, ""
        return DiskChanged(path, disk) if is_news else None


class _Seen:
    """What a file was when it was last read, written or reported here."""

    def __init__(self, stamp: Stamp | None, fingerprint: bytes) -> None:
        self.stamp = stamp
        self.fingerprint = fingerprint
        self.code = ""
        self.misses = 0


def _stamped(path: Path) -> tuple[Stamp | None, DiskText]:
    """Return a file's text, and its stamp from before it was read. Raises FileRefused."""
    stamp = stamp_of(path)
    return stamp, read_disk(path)
