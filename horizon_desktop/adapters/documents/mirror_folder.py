"""The mirror folder on disk: files below one folder, and what happens to them."""

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Final

from horizon_desktop.adapters.documents.disk_text import Stamp, status_stamp
from horizon_desktop.adapters.documents.inner_folder import read_inner, write_inner
from horizon_desktop.adapters.documents.watched_folders import WatchTurns
from horizon_desktop.errors import FileRefused
from horizon_desktop.ports.documents import DiskText
from horizon_desktop.ports.mirror_folder import Parts

_POLL_S: Final = 1.0
_SETTLE_S: Final = 0.05
"""An editor that truncates first, or deletes and renames, is given this long."""
_MOST_SETTLES: Final = 20


class DiskMirrorFolder:
    """The MirrorFolder port over the real file system."""

    def __init__(self, folder: Path) -> None:
        self._top = folder
        self._stamps: dict[Parts, Stamp | None] = {}
        self._watched: tuple[Parts, ...] = ()
        self._stirred = asyncio.Event()

    async def open(self) -> None:
        try:
            await asyncio.to_thread(os.makedirs, self._top, 0o700, True)
        except OSError as problem:
            message = f"{self._top.name}: {problem.strerror}"
            raise FileRefused(message, code="file.unwritable", file=self._top.name) from problem

    async def read(self, parts: Parts) -> DiskText | None:
        stamp = await asyncio.to_thread(self._stamp, parts)
        disk = await asyncio.to_thread(read_inner, self._top, parts)
        self._stamps[parts] = stamp
        return disk

    async def write(self, parts: Parts, text: str, *, like: DiskText | None) -> DiskText:
        disk, self._stamps[parts] = await asyncio.to_thread(write_inner, self._top, parts, text, like=like)
        self._stirred.set()  # the folder may be new: watch it
        return disk

    def watch(self, files: Sequence[Parts]) -> None:
        self._watched = tuple(files)
        self._stirred.set()

    async def changes(self) -> AsyncGenerator[Parts, None]:
        turns = WatchTurns(self._stirred)
        try:
            while True:
                await turns.begin([self._top.joinpath(*parts) for parts in self._watched])
                for parts in self._watched:
                    if await self._has_moved(parts):
                        yield parts
                await turns.end(_POLL_S)
        finally:
            turns.stop()

    def close(self) -> None:
        """Nothing is held open between two calls."""

    async def _has_moved(self, parts: Parts) -> bool:
        """Whether a file is not what it was when last read or written here, once it has come to rest."""
        known = self._stamps.get(parts)
        stamp = await asyncio.to_thread(self._stamp, parts)
        if stamp == known:
            return False
        for _ in range(_MOST_SETTLES):
            await asyncio.sleep(_SETTLE_S)
            later = await asyncio.to_thread(self._stamp, parts)
            if later == stamp:
                break
            stamp = later
        if self._stamps.get(parts) == stamp:
            return False
        self._stamps[parts] = stamp
        return True

    def _stamp(self, parts: Parts) -> Stamp | None:
        try:
            status = os.lstat(self._top.joinpath(*parts))
        except OSError:
            return None
        return status_stamp(status)
