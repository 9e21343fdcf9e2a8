"""Names of shared files: relative, with / between parts, unlike one another on every file system."""

import unicodedata
from collections.abc import Collection, Sequence
from pathlib import PurePath
from typing import Final

from horizon_desktop.domain.plain_text import plain_name

MAX_PATH_CHARACTERS: Final = 240
"""Longest relative path; leaves room for the mirror folder in front of it on every system."""
_MAX_PART_CHARACTERS: Final = 100


def common_root(paths: Sequence[PurePath]) -> PurePath | None:
    """Return the deepest folder that holds all these paths; None when only the top of a disk does."""
    parents = [path.parent for path in paths]
    for folder in (parents[0], *parents[0].parents):
        if all(folder == parent or folder in parent.parents for parent in parents):
            return folder if folder != PurePath(folder.anchor) else None
    return None


def shared_path(path: PurePath, *, top: PurePath, root: PurePath | None, taken: Collection[str]) -> str:
    """Return the name a file is shared under: its path inside `root`, or else from `top` (what was picked) on.

    Already taken names (compared as `path_key`) get as many outer folders in front as it takes, then a number.
    """
    start = root if root is not None and root in path.parents else top.parent
    inner = path.relative_to(start).parts
    outer = start.parts[1:]
    for extra in range(len(outer) + 1):
        name = _joined((*outer[len(outer) - extra :], *inner))
        if path_key(name) not in taken:
            return name
    name = _joined(inner)
    stem, dot, ending = name.rpartition(".")
    number = 2
    while True:
        numbered = f"{stem} ({number}).{ending}" if dot and "/" not in ending and stem else f"{name} ({number})"
        if path_key(numbered) not in taken:
            return numbered
        number += 1


def path_key(path: str) -> str:
    """Return what two paths have in common that some file system cannot tell apart (case, composed letters)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _joined(parts: Sequence[str]) -> str:
    shown = (plain_name(part, most_characters=_MAX_PART_CHARACTERS).replace("\\", "_") or "_" for part in parts)
    return "/".join(shown)[-MAX_PATH_CHARACTERS:].lstrip("/")
