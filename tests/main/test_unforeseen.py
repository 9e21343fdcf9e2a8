"""What nobody foresaw: one sentence for the person, the trace in the log, no values of variables anywhere."""

import os
import subprocess
import sys
from pathlib import Path

from horizon_desktop.cli.texts import sentence

FAILING = """
import sys
from pathlib import Path
from horizon_desktop.main.command_doors import tell_in_one_sentence
from horizon_desktop.main.logs import log_to_file

def fail(secret):
    raise ZeroDivisionError(f"inner words, {len(secret)}")

log_to_file(Path(sys.argv[1]))
sys.excepthook = tell_in_one_sentence
fail("-".join(("canary", "secret")))
"""


def _run(*arguments: str, home: Path) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "HORIZON_HOME": str(home)}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_person_reads_one_sentence_and_the_log_has_the_trace(tmp_path: Path) -> None:
    done = _run("-c", FAILING, str(tmp_path / "log"), home=tmp_path)
    logged = (tmp_path / "log").read_text("utf-8")
    assert done.returncode == 1
    assert done.stderr == "Something inside Horizon went wrong. What you wrote is kept. The profile's log says more.\n"
    assert "in fail" in logged and "inner words" in logged
    assert "canary-secret" not in logged


def test_a_database_that_cannot_be_opened_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "horizon.db").mkdir()
    done = _run("-c", "from horizon_desktop.main.cli import main; main()", "sessions", home=tmp_path)
    assert done.returncode == 1
    assert done.stderr == sentence("store.unavailable") + "\n"
