"""`horizon config` as it is run, and that a bad configuration is one sentence and status 2 for every door."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HORIZON = (sys.executable, "-c", "from horizon_desktop.main.cli import main; main()")
DESKTOP = (sys.executable, "-m", "horizon_desktop.main.desktop")


def run(
    home: Path, *arguments: str, door: tuple[str, ...] = HORIZON, **variables: str
) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "HORIZON_HOME": str(home), "TERM": "dumb", "QT_QPA_PLATFORM": "offscreen", **variables}
    return subprocess.run([*door, *arguments], capture_output=True, text=True, env=environment, timeout=60, check=False)


def test_show_tells_each_setting_and_where_it_came_from(tmp_path: Path) -> None:
    (tmp_path / "horizon.toml").write_text("[features]\nchat = false\n")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "database__url").write_text("postgresql://u:sesame@db/x")
    done = run(tmp_path, "--set", "risk.new_device=3", "config", "show", HORIZON_WORKERS__KEEP_HOURS="9")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert f"features.chat = false  (file: {tmp_path}/horizon.toml)" in lines
    assert f"database.url = (hidden)  (secret: {tmp_path}/secrets/database__url)" in lines
    assert "workers.keep_hours = 9  (environment: HORIZON_WORKERS__KEEP_HOURS)" in lines
    assert "risk.new_device = 3  (option: --set)" in lines
    assert "features.edits = true  (default)" in lines
    assert "sesame" not in done.stdout


def test_show_for_programs_is_one_object_a_setting(tmp_path: Path) -> None:
    done = run(tmp_path, "config", "show", "--json")
    name = "workers.expiry.interval_s"
    found = {line["name"]: line for line in map(json.loads, done.stdout.splitlines())}
    told = {"event": "setting", "name": name, "value": "30", "layer": "default", "where": ""}
    assert found[name] | {"at": ""} == told | {"at": ""}


def test_check_says_that_a_file_can_be_used(tmp_path: Path) -> None:
    file = tmp_path / "team.yaml"
    file.write_text("features: {cursors: false}\n")
    done = run(tmp_path, "config", "check", str(file))
    assert done.returncode == 0
    assert "features.cursors = false" in done.stdout
    assert "can be used" in done.stdout


def test_check_looks_at_the_file_alone(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text("")
    done = run(tmp_path, "config", "check", str(tmp_path / "good.toml"), HORIZON_TYPO="x")
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[features]\nchatt = true\n", "there is no setting features.chatt; the nearest is features.chat."),
        ("[workers]\nkeep_hours = 0\n", "workers.keep_hours can't be that. Expected: greater than or equal to 1."),
        ("[workers\n", "can't be read as a configuration."),
    ],
)
def test_a_bad_file_is_one_sentence_and_status_2(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "horizon.toml").write_text(text)
    share = tmp_path / "a.py"
    share.write_text("x = 1\n")
    for arguments in (("config", "show"), ("host", "--share", str(share)), ("hub", "--listen", "127.0.0.1:0")):
        done = run(tmp_path, *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert words in done.stderr
        assert done.stderr.count("\n") == 1


def test_the_window_says_it_too_and_does_not_open(tmp_path: Path) -> None:
    done = run(tmp_path, door=DESKTOP, HORIZON_FEATURE__CHAT="0")
    assert done.returncode == 2
    assert done.stderr == (
        "The environment: there is no setting HORIZON_FEATURE__CHAT; the nearest is HORIZON_FEATURES__CHAT.\n"
    )
