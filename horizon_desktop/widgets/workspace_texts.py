"""The words of the workspace: what people do, what roles are called, how time is read out."""

from typing import Final

from PySide6.QtCore import QCoreApplication

from horizon_desktop.presentation.people import Doing, ParticipantView
from horizon_desktop.widgets.texts import fill

_CONTEXT: Final = "Workspace"


def said(text: str, /, **places: str | int) -> str:
    """Return the translated text with its named places filled in."""
    return fill(QCoreApplication.translate(_CONTEXT, text), places)


def counted(one: str, many: str, n: int, /, **places: str | int) -> str:
    """Return the sentence for one or for many, with {n} and other places filled in."""
    return said(one if n == 1 else many, n=n, **places)


def role_words(role: str) -> str:
    """Return what a chip says of a role."""
    if role == "host":
        return said("Host")
    return said("Guest, view only") if role == "observer" else said("Guest")


def role_choice(role: str) -> str:
    """Return what a menu says of a role that can be given."""
    words = {"observer": said("View only"), "editor": said("View and edit"), "operator": said("Operate")}
    return words.get(role, role)


def place_words(row: ParticipantView) -> str:
    """Return file and line, as trainer.py:10; empty when they are in no file."""
    if not row.file:
        return ""
    return f"{row.file}:{row.line}" if row.line > 0 else row.file


def doing_words(row: ParticipantView) -> str:
    """Return what a person does now, in one line."""
    place = place_words(row)
    if row.badge.is_self:
        return f"{said('You')} \u00b7 {place}" if place else said("You")
    if row.doing is Doing.RECONNECTING:
        return said("Last seen {time}, reconnecting", time=row.last_seen) if row.last_seen else said("Reconnecting")
    if row.doing is Doing.AWAY:
        return said("Away {n} min", n=row.away_minutes) if row.away_minutes else said("Away")
    if row.doing is Doing.EDITING and place:
        return said("Editing {place}", place=place)
    return said("Reading {place}", place=place) if place else said("Here")


def spoken_person(row: ParticipantView, glyph: str) -> str:
    """Return the accessible name of a person: "kestrel, guest, triangle, editing trainer.py line 10"."""
    parts = [row.badge.name, role_words(row.role).lower(), glyph]
    if row.badge.is_self:
        parts.insert(1, said("you"))
    if row.doing in (Doing.EDITING, Doing.READING) and row.file:
        verb = (
            said("editing {file}", file=row.file)
            if row.doing is Doing.EDITING
            else said("reading {file}", file=row.file)
        )
        parts.append(f"{verb} {said('line {n}', n=row.line)}" if row.line > 0 else verb)
    elif not row.badge.is_self:
        parts.append(doing_words(row).lower())
    return ", ".join(parts)


def channel_name(channel: str) -> str:
    """Return what a channel is called."""
    return {"edits": said("Edits"), "cursors": said("Cursors"), "chat": said("Chat")}.get(channel, channel)


def channel_words(channel: str, state: str) -> str:
    """Return what a channel icon means."""
    words = {
        "open": said("{channel}: allowed", channel=channel_name(channel)),
        "active": said("{channel}: in use", channel=channel_name(channel)),
        "closed": said("{channel}: closed", channel=channel_name(channel)),
    }
    return words.get(state, channel_name(channel))


def spoken_time(seconds: int) -> str:
    """Return a time left in words: "42 minutes left", "45 seconds left"."""
    if seconds <= 0:
        return said("Ended")
    if seconds < 60:
        return counted("1 second left", "{n} seconds left", seconds)
    return counted("1 minute left", "{n} minutes left", seconds // 60)


def minutes_choice(minutes: int) -> str:
    """Return the label of an extension: +15 min, +1 h."""
    return said("+{n} h", n=minutes // 60) if minutes % 60 == 0 else said("+{n} min", n=minutes)


def risk_words(reasons: tuple[str, ...]) -> str:
    """Return what speaks against a device, heaviest first, in one line."""
    words = {
        "new_device": said("a device you don't know"),
        "address_change": said("another network than before"),
        "clock_skew": said("a clock that is far off"),
        "failed_codes": said("wrong codes were tried"),
        "unusual_rate": said("sent more than is allowed"),
    }
    line = ", ".join(words.get(reason, reason) for reason in reasons)
    return line[:1].upper() + line[1:]


def response_words(response: str) -> str:
    """Return what that does to a guest."""
    words = {
        "ask_host": said("May only look until you say more"),
        "read_only": said("May only look"),
        "refuse": said("Put out"),
    }
    return words.get(response, "")
