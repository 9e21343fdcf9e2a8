"""PersonReport: a command's facts on a terminal, with rich; plain text where the output is no terminal."""

import sys
from typing import Final, TextIO

from rich.console import Console
from rich.text import Text

from horizon_desktop.bridge.checkup_words import PATHS
from horizon_desktop.bridge.views import AccessLine, DeviceInfo, InviteView, PreviewView, SessionView
from horizon_desktop.cli.doctor_texts import advice_words, cause_words
from horizon_desktop.cli.doors import HubReady
from horizon_desktop.cli.json_events import JsonObject
from horizon_desktop.cli.person_events import ID_DIGITS, PeopleLines, clock_time, shown
from horizon_desktop.cli.picture_words import spoken
from horizon_desktop.cli.texts import note, sentence
from horizon_desktop.domain.collaboration.diagnosis import Diagnosis, Level, Verdict
from horizon_desktop.domain.events import Event, PeerKnocked
from horizon_desktop.errors import HorizonError
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.configuration import Origin
from horizon_desktop.ports.control import (
    GuestRevoked,
    InviteCreated,
    SessionClosed,
    SessionExtended,
    SessionLine,
)

_ACCESS: Final = ("closed", "view", "use")
_MOST_TITLE: Final = 80
_MARKS: Final = {
    Level.GOOD: ("ok  ", "green"),
    Level.LIMITED: ("note", "yellow"),
    Level.BROKEN: ("stop", "bold red"),
    Level.UNSEEN: ("-   ", "dim"),
}


class PersonReport:
    """Every line starts with the time. Nothing a peer sent is ever read as markup or as a control sequence."""

    def __init__(self, clock: Clock, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._clock = clock
        self._out = Console(file=out or sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._err = Console(file=err or sys.stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._people = PeopleLines()

    def session(self, view: SessionView) -> None:
        title = shown(view.title, most=_MOST_TITLE)
        self._say(f"{title}: {view.session_type}, until {clock_time(view.expires_at)}.", "bold")
        for file in view.files:
            self._say(f"  {shown(file.path, most=200)}", "dim")

    def arrival(self, view: SessionView, device: DeviceInfo) -> None:
        self._say(f"You are in as {view.role}, until {clock_time(view.expires_at)}.", "bold green")

    def invite(self, invite: InviteView) -> None:
        self._secrets(invite.app_link, invite.code)
        if invite.web_link:
            self._bare(f"    {invite.web_link}", "")

    def preview(self, preview: PreviewView) -> None:
        host = shown(preview.host_name)
        self._say(f"{host} invites you to {shown(preview.title, most=_MOST_TITLE)}.", "bold")
        known = "You joined this key before." if preview.is_host_known else "You have not met this key before."
        self._say(f"{host}'s key: {spoken(preview.host_pictures)}. {known}", "dim")
        self._say(f"As {shown(preview.role)}: {_access(preview.access)}.", "")
        self._say(f"Until {clock_time(preview.expires_at)}; through {shown(preview.hub, most=120)}.", "")

    def event(self, fact: Event) -> None:
        for style, text in self._people.of(fact):
            self._say(text, style)

    def waiting(self, fact: PeerKnocked) -> None:
        self._say(sentence("join.waiting"), "yellow")
        if fact.pictures:
            self._say(note("pictures", pictures=spoken(fact.pictures)), "bold")

    def error(self, error: HorizonError) -> None:
        self._err.print(Text(sentence(error.key, error.values), style="red"))

    def warn(self, key: str) -> None:
        self._err.print(Text(note(key), style="yellow"))

    def hint(self, key: str, **values: str | int) -> None:
        self._say(note(key, **values), "dim")

    def ready(self, hub: HubReady) -> None:
        self._say("The hub is ready. Hosts name it so:", "bold green")
        self._bare(f"    {hub.url}", "")

    def listed(self, line: SessionLine) -> None:
        side = "host" if line.is_host else "guest"
        self._bare(
            f"{line.session_id[:ID_DIGITS]}  {shown(line.title, most=_MOST_TITLE)}  "
            f"({side}, {line.state}, until {clock_time(line.expires_at)})",
            "bold",
        )
        for person in line.people:
            words = f"{shown(person.name)} ({shown(person.device)}), {shown(person.role)}, {shown(person.path)}"
            self._bare(f"    {person.peer_id[:ID_DIGITS]}  {words}", "")
        for invite in line.invites:
            places = f"{invite.places_taken} of {invite.places} places taken, {invite.tries_left} tries left"
            self._bare(f"    invite {invite.name}: {invite.state}, {places}", "dim")

    def created(self, invite: InviteCreated) -> None:
        self._secrets(invite.link, invite.code)

    def extended(self, session: SessionExtended) -> None:
        self._say(f"Extended: ends at {clock_time(session.expires_at)}.", "green")

    def revoked(self, guest: GuestRevoked) -> None:
        self._say(f"{shown(guest.guest.name)} is out.", "green")

    def closed(self, session: SessionClosed) -> None:
        self._say("Session ended.", "green")

    def told(self, text: str, data: JsonObject | None = None) -> None:
        for line in text.split("\n"):
            self._bare("".join(sign if sign.isprintable() else "?" for sign in line), "")

    def setting(self, origin: Origin) -> None:
        place = f"{origin.layer}: {shown(origin.where, most=200)}" if origin.where else origin.layer
        is_own = origin.layer != "default"
        self._bare(
            f"{origin.name} = {shown(origin.value, most=200) if origin.value else '(empty)'}  ({place})",
            "bold" if is_own else "dim",
        )

    def check(self, verdict: Verdict) -> None:
        mark, style = _MARKS[verdict.level]
        self._bare(f"{mark}  {verdict.check.value:9} {cause_words(verdict.cause, verdict.values)}", style)
        if verdict.advice:
            self._bare(f"{'':16}{advice_words(verdict.advice)}", "dim")

    def diagnosis(self, diagnosis: Diagnosis) -> None:
        self._bare("", "")
        found = next((each for each in diagnosis.verdicts if each.cause == diagnosis.cause), None)
        self._bare(cause_words(diagnosis.cause, found.values if found else {}), "bold")
        if diagnosis.advice:
            self._bare(advice_words(diagnosis.advice), "")
        self._bare(PATHS[diagnosis.path], "bold")

    def _secrets(self, link: str, code: str) -> None:
        self._say(note("share_link"), "bold")
        self._bare(f"    {link}", "")
        self._say(note("share_code"), "bold")
        self._bare(f"    {code}", "bold")

    def _say(self, text: str, style: str) -> None:
        line = Text(f"{clock_time(self._clock.now().instant)}  ", style="dim")
        line.append(text, style=style)
        self._out.print(line)
        self._out.file.flush()

    def _bare(self, text: str, style: str) -> None:
        self._out.print(Text(text, style=style))
        self._out.file.flush()


def _access(lines: tuple[AccessLine, ...]) -> str:
    return ", ".join(f"{shown(line.channel)}: {_ACCESS[min(max(line.access, 0), 2)]}" for line in lines)
