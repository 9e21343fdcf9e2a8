"""The byte tables under docs/protocol are what the code says."""

import subprocess
import sys

from tests.conftest import ROOT


def test_the_protocol_tables_are_those_of_the_code() -> None:
    checked = subprocess.run(
        [sys.executable, ROOT / "packaging" / "protocol_docs.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
