"""The lease: warnings, the limit, the end, and clocks that jump, sleep or are wrong."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from horizon_desktop.domain.collaboration.lease import GRACE_MS, Lease, LeaseStage
from horizon_desktop.domain.instants import Instant, Now, Tick

MINUTE = 60_000
HOUR = 60 * MINUTE
START = Now(Instant(1_795_262_400_000), Tick(500_000))

lengths = st.integers(1, 14 * 24 * HOUR)
spans = st.integers(0, 15 * 24 * HOUR)


def after(ms: int, *, wall_ms: int | None = None) -> Now:
    """Return START so many ms later; the wall clock may have gone elsewhere."""
    return Now(START.instant.plus(ms if wall_ms is None else wall_ms), START.tick.plus(ms))


def lease(length_ms: int = HOUR, limit_ms: int = 24 * HOUR) -> Lease:
    return Lease.begin(length_ms=length_ms, limit_ms=max(limit_ms, length_ms), now=START)


@pytest.mark.parametrize(
    ("minutes", "notice_at", "urgent_at"),
    [(60, 10 * MINUTE, 2 * MINUTE), (30, 6 * MINUTE, 2 * MINUTE), (5, MINUTE, MINUTE // 2)],
)
def test_warnings_come_at_ten_minutes_or_a_fifth_and_two_or_a_tenth(
    minutes: int, notice_at: int, urgent_at: int
) -> None:
    running = lease(minutes * MINUTE)
    end = minutes * MINUTE
    assert running.stage(now=after(end - notice_at - 1)) is LeaseStage.RUNNING
    assert running.stage(now=after(end - notice_at)) is LeaseStage.NOTICE
    assert running.stage(now=after(end - urgent_at - 1)) is LeaseStage.NOTICE
    assert running.stage(now=after(end - urgent_at)) is LeaseStage.URGENT


def test_at_zero_it_is_read_only_and_five_seconds_later_over() -> None:
    assert lease().stage(now=after(HOUR - 1)) is LeaseStage.URGENT
    assert lease().stage(now=after(HOUR)) is LeaseStage.READ_ONLY
    assert lease().stage(now=after(HOUR + 4_999)) is LeaseStage.READ_ONLY
    assert lease().stage(now=after(HOUR + 5_000)) is LeaseStage.OVER


def test_a_wall_clock_set_back_gives_no_time() -> None:
    assert lease().stage(now=after(HOUR, wall_ms=-8 * HOUR)) is LeaseStage.READ_ONLY


def test_a_wall_clock_set_forward_ends_it_early() -> None:
    assert lease().stage(now=after(1000, wall_ms=2 * HOUR)) is LeaseStage.OVER


def test_time_asleep_counts() -> None:
    woken = Now(START.instant.plus(30 * MINUTE), START.tick.plus(2 * HOUR))
    assert lease().stage(now=woken) is LeaseStage.OVER


def test_an_extension_leads_back_to_running() -> None:
    late = after(HOUR - MINUTE)
    assert lease().extended(30 * MINUTE).stage(now=late) is LeaseStage.RUNNING


def test_an_extension_stops_at_the_limit() -> None:
    longer = lease(HOUR, limit_ms=90 * MINUTE).extended(HOUR)
    assert longer.expires_at == longer.limit_at
    assert longer.left_ms(now=START) == 90 * MINUTE


def test_at_the_limit_an_extension_changes_nothing() -> None:
    at_limit = lease(HOUR, limit_ms=HOUR)
    assert at_limit.extended(HOUR) == at_limit


def test_after_a_reboot_the_wall_clock_says_what_is_left() -> None:
    rebooted = Now(START.instant.plus(40 * MINUTE), Tick(3))
    first = lease()
    again = Lease.restored(
        created_at=first.created_at, expires_at=first.expires_at, limit_at=first.limit_at, now=rebooted
    )
    assert again.left_ms(now=rebooted) == 20 * MINUTE


def test_a_guest_with_a_wrong_clock_sees_the_hosts_end() -> None:
    guest_now = Now(START.instant.plus(8 * MINUTE), Tick(9))
    told = Lease.told(
        created_at=START.instant, expires_at=START.instant.plus(HOUR), host_time=START.instant, now=guest_now
    )
    assert told.left_ms(now=guest_now) == HOUR


def test_a_guests_wall_clock_may_be_mended_meanwhile() -> None:
    guest_now = Now(START.instant.plus(8 * MINUTE), Tick(0))
    told = Lease.told(
        created_at=START.instant, expires_at=START.instant.plus(HOUR), host_time=START.instant, now=guest_now
    )
    assert told.left_ms(now=Now(START.instant.plus(MINUTE), Tick(MINUTE))) == 59 * MINUTE


@pytest.mark.parametrize(("length_ms", "limit_ms"), [(0, HOUR), (-1, HOUR), (HOUR + 1, HOUR)])
def test_a_lease_of_no_length_or_past_its_limit_is_the_callers_mistake(length_ms: int, limit_ms: int) -> None:
    with pytest.raises(ValueError):
        Lease.begin(length_ms=length_ms, limit_ms=limit_ms, now=START)


@given(lengths, spans, spans)
def test_stages_never_run_back_while_clocks_run_on(length_ms: int, first_ms: int, second_ms: int) -> None:
    early, late = sorted((first_ms, second_ms))
    running = lease(length_ms)
    assert running.stage(now=after(early)) <= running.stage(now=after(late))


@given(lengths, spans, st.integers(-20 * 24 * HOUR, 20 * 24 * HOUR))
def test_no_wall_clock_keeps_a_lease_past_its_length(length_ms: int, past_ms: int, wall_ms: int) -> None:
    now = after(length_ms + past_ms, wall_ms=wall_ms)
    assert lease(length_ms).stage(now=now) >= LeaseStage.READ_ONLY


@given(lengths, st.lists(st.integers(-HOUR, 40 * 24 * HOUR), max_size=8))
def test_extensions_never_shorten_and_never_pass_the_limit(length_ms: int, extensions: list[int]) -> None:
    running = lease(length_ms)
    for ms in extensions:
        longer = running.extended(ms)
        assert running.expires_at <= longer.expires_at <= longer.limit_at
        assert longer.ends_by.since(running.ends_by) == longer.expires_at.since(running.expires_at)
        running = longer


@given(lengths, spans)
@example(1, 0)
@example(HOUR, HOUR + GRACE_MS)
def test_waiting_as_told_meets_every_stage_and_ends(length_ms: int, from_ms: int) -> None:
    running = lease(length_ms)
    now = after(from_ms)
    wait_ms = running.wait_ms(now=now)
    assert 0 <= wait_ms <= 1000
    assert (wait_ms == 0) == (running.stage(now=now) is LeaseStage.OVER)
    if wait_ms:
        assert running.stage(now=after(from_ms + wait_ms - 1)) is running.stage(now=now)


@given(lengths, st.integers(-10 * MINUTE, 10 * MINUTE), spans)
def test_host_and_guest_agree_on_the_stage_whatever_the_guests_clock_says(
    length_ms: int, skew_ms: int, later_ms: int
) -> None:
    hosts = lease(length_ms)
    guest_start = Now(START.instant.plus(skew_ms), Tick(77))
    guests = Lease.told(
        created_at=hosts.created_at, expires_at=hosts.expires_at, host_time=START.instant, now=guest_start
    )
    guest_later = Now(guest_start.instant.plus(later_ms), guest_start.tick.plus(later_ms))
    assert guests.stage(now=guest_later) is hosts.stage(now=after(later_ms))


@given(lengths, st.integers(-30 * 24 * HOUR, 30 * 24 * HOUR))
def test_a_restored_lease_never_has_more_left_than_its_length_or_its_stored_end(length_ms: int, wall_ms: int) -> None:
    first = lease(length_ms)
    rebooted = Now(START.instant.plus(wall_ms), Tick(0))
    again = Lease.restored(
        created_at=first.created_at, expires_at=first.expires_at, limit_at=first.limit_at, now=rebooted
    )
    assert again.left_ms(now=rebooted) <= length_ms
    assert again.left_ms(now=rebooted) <= max(0, first.expires_at.since(rebooted.instant))
