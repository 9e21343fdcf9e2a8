"""A virtual screen with a window manager and a session bus of its own, for this process and what it starts."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

INSIDE = "HORIZON_ON_VIRTUAL_SCREEN"
SIZE = (2600, 900)


def enter(arguments: list[str]) -> None:
    """Return at once on the virtual screen; elsewhere start it, run this program on it, and exit with its status."""
    if os.environ.get(INSIDE):
        return
    with tempfile.TemporaryDirectory(prefix="horizon-screen-") as folder:
        reader, writer = os.pipe()
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"],
            pass_fds=(writer,),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writer)
        try:
            display = os.read(reader, 16).decode().strip()
            if not display:
                sys.exit("the virtual screen (Xvfb) did not start")
            runtime = Path(folder) / "runtime"
            runtime.mkdir(mode=0o700)
            environment = {
                **os.environ,
                "DISPLAY": f":{display}",
                INSIDE: "1",
                "XDG_RUNTIME_DIR": str(runtime),
                "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
                "NO_AT_BRIDGE": "0",
                "LC_ALL": "C.UTF-8",
            }
            for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "QT_SCALE_FACTOR"):
                environment.pop(name, None)
            status = subprocess.call(["dbus-run-session", "--", sys.executable, *arguments], env=environment)
        finally:
            server.terminate()
            server.wait()
            os.close(reader)
    sys.exit(status)


def start_window_manager() -> "subprocess.Popen[bytes]":
    """Start openbox, without which no window gets the focus, and wait until it manages the screen."""
    manager = subprocess.Popen(["openbox"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        asked = ["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"]
        if "window id" in subprocess.run(asked, capture_output=True, text=True, check=False).stdout:
            return manager
        time.sleep(0.1)
    sys.exit("the window manager (openbox) did not start")


def photograph(path: Path) -> None:
    """Save a picture of the whole screen."""
    subprocess.run(["import", "-window", "root", str(path)], check=True)
