"""Lengths of time as people write them: 90s, 30m, 2h, 1h30m, or minutes alone."""

import re
from typing import Final

from horizon_desktop.errors import UsageError

_FORM: Final = re.compile(
    r"(?=.)(?:(?P<h>\d{1,4})h)?(?:(?P<m>\d{1,5})m?)?(?:(?P<s>\d{1,6})s)?", re.ASCII | re.IGNORECASE
)
_SECONDS_ONLY: Final = re.compile(r"(\d{1,6})s", re.ASCII | re.IGNORECASE)


def is_length(text: str) -> bool:
    """Whether the text reads as a length of time."""
    return bool(_SECONDS_ONLY.fullmatch(text) or _FORM.fullmatch(text))


def seconds(text: str) -> int:
    """Return the length in seconds; a bare number counts minutes. Raises UsageError (time.length)."""
    if only := _SECONDS_ONLY.fullmatch(text):
        return int(only[1])
    found = _FORM.fullmatch(text)
    if found is None:
        raise UsageError(f"expected 45s, 30m, 2h or 1h30m, got {text!r}", code="time.length")
    parts = {unit: int(number or 0) for unit, number in found.groupdict().items()}
    return parts["h"] * 3600 + parts["m"] * 60 + parts["s"]


def minutes(text: str) -> int:
    """Return the length in whole minutes, rounded up. Raises UsageError."""
    return -(-seconds(text) // 60)
