"""Risk as arithmetic: weights, levels, reasons; and networks without addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.domain.access.networks import MOST, networks_of
from horizon_desktop.domain.access.risk import (
    MOST_COUNTED,
    RESPONSES,
    Evidence,
    Response,
    RiskLevel,
    RiskRules,
    Signal,
    access_ends,
    assess,
)
from horizon_desktop.domain.instants import Instant

RULES = RiskRules()
counts = st.dictionaries(st.sampled_from(Signal), st.integers(min_value=0, max_value=50))


def test_every_signal_has_a_weight_of_its_name() -> None:
    weights = {name for name in RiskRules.__struct_fields__ if not name.endswith("_from")}
    assert weights == {signal.value for signal in Signal}


def test_every_level_does_something_and_each_something_else() -> None:
    assert [RESPONSES[level] for level in RiskLevel] == list(Response)


@pytest.mark.parametrize(
    ("points", "level"),
    [(0, "LOW"), (39, "LOW"), (40, "MEDIUM"), (69, "MEDIUM"), (70, "HIGH"), (99, "HIGH"), (100, "CRITICAL")],
)
def test_a_level_begins_at_its_points(points: int, level: str) -> None:
    assert RULES.level_of(points).name == level


def test_a_new_device_after_two_wrong_codes_is_still_let_in_as_usual() -> None:
    found = assess(Evidence({Signal.NEW_DEVICE: 1, Signal.FAILED_CODES: 2}), RULES)
    assert (found.level, found.points) == (RiskLevel.LOW, 26)


def test_reasons_come_heaviest_first_and_name_only_what_counted() -> None:
    seen = Evidence({Signal.NEW_DEVICE: 1, Signal.UNUSUAL_RATE: 2, Signal.CLOCK_SKEW: 0})
    assert assess(seen, RULES).reasons == (Signal.UNUSUAL_RATE, Signal.NEW_DEVICE)


def test_a_weight_of_nothing_switches_a_signal_off() -> None:
    found = assess(Evidence({Signal.UNUSUAL_RATE: 9}), RiskRules(unusual_rate=0))
    assert (found.level, found.reasons) == (RiskLevel.LOW, ())


@given(counts, st.sampled_from(Signal))
def test_more_of_a_signal_never_lowers_the_level(seen: dict[Signal, int], signal: Signal) -> None:
    before = Evidence(seen)
    assert assess(before.with_(signal), RULES).level >= assess(before, RULES).level


@given(counts)
def test_one_signal_counts_ten_times_at_most(seen: dict[Signal, int]) -> None:
    capped = {signal: min(count, MOST_COUNTED) for signal, count in seen.items()}
    assert assess(Evidence(seen), RULES).points == assess(Evidence(capped), RULES).points


@given(counts, st.sampled_from(Signal))
def test_what_was_looked_into_counts_no_more(seen: dict[Signal, int], signal: Signal) -> None:
    assert signal not in assess(Evidence(seen).without(signal), RULES).reasons


@given(st.integers(min_value=0, max_value=10**12), st.integers(min_value=0, max_value=10**12))
def test_access_never_ends_after_the_identity(identity: int, wanted: int) -> None:
    end = access_ends(Instant(identity), wanted=Instant(wanted))
    assert end <= Instant(identity) and end <= Instant(wanted)


SDP = b"""v=0
a=candidate:1 1 udp 2130706431 192.168.1.7 50000 typ host
a=candidate:2 1 udp 1694498815 93.184.216.34 50001 typ srflx raddr 192.168.1.7 rport 50000
a=candidate:3 1 udp 2130706431 2606:2800:220:1:248:1893:25c8:1946 50002 typ host
a=candidate:4 1 udp 2130706431 a1b2.local 50003 typ host
a=candidate:5
"""


def test_networks_are_public_and_cut_to_their_prefix() -> None:
    assert networks_of(SDP) == {"93.184.216.0/24", "2606:2800:220:1::/64"}


@given(st.binary())
def test_anything_else_names_no_network(data: bytes) -> None:
    assert networks_of(data) == frozenset()


def test_only_the_first_candidates_are_read() -> None:
    line = b"a=candidate:1 1 udp 1 192.168.1.1 5 typ host\n"
    assert networks_of(line * MOST + SDP) == frozenset()
