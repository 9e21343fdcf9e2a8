"""Messages are as long as their line takes four milliseconds for, whatever else goes over it."""

import pytest

from horizon_desktop.protocol.line_pace import LEAST_MESSAGE_BYTES, LinePace

MIB = 1024 * 1024
LONGEST = 60 * 1024


def carry(pace: LinePace, total: int, *, bytes_per_ms: int) -> None:
    """Send so much over a line of this speed, as the pace says; what remains of a millisecond is counted later."""
    late = 0
    while total > 0:
        count = pace.most_bytes()
        late += count
        total -= count
        pace.took(count, late // bytes_per_ms)
        late %= bytes_per_ms


@pytest.mark.parametrize(
    ("bytes_per_ms", "least", "most"),
    [
        (1_000_000, LONGEST, LONGEST),
        (10_000, 34_000, 46_000),
        (8_000, 28_000, 36_000),
        (4_000, LEAST_MESSAGE_BYTES, 19_000),
        (30, LEAST_MESSAGE_BYTES, LEAST_MESSAGE_BYTES),
    ],
)
def test_a_message_takes_four_milliseconds_within_bounds(bytes_per_ms: int, least: int, most: int) -> None:
    pace = LinePace(LONGEST)
    assert pace.most_bytes() == LONGEST, "before anything is known"
    carry(pace, 4 * MIB, bytes_per_ms=bytes_per_ms)
    assert least <= pace.most_bytes() <= most


def test_a_line_that_has_become_fast_gets_long_messages_again() -> None:
    pace = LinePace(LONGEST)
    carry(pace, 4 * MIB, bytes_per_ms=30)
    carry(pace, 4 * MIB, bytes_per_ms=1_000_000)
    assert pace.most_bytes() == LONGEST


def test_one_wait_and_then_none_for_ever_is_no_trouble() -> None:
    pace = LinePace(LONGEST)
    pace.took(LONGEST, 1)
    for _ in range(20_000):
        pace.took(pace.most_bytes(), 0)
    assert pace.most_bytes() == LONGEST


def test_a_small_message_that_waits_for_large_ones_tells_little_of_the_line() -> None:
    pace = LinePace(LONGEST)
    for _ in range(20):
        carry(pace, MIB, bytes_per_ms=1_000_000)
        pace.took(9, 3)
    assert pace.most_bytes() == LONGEST
