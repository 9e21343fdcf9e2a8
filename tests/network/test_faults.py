"""Whatever happens to a network, a hub or a process: of what both ends write, nothing is lost and nothing doubled."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.network.lab_session import LabSession, wait_until
from tests.network.lab_transfer import line
from tests.network.natlab.natlab import Impairment

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.network_full, pytest.mark.timeout(300)]
RELAY = ("--no-p2p",)
SLOW = {"guest": line()}
"""The guest's line: a transfer of some megabytes is under way when the trouble comes."""
DEAD_S = 10
"""A direct path that was silent for so long is given up; a shorter cut it outlives."""


def begin(session: LabSession, way: str) -> None:
    """See lines arrive at both ends by this path; then have some megabytes of bulk under way, too."""
    session.start_streams()
    session.wait_for_path(way)
    session.see_lines(5)
    session.start_transfer()


def outage(session: LabSession, seconds: float, heal: Callable[[], object]) -> float:
    """Write at both ends while they are apart; return how long after its end lines arrive both ways again."""
    session.edit_apart()
    time.sleep(seconds)  # how long the trouble lasts: what the test is about, not an order of events
    heal()
    return session.see_lines(5)


def words(way: str) -> tuple[str, ...]:
    return RELAY if way == "relay" else ()


@pytest.mark.parametrize("way", ["direct", "relay"])
@pytest.mark.parametrize("seconds", [5, 15, 40])
def test_a_cut_loses_nothing(tmp_path: Path, seconds: int, way: str) -> None:
    with LabSession(tmp_path, "cone-cone", guest_words=words(way), impair=SLOW) as session:
        begin(session, way)
        before = session.direct_paths()
        session.lab.cut("guest")
        figures = {"back_s": outage(session, seconds, lambda: session.lab.heal("guest"))}
        if way == "direct" and seconds > DEAD_S:
            figures["direct_s"] = figures["back_s"] + session.wait_for_another_direct_path(before)
            session.see_that_no_hub_is_needed()
        session.assert_nothing_is_lost_or_doubled(edited_apart=True)
        session.note(f"cut {seconds} s, {way}", **figures)


@pytest.mark.parametrize("way", ["direct", "relay"])
def test_a_cut_of_the_host_loses_nothing(tmp_path: Path, way: str) -> None:
    with LabSession(tmp_path, "cone-cone", guest_words=words(way), impair=SLOW) as session:
        begin(session, way)
        session.lab.cut("host")
        back_s = outage(session, 15, lambda: session.lab.heal("host"))
        session.assert_nothing_is_lost_or_doubled(edited_apart=True)
        session.note(f"host cut 15 s, {way}", back_s=back_s)


@pytest.mark.parametrize("who", ["guest", "host"])
def test_an_interface_that_goes_down_for_a_while_loses_nothing(tmp_path: Path, who: str) -> None:
    with LabSession(tmp_path, "cone-cone", impair=SLOW) as session:
        begin(session, "direct")
        before = session.direct_paths()
        session.lab.cut(who, "unplug")
        back_s = outage(session, 12, lambda: session.lab.heal(who))
        direct_s = session.wait_for_another_direct_path(before)
        session.see_that_no_hub_is_needed()
        session.assert_nothing_is_lost_or_doubled(edited_apart=True)
        session.note(f"interface of the {who} down 12 s", back_s=back_s, direct_s=back_s + direct_s)


@pytest.mark.parametrize("way", ["direct", "relay"])
@pytest.mark.parametrize("who", ["guest", "host"])
def test_who_moves_to_another_network_works_on_and_goes_direct_again(tmp_path: Path, who: str, way: str) -> None:
    with LabSession(tmp_path, "roaming", guest_words=words(way), impair=SLOW) as session:
        begin(session, way)
        before = session.direct_paths()
        session.lab.roam(who, gap=0.5)
        figures = {"back_s": session.see_lines(5)}
        wait_until(lambda: bool(session.log(who, "network.changed")), "the move is noticed")
        if way == "direct":
            figures["direct_s"] = figures["back_s"] + session.wait_for_another_direct_path(before)
            session.see_that_no_hub_is_needed()
        session.assert_nothing_is_lost_or_doubled()
        session.note(f"{who} roams, {way}", **figures)


