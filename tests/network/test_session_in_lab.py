"""The short way through the laboratory, in every run of the tests: relay first, then direct, and a cut of 5 s."""

import time
from pathlib import Path

import pytest

from tests.network.lab_session import LabSession
from tests.network.lab_transfer import line

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(240)]


def test_a_guest_works_by_relay_then_direct_and_a_cut_of_5_s_loses_nothing(tmp_path: Path) -> None:
    with LabSession(tmp_path, "open", impair={"guest": line()}) as session:
        session.start_streams()
        session.wait_for_path("direct")
        assert session.paths() == ["relay", "direct"]
        session.start_transfer()
        session.lab.cut("guest")
        session.edit_apart()
        time.sleep(5)  # how long the trouble lasts, not an order of events
        session.lab.heal("guest")
        session.see_lines(5)
        session.assert_nothing_is_lost_or_doubled(edited_apart=True)
