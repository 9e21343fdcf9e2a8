"""The desktop application: `horizon-desktop [horizon://join/...]`."""

import argparse
import hashlib
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QApplication

from horizon_desktop.cli.texts import sentence
from horizon_desktop.errors import HorizonError
from horizon_desktop.main.configuration import configuration_of, find_places
from horizon_desktop.main.desktop_run import Application, Start
from horizon_desktop.main.hardening import leave_no_core_dumps
from horizon_desktop.main.logs import log_to_file
from horizon_desktop.main.profile import Profile, find_profile
from horizon_desktop.shell.loop import run_in_window
from horizon_desktop.shell.single_instance import SecondStart, SingleInstance
from horizon_desktop.version import __version__

MAX_SOCKET_BYTES: Final = 100
"""A path of a local socket has at most 107 bytes on Linux and 103 on macOS."""


def parse(arguments: Sequence[str]) -> Start:
    """Read the command line; a wrong one ends the process with status 2."""
    parser = argparse.ArgumentParser(prog="horizon-desktop", description="Open Horizon.")
    parser.add_argument("link", nargs="?", default="", help="invite link: opens the join page")
    parser.add_argument("--profile", help="name of the profile: its own key, sessions and settings")
    parser.add_argument("--hub", default="", help="hub for own sessions instead of the embedded one")
    parser.add_argument("--no-p2p", action="store_true", help="stay on the relay")
    parser.add_argument("--loopback", action="store_true", help="put 127.0.0.1 into links: two profiles on one machine")
    parser.add_argument("--session-seconds", type=int, default=0, help="length of new sessions, to try things out")
    parser.add_argument("--config", type=Path, help="read this configuration, no other file")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="set this above all else")
    parser.add_argument("--version", action="version", version=f"Horizon {__version__}")
    found = parser.parse_args(arguments)
    return Start(
        configuration=configuration_of(find_places(file=found.config, options=tuple(found.set))),
        link=found.link,
        profile=found.profile,
        hub=found.hub,
        is_direct_tried=not found.no_p2p,
        is_loopback_linked=found.loopback,
        session_seconds=max(0, found.session_seconds),
    )


def instance_socket(profile: Profile) -> Path:
    """Return where the profile's first application listens: in its folder, or elsewhere where that path is too long."""
    inside = profile.folder / "window.sock"
    if len(os.fsencode(inside)) <= MAX_SOCKET_BYTES or sys.platform == "win32":
        return inside
    digest = hashlib.sha256(os.fsencode(profile.folder)).hexdigest()[:16]
    runtime = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return Path(runtime) / f"horizon-{digest}.sock"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the application until it is quit; a second start of a profile hands its link over and ends at once."""
    leave_no_core_dumps()
    try:
        start = parse(sys.argv[1:] if arguments is None else arguments)
        profile = find_profile(start.profile)
    except HorizonError as error:
        sys.stderr.write(f"{sentence(error.key, error.values)}\n")
        return error.exit_status
    profile.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    application = QApplication(["horizon-desktop"])
    application.setApplicationName("horizon-desktop")
    application.setApplicationDisplayName("Horizon")
    application.setDesktopFileName("horizon-desktop")
    application.setApplicationVersion(__version__)
    application.setQuitOnLastWindowClosed(False)
    instance = SingleInstance(instance_socket(profile))
    if not instance.claim(SecondStart(link=start.link)):
        return 0
    log_to_file(profile.log)
    try:
        return run_in_window(application, Application(application, profile, start, instance).run())
    finally:
        instance.close()


if __name__ == "__main__":
    sys.exit(main())