@pytest.mark.parametrize("who", ["guest", "host"])
def test_a_new_address_on_the_same_network_loses_nothing(tmp_path: Path, who: str) -> None:
    with LabSession(tmp_path, "cone-cone", impair=SLOW) as session:
        begin(session, "direct")
        before = session.direct_paths()
        session.lab.readdress(who)
        back_s = session.see_lines(5)
        wait_until(lambda: bool(session.log(who, "network.changed")), "the new address is noticed")
        direct_s = session.wait_for_another_direct_path(before)
        session.see_that_no_hub_is_needed()
        session.assert_nothing_is_lost_or_doubled()
        session.note(f"{who} gets a new address", back_s=back_s, direct_s=back_s + direct_s)


@pytest.mark.parametrize("way", ["direct", "relay"])
def test_a_router_with_a_new_public_address_loses_nothing(tmp_path: Path, way: str) -> None:
    with LabSession(tmp_path, "cone-cone", guest_words=words(way), impair=SLOW) as session:
        begin(session, way)
        before = session.direct_paths()
        session.lab.renumber("guest")
        figures = {"back_s": session.see_lines(5)}
        if way == "direct":
            figures["direct_s"] = figures["back_s"] + session.wait_for_another_direct_path(before)
            session.see_that_no_hub_is_needed()
        session.assert_nothing_is_lost_or_doubled()
        session.note(f"NAT renumbered, {way}", **figures)


@pytest.mark.parametrize("is_silent", [False, True], ids=["crash", "power-loss"])
def test_by_relay_a_hub_that_dies_and_returns_loses_nothing(tmp_path: Path, *, is_silent: bool) -> None:
    with LabSession(tmp_path, "cone-cone", guest_words=RELAY, impair=SLOW) as session:
        begin(session, "relay")
        session.lab.kill("public", silent=is_silent)

        def power_on() -> None:
            session.lab.heal("public")
            session.start_hub()

        back_s = outage(session, 8, power_on)
        session.assert_nothing_is_lost_or_doubled(edited_apart=True)
        session.note(f"hub {'power loss' if is_silent else 'crash'} 8 s, relay", back_s=back_s)


@pytest.mark.parametrize("is_silent", [False, True], ids=["crash", "power-loss"])
def test_by_the_direct_path_work_goes_on_without_a_hub(tmp_path: Path, *, is_silent: bool) -> None:
    with LabSession(tmp_path, "cone-cone", impair=SLOW) as session:
        begin(session, "direct")
        session.lab.kill("public", silent=is_silent)
        without_s = session.see_lines(150)
        session.lab.heal("public")
        session.start_hub()
        session.see_lines(50)
        assert session.paths() == ["relay", "direct"]
        session.assert_nothing_is_lost_or_doubled()
        session.note(f"hub {'power loss' if is_silent else 'crash'}, direct", went_on_s=without_s)


def test_a_guest_that_is_killed_and_comes_back_loses_nothing(tmp_path: Path) -> None:
    with LabSession(tmp_path, "cone-cone", impair=SLOW) as session:
        begin(session, "direct")
        session.guest.kill()
        session.see_transfer_lost()

        def come_back() -> None:
            session.guest = session.start_guest()

        back_s = outage(session, 3, come_back)
        session.wait_for_path("direct")
        session.start_transfer()
        session.assert_nothing_is_lost_or_doubled(edited_apart=True)
        session.note("guest killed and back", back_s=back_s)


def test_a_host_that_is_killed_and_goes_on_loses_nothing(tmp_path: Path) -> None:
    with LabSession(tmp_path, "cone-cone", impair=SLOW) as session:
        begin(session, "direct")
        session.host.kill()

        def come_back() -> None:
            session.host = session.start_host("--resume")
            session.host.expect("session", within_s=60)

        back_s = outage(session, 3, come_back)
        session.see_transfer_lost()
        session.start_transfer("host")
        session.assert_nothing_is_lost_or_doubled(edited_apart=True)
        session.note("host killed and back", back_s=back_s)


@pytest.mark.parametrize("way", ["direct", "relay"])
@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("600 ms", line(delay=0.3)),
        ("2 % loss", line(delay=0.02, loss=0.02)),
        ("5 % loss", line(delay=0.02, loss=0.05)),
    ],
    ids=["600-ms", "2-percent", "5-percent"],
)
def test_a_slow_or_lossy_line_loses_nothing(tmp_path: Path, name: str, bad: Impairment, way: str) -> None:
    with LabSession(tmp_path, "cone-cone", guest_words=words(way), impair={"guest": bad}) as session:
        begin(session, way)
        session.see_lines(300)  # half a minute, in which ICE's own consent checks would end a slow direct path
        down_s, up_s = session.lags()
        session.assert_nothing_is_lost_or_doubled()
        assert session.path() == way
        session.note(f"{name}, {way}", down_s=down_s, up_s=up_s)
