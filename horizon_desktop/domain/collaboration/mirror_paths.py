"""Which names of shared files may become names on this disk: a host's file list is a stranger's word."""

from typing import Final

from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.plain_text import is_plain

_MAX_PATH_CHARACTERS: Final = 400
_MAX_PART_BYTES: Final = 200
"""File systems take 255; a temporary file's name and `.mine` must fit as well."""
_MAX_DEPTH: Final = 32
_BARRED: Final = frozenset('<>:"|?*\\')
"""Not possible or not harmless on Windows: alternative streams, drives, wildcards."""
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"}
    | {f"{device}{digit}" for device in ("com", "lpt") for digit in "0123456789¹²³"}
)
"""Devices of Windows, with any ending."""


def mirror_parts(path: str) -> tuple[str, ...] | Deny:
    """Return folder names and file name of a shared path, or refuse it with `file.name`.

    Refused: absolute or empty paths, `.` and `..`, hidden names (a `.bashrc` or `.git/hooks` from a stranger), device
    names, characters that some system reads as more than a name, ends in dot or blank, names too long or too deep.
    """
    if not path or len(path) > _MAX_PATH_CHARACTERS:
        return Deny("file.name", "empty or too long")
    parts = tuple(path.split("/"))
    if len(parts) > _MAX_DEPTH:
        return Deny("file.name", "too deep")
    for part in parts:
        fault = _fault(part)
        if fault:
            return Deny("file.name", fault)
    return parts


def _fault(part: str) -> str:
    """Return what is wrong with one name; empty when nothing is."""
    if not part or part.startswith((".", "~", "-", " ")) or part.endswith((".", " ")):
        return "a name that begins or ends oddly"
    if len(part.encode()) > _MAX_PART_BYTES:
        return "a name that is too long"
    if _BARRED & set(part) or not is_plain(part):
        return "a character that does not belong in a name"
    if part.split(".", maxsplit=1)[0].rstrip().casefold() in _RESERVED:
        return "the name of a device"
    return ""
