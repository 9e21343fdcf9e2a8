"""From every kind of network the guest works by the relay first, and goes direct exactly where that can be."""

from pathlib import Path

import pytest

from tests.network.lab_session import LabSession, wait_until

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.network_full, pytest.mark.timeout(300)]


@pytest.mark.parametrize("topology", ["open", "same-lan", "cone-cone", "roaming"])
def test_the_guest_works_by_the_relay_and_goes_direct_where_it_can(tmp_path: Path, topology: str) -> None:
    with LabSession(tmp_path, topology) as session:
        session.start_streams()
        session.wait_for_path("direct")
        assert session.paths() == ["relay", "direct"]
        lines = session.guest.read()
        events = [line.get("path") or line["event"] for line in lines]
        assert events.index("joined") < events.index("direct")
        session.see_lines(10)
        session.see_that_no_hub_is_needed()
        session.assert_nothing_is_lost_or_doubled()
        session.note(f"topology {topology}", path="direct")


@pytest.mark.parametrize("topology", ["symmetric-cone", "symmetric-symmetric", "udp-blocked", "tcp443-only"])
def test_where_no_direct_path_can_be_the_relay_carries_on(tmp_path: Path, topology: str) -> None:
    with LabSession(tmp_path, topology) as session:
        session.start_streams()
        assert not session.log("guest", "direct.failed"), "the guest works before the direct attempt ends"
        failed_s = wait_until(lambda: bool(session.log("guest", "direct.failed")), "the direct attempt ends")
        session.see_lines(10)
        assert session.paths() == ["relay"]
        session.assert_nothing_is_lost_or_doubled()
        session.note(f"topology {topology}", path="relay", attempt_ended_after_s=failed_s)
