"""A hashed transfer of bulk beside the edits of a session in the laboratory: `horizon bench link`, both ways."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Final

from tests.end_to_end.shells import PROGRAM
from tests.network.natlab.natlab import Impairment

RATE: Final = 16_000_000
"""Bits a second of a line on which a transfer takes long enough to be there when the trouble comes."""
MIB: Final = 3
"""Each way: a second and a half of that line."""
PATIENCE_S: Final = 150.0


def line(delay: float = 0.0, loss: float = 0.0) -> Impairment:
    """Return such a line."""
    return Impairment(delay=delay, loss=loss, rate=RATE)


class Transfer:
    """One run of the command, in the profile of the host or the guest; a session's own program does the work."""

    def __init__(self, home: Path) -> None:
        self._process = subprocess.Popen(
            [str(PROGRAM), "bench", "link", "--json", "--mib", str(MIB)],
            env={**os.environ, "HORIZON_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def is_over(self) -> bool:
        return self._process.poll() is not None

    def wait(self) -> tuple[int, list[dict[str, Any]]]:
        """Return its exit status and its lines, once it is over."""
        out, _ = self._process.communicate(timeout=PATIENCE_S)
        return self._process.returncode, [json.loads(each) for each in out.splitlines()]

    def stop(self) -> None:
        """End it with the test."""
        if not self.is_over:
            self._process.kill()
            self._process.communicate()
