"""`horizon bench link` in a third shell: it measures the session that the other shells are in."""

import json
import os
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.end_to_end.shells import DEADLINE_S, PROGRAM, Line
from tests.end_to_end.test_three_shells import start_guest, start_host


def measure(home: Path, *words: str) -> tuple[int, list[Line]]:
    """Run the command to its end; return its exit status and its lines."""
    done = subprocess.run(
        [str(PROGRAM), "bench", "link", "--json", *words],
        env={**os.environ, "HORIZON_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=3 * DEADLINE_S,
        check=False,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("way", ["direct", "relay"])
def test_host_and_guest_measure_their_link_both_ways(tmp_path: Path, way: str) -> None:
    with ExitStack() as stack:
        _, invite = start_host(stack, tmp_path)
        guest = start_guest(stack, tmp_path, invite, *(("--no-p2p",) if way == "relay" else ()))
        guest.expect("path", lambda line: line["path"] == way, within_s=3 * DEADLINE_S)
        for home, name in ((tmp_path / "host", "kestrel"), (tmp_path / "guest", "")):
            status, lines = measure(home, "--mib", "8")
            assert status == 0, lines
            assert [line["way"] for line in lines] == ["to", "from"]
            for line in lines:
                assert (line["bytes"], line["is_whole"], line["path"]) == (8 * 2**20, True, way)
                assert line["bulk_path"] in (("relay",) if way == "relay" else ("relay", "fast", "plain"))
                assert not name or line["name"] == name


def test_without_a_running_session_it_says_so(tmp_path: Path) -> None:
    status, lines = measure(tmp_path / "nobody")
    assert status == 4
    assert lines[0]["code"] == "profile.idle"
