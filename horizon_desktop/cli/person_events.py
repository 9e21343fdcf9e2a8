"""Facts as lines a person reads well: time, who, what. Names and chat from peers are cleaned before they are shown."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from horizon_desktop.cli.picture_words import spoken
from horizon_desktop.cli.texts import REASONS, SIGNALS, note, sentence, trouble_sentence
from horizon_desktop.domain.access.facts import RiskAssessed
from horizon_desktop.domain.events import (
    AccessChanged,
    ActionRefused,
    ChatSaid,
    ClockSkewed,
    CodeTried,
    Event,
    FileSaved,
    FileTrouble,
    HubChanged,
    LeaseExtended,
    LeaseWarning,
    LinkBack,
    LinkSilent,
    PathChanged,
    PeerEntered,
    PeerGone,
    PeerKnocked,
    PeerMuted,
    RosterChanged,
    SessionEnded,
    TimeAsked,
    WentReadOnly,
)
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.plain_text import plain_lines, plain_name
from horizon_desktop.domain.usage.facts import PurseMoved, QuotaWarned

MOST_NAME: Final = 40
MOST_PATH: Final = 120
MOST_CHAT: Final = 4000
ID_DIGITS: Final = 8
"""Enough of a peer id to type and to tell people apart."""

Line = tuple[str, str]
"""Style and text."""


def shown(text: str, *, most: int = MOST_NAME) -> str:
    """Return a stranger's text on one line, without anything that steers a terminal or turns the reading direction."""
    return plain_name(text, most_characters=most) or "(no name)"


def clock_time(at: Instant) -> str:
    """Return HH:MM:SS on this machine's clock."""
    return datetime.fromtimestamp(at.ms / 1000, UTC).astimezone().strftime("%H:%M:%S")


