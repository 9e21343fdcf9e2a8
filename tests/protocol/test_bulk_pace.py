"""Tests of the pace of bulk on simulated lines: it fills them, and small messages still get through at once."""

import pytest

from horizon_desktop.domain.instants import Tick
from horizon_desktop.protocol.bulk_pace import LEAST_PIECE_BYTES, MOST_BYTES, START_BYTES, BulkPace
from horizon_desktop.protocol.wire import MAX_BODY_BYTES
from tests.protocol.bulk_line import Line

MB = 1_000_000
PROMISE_MS = 25
PIECE_MS = 5
"""A small message may also have to wait for the piece that is just being sent."""


@pytest.mark.parametrize("rtt_ms", [1, 20, 40, 80])
@pytest.mark.parametrize("rate", [0.25 * MB, 1 * MB, 12.5 * MB, 100 * MB])
def test_a_line_is_filled_and_small_messages_wait_no_longer_than_promised(rate: float, rtt_ms: int) -> None:
    line = Line(rate, rtt_ms)
    line.run(15_000)
    assert line.came > 0.8 * rate * 15
    late_ms = line.delay_ms(share=0.95, after_ms=3000)
    assert late_ms <= PROMISE_MS + PIECE_MS


@pytest.mark.parametrize("seed", range(4))
def test_a_wireless_line_whose_delay_jumps_about_still_carries_most_of_its_rate(seed: int) -> None:
    line = Line(5 * MB, 15, seed=seed, jitter_ms=10)
    line.run(15_000)
    assert line.came > 0.5 * 5 * MB * 15


def test_a_line_that_becomes_narrow_is_given_less_within_a_second() -> None:
    line = Line(4 * MB, 40)
    line.run(5000)
    line.bytes_per_s = 1 * MB
    line.run(5000)
    assert line.delay_ms(share=0.95, after_ms=6500) <= PROMISE_MS + PIECE_MS


def test_a_line_that_becomes_wide_is_filled_again() -> None:
    line = Line(1 * MB, 40)
    line.run(5000)
    line.bytes_per_s = 8 * MB
    line.run(5000)
    came = line.came
    line.run(5000)
    assert line.came - came > 0.8 * 8 * MB * 5


def test_a_delay_that_is_not_of_our_making_is_endured() -> None:
    line = Line(10 * MB, 5, standing_ms=40)
    line.run(15_000)
    assert line.came > 0.6 * 10 * MB * 15


def test_before_anything_has_come_little_is_under_way() -> None:
    pace, sent = BulkPace(), 0
    while size := pace.piece_bytes():
        pace.spend(size, now=Tick(1))
        sent += size
    assert sent < START_BYTES + LEAST_PIECE_BYTES


def test_after_a_rest_it_begins_with_little() -> None:
    line = Line(50 * MB, 20)
    line.run(4000)
    full = line.pace.window_bytes
    line.pace.came(2**60, now=Tick(4001))
    line.pace.spend(1, now=Tick(9000))
    assert line.pace.window_bytes < full


def test_a_peer_that_claims_to_have_got_more_than_was_sent_gains_nothing() -> None:
    pace = BulkPace()
    pace.spend(1000, now=Tick(1))
    assert pace.came(10**12, now=Tick(2)) == 1000
    assert pace.came(10**13, now=Tick(3)) == 0
    assert pace.under_way_bytes == 0
    assert pace.window_bytes <= START_BYTES + 1000


def test_no_piece_is_larger_than_a_frame_and_no_window_than_its_limit() -> None:
    line = Line(4000 * MB, 20)
    line.run(3000)
    assert line.pace.window_bytes <= MOST_BYTES
    assert 0 < line.pace.piece_bytes() <= MAX_BODY_BYTES or line.pace.under_way_bytes >= line.pace.window_bytes
