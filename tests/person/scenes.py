"""The scenes of the demonstration: what host and guest do, and what each must see."""

import json
import re
import time
from pathlib import Path

from tests.person.person import NotSeen, Person

WIDTH = 1290
HEIGHT = 840
HOST_LINE = "# checked by aurora"
GUEST_LINE = "# clipped by kestrel"
EDITOR = "Text of trainer.py"
GUTTER = 50
"""Pixels at the editor's left that hold line numbers and people's signs."""
CARET_PIXELS = 12
"""A caret is one line high and two pixels wide; fewer could be the edge of a letter."""
_TOKENS = json.loads((Path(__file__).resolve().parents[2] / "resources" / "tokens.json").read_text(encoding="utf-8"))
_PATHS = re.compile(r'"path": "(\w+)".*"event": "path\.changed"')
HOST_COLOR, GUEST_COLOR = (_TOKENS["identity"][order]["light"]["fill"] for order in (0, 1))


class Scenes:
    """Two people, one file."""

    def __init__(self, host: Person, guest: Person, file: Path) -> None:
        self.host = host
        self.guest = guest
        self.file = file

    def open_windows(self) -> None:
        """Both applications paint their window; they stand side by side."""
        for person, x in ((self.host, 0), (self.guest, 1305)):
            person.wait_until_open()
            person.find("Your key is ready")
            person.place("Horizon", x, 0, WIDTH, HEIGHT)

    def take_names(self) -> None:
        """Both choose the name that the other will read."""
        for person, name in ((self.host, "aurora"), (self.guest, "kestrel")):
            person.bring_to_front("Horizon")
            person.click("Change name", "push button")
            person.find("Your name, as others see it")
            person.key("ctrl+a")
            person.type(name)
            person.key("Return")
            person.find(f"You are {name} on this machine")

    def share_file(self) -> None:
        """The host begins a session and chooses the file in the system's dialog."""
        host = self.host
        host.bring_to_front("Horizon")
        host.click("New session", "push button")
        host.click("Share from", "push button")
        host.key("Down", "Return")  # the menu's first entry, Add files: a menu that pops up is on no accessible tree
        host.find("File name", seconds=20)
        host.type(str(self.file))
        host.key("Return")
        host.find("Share from: trainer.py")

    def create_invite(self) -> None:
        """The host creates the invite and sees link and code."""
        self.host.click("Create invite", "push button")
        self.host.find("Copy link", "push button", seconds=30)
        self.host.find("Copy code", "push button")

    def paste_link(self) -> None:
        """The host copies the link; the guest pastes it and reads who invites."""
        self.host.click("Copy link", "push button")
        self.guest.bring_to_front("Horizon")
        self.guest.click("Invite link", "text")
        self.guest.key("ctrl+v")
        self.guest.click("Join", "push button", is_exact=True)
        self.guest.find("Join session", "push button", seconds=30)
        self.guest.find("aurora", seconds=30)

    def paste_code(self) -> None:
        """The host copies the code and goes to the file; the guest pastes the code and joins."""
        self.host.bring_to_front("Horizon")
        self.host.click("Copy code", "push button")
        self.host.click("Open session", "push button")
        self.host.find("Text of trainer.py", seconds=30)
        self.guest.bring_to_front("Join a session")
        self.guest.click("code", "text")
        self.guest.key("ctrl+v")
        self.guest.click("Join session", "push button")
        self.guest.find("Waiting for aurora to let you in", seconds=30)
        self.host.find("kestrel wants to join", seconds=30)

    def let_in(self) -> None:
        """The host lets the guest in, and both are in the session."""
        self.host.bring_to_front("Horizon")
        self.host.click("Let in: kestrel", "push button")
        self.guest.find("Text of trainer.py", seconds=30)

    def see_text(self) -> None:
        """Both editors hold the file's text."""
        for person in (self.host, self.guest):
            self._wait_for_text(person, "return model(batch)")

    def type_both(self) -> None:
        """Each types a line; both lines come to both editors."""
        self._type(self.guest, "ctrl+End", GUEST_LINE, "Return")
        self._type(self.host, "ctrl+Home", HOST_LINE, "Return")
        for person in (self.host, self.guest):
            self._wait_for_text(person, HOST_LINE)
            self._wait_for_text(person, GUEST_LINE)

    def see_cursors(self) -> None:
        """Each reads where the other is, and sees a caret of the other's colour in the text."""
        self.host.find("kestrel, guest, triangle, editing trainer.py line 6")
        self.guest.find("aurora, host, circle, editing trainer.py line 2")
        for person, other in ((self.host, GUEST_COLOR), (self.guest, HOST_COLOR)):
            self._see_caret(person, other)

    def _see_caret(self, person: Person, color: str) -> None:
        def shows() -> bool:
            return person.colored_pixels(EDITOR, color, skip_left=GUTTER) >= CARET_PIXELS

        person.wait(shows, f"a caret coloured {color} in {person.name}'s editor")

    def read_disk(self) -> None:
        """The host's file holds what both typed."""

        def holds() -> bool:
            text = self.file.read_text(encoding="utf-8")
            return HOST_LINE in text and GUEST_LINE in text

        self.host.wait(holds, "both lines on the disk")

    def see_path(self) -> None:
        """Both applications were told of the relay first and of the direct path then; both indicators say direct now.

        On one machine the relay lasts for some tenths of a second, too short to look at: the log of each says when.
        """
        for person in (self.host, self.guest):
            person.find(", direct, ")
            told = _PATHS.findall(person.log_text())
            if told[:2] != ["relay", "direct"]:
                raise NotSeen(f"{person.name} was told of the paths {told}")

    def chat(self) -> None:
        """The guest says something, and the host reads it."""
        self.guest.bring_to_front("Horizon")
        self.guest.click("Chat", "check box")
        self.guest.click("Message", "text")
        self.guest.type("hello from kestrel")
        self.guest.key("Return")
        self.host.bring_to_front("Horizon")
        self.host.click("Chat", "check box")
        self.host.find("hello from kestrel")

    def see_warning(self) -> None:
        """Both are warned when a fifth of the time is left."""
        self.host.find("+15 min", "push button", seconds=120)
        self.guest.find("Ask for 30 more minutes", "push button")

    def extend(self) -> None:
        """The host adds a quarter of an hour; the warning goes on both sides."""
        self.host.bring_to_front("Horizon")
        self.host.click("+15 min", "push button")
        self.host.gone("+15 min", "push button")
        self.guest.gone("Ask for 30 more minutes", "push button")

    def end(self) -> None:
        """The host ends the session, after confirming; both see that it is over."""
        self.host.bring_to_front("Horizon")
        self.host.click("End session", "push button")
        self.host.find("End this session?")
        self.host.click("End session", "push button", is_last=True)
        self.host.find("Session ended", seconds=20)
        self.guest.find("ended", "label", seconds=20)
        time.sleep(0.5)

    def _type(self, person: Person, place: str, text: str, after: str) -> None:
        person.bring_to_front("Horizon")
        person.click("Text of trainer.py")
        person.key(place)
        person.type(text)
        person.key(after)

    def _wait_for_text(self, person: Person, part: str) -> None:
        def holds() -> bool:
            found = person.seen("Text of trainer.py")
            return found is not None and part in found.queryText().getText(0, -1)

        person.wait(holds, f"{part!r} in {person.name}'s editor")
