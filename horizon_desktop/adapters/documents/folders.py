"""What a folder stands for when somebody shares it: its files, within bounds."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from horizon_desktop.adapters.documents.disk_text import refusal
from horizon_desktop.errors import FileRefused

_MOST_ENTRIES: Final = 10_000
"""Files and folders looked at: a home folder shared by mistake must not be walked to its end."""
_LEFT_OUT: Final = frozenset({"__pycache__", "node_modules", "venv"})
"""Folders full of what nobody edits by hand."""


def expand_folder(path: Path) -> list[Path]:
    """Return a file as itself, a folder as its files, sorted (ports/documents.py TextFiles.expand)."""
    path = Path(os.path.abspath(path))
    try:
        path.stat()
    except OSError as problem:
        raise refusal(path, problem, "file.unreadable") from problem
    if not path.is_dir():
        return [path]
    found: list[Path] = []
    for looked, entry in enumerate(_walk(path)):
        if looked >= _MOST_ENTRIES:
            raise FileRefused(f"{path.name} holds more than {_MOST_ENTRIES} files", code="files.many", file=path.name)
        found.append(entry)
    return sorted(found)


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _LEFT_OUT]
        for name in files:
            entry = Path(place) / name
            if not name.startswith(".") and entry.is_file() and not entry.is_symlink():
                yield entry
