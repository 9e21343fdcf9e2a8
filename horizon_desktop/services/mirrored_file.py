"""One file of the mirror: what to do when the text, the disk, or both have moved since they were last in step."""

from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Final

from horizon_desktop.domain.collaboration.merge import merge_texts
from horizon_desktop.domain.ids import FileId
from horizon_desktop.errors import FileRefused
from horizon_desktop.ports.documents import DiskText
from horizon_desktop.ports.mirror_folder import MirrorFolder, Parts
from horizon_desktop.services.document_copies import GuestDocuments

_MOST_ASIDE: Final = 99
"""Files NAME.mine, NAME.mine.2, ... beside one file."""


class Outcome(Enum):
    NOT_YET = auto()
    """The text has not arrived."""
    IN_STEP = auto()
    SAVED = auto()
    """Somebody else's edit was written to disk."""
    SET_ASIDE = auto()
    """What may not be sent was written to NAME.mine."""
    AGAIN = auto()
    """The disk moved in between: look again."""
    EMPTIED = auto()
    """The file is suddenly empty, as one is that is being written: look again in a moment."""


class MirroredFile:
    """`base` is the text that disk and document last had in common; None: not yet."""

    def __init__(
        self,
        file_id: FileId,
        parts: Parts,
        *,
        folder: MirrorFolder,
        documents: GuestDocuments,
        base: str | None,
        is_forced: bool,
        keep_base: Callable[[str], Awaitable[None]],
    ) -> None:
        self.file_id = file_id
        self.parts = parts
        self.base = base
        self.kept = base
        """The base that the next start will find: one that the host has."""
        self.trouble = ""
        self.dropped: str | None = None
        """Text that the host refused and that is not on disk under another name yet."""
        self._is_empty = False
        self._folder = folder
        self._documents = documents
        self._is_forced = is_forced
        self._keep_base = keep_base

    @property
    def path(self) -> str:
        return "/".join(self.parts)

    async def sync(self) -> Outcome:
        """Bring disk and text in step.

        Raises FileRefused: file.differs (another file stands there), or what keeps the disk from being read or written.
        """
        text = self._documents.text_of(self.file_id)
        if text is None:
            return Outcome.NOT_YET
        if self.dropped is not None:
            await self._set_aside(self.dropped)
            self.dropped = None
            await self._put_back(text)
            return Outcome.SET_ASIDE
        disk = await self._folder.read(self.parts)
        if disk is None:
            return await self._write(text, like=None)
        was_empty, self._is_empty = self._is_empty, not disk.text
        if self._is_empty and self.base and not was_empty:
            return Outcome.EMPTIED
        if disk.text == text:
            self.base = text
            return Outcome.IN_STEP
        if self.base is None:
            return await self._meet(disk, text)
        if disk.text == self.base:
            return await self._write(text, like=disk)
        return await self._both_moved(disk, text, self.base)

    async def _meet(self, disk: DiskText, text: str) -> Outcome:
        """A file nobody put there for this session holds something else."""
        if not self._is_forced:
            raise FileRefused(f"{self.path} is another file", code="file.differs", file=self.path)
        await self._set_aside(disk.text)
        return await self._write(text, like=disk)

    async def _both_moved(self, disk: DiskText, text: str, base: str) -> Outcome:
        if not self._documents.may_edit(self.file_id):
            await self._set_aside(disk.text)
            await self._write(text, like=disk)
            return Outcome.SET_ASIDE
        merged = merge_texts(base, disk.text, text)
        self._documents.put_text(self.file_id, merged)
        if merged == disk.text:
            self.base = merged
            return Outcome.IN_STEP
        return await self._write(merged, like=disk)

    async def _write(self, text: str, *, like: DiskText | None) -> Outcome:
        if like is None:
            await self._keep_base(text)  # before the file: a crash in between must not leave a file nobody knows
            self.kept = text
        try:
            await self._folder.write(self.parts, text, like=like)
        except FileRefused as refused:
            if refused.key == "file.changed":
                return Outcome.AGAIN
            raise
        self.base = text
        return Outcome.SAVED

    async def _put_back(self, text: str) -> None:
        disk = await self._folder.read(self.parts)
        if disk is None or disk.text != text:
            await self._write(text, like=disk)
        self.base = text

    async def _set_aside(self, text: str) -> None:
        """Write a text to NAME.mine, or the first numbered one that is free or holds it already."""
        for number in range(1, _MOST_ASIDE + 1):
            ending = ".mine" if number == 1 else f".mine.{number}"
            parts = (*self.parts[:-1], self.parts[-1] + ending)
            held = await self._folder.read(parts)
            if held is not None and held.text == text:
                return
            if held is None:
                await self._folder.write(parts, text, like=None)
                return
        raise FileRefused(f"too many copies of {self.path}", code="file.unwritable", file=self.path)
