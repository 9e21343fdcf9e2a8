"""The device seed in an owner-only file, written whole or not at all."""

import asyncio
import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from horizon_desktop.errors import SecretUnavailable
from horizon_desktop.ports.secrets import SecretHome

SEED_BYTES: Final = 32
MAX_HEAD_BYTES: Final = 64
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)


class FileSecretStore:
    """The SecretStore port over one file of 32 bytes with mode 0600."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def home(self) -> SecretHome:
        return SecretHome.FILE

    async def read_seed(self) -> bytes | None:
        try:
            return await asyncio.to_thread(_read, self._path)
        except OSError as exc:
            raise SecretUnavailable(f"cannot read {self._path}: {exc.strerror}", file=str(self._path)) from exc

    async def write_seed(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise ValueError(f"a seed has {SEED_BYTES} bytes, got {len(seed)}")
        try:
            await asyncio.to_thread(_write, self._path, seed)
        except OSError as exc:
            raise SecretUnavailable(f"cannot write {self._path}: {exc.strerror}", file=str(self._path)) from exc

    async def read_head(self) -> bytes | None:
        try:
            return await asyncio.to_thread(_read_owned, self._head_path, MAX_HEAD_BYTES)
        except OSError as exc:
            raise SecretUnavailable(f"cannot read {self._head_path}: {exc.strerror}") from exc

    async def write_head(self, head: bytes) -> None:
        try:
            await asyncio.to_thread(_write, self._head_path, head)
        except OSError as exc:
            raise SecretUnavailable(f"cannot write {self._head_path}: {exc.strerror}") from exc

    @property
    def _head_path(self) -> Path:
        return self._path.with_name(f"{self._path.name}.database-head")


def _read(path: Path) -> bytes | None:
    seed = _read_owned(path, SEED_BYTES + 1)
    if seed is not None and len(seed) != SEED_BYTES:
        raise SecretUnavailable(f"{path} is not a device key: expected {SEED_BYTES} bytes", file=str(path))
    return seed


def _read_owned(path: Path, most_bytes: int) -> bytes | None:
    try:
        opened = os.open(path, os.O_RDONLY | _NO_LINK)
    except FileNotFoundError:
        return None
    try:
        found = os.fstat(opened)
        if hasattr(os, "getuid"):
            if found.st_uid != os.getuid():
                raise SecretUnavailable(f"{path} belongs to somebody else", file=str(path))
            if stat.S_IMODE(found.st_mode) & 0o077:
                raise SecretUnavailable(
                    f"{path} can be read by others: expected mode 0600", code="secret.exposed", file=str(path)
                )
        return os.read(opened, most_bytes)
    finally:
        os.close(opened)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600 from the start
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
