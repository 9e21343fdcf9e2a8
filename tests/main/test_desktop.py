"""The desktop program: it opens, is one for each profile, and ends cleanly when asked."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from horizon_desktop.main.desktop import instance_socket, parse
from horizon_desktop.main.profile import Profile

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ends the program by a POSIX signal")
PROGRAM = [sys.executable, "-m", "horizon_desktop.main.desktop"]


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "HORIZON_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}


def wait_for(path: Path, program: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert program.poll() is None, "the program ended"
        assert time.monotonic() < deadline, f"{path.name} did not come"
        time.sleep(0.05)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "h"


@pytest.fixture
def program(home: Path) -> Iterator["subprocess.Popen[bytes]"]:
    started = subprocess.Popen(PROGRAM, env=environment(home), stderr=subprocess.PIPE)
    yield started
    if started.poll() is None:
        started.kill()
    started.communicate()


def test_it_opens_a_profile_and_ends_with_nothing_left(home: Path, program: "subprocess.Popen[bytes]") -> None:
    wait_for(home / "horizon.db", program)
    program.send_signal(signal.SIGTERM)
    assert program.wait(30) == 0
    assert list(home.glob("*.sock")) == []


def test_a_second_start_hands_over_and_goes(home: Path, program: "subprocess.Popen[bytes]") -> None:
    wait_for(home / "horizon.db", program)
    second = subprocess.run(PROGRAM, env=environment(home), timeout=30, check=False, capture_output=True)
    assert second.returncode == 0
    assert program.poll() is None
    program.send_signal(signal.SIGTERM)
    assert program.wait(30) == 0


def test_it_logs_to_its_profile_and_a_crash_would_write_no_memory(
    home: Path, program: "subprocess.Popen[bytes]"
) -> None:
    wait_for(home / "horizon.log", program)
    wait_for(home / "horizon.db", program)
    assert (home / "horizon.log").stat().st_mode & 0o777 == 0o600
    if sys.platform == "linux":
        limits = Path(f"/proc/{program.pid}/limits").read_text(encoding="ascii")
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["0", "0"]
    program.send_signal(signal.SIGTERM)
    assert program.wait(30) == 0
    assert program.stderr is not None
    assert b'"event"' not in program.stderr.read()


def test_a_broken_policy_keeps_the_profile_shut_and_ends_in_order(home: Path) -> None:
    (home / "policies").mkdir(parents=True)
    (home / "policies" / "a.yaml").write_text("kind: Polcy\n", encoding="utf-8")
    with subprocess.Popen(PROGRAM, env=environment(home), stderr=subprocess.PIPE) as started:
        wait_for(home / "horizon.log", started)
        deadline = time.monotonic() + 30
        while b"policy.broken" not in (home / "horizon.log").read_bytes():
            assert time.monotonic() < deadline, "the log does not say why"
            time.sleep(0.05)
        assert started.poll() is None  # the window tells it, and waits to be closed
        started.send_signal(signal.SIGTERM)
        assert started.wait(30) == 2
        assert started.stderr is not None
        assert b"Traceback" not in started.stderr.read()
    assert not (home / "horizon.db").exists()


def test_a_wrong_profile_name_is_said_and_opens_nothing(home: Path) -> None:
    refused = subprocess.run(
        [*PROGRAM, "--profile", "../x"], env=environment(home), timeout=30, check=False, capture_output=True
    )
    assert refused.returncode == 2
    assert b"profile name" in refused.stderr
    assert not home.exists()


def test_a_long_folder_gets_a_short_socket(tmp_path: Path) -> None:
    long = Profile(name="p", folder=tmp_path / ("x" * 120))
    assert len(os.fsencode(instance_socket(long))) < 104


def test_the_command_line_is_read() -> None:
    start = parse(["--profile", "lab", "--no-p2p", "horizon://join/x"])
    assert (start.profile, start.is_direct_tried, start.link) == ("lab", False, "horizon://join/x")
