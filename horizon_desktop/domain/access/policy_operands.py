"""What stands at the right of an operator in a policy: read from plain data, or refused in words."""

import re
from decimal import Decimal
from ipaddress import ip_network
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from horizon_desktop.domain.access.policy import HourRange, Scalar, WeekDays
from horizon_desktop.domain.access.policy_globs import MAX_PATTERN

MAX_SET: Final = 256
"""Values of one set."""
MAX_TEXT: Final = 1024
RISKS: Final = ("low", "medium", "high", "critical")
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DURATION: Final = re.compile(r"(\d{1,6})(s|m|h|d)", re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_HOUR: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)

_ZONE: Final = re.compile(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}", re.ASCII)


class Wrong(msgspec.Struct, frozen=True):
    """What is wrong with something that was written, in words that end a sentence."""

    words: str
    within: tuple[str | int, ...] = ()
    """Where, below the place that was read."""


def kind_of(value: object) -> str:
    """Return text, number, yes-or-no, or what else it is."""
    if isinstance(value, bool):
        return "yes-or-no"
    if isinstance(value, int | float | Decimal):
        return "number"
    return "text" if isinstance(value, str) else type(value).__name__


def read_scalar(found: object) -> Scalar | Wrong:
    """A text, a number, true or false."""
    if isinstance(found, str) and len(found) > MAX_TEXT:
        return Wrong(f"a text has at most {MAX_TEXT} characters")
    if isinstance(found, str | int | float):
        return found
    return Wrong(f"a text, a number, true or false is wanted, got {quoted(found)}")


def read_number(found: object) -> int | float | Wrong:
    """A number, or a duration, which is a number of seconds."""
    if isinstance(found, int | float) and not isinstance(found, bool):
        return found
    duration = _DURATION.fullmatch(found) if isinstance(found, str) else None
    if duration is not None:
        return int(duration[1]) * _SECONDS[duration[2]]
    return Wrong(f"a number or a duration (30m, 8h, 1d) is wanted, got {quoted(found)}")


def read_text(found: object) -> str | Wrong:
    """A text that may be a glob."""
    if isinstance(found, str) and len(found) <= MAX_PATTERN:
        return found
    return Wrong(f"a text of at most {MAX_PATTERN} characters is wanted, got {quoted(found)}")


def read_set(found: object) -> tuple[Scalar, ...] | Wrong:
    """Values of one kind."""
    if not isinstance(found, list) or not 1 <= len(found) <= MAX_SET:
        return Wrong(f"a list of 1 to {MAX_SET} values is wanted, got {quoted(found)}")
    values: list[Scalar] = []
    for place, each in enumerate(found):
        value = read_scalar(each)
        if isinstance(value, Wrong):
            return Wrong(value.words, (place,))
        if kind_of(value) != kind_of(found[0]):
            return Wrong("every value of a list must be of one kind", (place,))
        values.append(value)
    return tuple(values)


def read_names(found: object) -> tuple[Scalar, ...] | Wrong:
    """Texts."""
    values = read_set(found)
    if not isinstance(values, Wrong) and kind_of(values[0]) != "text":
        return Wrong("a list of texts is wanted")
    return values


def read_networks(found: object) -> tuple[Scalar, ...] | Wrong:
    """One network or several, IPv4 or IPv6."""
    values = read_names([found] if isinstance(found, str) else found)
    if isinstance(values, Wrong):
        return values
    for place, value in enumerate(values):
        try:
            ip_network(str(value))
        except ValueError:
            example = "10.0.0.0/8, 2001:db8::/32, no bits behind the length"
            return Wrong(f"{value!r} is no network ({example})", (place,) if isinstance(found, list) else ())
    return values


def read_risk(found: object) -> str | Wrong:
    """One of RISKS."""
    return str(found) if found in RISKS else Wrong(f"one of {', '.join(RISKS)} is wanted, got {quoted(found)}")


def read_hours(found: object) -> HourRange | Wrong:
    """["08:00", "20:00"] in UTC, or {from, to, zone}."""
    if isinstance(found, list) and len(found) == 2:
        found = {"from": found[0], "to": found[1]}
    if not isinstance(found, dict) or not {"from", "to"} <= found.keys() <= {"from", "to", "zone"}:
        return Wrong('["08:00", "20:00"] or {from: "08:00", to: "20:00", zone: Europe/Berlin} is wanted')
    ends = [_minute(found[name]) for name in ("from", "to")]
    zone = _read_zone(found.get("zone", "UTC"))
    for name, end in zip(("from", "to"), ends, strict=True):
        if end is None:
            return Wrong(f'a time of day like "08:00" is wanted, got {quoted(found[name])}', (name,))
    if isinstance(zone, Wrong):
        return zone
    if ends[0] == ends[1]:
        return Wrong("the hours begin and end at the same minute: nothing would lie within")
    return HourRange(ends[0] or 0, ends[1] or 0, zone)


def read_days(found: object) -> WeekDays | Wrong:
    """[mon, tue] in UTC, or {days, zone}."""
    if isinstance(found, list):
        found = {"days": found}
    if not isinstance(found, dict) or not {"days"} <= found.keys() <= {"days", "zone"}:
        return Wrong("[mon, tue] or {days: [mon, tue], zone: Europe/Berlin} is wanted")
    days = found["days"]
    if not isinstance(days, list) or not days or any(day not in DAYS for day in days):
        return Wrong(f"a list of {', '.join(DAYS)} is wanted, got {quoted(days)}", ("days",))
    zone = _read_zone(found.get("zone", "UTC"))
    return zone if isinstance(zone, Wrong) else WeekDays(tuple(sorted({DAYS.index(day) for day in days})), zone)


def _read_zone(found: object) -> str | Wrong:
    wrong = Wrong(f"{quoted(found)} is no time zone (Europe/Berlin, America/New_York, UTC)", ("zone",))
    if not isinstance(found, str) or not _ZONE.fullmatch(found):
        return wrong
    try:
        ZoneInfo(found)
    except (KeyError, ValueError, OSError):  # unknown here, or a folder of zones
        return wrong
    return found


def _minute(found: object) -> int | None:
    time = _HOUR.fullmatch(found) if isinstance(found, str) else None
    return None if time is None else int(time[1]) * 60 + int(time[2])


def quoted(value: object) -> str:
    """What was found, short enough for one line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
