"""The files of a hosted session: picked, named, kept in the store, found again after a restart."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Final

from horizon_desktop.domain.collaboration.shared_paths import common_root, path_key, shared_path
from horizon_desktop.domain.ids import FileId, SessionId
from horizon_desktop.errors import FileRefused, UsageError
from horizon_desktop.ports.documents import DiskText, ReplicaFactory, TextFiles
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.records import FileRow, FileStart
from horizon_desktop.ports.storage import Store
from horizon_desktop.services.shared_document import SharedDocument

MAX_FILES: Final = 250
"""Shared files of one session: their list must fit one message, their texts the memory."""

MAX_SHARED_BYTES: Final = 64 * 1024 * 1024
"""All shared texts of one session together: each is held several times over (replica, order, saved text)."""


class FileRegistry:
    """Which files are shared, under which ids and names."""

    def __init__(
        self,
        *,
        session_id: SessionId,
        files: TextFiles,
        replicas: ReplicaFactory,
        store: Store,
        entropy: Entropy,
        folder: str,
    ) -> None:
        self._session_id = session_id
        self._files = files
        self._replicas = replicas
        self._store = store
        self._entropy = entropy
        self._root: PurePath | None = PurePath(folder) if folder else None
        self._documents: dict[FileId, SharedDocument] = {}
        self._turn = asyncio.Lock()

    @property
    def folder(self) -> str:
        return str(self._root) if self._root is not None else ""

    def all(self) -> Sequence[SharedDocument]:
        """Return the documents in the order they were shared."""
        return tuple(self._documents.values())

    def find(self, file_id: FileId) -> SharedDocument | None:
        return self._documents.get(file_id)

    async def load(self) -> Sequence[SharedDocument]:
        """Take up what the store holds; a file whose text is lost starts a new epoch from the disk."""
        for row in await self._store.files(self._session_id):
            document = await SharedDocument.take_up(
                row, replicas=self._replicas, store=self._store, entropy=self._entropy
            )
            if document is None:
                document = await self._begin_again(row)
            self._documents[row.file_id] = document
        return self.all()

    async def draft(self, paths: Sequence[Path]) -> Sequence[SharedDocument]:
        """Read files, and folders as the text files in them; all or none. What is shared already is left out.

        Nothing is shared before `add`, and nothing else may be drafted in between.
        """
        if not paths:
            return ()
        tops = [absolute_path(path) for path in paths]
        found = await self._read(tops)
        if not self._documents and self._root is None:
            self._root = common_root(tops)
        taken = {path_key(document.row.path) for document in self._documents.values()}
        drafts: list[SharedDocument] = []
        for path, (top, disk) in found.items():
            name = shared_path(path, top=top, root=self._root, taken=taken)
            taken.add(path_key(name))
            row = FileRow(
                file_id=FileId(self._entropy.draw(16)), session_id=self._session_id, path=name, disk_path=str(path)
            )
            drafts.append(self._draft(row, disk))
        return drafts

    def add(self, drafts: Sequence[SharedDocument]) -> None:
        """Share drafts that the store holds."""
        self._documents.update((document.file_id, document) for document in drafts)

    async def share(self, paths: Sequence[Path]) -> Sequence[SharedDocument]:
        """Add files, and folders as the text files in them; all or none. Files that are shared already are left out."""
        async with self._turn:  # two at once would share one file twice
            drafts = await self.draft(paths)
            if drafts:
                await self._store.add_files(self._session_id, starts_of(drafts))
            self.add(drafts)
        return drafts

    async def remove(self, document: SharedDocument) -> None:
        """Forget a file; it stays on disk."""
        self._documents.pop(document.file_id, None)
        await self._store.remove_file(document.file_id)

    async def _read(self, tops: Sequence[Path]) -> dict[Path, tuple[Path, DiskText]]:
        """Return what is to be shared, by path, with what it was picked as."""
        shared = {document.disk_path for document in self._documents.values()}
        found: dict[Path, tuple[Path, DiskText]] = {}
        size = sum(document.text_bytes() for document in self._documents.values())
        for top in tops:
            inside = await self._files.expand(top)
            is_folder = list(inside) != [top]
            texts = 0
            for path in inside:
                if path in shared or path in found:
                    texts += 1
                    continue
                try:
                    found[path] = (top, await self._files.read(path))
                except FileRefused:
                    if not is_folder:
                        raise
                    continue  # a folder stands for the text files in it
                texts += 1
                size += len(found[path][1].text)
                if len(self._documents) + len(found) > MAX_FILES or size > MAX_SHARED_BYTES:
                    message = f"at most {MAX_FILES} files of {MAX_SHARED_BYTES} bytes in all can be shared"
                    raise UsageError(message, code="files.many")
            if not texts:
                raise FileRefused(f"{top.name} holds no text file", code="share.nothing", file=top.name)
        return found

    def _draft(self, row: FileRow, disk: DiskText) -> SharedDocument:
        return SharedDocument.draft(row, disk, replicas=self._replicas, store=self._store, entropy=self._entropy)

    async def _begin_again(self, row: FileRow) -> SharedDocument:
        try:
            disk = await self._files.read(Path(row.disk_path))
            code = ""
        except FileRefused as refused:
            disk, code = DiskText(text="", newline="\n", has_bom=False, fingerprint=b""), refused.key
        document = self._draft(row, disk)
        first = document.first_row()
        await self._store.start_document(row.file_id, epoch=first.epoch, state=first.state, saved_text=first.saved_text)
        document.problem = code
        document.is_original_kept = await self._store.original(row.file_id) is not None
        return document


def starts_of(drafts: Sequence[SharedDocument]) -> Sequence[FileStart]:
    """Return what the store keeps of drafts."""
    return tuple(FileStart(document.row, document.first_row()) for document in drafts)


def absolute_path(path: Path) -> Path:
    """Return the path from the top, without dots; links stay what they are."""
    return Path(os.path.abspath(path))
