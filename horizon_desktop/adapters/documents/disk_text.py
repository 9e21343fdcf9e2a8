"""Reading and atomically writing one text file: blocking calls, run on a thread by their callers."""

import errno
import os
import stat
from itertools import count
from pathlib import Path
from typing import Final

from horizon_desktop.crypto.hashing import content_hash
from horizon_desktop.domain.collaboration.documents import MAX_TEXT_BYTES
from horizon_desktop.domain.collaboration.text_form import read_text, text_bytes, too_big
from horizon_desktop.errors import FileRefused
from horizon_desktop.ports.documents import DiskText

MAX_WRITTEN_BYTES: Final = 2 * MAX_TEXT_BYTES
"""A shared text may grow past the limit of sharing by one edit, and gain a byte a line in CR LF form."""
_SERIAL: Final = count()
_GONE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ESTALE})

Stamp = tuple[int, int, int, int]
"""Device, inode, size and time of change: tells that a file may have changed without reading it."""


def read_disk(path: Path) -> DiskText:
    """Return a file's text. Raises FileRefused."""
    data = read_bytes(path)
    form = read_text(data, name=path.name)
    return DiskText(text=form.text, newline=form.newline, has_bom=form.has_bom, fingerprint=content_hash(data))


def read_bytes(path: Path) -> bytes:
    """Return a regular file's bytes, at most 2 MB. Raises FileRefused."""
    try:
        # Not blocking: opening a named pipe would wait for its writer.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    except OSError as problem:
        raise refusal(path, problem, "file.unreadable") from problem
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise FileRefused(f"{path.name} is no regular file", code="file.binary", file=path.name)
        if status.st_size > MAX_TEXT_BYTES:
            raise too_big(path.name, status.st_size)
        with open(handle, "rb", closefd=False) as file:
            return file.read(MAX_TEXT_BYTES + 1)
    except OSError as problem:
        raise refusal(path, problem, "file.unreadable") from problem
    finally:
        os.close(handle)


def write_disk(path: Path, text: str, *, like: DiskText, may_create: bool) -> tuple[DiskText, Stamp]:
    """Put a text into the file that a path leads to; return it with the stamp of exactly what was written.

    The stamp is taken before the file gets its name, so a change by another program right after is seen as one.
    Raises FileRefused (ports/documents.py TextFiles.write).
    """
    data = text_bytes(text, newline=like.newline, has_bom=like.has_bom)
    if len(data) > MAX_WRITTEN_BYTES:
        raise too_big(path.name, len(data))
    target = Path(os.path.realpath(path))
    now = DiskText(text=text, newline=like.newline, has_bom=like.has_bom, fingerprint=content_hash(data))
    try:
        status = target.stat()
    except OSError as problem:
        if not may_create or problem.errno not in _GONE:
            raise refusal(path, problem, "file.unwritable") from problem
        status = None
    if status is not None:
        held = content_hash(read_bytes(target))
        if held == now.fingerprint:
            return now, status_stamp(status)
        if held != like.fingerprint:
            raise FileRefused(f"{path.name} changed on disk", code="file.changed", file=path.name)
    try:
        stamp = _replace(target, data, status, like.fingerprint)
    except OSError as problem:
        raise refusal(path, problem, "file.unwritable") from problem
    return now, stamp


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of the file that a path leads to, None when there is none to be seen."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status_stamp(status)


def status_stamp(status: os.stat_result) -> Stamp:
    """Return the stamp of a file's status."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def refusal(path: Path, problem: OSError, otherwise: str) -> FileRefused:
    """Return our word for an error of the operating system."""
    code = "file.vanished" if problem.errno in _GONE else otherwise
    return FileRefused(f"{path.name}: {problem.strerror}", code=code, file=path.name)


def _replace(target: Path, data: bytes, status: os.stat_result | None, expected: bytes) -> Stamp:
    """Put a new file in the target's place, or write into the one there that is somebody else's.

    Writing the new one to the disk takes its time. So what is replaced is looked at once more right before, and
    what another program wrote into it in between is put back: FileRefused (file.changed), and nothing is lost.
    """
    if status is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "read-only file")
    temporary = _beside(target)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666 if status is None else 0o600)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            is_ours = _keep_owner(handle, status)
            os.fsync(handle)
            stamp = status_stamp(os.fstat(handle))
        if not is_ours:
            return _write_in_place(target, data)
        if status is None or os.name == "nt":  # Windows lets nobody replace a file that is held open
            os.replace(temporary, target)
        else:
            replace_expected(temporary, target, expected)
        _sync_folder(target.parent)
        return stamp
    finally:
        temporary.unlink(missing_ok=True)


def replace_expected(temporary: Path, target: Path, expected: bytes) -> None:
    """Replace the target, which must hold what is expected, before and when it goes."""
    replaced = os.open(target, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if content_hash(_all_of(replaced)) != expected:
            raise FileRefused(f"{target.name} changed on disk", code="file.changed", file=target.name)
        os.replace(temporary, target)
        late = _all_of(replaced)
        if content_hash(late) != expected:
            put_back(late, target, os.fstat(replaced))
            raise FileRefused(f"{target.name} changed on disk", code="file.changed", file=target.name)
    finally:
        os.close(replaced)


def _all_of(handle: int) -> bytes:
    """Return what an open file holds, at most a little more than a text may have."""
    return os.pread(handle, MAX_WRITTEN_BYTES + 1, 0)


def put_back(data: bytes, target: Path, status: os.stat_result) -> None:
    """Put bytes that were replaced back in their place, with their owner and mode."""
    temporary = _beside(target)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            _keep_owner(handle, status)
            os.fsync(handle)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name[:100]}.{os.getpid()}-{next(_SERIAL)}.horizon")


def _keep_owner(handle: int, status: os.stat_result | None) -> bool:
    """Give the new file the old one's owner and mode; False when the system does not let us."""
    if status is None or not hasattr(os, "fchown"):
        return True
    made = os.fstat(handle)
    if (made.st_uid, made.st_gid) != (status.st_uid, status.st_gid):
        try:
            os.fchown(handle, status.st_uid, status.st_gid)
        except PermissionError:
            return False
    os.fchmod(handle, stat.S_IMODE(status.st_mode))
    return True


def _write_in_place(target: Path, data: bytes) -> Stamp:
    """Overwrite somebody else's file that we may write but not own: a new file would become ours."""
    with open(target, "r+b") as file:
        file.write(data)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
        return status_stamp(os.fstat(file.fileno()))


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
