"""The installed program itself: options, exit statuses, and how quickly it says what it can do."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from horizon_desktop.version import __version__
from tests.fakes.bridge import CODE

HORIZON = (sys.executable, "-c", "from horizon_desktop.main.cli import main; main()")
LINK = "horizon://join/AQBdKTipzUk-asvxkzwfjbA8isTSR2-yyRSimo1qCJSHTz1VvL9QfaG8EAqkKU-0Oh7V2qCKG8Onso9IInnPQlOyAQAOMTI3LjAuMC4xOjE"


def run(home: Path, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "HORIZON_HOME": str(home), "TERM": "dumb", "COLUMNS": "200"}
    return subprocess.run(
        [*HORIZON, *arguments], input=stdin, capture_output=True, text=True, env=environment, timeout=60, check=False
    )


def test_the_version_is_shown(tmp_path: Path) -> None:
    done = run(tmp_path, "--version")
    assert (done.returncode, done.stdout) == (0, f"horizon {__version__}\n")


def test_help_names_every_command_without_loading_what_is_heavy(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", HORIZON[2], "--help"],
        capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    for command in ("host", "join", "hub", "sessions", "invite", "extend", "revoke", "end", "doctor"):
        assert command in done.stdout
    loaded = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
    assert not loaded & {"aiortc", "aiohttp", "sqlalchemy", "alembic", "pycrdt", "PySide6", "keyring", "OpenSSL"}


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("host",), 2, "session.files"),
        (("host", "--share", "a.py", "--ttl", "soon"), 2, "time.length"),
        (("host", "--share", "a.py", "--approve", "maybe"), 2, "approve.word"),
        (("host", "--share", "/nonexistent/a.py"), 2, "file.vanished"),
        (("host", "--resume"), 2, "session.none"),
        (("join", "--name", "Maya"), 2, "credentials.link"),
        (("join", "-", "--name", " \u202e"), 2, "name.empty"),
        (("policy", "simulate", "--zone", "Mars/Base"), 2, "policy.request"),
        (("join", "not a link", "--code", CODE, "--name", "Maya"), 3, "invite.bad"),
        (("join", LINK, "--code", "7Q4M-X2KE", "--name", "Maya"), 3, "code.typo"),
        (("join", "-", "--name", "Maya", "--profile", "../x"), 2, "credentials.link"),
        (("extend", "15m"), 4, "profile.idle"),
        (("extend", "15x"), 2, "time.length"),
        (("revoke", "maya"), 4, "profile.idle"),
        (("end",), 2, "session.unknown"),
        (("--profile", "../x", "sessions"), 2, "profile.name"),
        (("hub", "--listen", "nowhere", "--data", "x"), 2, "hub.listen"),
        (("doctor", "--hub", "ftp://hub.example"), 2, "hub.url"),
        (("doctor", "--hub", "horizon://join/AQ"), 3, "invite.bad"),
        (("doctor", "--report", "/"), 2, "report.exists"),
    ],
)
def test_an_error_has_its_exit_status_its_key_and_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...], status: int, code: str
) -> None:
    done = run(tmp_path, *arguments, "--json")
    (line,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, line["event"], line["code"]) == (status, "error", code)
    assert line["message"] in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("frobnicate",), ("host", "--nope"), ("host", "--guests", "many"), ("join",)])
def test_wrong_use_is_status_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("module", ["typer", "horizon_desktop.cli.app", "horizon_desktop.main.wiring"])
def test_ctrl_c_while_it_loads_is_quiet(tmp_path: Path, module: str) -> None:
    interrupting = (
        "import builtins, os, signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # who runs the tests may ignore it
        "real = builtins.__import__\n"
        "def load(name, *rest, **more):\n"
        f"    if name == {module!r}: os.kill(os.getpid(), signal.SIGINT)\n"
        "    return real(name, *rest, **more)\n"
        "builtins.__import__ = load\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", interrupting + HORIZON[2], "sessions"],
        capture_output=True, text=True, check=False, timeout=60, env={**os.environ, "HORIZON_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode in {-signal.SIGINT, 130}
    assert (done.stdout, done.stderr) == ("", "")


def test_no_sessions_is_no_error(tmp_path: Path) -> None:
    done = run(tmp_path, "sessions", "--json")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_hub_that_nobody_runs_is_unreachable(tmp_path: Path) -> None:
    done = run(tmp_path, "join", "-", "--name", "Maya", "--json", stdin=f"{LINK}\n{CODE}\n")
    assert done.returncode in {3, 4}
    assert "Traceback" not in done.stderr
