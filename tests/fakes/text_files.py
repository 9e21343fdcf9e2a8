"""Text files in memory, changed from outside by a test's own hand."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from horizon_desktop.crypto.hashing import content_hash
from horizon_desktop.domain.collaboration.text_form import read_text, text_bytes
from horizon_desktop.errors import FileRefused
from horizon_desktop.ports.documents import DiskChanged, DiskEvent, DiskRefused, DiskText, DiskVanished


class MemoryTextFiles:
    """The TextFiles port over a dict. `contents` is the disk; `change` and `vanish` are somebody else's doing."""

    def __init__(self, contents: dict[Path, bytes] | None = None) -> None:
        self.contents = dict(contents or {})
        self.watched: tuple[Path, ...] = ()
        self.written: list[Path] = []
        self.unwritable: set[Path] = set()
        self._events: asyncio.Queue[DiskEvent] = asyncio.Queue(maxsize=1024)

    async def read(self, path: Path) -> DiskText:
        if path not in self.contents:
            raise FileRefused(f"{path.name} is gone", code="file.vanished", file=path.name)
        return _disk_text(path, self.contents[path])

    async def write(self, path: Path, text: str, *, like: DiskText, may_create: bool = False) -> DiskText:
        held = self.contents.get(path)
        if held is None and not may_create:
            raise FileRefused(f"{path.name} is gone", code="file.vanished", file=path.name)
        if path in self.unwritable:
            raise FileRefused(f"{path.name} is read-only", code="file.unwritable", file=path.name)
        data = text_bytes(text, newline=like.newline, has_bom=like.has_bom)
        if held is not None and held != data and content_hash(held) != like.fingerprint:
            raise FileRefused(f"{path.name} changed on disk", code="file.changed", file=path.name)
        self.contents[path] = data
        self.written.append(path)
        return DiskText(text=text, newline=like.newline, has_bom=like.has_bom, fingerprint=content_hash(data))

    async def expand(self, path: Path) -> Sequence[Path]:
        if path in self.contents:
            return [path]
        inside = sorted(found for found in self.contents if path in found.parents)
        if not inside:
            raise FileRefused(f"{path.name} is gone", code="file.vanished", file=path.name)
        return [found for found in inside if not any(part.startswith(".") for part in found.relative_to(path).parts)]

    def watch(self, paths: Sequence[Path]) -> None:
        self.watched = tuple(paths)

    async def changes(self) -> AsyncGenerator[DiskEvent, None]:
        while True:
            yield await self._events.get()

    def change(self, path: Path, data: bytes) -> None:
        """Write a file as another program would."""
        self.contents[path] = data
        try:
            event: DiskEvent = DiskChanged(path, _disk_text(path, data))
        except FileRefused as refused:
            event = DiskRefused(path, refused.key)
        self._tell(event)

    def vanish(self, path: Path) -> None:
        """Delete a file as another program would."""
        del self.contents[path]
        self._tell(DiskVanished(path))

    def held_back(self) -> DiskEvent:
        """Take the last report out of the queue, to be told late."""
        return self._events.get_nowait()

    def tell(self, event: DiskEvent) -> None:
        """Report something now, however old."""
        self._tell(event)

    def _tell(self, event: DiskEvent) -> None:
        if event.path in self.watched:
            self._events.put_nowait(event)


def _disk_text(path: Path, data: bytes) -> DiskText:
    form = read_text(data, name=path.name)
    return DiskText(text=form.text, newline=form.newline, has_bom=form.has_bom, fingerprint=content_hash(data))
