"""A session at two hubs: when the power of one fails the other takes over, and when it returns it is used again."""

import time
from pathlib import Path

import pytest

from tests.network.lab_session import SECOND, LabSession, wait_until
from tests.network.natlab.natlab import Site

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.network_full, pytest.mark.timeout(300)]
TWO_HUBS = [Site("cone", ("host",)), Site("cone", ("guest",)), Site("open", (SECOND,))]


def registrations(session: LabSession, hub: str) -> int:
    """Return how often the host has registered at this hub."""
    return sum(entry["hub"] == hub for entry in session.log("host", "hub.registered"))


@pytest.mark.parametrize("is_silent", [False, True], ids=["crash", "power-loss"])
def test_by_relay_the_second_hub_takes_over_and_the_first_after_it(tmp_path: Path, *, is_silent: bool) -> None:
    with LabSession(tmp_path, TWO_HUBS, guest_words=("--no-p2p",)) as session:
        first = session.lab.public_ip
        session.start_streams()
        wait_until(lambda: registrations(session, session.lab.addr(SECOND)) == 1, "the host is at both hubs")
        session.lab.kill("public", silent=is_silent)
        session.edit_apart()
        took_over_s = session.see_lines(5)
        time.sleep(5)  # how long the session is to live at the second hub, not an order of events
        session.lab.heal("public")
        session.start_hub()
        wait_until(lambda: registrations(session, first) == 2, "the host is back at the first hub")
        session.lab.kill(SECOND, silent=is_silent)
        took_over_again_s = session.see_lines(5)
        session.assert_nothing_is_lost_or_doubled(edited_apart=True)
        what = "power loss" if is_silent else "crash"
        session.note(f"second hub after {what}, relay", back_s=took_over_s, first_again_s=took_over_again_s)


def test_who_has_the_link_comes_in_by_the_second_hub_while_the_first_is_dark(tmp_path: Path) -> None:
    with LabSession(tmp_path, TWO_HUBS) as session:
        session.start_streams()
        session.guest.kill()
        session.lab.kill("public")
        session.guest = session.start_guest()
        session.see_lines(5)
        session.assert_nothing_is_lost_or_doubled()
