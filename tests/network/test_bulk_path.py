"""The fast bulk engine in a network laboratory: behind two NATs, on a lossy line, on a line of 600 ms."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.network.natlab.natlab import Impairment, Lab

ROOT = Path(__file__).resolve().parents[2]
STUN_PORT = 19302
TRANSFER_BYTES = 4 * 1024 * 1024
pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow,
    # natlab leaves the pipe of its own STUN responder to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


class Peer:
    """One bulk_peer process in a host of the laboratory."""

    def __init__(self, lab: Lab, where: str, role: str) -> None:
        self.process = lab.popen(
            where,
            [sys.executable, "-m", "tests.network.bulk_peer", "fast", role, str(TRANSFER_BYTES)],
            env={"HORIZON_STUN": f"{lab.public_ip}:{STUN_PORT}"},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "a peer ended early"
        fact: dict[str, Any] = json.loads(line)
        return fact


@pytest.mark.parametrize(
    ("topology", "impairment"),
    [
        ("open", Impairment(delay=0.02, loss=0.05)),
        ("cone-cone", Impairment(delay=0.02, loss=0.02)),
        pytest.param("open", Impairment(delay=0.3), marks=pytest.mark.network_full),
    ],
    ids=["5 % loss", "two NATs", "600 ms"],
)
def test_a_hashed_transfer_from_host_to_guest_arrives(topology: str, impairment: Impairment) -> None:
    with Lab(topology, impair={"guest": impairment}) as lab:
        lab.start_stun()
        sender, receiver = Peer(lab, "host", "give"), Peer(lab, "guest", "take")
        sender.tell(receiver.hear()["signal"])
        receiver.tell(sender.hear()["signal"])
        assert receiver.hear() == {"sha256": hashlib.sha256(bytes(TRANSFER_BYTES)).hexdigest()}
        sender.process.kill()
        receiver.process.kill()
        for peer in (sender, receiver):
            peer.process.communicate()
