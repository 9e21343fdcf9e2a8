"""Time windows: hours of the day in a place, right on the days when clocks change, over eight zones."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.time_window import EVERY_DAY, Span, TimeWindow, time_window
from horizon_desktop.errors import UsageError

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Tokyo",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Africa/Casablanca",  # winter time during Ramadan
    "America/Sao_Paulo",  # changed at midnight, until 2019
    "Pacific/Apia",  # had no 30 December 2011
)
HOUR = 3_600_000
ID = UUID(int=1)


def window(start: str, end: str, zone: str = "UTC", **more: object) -> TimeWindow:
    return time_window(
        window_id=ID,
        name="w",
        start=time.fromisoformat(start),
        end=time.fromisoformat(end),
        zone=zone,
        **more,  # type: ignore[arg-type]
    )


def utc(text: str) -> Instant:
    return Instant(int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000))


def hours(span: Span | None) -> float:
    assert span is not None
    return span.closes.since(span.opens) / HOUR


moments = st.datetimes(datetime(2008, 1, 1), datetime(2032, 1, 1)).map(  # noqa: DTZ001  (made UTC below)
    lambda moment: Instant(int(moment.replace(tzinfo=UTC).timestamp() * 1000))
)
wall_times = st.times().map(lambda wall: wall.replace(microsecond=0))
windows = st.builds(
    TimeWindow,
    window_id=st.just(ID),
    name=st.just("w"),
    start=wall_times,
    end=wall_times,
    zone=st.sampled_from(ZONES),
    days_of_week=st.frozensets(st.integers(0, 6), min_size=1),
    blackout_dates=st.frozensets(st.dates(date(2008, 1, 1), date(2032, 1, 1)), max_size=3),
)


@given(windows, moments)
def test_what_is_open_is_open_and_what_is_closed_is_closed(hours_of: TimeWindow, now: Instant) -> None:
    opening, closing = hours_of.next_open(now), hours_of.next_close(now)
    span = hours_of.at(now)
    assert (span is not None) == (opening == now)
    if span is None:
        assert closing is None
        assert hours_of.admits(now) == Deny("window.closed", opening.iso() if opening else "never")
    else:
        assert hours_of.admits(now) == Allow()


@given(windows, moments)
def test_the_next_opening_is_open_and_the_moment_before_is_not(hours_of: TimeWindow, now: Instant) -> None:
    opening = hours_of.next_open(now)
    if opening is not None and opening > now:
        assert hours_of.at(opening) is not None
        assert hours_of.at(opening.plus(-1)) is None


@given(windows, moments)
def test_the_next_close_is_closed_and_the_moment_before_is_not(hours_of: TimeWindow, now: Instant) -> None:
    closing = hours_of.next_close(now)
    if closing is not None:
        assert closing > now
        assert hours_of.at(closing) is None
        assert hours_of.at(closing.plus(-1)) is not None


@given(windows, moments, st.integers(0, 1_000_000))
def test_nothing_opens_before_the_next_opening(hours_of: TimeWindow, now: Instant, part: int) -> None:
    opening = hours_of.next_open(now)
    if opening is not None and opening > now:
        between = now.plus((opening.since(now) - 1) * part // 1_000_000)
        assert hours_of.at(between) is None


@given(windows, moments)
def test_on_a_plain_day_the_wall_clock_decides(hours_of: TimeWindow, now: Instant) -> None:
    zone = ZoneInfo(hours_of.zone)
    around = [datetime.fromtimestamp(now.ms / 1000 + days * 86_400, zone).utcoffset() for days in (-2, -1, 0, 1, 2)]
    if len(set(around)) > 1:
        return
    local = datetime.fromtimestamp(now.ms / 1000, zone)
    wall, today = local.time(), local.date()
    yesterday = today - timedelta(days=1)

    def starts_on(day: date) -> bool:
        return day.weekday() in hours_of.days_of_week and day not in hours_of.blackout_dates

    if hours_of.start < hours_of.end:
        expected = starts_on(today) and hours_of.start <= wall < hours_of.end
    else:
        late = starts_on(today) and wall >= hours_of.start
        early = starts_on(yesterday) and today not in hours_of.blackout_dates and wall < hours_of.end
        expected = late or early
    assert (hours_of.at(now) is not None) == expected


@pytest.mark.parametrize(("day", "length"), [("2026-06-06", 8), ("2026-03-07", 7), ("2026-10-31", 9)])
def test_a_night_lasts_as_long_as_the_clocks_make_it(day: str, length: int) -> None:
    night = window("22:00", "06:00", "America/New_York")
    assert hours(night.occurrence(date.fromisoformat(day))) == length


def test_a_start_in_the_hour_that_spring_leaves_out_moves_to_after_it() -> None:
    span = window("02:30", "05:00", "Europe/Berlin").occurrence(date(2026, 3, 29))
    assert span == Span(utc("2026-03-29T01:30"), utc("2026-03-29T03:00"))


def test_a_window_wholly_in_the_hour_that_spring_leaves_out_moves_with_it() -> None:
    span = window("02:15", "02:45", "Europe/Berlin").occurrence(date(2026, 3, 29))
    assert span == Span(utc("2026-03-29T01:15"), utc("2026-03-29T01:45"))


def test_an_end_in_the_hour_that_autumn_repeats_takes_the_later_reading() -> None:
    assert hours(window("02:00", "02:30", "Europe/Berlin").occurrence(date(2026, 10, 25))) == 1.5


def test_a_half_hour_of_summer_time_is_half_an_hour() -> None:
    assert hours(window("00:00", "06:00", "Australia/Lord_Howe").occurrence(date(2026, 4, 5))) == 6.5


def test_a_day_that_a_place_never_had_has_no_hours() -> None:
    apia = window("09:00", "17:00", "Pacific/Apia")
    first, skipped, last = (apia.occurrence(date(2011, 12, day)) for day in (29, 30, 31))
    assert first is not None
    assert last is not None
    assert skipped is None or skipped == last
    assert last.opens.since(first.opens) == 24 * HOUR


def test_a_window_that_ends_as_it_starts_is_the_whole_day() -> None:
    assert hours(window("00:00", "00:00").occurrence(date(2026, 6, 6))) == 24


def test_a_night_belongs_to_the_day_that_it_starts_on() -> None:
    friday = window("22:00", "06:00", days_of_week=frozenset({4}))
    assert friday.at(utc("2026-11-21T05:59")) is not None
    assert friday.at(utc("2026-11-21T22:00")) is None


def test_a_blackout_date_neither_starts_a_night_nor_lets_one_go_on() -> None:
    night = window("22:00", "06:00", blackout_dates=frozenset({date(2026, 12, 25)}))
    assert night.at(utc("2026-12-24T23:59")) is not None
    assert night.at(utc("2026-12-25T00:00")) is None
    assert night.at(utc("2026-12-25T23:00")) is None
    assert night.at(utc("2026-12-26T05:00")) is None
    assert night.next_open(utc("2026-12-25T00:00")) == utc("2026-12-26T22:00")


def test_whole_days_in_a_row_are_one_opening_until_the_weekend() -> None:
    weekdays = window("00:00", "00:00", days_of_week=frozenset(range(5)))
    assert weekdays.next_close(utc("2026-11-16T08:00")) == utc("2026-11-21T00:00")


def test_what_is_always_open_never_closes() -> None:
    assert window("00:00", "00:00", "Europe/Berlin").next_close(utc("2026-11-16T08:00")) is None


def test_the_times_are_the_places_own() -> None:
    tokyo = window("09:00", "18:00", "Asia/Tokyo")
    assert tokyo.next_open(utc("2026-11-21T12:00")) == utc("2026-11-22T00:00")
    assert tokyo.next_close(utc("2026-11-22T05:00")) == utc("2026-11-22T09:00")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"zone": "Europe/Atlantis"}, "window.zone"),
        ({"zone": "../../etc/passwd"}, "window.zone"),
        ({"zone": ""}, "window.zone"),
        ({"zone": "Europe"}, "window.zone"),
        ({"days_of_week": frozenset()}, "window.days"),
        ({"days_of_week": frozenset({7})}, "window.days"),
        ({"start": time(9, 0, 0, 1)}, "window.times"),
        ({"end": time(9, tzinfo=UTC)}, "window.times"),
        ({"name": " "}, "window.name"),
        ({"name": "x" * 256}, "window.name"),
        ({"blackout_dates": frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(1001))}, "window.blackouts"),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(changes: dict[str, object], code: str) -> None:
    given = {"window_id": ID, "name": "w", "start": time(9), "end": time(17), "days_of_week": EVERY_DAY, **changes}
    with pytest.raises(UsageError) as refused:
        time_window(**given)  # type: ignore[arg-type]
    assert refused.value.key == code
