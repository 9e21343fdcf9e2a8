"""Play settings, quotas and pools in one real window, found by accessible name; a picture of each step.

Run by hand: `python3 tests/person/usage.py`. Exit status 0 only if every step really happened.
"""

import shutil
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.person import screen  # noqa: E402 - the tree is no installed package for the system's Python
from tests.person.demo import APPLICATION, TRAINER, Play  # noqa: E402

if TYPE_CHECKING:
    from tests.person.person import Person

OUT = ROOT / "build" / "usage"
PURSE_HOURS = "0.0002"
"""Of one processor: seven tenths of a second, less than a window that shares a file needs in a minute."""


class Scenes:
    """One person, no guest."""

    def __init__(self, person: "Person", file: Path) -> None:
        self.person = person
        self.file = file

    def open_window(self) -> None:
        """The window is open and in front."""
        self.person.wait_until_open()
        self.person.find("Your key is ready")
        self.person.place("Horizon", 0, 0, 1290, 880)
        self.person.bring_to_front("Horizon")

    def see_settings(self) -> None:
        """Settings have a name, a theme and a proxy."""
        self.person.click("Settings", "check box", is_exact=True)
        self.person.find("HTTPS_PROXY and NO_PROXY of this system decide.")

    def check_network(self) -> None:
        """The check says what it found, without a hub too."""
        self.person.click("Check the network", "push button")
        self.person.click("Run the check", "push button")
        self.person.find("Save report", "push button", seconds=40)

    def offer(self) -> None:
        """A pool is offered in the dialog and stands in the list."""
        person = self.person
        person.click("Quotas and pools", "check box")
        person.click("Offer GPU time", "push button")
        person.click("Name", "text", is_exact=True)
        person.type("Night pool")
        person.click("In all", "text")
        person.type("48")
        person.click("At most for one person", "text")
        person.type("40")
        person.click("Offer", "push button", is_exact=True)
        person.find("Night pool, Members: 0")

    def request(self) -> None:
        """Hours are requested from it, and the request waits for this person."""
        person = self.person
        person.click("Request hours", "push button")
        person.click("Amount", "text")
        person.type("8")
        person.click("What it is for", "text")
        person.type("two more seeds")
        person.click("Request", "push button", is_exact=True)
        person.find("Approve: ", "push button")

    def approve(self) -> None:
        """It is approved, and the pool has less left."""
        self.person.click("Approve: ", "push button")
        self.person.gone("Approve: ", "push button")
        self.person.find("40 of 48 h left")
        self.person.find("approved")

    def give_a_quota(self) -> None:
        """A quota is refused without an amount, then given, and stands on the page."""
        person = self.person
        person.click("Give quota", "push button")
        person.click("For", "text", is_exact=True)
        person.type("maya")
        person.click("Give", "push button", is_exact=True)
        person.find("An amount above 0")
        person.click("How much", "text", is_exact=True)
        person.type("40")
        person.click("Give", "push button", is_exact=True)
        person.find("GPU hours for maya")

    def pause_input(self) -> None:
        """Ctrl+Shift+I pauses what guests write; the workspace says so, and lets it go on by one press."""
        person = self.person
        person.click("Open session", "push button")
        person.find("Purse: ", "push button", seconds=30)
        person.key("ctrl+shift+i")
        person.click("Input is paused. Let it go on", "push button")
        person.gone("Input is paused. Let it go on", "push button")
        person.click("Back to Home", "push button")

    def share_with_a_purse(self) -> None:
        """A session is created that may spend next to nothing."""
        person = self.person
        person.key("ctrl+n")
        person.click("Share from", "push button")
        person.key("Down", "Return")
        person.find("File name", seconds=20)
        person.type(str(self.file))
        person.key("Return")
        person.find("Share from: trainer.py")
        person.click("Limits and rate", "push button")
        person.click("Not metered", "combo box")
        person.key("Down", "Down", "Return")
        person.click("How much it may spend", "text")
        person.type(PURSE_HOURS)
        person.click("Apply", "push button", is_exact=True)
        person.click("Create invite", "push button")
        person.find("Copy link", "push button", seconds=30)

    def see_the_purse_stop(self) -> None:
        """The purse runs down, and what costs stops."""
        self.person.click("Sessions", "check box", is_exact=True)
        self.person.find("Spent: ", seconds=90)

    def end_everything(self) -> None:
        """Ctrl+Shift+X asks, Enter ends."""
        self.person.key("ctrl+shift+x")
        self.person.find("End 1 session?")
        self.person.key("Return")
        self.person.find("No sessions yet", seconds=30)


def main() -> int:
    """Play it; return the exit status."""
    from tests.person.person import Person  # needs the session bus of the virtual screen

    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    file = OUT / "trainer.py"
    file.write_text(TRAINER, encoding="utf-8")
    manager = screen.start_window_manager()
    person = Person("aurora", [APPLICATION, "--loopback"], home=str(OUT / "home"), log=str(OUT / "aurora.log"))
    try:
        act(Play(OUT), Scenes(person, file))
    except Exception:  # noqa: BLE001 - whatever was missed is told with what was there instead
        traceback.print_exc()
        screen.photograph(OUT / "missed.png")
        print(f"--- {person.name} shows:\n{person.describe()}", file=sys.stderr)
        return 1
    finally:
        status = person.end()
        manager.terminate()
        manager.wait()
    print(f"played; pictures are in {OUT.relative_to(ROOT)}")
    return status


def act(play: Play, scenes: Scenes) -> None:
    """All of it."""
    play.step("the window is open", scenes.open_window)
    play.step("settings", scenes.see_settings)
    play.step("the network is checked", scenes.check_network)
    play.step("a pool is offered", scenes.offer)
    play.step("hours are requested", scenes.request)
    play.step("the request is approved", scenes.approve)
    play.step("a quota is given", scenes.give_a_quota)
    play.step("a session with a purse", scenes.share_with_a_purse)
    play.step("input is paused and goes on", scenes.pause_input)
    play.step("the purse is spent", scenes.see_the_purse_stop)
    play.step("everything is ended", scenes.end_everything)


if __name__ == "__main__":
    screen.enter([str(Path(__file__).resolve()), *sys.argv[1:]])
    sys.exit(main())
