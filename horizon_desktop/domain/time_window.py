"""Wall-clock hours in a place: days, zones, daylight saving, blackout dates."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import UsageError

EVERY_DAY: Final = frozenset(range(7))
HORIZON_DAYS: Final = 800
"""How far ahead an opening is looked for: two years and the longest run of blackout dates that makes sense."""
MAX_NAME: Final = 255
MAX_ZONE: Final = 50
MAX_BLACKOUTS: Final = 1000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_MS: Final = timedelta(milliseconds=1)


class Span(msgspec.Struct, frozen=True, order=True):
    """From `opens`, until just before `closes`."""

    opens: Instant
    closes: Instant


class TimeWindow(msgspec.Struct, frozen=True, kw_only=True):
    """Daily hours in one place. Made by `time_window`, which checks; wall times and a zone's name, never an offset.

    A window whose end is not after its start runs over midnight and belongs to the day that it starts on; one that
    ends as it starts is a whole day. A start in the hour that spring leaves out moves to after it, an end in the hour
    that autumn repeats takes the later reading. On a blackout date it neither starts nor goes on.
    """

    window_id: UUID
    name: str
    start: time
    end: time
    zone: str = "UTC"
    days_of_week: frozenset[int] = EVERY_DAY
    """Days it may start on, 0 is Monday."""
    blackout_dates: frozenset[date] = frozenset()

    def at(self, now: Instant) -> Span | None:
        """Return the span that holds `now`, None while it is closed."""
        today = self._date_of(now)
        for day in (today - _DAY, today):
            span = self.occurrence(day)
            if span is not None and span.opens <= now < span.closes:
                return span
        return None

    def admits(self, now: Instant) -> Decision:
        """Allow while it is open, else window.closed; `detail` is the next opening in ISO 8601, or "never"."""
        if self.at(now) is not None:
            return Allow()
        opening = self.next_open(now)
        return Deny("window.closed", "never" if opening is None else opening.iso())

    def next_open(self, now: Instant) -> Instant | None:
        """Return the first moment from `now` on at which it is open: `now` itself, or later, or None for never."""
        for span in self._spans_from(now):
            if span.closes > now:
                return max(span.opens, now)
        return None

    def next_close(self, now: Instant) -> Instant | None:
        """Return the first moment after `now` at which an open window is closed.

        Spans that touch are one. None when it is closed now, or when it never closes within two years.
        """
        closing: Instant | None = None
        for span in self._spans_from(now):
            if closing is None:
                if span.opens > now:
                    return None
                if span.closes > now:
                    closing = span.closes
            elif span.opens > closing:
                return closing
            else:
                closing = max(closing, span.closes)
        return None if self._never_ends(now, closing) else closing

    def occurrence(self, day: date) -> Span | None:
        """Return the span that starts on this local date, None where there is none."""
        if day.weekday() not in self.days_of_week or day in self.blackout_dates:
            return None
        last = day + _DAY if self.end <= self.start else day
        opens = self._resolve(day, self.start, is_end=False)
        closes = self._resolve(last, self.end, is_end=True)
        if last in self.blackout_dates and last > day:
            closes = min(closes, self._resolve(last, time(), is_end=False))
        return Span(opens, closes) if opens < closes else None

    def _spans_from(self, now: Instant) -> Iterator[Span]:
        first = self._date_of(now) - _DAY
        for days in range(HORIZON_DAYS):
            span = self.occurrence(first + days * _DAY)
            if span is not None:
                yield span

    def _never_ends(self, now: Instant, closing: Instant | None) -> bool:
        return closing is not None and self._date_of(closing) - self._date_of(now) >= (HORIZON_DAYS - 3) * _DAY

    def _date_of(self, now: Instant) -> date:
        return (_EPOCH + now.ms * _MS).astimezone(ZoneInfo(self.zone)).date()

    def _resolve(self, day: date, wall: time, *, is_end: bool) -> Instant:
        """Turn a wall time into the one moment we mean by it.

        Both readings are taken and converted to UTC before they are compared: arithmetic on local times is off by
        the change of the clocks. They are equal on a plain day, in rising order when autumn repeats the hour, and in
        falling order when spring leaves it out; the reading with the old offset then lies after the gap.
        """
        local = datetime.combine(day, wall, ZoneInfo(self.zone))
        early, late = local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC)
        moment = late if is_end and late > early else early
        return Instant((moment - _EPOCH) // _MS)


def time_window(
    *,
    window_id: UUID,
    name: str,
    start: time,
    end: time,
    zone: str = "UTC",
    days_of_week: frozenset[int] = EVERY_DAY,
    blackout_dates: frozenset[date] = frozenset(),
) -> TimeWindow:
    """Return a window whose parts are checked.

    Raises:
        UsageError: `window.zone` (no such place; value `zone`), `window.days` (no day, or none of 0 to 6),
            `window.times` (a time with a zone or with parts of a second), `window.name` (empty, or over 255
            characters), `window.blackouts` (more than 1000 dates).
    """
    if not 0 < len(name.strip()) <= MAX_NAME:
        raise UsageError(f"a time window has a name of 1 to {MAX_NAME} characters", code="window.name")
    if not days_of_week or not days_of_week <= EVERY_DAY:
        raise UsageError("days are 0 (Monday) to 6, and at least one", code="window.days")
    if any(wall.tzinfo is not None or wall.microsecond for wall in (start, end)):
        raise UsageError("start and end are wall times in whole seconds", code="window.times")
    if len(blackout_dates) > MAX_BLACKOUTS:
        raise UsageError(f"at most {MAX_BLACKOUTS} blackout dates", code="window.blackouts")
    if not _is_zone(zone):
        raise UsageError(f"no time zone of the name {zone!r}: expected one like Europe/Berlin", code="window.zone")
    return TimeWindow(
        window_id=window_id,
        name=name.strip(),
        start=start,
        end=end,
        zone=zone,
        days_of_week=days_of_week,
        blackout_dates=blackout_dates,
    )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return 0 < len(name) <= MAX_ZONE
