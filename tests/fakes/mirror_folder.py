"""Mirror folders in memory, changed by a test's own hand as a terminal user would."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from horizon_desktop.crypto.hashing import content_hash
from horizon_desktop.domain.collaboration.text_form import read_text, text_bytes
from horizon_desktop.errors import FileRefused
from horizon_desktop.ports.documents import DiskText
from horizon_desktop.ports.mirror_folder import Parts


class MemoryMirrorFolder:
    """The MirrorFolder port over a dict. `links` are names that are symbolic links on this disk."""

    def __init__(self) -> None:
        self.contents: dict[Parts, bytes] = {}
        self.links: set[Parts] = set()
        self._watched: tuple[Parts, ...] = ()
        self._moved: asyncio.Queue[Parts] = asyncio.Queue(maxsize=1024)

    async def open(self) -> None:
        return

    async def read(self, parts: Parts) -> DiskText | None:
        self._check(parts)
        data = self.contents.get(parts)
        return None if data is None else _disk_text(parts, data)

    async def write(self, parts: Parts, text: str, *, like: DiskText | None) -> DiskText:
        self._check(parts)
        held = self.contents.get(parts)
        if held is not None and (like is None or content_hash(held) != like.fingerprint):
            raise FileRefused("changed on disk", code="file.changed", file=parts[-1])
        form = like if like is not None else DiskText(text="", newline="\n", has_bom=False, fingerprint=b"")
        data = text_bytes(text, newline=form.newline, has_bom=form.has_bom)
        self.contents[parts] = data
        return DiskText(text=text, newline=form.newline, has_bom=form.has_bom, fingerprint=content_hash(data))

    def watch(self, files: Sequence[Parts]) -> None:
        self._watched = tuple(files)

    async def changes(self) -> AsyncGenerator[Parts, None]:
        while True:
            yield await self._moved.get()

    def close(self) -> None:
        return

    def change(self, parts: Parts, data: bytes) -> None:
        """Write a file as somebody's editor would."""
        self.contents[parts] = data
        self._tell(parts)

    def delete(self, parts: Parts) -> None:
        """Delete a file as somebody would."""
        del self.contents[parts]
        self._tell(parts)

    def _tell(self, parts: Parts) -> None:
        if parts in self._watched:
            self._moved.put_nowait(parts)

    def _check(self, parts: Parts) -> None:
        if any(parts[: depth + 1] in self.links for depth in range(len(parts))):
            raise FileRefused("a link", code="file.name", file=parts[-1])
        if any(parts[:depth] in self.contents for depth in range(1, len(parts))):
            raise FileRefused("a file in place of a folder", code="file.name", file=parts[-1])


class MemoryMirrorFolders:
    """Makes one folder for each path."""

    def __init__(self) -> None:
        self.made: dict[Path, MemoryMirrorFolder] = {}

    def __call__(self, path: Path) -> MemoryMirrorFolder:
        return self.made.setdefault(path, MemoryMirrorFolder())


def _disk_text(parts: Parts, data: bytes) -> DiskText:
    form = read_text(data, name=parts[-1])
    return DiskText(text=form.text, newline=form.newline, has_bom=form.has_bom, fingerprint=content_hash(data))
