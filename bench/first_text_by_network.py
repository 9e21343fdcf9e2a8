"""Seconds from Join pressed to the first shared text, and to a direct path, in each network and on long lines.

Hub, host and guest are processes in a network laboratory (needs root and Linux), the hub on port 443 of a public
address, STUN beside it. The link's preview was read before, as the window has read it when somebody presses Join. Goal
of the specification for the first text: 1 s and six round trips. A direct path is waited for until its attempt ends.

    bench/first_text_by_network.py [--networks open,cone-cone,...] [--rtt 40,80,200] [--runs 3]
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from horizon_desktop.bridge.in_process import EphemeralBridge  # noqa: E402  (the tree's own, wherever this is started)
from horizon_desktop.bridge.views import DeviceInfo  # noqa: E402
from horizon_desktop.domain.events import FilesChanged, PathChanged  # noqa: E402
from horizon_desktop.main.logs import log_to_file  # noqa: E402
from horizon_desktop.main.profile import Profile  # noqa: E402
from horizon_desktop.main.stun import stun_servers  # noqa: E402
from horizon_desktop.main.wiring import Choices, open_bridge  # noqa: E402
from tests.network.lab_session import STUN_PORT, LabShell  # noqa: E402
from tests.network.natlab.natlab import TOPOLOGIES, Impairment, Lab  # noqa: E402

DIRECT_WITHIN_S: Final = 10.0
DEVICE: Final = DeviceInfo(name="guest", device="laptop", system="Linux", version="0")
GOAL_S: Final = 1.0
GOAL_ROUND_TRIPS: Final = 6
NETWORKS: Final = (
    "open",
    "same-lan",
    "cone-cone",
    "roaming",
    "symmetric-cone",
    "symmetric-symmetric",
    "udp-blocked",
    "tcp443-only",
)


async def join(bridge: EphemeralBridge, link: str, code: str) -> dict[str, float]:
    """Return the seconds from Join to the first text and, where one came to be, to a direct path."""
    await bridge.preview(link)
    found: dict[str, float] = {}
    with bridge.events() as facts:
        began = time.perf_counter()
        joined = await bridge.join_ephemeral_session(link, code, DEVICE)
        try:
            async with asyncio.timeout(DIRECT_WITHIN_S):
                async for fact in facts:
                    if isinstance(fact, FilesChanged) and fact.files and "text" not in found:
                        await bridge.open_replica(joined.session_id, fact.files[0].file_id)
                        found["text"] = time.perf_counter() - began
                    elif isinstance(fact, PathChanged) and fact.path == "direct":
                        found["direct"] = time.perf_counter() - began
                    if len(found) == 2:
                        break
        except TimeoutError:
            pass
    await bridge.leave(joined.session_id)
    return found


async def guest(folder: Path, link: str, code: str, stun: str) -> None:
    """Join once, in a profile of its own, and print what was found."""
    log_to_file(folder / "guest.log")
    choices = Choices(stun=stun_servers({"HORIZON_STUN": stun}))
    async with open_bridge(Profile(name="guest", folder=folder), choices) as bridge:
        print(json.dumps(await join(bridge, link, code)))


def runs(lab: Lab, folder: Path, count: int) -> Iterator[dict[str, Any]]:
    """Host a session for each run, and have a guest join it."""
    stun = lab.start_stun()
    file = folder / "train.py"
    file.write_text("import torch\n" * 400)
    words = ("hub", "--listen", f"{lab.public_ip}:443", "--data", str(folder / "hub"))
    with stun.stdout, LabShell(lab, "public", folder / "hub-home", *words, cwd=folder) as hub:  # type: ignore[union-attr]
        url = hub.expect("ready", within_s=60)["url"]
        for number in range(count):
            words = ("host", "--share", str(file), "--hub", url, "--approve", "auto")
            with LabShell(lab, "host", folder / f"host{number}", *words, cwd=folder) as host:
                invite = host.expect("invite", within_s=60)
                profile, servers = str(folder / f"guest{number}"), f"{lab.public_ip}:{STUN_PORT}"
                command = [sys.executable, __file__, "guest", profile, invite["link"], invite["code"], servers]
                done = lab.run("guest", command, stdout=subprocess.PIPE, text=True, timeout=90, check=True)
                yield json.loads(done.stdout)


def row(topology: str, rtt_ms: int, count: int) -> str:
    """Return one line of the table."""
    impairment = {"guest": Impairment(delay=rtt_ms / 2000)} if rtt_ms else {}
    with Lab(topology, impair=impairment) as lab, tempfile.TemporaryDirectory() as name:
        found = list(runs(lab, Path(name), count))
    text = statistics.median(run["text"] for run in found)
    direct = [run["direct"] for run in found if "direct" in run]
    shown = f"{statistics.median(direct):.2f}" if len(direct) == len(found) else f"{len(direct)} of {len(found)} runs"
    goal = GOAL_S + GOAL_ROUND_TRIPS * rtt_ms / 1000
    return f"| {topology} | {rtt_ms} ms | {text:.2f} | {goal:.2f} | {shown if direct else 'relay'} |"


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["guest"]:
        folder, link, code, stun = sys.argv[2:]
        Path(folder).mkdir()
        asyncio.run(guest(Path(folder), link, code, stun))
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--rtt", default="40,80,200")
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    if os.name != "posix" or os.geteuid() != 0:
        print("skipped: the network laboratory needs Linux and root")
        return
    assert set(NETWORKS) <= set(TOPOLOGIES)
    print(f"load at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; seconds, median of {chosen.runs}")
    print("| network | round trip added | first text | its goal | direct |\n| --- | --- | --- | --- | --- |")
    for topology in filter(None, chosen.networks.split(",")):
        print(row(topology, 0, chosen.runs), flush=True)
    for rtt_ms in map(int, chosen.rtt.split(",")):
        print(row("cone-cone", rtt_ms, chosen.runs), flush=True)


if __name__ == "__main__":
    main()
