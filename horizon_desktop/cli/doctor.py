"""`horizon doctor`: checks what a session needs of the network, names the cause in words, and what to do."""

import os
from pathlib import Path
from typing import Final

import msgspec

from horizon_desktop.bridge.checkup import CheckupView
from horizon_desktop.cli.credentials import FROM_STDIN
from horizon_desktop.cli.doors import Doors
from horizon_desktop.cli.report import Report
from horizon_desktop.cli.typed_lines import TypedLines
from horizon_desktop.domain.collaboration.diagnosis import Level
from horizon_desktop.domain.collaboration.nat import NatKind
from horizon_desktop.errors import EXIT_OK, EXIT_UNREACHABLE, UsageError

_OWNER_ONLY: Final = 0o600
_LINK_MARK: Final = "/join/"


class DoctorWish(msgspec.Struct, frozen=True, kw_only=True):
    """What to check."""

    hub: str = ""
    """URL, invite link, `-` for one on stdin, or empty."""
    peer: NatKind | None = None
    report: Path | None = None
    """Where the report goes; nothing may be there yet."""
    profile: str | None = None
    """Whose proxy is used."""

    def __repr__(self) -> str:
        return "DoctorWish(...)"


async def doctor(wish: DoctorWish, doors: Doors, report: Report, lines: TypedLines) -> int:
    """Tell every check and the conclusion; the status is 4 when something has to be mended first."""
    target = wish.hub
    if target == FROM_STDIN:
        target = await lines.next() or ""
    elif _LINK_MARK in target:
        report.warn("arguments")
    if wish.report is not None and wish.report.exists():
        raise _taken(wish.report)
    view = await doors.checkup(wish.profile).check(target, peer=wish.peer)
    for verdict in view.diagnosis.verdicts:
        report.check(verdict)
    report.diagnosis(view.diagnosis)
    if wish.report is not None:
        _write(wish.report, view)
        report.hint("report_written", name=str(wish.report))
    is_broken = any(verdict.level is Level.BROKEN for verdict in view.diagnosis.verdicts)
    return EXIT_UNREACHABLE if is_broken else EXIT_OK


def _write(path: Path, view: CheckupView) -> None:
    text = msgspec.json.format(msgspec.json.encode(view.report), indent=2) + b"\n"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb") as opened:
            opened.write(text)
    except FileExistsError as exc:
        raise _taken(path) from exc
    except OSError as exc:
        raise UsageError(f"cannot write {path}", code="report.unwritable", file=str(path)) from exc


def _taken(path: Path) -> UsageError:
    return UsageError(f"{path} exists already", code="report.exists", file=str(path))
