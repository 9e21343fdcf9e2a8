"""The door of a hub: limits by source, half-open connections, hosts allowed."""

import pytest

from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.domain.instants import Tick
from horizon_desktop.errors import UsageError
from horizon_desktop.hub.admission import Admission, AdmissionLimits, parse_host_keys, source_of

START = Tick(1_000)
MINE, THEIRS = "198.51.100.7", "203.0.113.9"


def door(**limits: int) -> Admission:
    return Admission(AdmissionLimits(**limits), host_keys=None)


def nobody() -> None:
    """Hang up on a caller that the test does not look at."""


def test_a_source_has_thirty_attempts_at_once_and_then_one_a_second() -> None:
    admission = door()
    assert [admission.attempt(MINE, now=START) for _ in range(30)] == [0] * 30
    assert admission.attempt(MINE, now=START) > 0
    passed = sum(admission.attempt(MINE, now=START.plus(ms)) == 0 for ms in range(0, 60_001, 100))
    assert 58 <= passed <= 61


def test_one_sources_attempts_are_not_anothers() -> None:
    admission = door()
    for _ in range(31):
        admission.attempt(MINE, now=START)
    assert admission.attempt(THEIRS, now=START) == 0


def test_an_accepted_client_costs_no_attempt() -> None:
    admission = door()
    for _ in range(100):
        assert admission.attempt(MINE, now=START) == 0
        admission.give_back(MINE, now=START)


def test_clients_of_one_source_and_of_all_are_bounded_until_they_part() -> None:
    admission = door(max_clients=3, max_clients_per_source=2)
    for _ in range(2):
        admission.entered(MINE, now=START)
    assert admission.admits_client(MINE, now=START) == Deny("hub.full", "source")
    assert admission.admits_client(THEIRS, now=START) == Allow()
    admission.entered(THEIRS, now=START)
    assert admission.admits_client("192.0.2.1", now=START) == Deny("hub.full")
    admission.parted(MINE)
    assert admission.admits_client(MINE, now=START) == Allow()


def test_a_source_with_clients_is_remembered() -> None:
    admission = door()
    admission.entered(MINE, now=START)
    admission.tidy(now=START.plus(3_600_000))
    admission.parted(MINE)


def test_a_source_that_knocks_too_fast_is_hung_up_on() -> None:
    admission = door(knock_burst=3)
    tickets = [admission.knock(MINE, nobody, now=START) for _ in range(4)]
    assert tickets[3] is None and None not in tickets[:3]
    assert admission.knock(THEIRS, nobody, now=START) is not None


def test_half_open_connections_of_one_source_push_out_its_own_oldest() -> None:
    admission = door(max_half_open_per_source=2)
    gone: list[int] = []
    for number in range(4):
        admission.knock(MINE, lambda number=number: gone.append(number), now=START)
    assert gone == [0, 1]
    assert admission.half_open_count == 2


def test_when_the_door_is_full_the_source_with_most_half_open_loses_its_oldest() -> None:
    admission = door(max_half_open=5, max_half_open_per_source=4)
    gone: list[str] = []
    admission.knock(THEIRS, lambda: gone.append("theirs"), now=START)
    for number in range(4):
        admission.knock(MINE, lambda number=number: gone.append(f"mine {number}"), now=START)
    admission.knock("192.0.2.1", lambda: gone.append("third"), now=START)
    assert gone == ["mine 0"]


def test_a_ticket_that_left_makes_room() -> None:
    admission = door(max_half_open_per_source=1)
    gone: list[int] = []
    ticket = admission.knock(MINE, lambda: gone.append(1), now=START)
    assert ticket is not None
    admission.left(ticket)
    admission.knock(MINE, nobody, now=START)
    assert gone == []


def test_quiet_sources_are_forgotten_and_busy_ones_are_not() -> None:
    admission = door()
    for _ in range(31):
        admission.attempt(MINE, now=START)
    admission.tidy(now=START.plus(1_000))
    assert admission.attempt(MINE, now=START.plus(1_000)) == 0
    assert admission.attempt(MINE, now=START.plus(1_000)) > 0
    admission.tidy(now=START.plus(60_000))
    assert [admission.attempt(MINE, now=START.plus(60_000)) for _ in range(30)] == [0] * 30


def test_the_number_of_sources_remembered_is_bounded() -> None:
    admission = door(max_sources=10)
    for number in range(100):
        admission.attempt(f"192.0.2.{number}", now=START)
    assert len(admission._sources) <= 10


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_source_is_an_address_or_a_64_of_ipv6(address: str, source: str) -> None:
    assert source_of(address) == source


def test_with_a_list_only_its_hosts_register_and_without_any() -> None:
    mine, theirs = DeviceKey(b"m" * 32), DeviceKey(b"t" * 32)
    listed = Admission(AdmissionLimits(), host_keys=frozenset({mine}))
    assert listed.admits_host(mine) == Allow()
    assert listed.admits_host(theirs) == Deny("hub.host_key")
    assert door().admits_host(theirs) == Allow()


def test_host_keys_are_hexadecimal_lines_with_comments() -> None:
    assert parse_host_keys(["# ours", "", "ab" * 32 + "  # Ada", "CD" * 32]) == {b"\xab" * 32, b"\xcd" * 32}


@pytest.mark.parametrize("line", ["ab" * 31, "xy" * 32, "ab" * 33])
def test_a_bad_line_of_the_host_keys_is_named(line: str) -> None:
    with pytest.raises(UsageError, match="line 2") as told:
        parse_host_keys(["# ours", line])
    assert told.value.key == "hub.host_keys"
