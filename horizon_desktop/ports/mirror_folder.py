"""The folder on a guest's disk that holds shared files as files."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from horizon_desktop.ports.documents import DiskText

Parts = tuple[str, ...]
"""Folder names and file name inside the mirror, as domain/collaboration/mirror_paths.py let them pass."""


class MirrorFolder(Protocol):
    """Reads, writes and watches files below one folder, never following a link out of it. Raises FileRefused."""

    async def open(self) -> None:
        """Make the folder (for its owner only) when it is missing. Refused: file.unwritable."""
        ...

    async def read(self, parts: Parts) -> DiskText | None:
        """Return a file's text, None when there is no such file.

        Refused: file.binary, file.encoding, file.big, file.unreadable, file.name (a link or a folder in the way).
        """
        ...

    async def write(self, parts: Parts, text: str, *, like: DiskText | None) -> DiskText:
        """Write atomically in the form of `like`; None: there must be no such file yet.

        Refused: file.changed (the disk does not hold `like`), file.unwritable, file.name.
        """
        ...

    def watch(self, files: Sequence[Parts]) -> None:
        """Watch exactly these files from now on."""
        ...

    def changes(self) -> AsyncGenerator[Parts, None]:
        """Yield what may have changed or vanished; own writes are left out where that can be told."""
        ...

    def close(self) -> None: ...
