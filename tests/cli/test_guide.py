"""The guide's page about the command line says what the program does."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "guide" / "command-line.md").read_text("utf-8")


def test_the_guide_lists_every_event_that_is_printed() -> None:
    source = "".join(
        (ROOT / "horizon_desktop" / "cli" / f"{name}.py").read_text("utf-8")
        for name in ("json_events", "report", "bench")
    )
    printed = set(re.findall(r'"event": "(\w+)"', source)) | set(re.findall(r'_person\("(\w+)"', source))
    table = GUIDE.split("| `event` |")[1]
    listed = {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert printed == listed


def test_the_guide_names_every_option() -> None:
    source = (ROOT / "horizon_desktop" / "cli" / "app.py").read_text("utf-8")
    options = set(re.findall(r'"(--[a-z0-9-]+)', source)) - {
        "--help",
        "--version",
        "--session",
        "--by",
        "--relay",
        "--p2p",
    }
    assert {option for option in options if option not in GUIDE} == set()