def span(seconds: int) -> str:
    """Return m:ss, or h:mm:ss from an hour on."""
    minutes, rest = divmod(max(seconds, 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class PeopleLines:
    """Turns facts into lines; remembers who is who, because most facts carry only a peer id."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._lost_hubs: set[str] = set()
        self._is_stopped = False
        self._lines: Mapping[type, Callable[[Any], list[Line]]] = {
            PeerKnocked: self._knock,
            PeerEntered: self._entered,
            PeerGone: self._gone,
            PathChanged: self._path,
            FileSaved: lambda fact: [("dim", f"saved {shown(fact.file, most=MOST_PATH)}")],
            LeaseWarning: lambda fact: [_warning(fact)],
            LeaseExtended: lambda fact: [("green", f"Extended: ends at {clock_time(fact.expires_at)}.")],
            WentReadOnly: lambda _: [("bold red", note("read_only"))],
            SessionEnded: lambda fact: [("bold", f"Session ended: {REASONS.get(fact.reason, fact.reason)}.")],
            ActionRefused: self._refused,
            PeerMuted: lambda fact: [("yellow", note("muted", name=self._name(fact.peer_id)))],
            ChatSaid: _chat,
            FileTrouble: _trouble,
            ClockSkewed: lambda fact: [("yellow", sentence("clock.skew", {"n": fact.minutes}))],
            CodeTried: lambda fact: [("bold red", note("code_tried", name=fact.invite_name, n=fact.tries_left))],
            TimeAsked: lambda fact: [
                ("yellow", note("time_asked", name=self._name(fact.peer_id), n=fact.minutes)),
            ],
            LinkSilent: self._silent,
            LinkBack: lambda fact: [("green", note("back", name=self._name(fact.peer_id)))],
            AccessChanged: lambda fact: [("yellow", note("access", role=shown(fact.role)))],
            HubChanged: self._hub,
            RiskAssessed: self._risk,
            PurseMoved: self._purse,
            QuotaWarned: lambda fact: [("bold yellow", note("purse_warning", n=fact.percent, left=f"{fact.left:f}"))],
            RosterChanged: self._roster,
        }

    def of(self, fact: Event) -> list[Line]:
        """Return the lines for a fact, none for one that people need not read."""
        make = self._lines.get(type(fact))
        return [] if make is None else make(fact)

    def _name(self, peer_id: str) -> str:
        return self._names.get(peer_id, peer_id[:ID_DIGITS])

    def _knock(self, fact: PeerKnocked) -> list[Line]:
        self._names[fact.peer_id] = shown(fact.name)
        pictures = [("bold", note("pictures", pictures=spoken(fact.pictures)))] if fact.pictures else []
        knock = note("knock", name=shown(fact.name), device=shown(fact.device), role=shown(fact.role))
        return [("bold yellow", knock), *pictures, ("yellow", note("knock_how", peer=fact.peer_id[:ID_DIGITS]))]

    def _entered(self, fact: PeerEntered) -> list[Line]:
        person = fact.participant
        self._names[person.peer_id] = shown(person.name)
        words = f"{shown(person.name)} ({shown(person.device)}) joined as {shown(person.role)}."
        return [("green", words)]

    def _gone(self, fact: PeerGone) -> list[Line]:
        return [("bold", f"{shown(fact.participant.name)} is out ({shown(fact.reason)}).")]

    def _path(self, fact: PathChanged) -> list[Line]:
        way = "directly" if fact.path == "direct" else "through the relay"
        return [("dim", f"{self._name(fact.peer_id)}: connected {way}, {fact.rtt_ms} ms.")]

    def _refused(self, fact: ActionRefused) -> list[Line]:
        if fact.rule.startswith("policy."):
            return [("yellow", note("kept_out", peer=fact.peer_id[:ID_DIGITS]))]
        if fact.rule == "store.unavailable":  # nobody did wrong: this machine cannot keep it
            return [("red", f"{sentence(fact.rule)} {note('waits', name=self._name(fact.peer_id))}")]
        return [("yellow", f"Refused from {self._name(fact.peer_id)}: {shown(fact.channel)}, {shown(fact.rule)}.")]

    def _silent(self, fact: LinkSilent) -> list[Line]:
        return [("yellow", note("silent", name=self._name(fact.peer_id)))] if fact.stage == "banner" else []

    def _risk(self, fact: RiskAssessed) -> list[Line]:
        """Say what speaks against a guest and what follows from it."""
        why = ", ".join(SIGNALS.get(reason, "something else") for reason in fact.reasons)
        words = note(f"risk_{fact.response}", name=self._name(fact.peer_id), why=why, peer=fact.peer_id[:ID_DIGITS])
        return [("green" if fact.response == "allow" else "bold yellow", words)]

    def _purse(self, fact: PurseMoved) -> list[Line]:
        """Only its end is news, and its return; the marks on the way are told by their own warnings."""
        was_stopped, self._is_stopped = self._is_stopped, fact.is_stopped
        if fact.is_stopped == was_stopped:
            return []
        return [("bold red", note("purse_stopped"))] if fact.is_stopped else [("green", note("purse_freed"))]

    def _roster(self, fact: RosterChanged) -> list[Line]:
        self._names.update({person.peer_id: shown(person.name) for person in fact.participants})
        return []

    def _hub(self, fact: HubChanged) -> list[Line]:
        """A first connection is no news; a lost one is, and its return."""
        if not fact.is_connected:
            self._lost_hubs.add(fact.hub)
            return [("yellow", note("hub_lost", hub=shown(fact.hub, most=MOST_PATH)))]
        if fact.hub not in self._lost_hubs:
            return []
        self._lost_hubs.discard(fact.hub)
        return [("dim", note("hub_back", hub=shown(fact.hub, most=MOST_PATH)))]


def _warning(fact: LeaseWarning) -> Line:
    style = "bold red" if fact.level == "urgent" else "bold yellow"
    return style, f"{span(fact.seconds_left)} left, until {clock_time(fact.expires_at)}."


def _chat(fact: ChatSaid) -> list[Line]:
    lines = plain_lines(fact.text, most_characters=MOST_CHAT).splitlines() or [""]
    return [("cyan", f"{shown(fact.name)}: {line}") for line in lines]


def _trouble(fact: FileTrouble) -> list[Line]:
    return [("red", trouble_sentence(fact.code, shown(fact.file, most=MOST_PATH)))]
