"""The database as a file: owner-only, and copied before a migration."""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Final

from horizon_desktop.errors import StoreUnavailable

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600


def prepare(path: Path) -> None:
    """Make sure that `path` is a regular file of ours that nobody else may read, in a folder nobody else may enter.

    SQLite gives its -wal and -shm files the mode of the database.

    Raises:
        StoreUnavailable: the folder or the file is a link, somebody else's, or cannot be made.
    """
    try:
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        _own(path.parent, FOLDER_MODE, is_folder=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), FILE_MODE))
        _own(path, FILE_MODE, is_folder=False)
    except OSError as exc:
        raise StoreUnavailable(f"cannot open {path}: {exc.strerror}", file=str(path)) from exc


def back_up(path: Path, revision: str) -> Path:
    """Copy the database, whole and consistent, beside itself; return the copy's path.

    Args:
        revision: What the database is at now; names the copy.

    Raises:
        StoreUnavailable: there is no room, or the database cannot be read.
    """
    copy = path.with_name(f"{path.name}.before-migration-{revision}")
    try:
        copy.unlink(missing_ok=True)
        os.close(os.open(copy, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE))
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    except (OSError, sqlite3.Error) as exc:
        raise StoreUnavailable(f"cannot copy {path} before migrating it", file=str(path)) from exc
    return copy


def _own(path: Path, mode: int, *, is_folder: bool) -> None:
    found = path.lstat() if not is_folder else path.stat()
    is_right_kind = stat.S_ISDIR(found.st_mode) if is_folder else stat.S_ISREG(found.st_mode)
    if not is_right_kind:
        raise StoreUnavailable(f"{path} is not what it should be", file=str(path))
    if hasattr(os, "getuid") and found.st_uid != os.getuid():
        raise StoreUnavailable(f"{path} belongs to somebody else", file=str(path))
    if hasattr(os, "getuid") and stat.S_IMODE(found.st_mode) != mode:
        path.chmod(mode)
