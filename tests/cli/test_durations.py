"""Lengths of time as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.cli.durations import is_length, minutes, seconds
from horizon_desktop.errors import UsageError


@pytest.mark.parametrize(
    ("text", "length"),
    [("90s", 90), ("60m", 3600), ("60", 3600), ("2h", 7200), ("1h30m", 5400), ("1H30", 5400), ("1h5m10s", 3910)],
)
def test_lengths_are_read(text: str, length: int) -> None:
    assert seconds(text) == length


@pytest.mark.parametrize("text", ["", " ", "h", "-5m", "5 m", "1.5h", "soon", "m5", "5x", "٣m", "9" * 30])
def test_what_is_no_length_is_refused(text: str) -> None:
    assert not is_length(text)
    with pytest.raises(UsageError):
        seconds(text)


def test_minutes_are_rounded_up() -> None:
    assert (minutes("1s"), minutes("60s"), minutes("61s")) == (1, 1, 2)


@given(st.integers(0, 9999), st.integers(0, 59), st.integers(0, 59))
def test_hours_minutes_and_seconds_add_up(h: int, m: int, s: int) -> None:
    assert seconds(f"{h}h{m}m{s}s") == h * 3600 + m * 60 + s
