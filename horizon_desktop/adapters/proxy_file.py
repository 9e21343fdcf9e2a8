"""A profile's choice of an HTTP proxy in a file that only its owner can read."""

import asyncio
import os
from pathlib import Path
from typing import Final

from horizon_desktop.errors import StoreUnavailable

_OWNER_ONLY: Final = 0o600
_MOST_BYTES: Final = 4096


class ProxyFile:
    """The ProxyHome port over one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self) -> str:
        return await asyncio.to_thread(self._read)

    async def write(self, line: str) -> None:
        await asyncio.to_thread(self._write, line)

    def _read(self) -> str:
        try:
            with self._path.open(encoding="utf-8") as file:
                return file.read(_MOST_BYTES).strip()
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as exc:
            raise StoreUnavailable(f"{self._path.name} of the profile cannot be read") from exc

    def _write(self, line: str) -> None:
        """Write beside and put in place, so that a crash leaves the old line or the new one."""
        beside = self._path.with_suffix(".new")
        try:
            if not line:
                self._path.unlink(missing_ok=True)
                return
            beside.unlink(missing_ok=True)
            with open(
                os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w", encoding="utf-8"
            ) as file:
                file.write(f"{line}\n")
            beside.replace(self._path)
        except OSError as exc:
            raise StoreUnavailable(f"{self._path.name} of the profile cannot be written") from exc
