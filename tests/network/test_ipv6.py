"""IPv6: a hub that is reached by it, and a direct path over it where the NATs of IPv4 let none through."""

from pathlib import Path

import pytest

from tests.network.lab_session import LabSession

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.network_full, pytest.mark.timeout(300)]


def test_by_ipv6_the_hub_is_reached_and_the_path_is_direct_where_ipv4_has_none(tmp_path: Path) -> None:
    with LabSession(tmp_path, "symmetric-symmetric", has_ipv6=True) as session:
        session.start_streams()
        session.wait_for_path("direct")
        assert session.paths() == ["relay", "direct"]
        session.see_lines(10)
        session.see_that_no_hub_is_needed()
        session.assert_nothing_is_lost_or_doubled()
        session.note("topology symmetric-symmetric with IPv6", path="direct")


def test_a_session_needs_no_ipv4_at_all(tmp_path: Path) -> None:
    with LabSession(tmp_path, "cone-cone", has_ipv6=True) as session:
        session.start_streams()
        for name in ("host", "guest"):
            session.lab.lose_ipv4(name)
        session.see_lines(20)
        session.wait_for_path("direct")
        session.see_that_no_hub_is_needed()
        session.assert_nothing_is_lost_or_doubled()
