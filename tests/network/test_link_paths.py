"""Links in a network laboratory: NATs, cuts, roaming and long delays, with real processes (notes on NAT, 10)."""

import itertools
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.network.natlab.natlab import Impairment, Lab

ROOT = Path(__file__).resolve().parents[2]
PORT = 7000
STUN_PORT = 19302
Line = dict[str, Any]
pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow,
    # natlab leaves the pipe of its own STUN responder to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


class Program:
    """One link_peer process in a host of the laboratory."""

    def __init__(self, lab: Lab, host: str, *words: str) -> None:
        self.lines: list[Line] = []
        self._queue: queue.Queue[Line] = queue.Queue()
        command = [sys.executable, "-m", "tests.network.link_peer", *words]
        self.process = lab.popen(host, command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def expect(self, matches: Callable[[Line], bool], *, within_s: float) -> Line:
        """Return the next line that matches."""
        end = time.monotonic() + within_s
        while True:
            try:
                line = self._queue.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"not within {within_s} s; lines: {self.lines[-20:]}") from None
            self.lines.append(line)
            if matches(line):
                return line

    def echoes(self) -> list[int]:
        return [line["number"] for line in self.lines if line["event"] == "echo"]

    def close(self) -> None:
        """Wait for the end that the laboratory made, and close the pipe."""
        self.process.wait(timeout=10)
        self._reader.join(timeout=10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(json.loads(line))


@contextmanager
def link_in(topology: str, **impair: Impairment) -> Iterator[tuple[Lab, Program]]:
    """A relay on the public host, host and guest behind their NATs; yield the laboratory and the guest."""
    programs: list[Program] = []

    def start(lab: Lab, host: str, *words: str) -> Program:
        programs.append(Program(lab, host, *words))
        return programs[-1]

    try:
        with Lab(topology, impair=impair) as lab:
            lab.start_stun()
            where = (lab.public_ip, str(PORT), lab.public_ip, str(STUN_PORT))
            for host, words in (("public", ("relay", str(PORT))), ("host", ("host", *where))):
                start(lab, host, *words).expect(lambda line: line["event"] == "ready", within_s=30)
            yield lab, start(lab, "guest", "guest", *where)
    finally:
        for program in programs:
            program.close()


def is_path(path: str) -> Callable[[Line], bool]:
    return lambda line: line["event"] == "path" and line["path"] == path


def is_echo(line: Line) -> bool:
    return bool(line["event"] == "echo")


def assert_nothing_lost_or_doubled(guest: Program) -> None:
    got = guest.echoes()
    assert got == list(range(len(got)))


@pytest.mark.parametrize("topology", ["open", "same-lan", "cone-cone"])
def test_the_link_starts_by_relay_and_moves_to_the_direct_path(topology: str) -> None:
    with link_in(topology) as (_, guest):
        guest.expect(is_path("relay"), within_s=15)
        guest.expect(is_path("direct"), within_s=15)
        guest.expect(is_echo, within_s=5)
        assert_nothing_lost_or_doubled(guest)


@pytest.mark.parametrize(
    "topology", ["symmetric-symmetric", pytest.param("udp-blocked", marks=pytest.mark.network_full)]
)
def test_where_no_direct_path_can_be_the_relay_carries_on_undisturbed(topology: str) -> None:
    with link_in(topology) as (_, guest):
        guest.expect(is_path("relay"), within_s=15)
        guest.expect(lambda line: is_echo(line) and line["number"] >= 60, within_s=40)
        assert_nothing_lost_or_doubled(guest)
        assert not [line for line in guest.lines if is_path("direct")(line)]
        echoes = [line["at"] for line in guest.lines if is_echo(line)]
        assert max(b - a for a, b in itertools.pairwise(echoes)) < 3


def test_a_cut_of_15_s_loses_nothing() -> None:
    with link_in("cone-cone") as (lab, guest):
        guest.expect(is_path("direct"), within_s=20)
        lab.cut("guest")
        guest.expect(lambda line: line["event"] == "silence" and line["stage"] == "chip", within_s=10)
        time.sleep(8)
        lab.heal("guest")
        sent_before = len(guest.echoes())
        guest.expect(lambda line: is_echo(line) and line["number"] > sent_before + 70, within_s=40)
        assert_nothing_lost_or_doubled(guest)


@pytest.mark.network_full
def test_a_guest_that_roams_is_back_by_relay_within_seconds_and_direct_again_later() -> None:
    with link_in("roaming") as (lab, guest):
        guest.expect(is_path("direct"), within_s=20)
        lab.roam("guest")
        roamed = time.monotonic()
        before = max(guest.echoes(), default=0)
        guest.expect(lambda line: is_echo(line) and line["number"] > before + 8, within_s=20)
        assert time.monotonic() - roamed < 20
        guest.expect(is_path("relay"), within_s=20)
        guest.expect(is_path("direct"), within_s=60)
        assert_nothing_lost_or_doubled(guest)


@pytest.mark.network_full
def test_at_600_ms_of_round_trip_the_direct_path_stays() -> None:
    """aioice's consent checks would end it after 26 to 29 s."""
    with link_in("open", guest=Impairment(delay=0.3)) as (_, guest):
        guest.expect(is_path("direct"), within_s=30)
        until = time.monotonic() + 36
        while time.monotonic() < until:
            guest.expect(is_echo, within_s=10)
        assert not [line for line in guest.lines if line["event"] == "silence"]
        assert [line["path"] for line in guest.lines if line["event"] == "path"] == ["relay", "direct"]
        assert_nothing_lost_or_doubled(guest)
