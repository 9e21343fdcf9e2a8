"""Play a session of a host and a guest in two real windows, found by accessible name; a picture of each step.

Run by `make run` where there is no screen. Exit status 0 only if every step really happened.
"""

import shutil
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.person import screen  # noqa: E402 - the tree is no installed package for the system's Python

if TYPE_CHECKING:
    from tests.person.person import Person

OUT = ROOT / "build" / "demo"
APPLICATION = str(ROOT / ".venv" / "bin" / "horizon-desktop")
SESSION_SECONDS = 105
"""Long enough to meet and work; the notice comes when a fifth of it is left."""
TRAINER = 'def train_step(model, batch):\n    """One step."""\n    return model(batch)\n'
HALF = 1300


class Play:
    """Steps with their time and picture."""

    def __init__(self, folder: Path = OUT) -> None:
        self._folder = folder
        self._began = time.monotonic()
        self._number = 0

    def step(self, words: str, act: Callable[[], object]) -> None:
        """Do one step; it counts only if nothing was missed."""
        started = time.monotonic()
        act()
        took = time.monotonic() - started
        self._number += 1
        slug = "".join(letter if letter.isalnum() else "-" for letter in words.lower()).strip("-")
        screen.photograph(self._folder / f"{self._number:02}-{slug}.png")
        print(f"{time.monotonic() - self._began:7.1f} s  {took:5.1f} s  {words}", flush=True)


def main() -> int:
    """Play it; return the exit status."""
    from tests.person.person import Person  # needs the session bus of the virtual screen

    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    shared = OUT / "shared"
    shared.mkdir()
    file = shared / "trainer.py"
    file.write_text(TRAINER, encoding="utf-8")
    manager = screen.start_window_manager()
    host = Person(
        "host",
        [APPLICATION, "--loopback", "--session-seconds", str(SESSION_SECONDS)],
        home=str(OUT / "home-host"),
        log=str(OUT / "host.log"),
    )
    guest = Person("guest", [APPLICATION], home=str(OUT / "home-guest"), log=str(OUT / "guest.log"))
    try:
        act(Play(), host, guest, file)
    except Exception:  # noqa: BLE001 - whatever was missed is told with what was there instead
        traceback.print_exc()
        screen.photograph(OUT / "missed.png")
        for person in (host, guest):
            print(f"--- {person.name} shows:\n{person.describe()}", file=sys.stderr)
        return 1
    finally:
        statuses = [host.end(), guest.end()]
        manager.terminate()
        manager.wait()
    if statuses != [0, 0]:
        print(f"the applications ended with {statuses}", file=sys.stderr)
        return 1
    print(f"played; pictures are in {OUT.relative_to(ROOT)}")
    return 0


def act(play: Play, host: "Person", guest: "Person", file: Path) -> None:
    """The whole session."""
    from tests.person.scenes import Scenes  # needs the session bus of the virtual screen

    scenes = Scenes(host, guest, file)
    play.step("two windows open", scenes.open_windows)
    play.step("both take a name", scenes.take_names)
    play.step("host shares a file", scenes.share_file)
    play.step("host creates the invite", scenes.create_invite)
    play.step("guest pastes the link", scenes.paste_link)
    play.step("guest pastes the code and joins", scenes.paste_code)
    play.step("host lets the guest in", scenes.let_in)
    play.step("both see the text", scenes.see_text)
    play.step("both type", scenes.type_both)
    play.step("both cursors show", scenes.see_cursors)
    play.step("the file on disk holds both texts", scenes.read_disk)
    play.step("the path goes from relay to direct", scenes.see_path)
    play.step("they chat", scenes.chat)
    play.step("the time warning comes", scenes.see_warning)
    play.step("host extends", scenes.extend)
    play.step("host ends", scenes.end)


if __name__ == "__main__":
    screen.enter([str(Path(__file__).resolve()), *sys.argv[1:]])
    sys.exit(main())
