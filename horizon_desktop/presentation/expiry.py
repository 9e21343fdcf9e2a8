"""The time left of a session: digits, sun, thresholds and warnings (SPEC section 4, design section 5)."""

from enum import StrEnum

import msgspec

_NOTICE_S = 600
_URGENT_S = 120
_FINAL_S = 30
EXTENSION_MINUTES = (15, 30, 60)
"""What a host may add with one click (SPEC section 4)."""


class TimeTone(StrEnum):
    """How the sun and the digits are coloured; digits always say the same in words."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    OFF = "off"


class WarningLevel(StrEnum):
    """How near the end is."""

    NONE = "none"
    NOTICE = "notice"
    URGENT = "urgent"
    FINAL = "final"
    """Last 30 s: said once, politely."""
    OVER = "over"
    """0:00 has passed: guests may watch for 5 s more."""


class TimeView(msgspec.Struct, frozen=True, kw_only=True):
    """What the sun and the digits beside it show."""

    seconds_left: int
    length_s: int
    """From the session's start to its end as it stands now, at least 1."""
    text: str
    """42:18, or 1:02:03 from an hour on."""
    tone: TimeTone
    sun_permille: int
    """How far the sun went along its arc: 0 has just risen, 1000 has set."""


class ExpiryView(msgspec.Struct, frozen=True, kw_only=True):
    """What the warning (banner, card or nothing) shows."""

    session_id: str
    level: WarningLevel
    is_host: bool
    host: str
    seconds_left: int
    time: TimeView
    is_dismissed: bool = False
    """The notice was closed; the urgent card comes back by itself."""
    choices: tuple[int, ...] = EXTENSION_MINUTES
    """Minutes that may still be added; empty when the session reached its limit."""
    limit_hours: int = 0
    """The session's longest time, for the sentence that says it is reached."""
    has_asked: bool = False
    """Guest: the host was asked already."""
    files_saved: int = 0
    """Host: shared files whose text is on the disk."""
    files_unsaved: int = 0
    """Host: shared files that wait to be saved."""
    file_id: bytes = b""
    """Guest: the file in front, of which a copy can be saved; empty when none is."""
    edits_waiting: int = 0
    """Guest: own edits that the host has not confirmed."""
    is_end_asked: bool = False
    """Host: End now was pressed and waits for a yes."""


def thresholds(length_s: int) -> tuple[int, int]:
    """Return the seconds left at which the notice and the urgent warning come.

    min(10 min, 1/5 of the length) and min(2 min, 1/10 of the length) (SPEC section 4).
    """
    return min(_NOTICE_S, length_s // 5), min(_URGENT_S, length_s // 10)


def warning_level(seconds_left: int, length_s: int) -> WarningLevel:
    """Return how near the end is, `seconds_left` before it."""
    notice_s, urgent_s = thresholds(length_s)
    if seconds_left <= 0:
        return WarningLevel.OVER
    if seconds_left <= min(_FINAL_S, urgent_s):
        return WarningLevel.FINAL
    if seconds_left <= urgent_s:
        return WarningLevel.URGENT
    if seconds_left <= notice_s:
        return WarningLevel.NOTICE
    return WarningLevel.NONE


def countdown(seconds: int) -> str:
    """Return m:ss, or h:mm:ss from an hour on; never below 0:00."""
    whole = max(0, seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours}:{minutes:02}:{left:02}"
    return f"{minutes}:{left:02}"


def sun_permille(seconds_left: int, length_s: int) -> int:
    """Return how far the sun went, 0 (whole length left) to 1000 (nothing left)."""
    if length_s <= 0:
        return 1000
    gone = length_s - min(max(seconds_left, 0), length_s)
    return gone * 1000 // length_s


def time_view(seconds_left: int, length_s: int, *, is_running: bool = True) -> TimeView:
    """Return what sun and digits show.

    Args:
        seconds_left: Whole seconds to the end; below zero counts as zero.
        length_s: Whole seconds from the start to the end as it stands now.
        is_running: False when ended, paused or not connected: the sun turns grey, the digits stay.
    """
    level = warning_level(seconds_left, length_s)
    tone = _TONES[level] if is_running else TimeTone.OFF
    return TimeView(
        seconds_left=max(0, seconds_left),
        length_s=max(1, length_s),
        text=countdown(seconds_left),
        tone=tone,
        sun_permille=sun_permille(seconds_left, length_s),
    )


_TONES = {
    WarningLevel.NONE: TimeTone.OK,
    WarningLevel.NOTICE: TimeTone.WARN,
    WarningLevel.URGENT: TimeTone.BAD,
    WarningLevel.FINAL: TimeTone.BAD,
    WarningLevel.OVER: TimeTone.OFF,
}


def extension_choices(seconds_to_limit: int, offered: tuple[int, ...] = EXTENSION_MINUTES) -> tuple[int, ...]:
    """Return the minutes of `offered` that still fit before the session's own limit.

    Args:
        seconds_to_limit: Seconds from the end as it stands now to the latest end allowed.
    """
    return tuple(minutes for minutes in offered if minutes * 60 <= seconds_to_limit)


def spoken_moments(before_s: int, now_s: int) -> tuple[int, ...]:
    """Return which of 10, 5, 2 and 1 minutes (in seconds) were passed between two readings.

    Source: design section 9: the countdown is read at these moments only.
    """
    return tuple(mark for mark in (600, 300, 120, 60) if now_s <= mark < before_s)
