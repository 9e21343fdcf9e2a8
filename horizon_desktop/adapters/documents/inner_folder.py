"""One file below a folder, reached step by step without ever following a link: blocking calls."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final

from horizon_desktop.adapters.documents.disk_text import Stamp, status_stamp
from horizon_desktop.crypto.hashing import content_hash
from horizon_desktop.domain.collaboration.documents import MAX_TEXT_BYTES
from horizon_desktop.domain.collaboration.text_form import read_text, text_bytes, too_big
from horizon_desktop.errors import FileRefused
from horizon_desktop.ports.documents import DiskText
from horizon_desktop.ports.mirror_folder import Parts

_BY_FOLDER: Final = os.open in os.supports_dir_fd and os.rename in os.supports_dir_fd
"""Where the system can open a name inside an open folder, nobody can swap a folder for a link in between."""
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)
_CLOSE: Final = getattr(os, "O_CLOEXEC", 0)
_IN_THE_WAY: Final = frozenset({errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.EMLINK})
_SERIAL: Final = count()


def read_inner(top: Path, parts: Parts) -> DiskText | None:
    """Return the text of a file below `top` (ports/mirror_folder.py MirrorFolder.read)."""
    try:
        with _folder_of(top, parts, make=False) as place:
            data = _read(place, parts[-1])
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise _refused(parts, problem, "file.unreadable") from problem
    form = read_text(data, name=parts[-1])
    return DiskText(text=form.text, newline=form.newline, has_bom=form.has_bom, fingerprint=content_hash(data))


def write_inner(top: Path, parts: Parts, text: str, *, like: DiskText | None) -> tuple[DiskText, Stamp]:
    """Put a text into a file below `top` (ports/mirror_folder.py MirrorFolder.write).

    Returns the text with the stamp of exactly what was written, taken before the file gets its name.
    """
    newline, has_bom = (like.newline, like.has_bom) if like is not None else ("\n", False)
    data = text_bytes(text, newline=newline, has_bom=has_bom)
    if len(data) > 2 * MAX_TEXT_BYTES:
        raise too_big(parts[-1], len(data))
    try:
        with _folder_of(top, parts, make=True) as place:
            mode = _check_unchanged(place, parts[-1], like)
            stamp = _replace(place, parts[-1], data, mode, like)
    except OSError as problem:
        raise _refused(parts, problem, "file.unwritable") from problem
    return DiskText(text=text, newline=newline, has_bom=has_bom, fingerprint=content_hash(data)), stamp


class _Place:
    """An open folder, and names in it."""

    def __init__(self, path: Path, handle: int | None) -> None:
        self._path = path
        self.handle = handle

    def open(self, name: str, flags: int, mode: int = 0o600) -> int:
        if self.handle is not None:
            return os.open(name, flags | _NO_LINK | _CLOSE, mode, dir_fd=self.handle)
        if (self._path / name).is_symlink():
            raise OSError(errno.ELOOP, "a link")
        return os.open(self._path / name, flags | getattr(os, "O_BINARY", 0), mode)

    def make_folder(self, name: str) -> None:
        try:
            if self.handle is not None:
                os.mkdir(name, 0o700, dir_fd=self.handle)
            else:
                os.mkdir(self._path / name, 0o700)
        except FileExistsError:
            return

    def rename(self, old: str, new: str) -> None:
        if self.handle is not None:
            os.rename(old, new, src_dir_fd=self.handle, dst_dir_fd=self.handle)
        else:
            os.replace(self._path / old, self._path / new)

    def remove(self, name: str) -> None:
        try:
            if self.handle is not None:
                os.unlink(name, dir_fd=self.handle)
            else:
                os.unlink(self._path / name)
        except FileNotFoundError:
            return

    def step(self, name: str) -> "_Place":
        """Return a folder inside; a link or a file in its place is an error."""
        path = self._path / name
        if self.handle is not None:
            flags = os.O_RDONLY | os.O_DIRECTORY | _NO_LINK | _CLOSE
            return _Place(path, os.open(name, flags, dir_fd=self.handle))
        if path.is_symlink():
            raise OSError(errno.ELOOP, "a link")
        if not path.exists():
            raise FileNotFoundError(errno.ENOENT, "no such folder")
        if not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "no folder")
        return _Place(path, None)

    def close(self) -> None:
        if self.handle is not None:
            os.close(self.handle)


@contextmanager
def _folder_of(top: Path, parts: Parts, *, make: bool) -> Iterator[_Place]:
    """Open the folder that holds a file, from the top down."""
    handle = os.open(top, os.O_RDONLY | os.O_DIRECTORY | _CLOSE) if _BY_FOLDER else None
    place = _Place(top, handle)
    try:
        for name in parts[:-1]:
            if make:
                place.make_folder(name)
            inner = place.step(name)
            place.close()
            place = inner
        yield place
    finally:
        place.close()


def _read(place: _Place, name: str) -> bytes:
    handle = place.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EISDIR, "no regular file")
        if status.st_size > MAX_TEXT_BYTES:
            raise too_big(name, status.st_size)
        with open(handle, "rb", closefd=False) as file:
            return file.read(MAX_TEXT_BYTES + 1)
    finally:
        os.close(handle)


def _check_unchanged(place: _Place, name: str, like: DiskText | None) -> int:
    """Return the mode for the new file; refuse when the disk does not hold what is to be replaced."""
    try:
        handle = place.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return 0o600
    try:
        status = os.fstat(handle)
    finally:
        os.close(handle)
    if like is None or content_hash(_read(place, name)) != like.fingerprint:
        raise FileRefused(f"{name} changed on disk", code="file.changed", file=name)
    return stat.S_IMODE(status.st_mode)


def _replace(place: _Place, name: str, data: bytes, mode: int, like: DiskText | None) -> Stamp:
    temporary = f".{name[:60]}.{os.getpid()}-{next(_SERIAL)}.horizon"
    handle = place.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            if hasattr(os, "fchmod"):
                os.fchmod(handle, mode & 0o777)
            os.fsync(handle)
            stamp = status_stamp(os.fstat(handle))
        _check_unchanged(place, name, like)  # once more: writing to the disk took its time
        place.rename(temporary, name)  # replaces a link that was put there meanwhile, never its target
        return stamp
    finally:
        place.remove(temporary)


def _refused(parts: Parts, problem: OSError, otherwise: str) -> FileRefused:
    code = "file.name" if problem.errno in _IN_THE_WAY else otherwise
    return FileRefused(f"{'/'.join(parts)}: {problem.strerror}", code=code, file=parts[-1])
