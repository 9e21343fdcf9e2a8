"""Bulk over long and lossy paths: Mbit/s from host to guest, or back, by each of our lanes beside TCP cubic and bbr.

Each figure is a pair of processes in a network laboratory (needs root and Linux): a bottleneck of 100 Mbit/s with a
queue of 100 ms, loss in both directions, slow start included. Engines of one row run one after the other.

    bench/bulk_loss.py [--seconds 8] [--rtt 40,80] [--loss 0,1,2,5] [--engines fast,plain,relay,cubic,bbr] [--runs 1]
        [--back]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.network.natlab.natlab import Impairment, Lab  # noqa: E402  (its folder is no package of ours)

RATE: Final = 100e6
QUEUE_S: Final = 0.1
LONGEST_S: Final = 40.0
"""For a connection to come about; a pair that takes longer is left out."""


class Peer:
    """One process of a measurement."""

    def __init__(self, lab: Lab, where: str, *words: str) -> None:
        self._process = lab.popen(
            where,
            [sys.executable, "-m", "tests.network.bulk_peer", *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
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
        self._process.kill()
        self._process.wait()


def measure(lab: Lab, engine: str, seconds: float, url: str, *, is_back: bool) -> float:
    """Return Mbit/s of one transfer, from host to guest or back."""
    near, far = ("guest", "host") if is_back else ("host", "guest")
    rest = {"relay": [url], "cubic": [lab.addr(near)], "bbr": [lab.addr(near)]}.get(engine, [])
    sender = Peer(lab, near, engine, "send", str(seconds), *rest)
    receiver = Peer(lab, far, engine, "receive", str(seconds), *rest)

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
        result = receiver.hear()
        return float(result["bytes"] * 8 / 1e6 / result["seconds"])
    finally:
        watch.cancel()
        sender.end()
        receiver.end()


def row(rtt_ms: int, loss: float, engines: list[str], seconds: float, runs: int, *, is_back: bool) -> dict[str, float]:
    """Return the median of each engine on one path."""
    impairment = Impairment(delay=rtt_ms / 2000, loss=loss, rate=RATE, queue=QUEUE_S)
    figures: dict[str, list[float]] = {engine: [] for engine in engines}
    with Lab("open", impair={"guest": impairment}) as lab, tempfile.TemporaryDirectory() as folder:
        hub = Peer(lab, "public", "hub", lab.public_ip, folder)
        url = hub.hear()["url"]
        for _ in range(runs):
            for engine in engines:
                try:
                    figures[engine].append(measure(lab, engine, seconds, url, is_back=is_back))
                except RuntimeError as exc:
                    print(f"{engine}: {exc}", file=sys.stderr)
        hub.end()
    return {engine: statistics.median(found) for engine, found in figures.items() if found}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rtt", default="40,80")
    parser.add_argument("--loss", default="0,1,2,5")
    parser.add_argument("--engines", default="fast,plain,relay,cubic,bbr")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--back", action="store_true", help="from guest to host")
    chosen = parser.parse_args()
    if os.name != "posix" or os.geteuid() != 0:
        print("skipped: the network laboratory needs Linux and root")
        return
    engines = chosen.engines.split(",")
    print(f"load at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; Mbit/s, median of {chosen.runs}")
    print("| RTT, loss | " + " | ".join(engines) + " | best of ours / cubic | best of ours / bbr |")
    print("| --- |" + " --- |" * (len(engines) + 2))
    for rtt_ms in map(int, chosen.rtt.split(",")):
        for loss in map(float, chosen.loss.split(",")):
            found = row(rtt_ms, loss / 100, engines, chosen.seconds, chosen.runs, is_back=chosen.back)
            best = max((found.get(ours, 0.0) for ours in ("fast", "plain", "relay")), default=0.0)
            ratios = [f"{best / found[ref]:.2f}" if found.get(ref) else "-" for ref in ("cubic", "bbr")]
            cells = [f"{found[engine]:.1f}" if engine in found else "-" for engine in engines]
            print(f"| {rtt_ms} ms, {loss:g} % | " + " | ".join([*cells, *ratios]) + " |", flush=True)


if __name__ == "__main__":
    main()
