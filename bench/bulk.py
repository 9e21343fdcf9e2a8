"""Bulk on loopback: MB/s and processor time per MB of our fast, plain and relay lanes beside other stacks.

Each figure is a pair of separate processes; the engines take turns within a round, and the table has the medians of
the rounds. Chromium and aiolibdatachannel are measured where they are (packaging/setup.sh --bench; a Python of 3.12
or newer, which gets a virtual environment under build/bench).

    bench/bulk.py [--seconds 4] [--rounds 3] [--engines fast,plain,relay,aiortc,chromium,native]
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[1]
NATIVE: Final = ROOT / "build" / "bench" / "native"
NATIVE_PACKAGE: Final = "aiolibdatachannel==2026.10.15"


LONGEST_S: Final = 40.0
"""For a connection to come about; a pair that takes longer is left out."""


class Figure(NamedTuple):
    """One transfer."""

    mb_s: float
    send_ms: float
    receive_ms: float


class Peer:
    """One process of a measurement."""

    def __init__(self, words: list[str]) -> None:
        self._process = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("a peer ended early")
        fact: dict[str, Any] = json.loads(line)
        return fact

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def words_of(engine: str, role: str, seconds: float, url: str) -> list[str]:
    """Return the command of one end."""
    match engine:
        case "chromium":
            return [sys.executable, "-m", "tests.network.browser_peer", role, str(seconds)]
        case "native":
            return [str(NATIVE / "bin" / "python"), "tests/network/native_peer.py", role, str(seconds)]
        case _:
            return [sys.executable, "-m", "tests.network.bulk_peer", engine, role, str(seconds), url]


def measure(engine: str, seconds: float, url: str) -> Figure:
    """Return the figure of one transfer."""
    sender = Peer(words_of(engine, "send", seconds, url))
    receiver = Peer(words_of(engine, "receive", seconds, url))

    def give_up() -> None:
        sender.kill()
        receiver.kill()

    watch = threading.Timer(LONGEST_S + seconds, give_up)
    watch.start()
    try:
        if engine == "relay":
            sender.hear()
            receiver.tell("")
        else:
            sender.tell(receiver.hear()["signal"])
            receiver.tell(sender.hear()["signal"])
        receiver.hear(), sender.hear()
        sender.tell("go")
        came = receiver.hear()
        sender.tell("stop")
        left = sender.hear()
        return Figure(
            came["bytes"] / 1e6 / came["seconds"],
            left["cpu_s"] * 1e9 / left["bytes"],
            came["cpu_s"] * 1e9 / came["bytes"],
        )
    finally:
        watch.cancel()
        sender.end()
        receiver.end()


def has_chromium() -> str:
    """Say why Chromium cannot be measured; empty: it can."""
    return "" if shutil.which("chromium") else "no chromium (packaging/setup.sh --bench)"


def has_native() -> str:
    """Make the virtual environment of aiolibdatachannel; say why it cannot be measured, empty: it can."""
    if (NATIVE / "bin" / "python").exists():
        return ""
    folders = (Path.home() / ".pyenv" / "versions").glob("3.1[2-9]*")
    named = [shutil.which(f"python3.{minor}") for minor in (12, 13, 14)]
    for python in [*(str(folder / "bin" / "python") for folder in sorted(folders)), *filter(None, named)]:
        made = subprocess.run([python, "-m", "venv", str(NATIVE)], capture_output=True, check=False)
        if made.returncode:
            continue
        pip = [str(NATIVE / "bin" / "python"), "-m", "pip", "install", "--quiet", NATIVE_PACKAGE]
        if subprocess.run(pip, capture_output=True, check=False).returncode == 0:
            return ""
        shutil.rmtree(NATIVE)
    return "no Python of 3.12 or newer into which aiolibdatachannel installs"


NEEDS: Final[dict[str, Callable[[], str]]] = {"chromium": has_chromium, "native": has_native}


def rounds(engines: list[str], count: int, seconds: float) -> dict[str, list[Figure]]:
    """Return the figures of every engine, which take turns."""
    figures: dict[str, list[Figure]] = {engine: [] for engine in engines}
    with tempfile.TemporaryDirectory() as folder:
        hub = Peer([sys.executable, "-m", "tests.network.bulk_peer", "hub", "127.0.0.1", folder])
        url = hub.hear()["url"]
        for _ in range(count):
            for engine in engines:
                try:
                    figures[engine].append(measure(engine, seconds, url))
                except RuntimeError as exc:
                    print(f"{engine}: {exc}", file=sys.stderr)
        hub.end()
    return figures


def main() -> None:
    """Print the table and the ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engines", default="fast,plain,relay,aiortc,chromium,native")
    chosen = parser.parse_args()
    engines = []
    for engine in chosen.engines.split(","):
        why = NEEDS[engine]() if engine in NEEDS else ""
        if why:
            print(f"{engine}: skipped, {why}")
        else:
            engines.append(engine)
    before = os.getloadavg()[0]
    figures = rounds(engines, chosen.rounds, chosen.seconds)
    print(f"load {before:.1f} before, {os.getloadavg()[0]:.1f} after, {os.cpu_count()} cores")
    print("| engine | MB/s median (best) | CPU ms/MB sender | CPU ms/MB receiver |")
    print("| --- | --- | --- | --- |")
    medians = {}
    for engine, found in figures.items():
        if not found:
            continue
        middle = Figure(*(statistics.median(column) for column in zip(*found, strict=True)))
        medians[engine] = middle
        best = max(figure.mb_s for figure in found)
        print(f"| {engine} | {middle.mb_s:.1f} ({best:.1f}) | {middle.send_ms:.1f} | {middle.receive_ms:.1f} |")
    for other, goal in (("aiortc", 4), ("native", 0.8), ("chromium", 1)):
        if other in medians and "fast" in medians:
            ratio = statistics.median(
                ours.mb_s / theirs.mb_s for ours, theirs in zip(figures["fast"], figures[other], strict=False)
            )
            print(f"fast / {other}: {ratio:.2f} (goal {goal})")


if __name__ == "__main__":
    main()
