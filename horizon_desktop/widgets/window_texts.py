"""Short sentences that stand over the windows: toasts and notifications."""

from collections.abc import Mapping
from typing import Final

from horizon_desktop.presentation.wording import Words
from horizon_desktop.widgets import texts

_NOTES: Final[Mapping[str, tuple[str, str]]] = {
    "toast.joined": ("{name} is here", ""),
    "toast.left": ("{name} left", ""),
    "toast.code": ("Someone tried wrong codes for invite {name}. {n} tries left before it locks.", ""),
    "toast.risk.ask_host": ("{name} may only look until you say more. Sessions shows why.", ""),
    "toast.risk.read_only": ("{name} may only look now. Sessions shows why.", ""),
    "toast.risk.refuse": ("{name} was put out. Sessions shows why.", ""),
    "toast.purse.mark": ("{title} has used {n} % of its purse", ""),
    "toast.purse.spent": ("{title} has spent its purse. Guests read and talk on.", ""),
    "toast.purse.freed": ("{title} may spend again", ""),
    "toast.proxy": ("Hubs are reached this way from now on", ""),
    "toast.requested": ("Your request is on its way", ""),
    "toast.muted": ("{name} sent too much that isn't allowed. Nothing more is taken from them.", ""),
    "toast.saved": ("{file} is saved", ""),
    "toast.unsaved": ("{file} could not be saved. Choose another folder.", ""),
    "notice.knock": ("{name} wants to join", "Right code, from {device}."),
    "notice.urgent": ("{left} left", "Then guests are disconnected."),
    "notice.time": ("{name} asks for {n} more minutes", "Open Horizon to extend the session."),
    "notice.code": ("Someone tried a wrong code", "Invite {name}: {n} tries left before it locks."),
    "notice.tray": ("Horizon keeps running", "Open sessions go on. The tray icon brings the window back."),
}
_MAY_NOW: Final[Mapping[str, str]] = {
    "observer": "read the shared files",
    "editor": "edit the shared files",
    "operator": "edit the shared files",
}
"""What a changed role means, for the place {list}."""


def note_title(words: Words) -> str:
    """Return the first line of a toast or notification."""
    if words.key not in _NOTES:
        return texts.title(filled(words))
    return texts.fill(texts.translated(_NOTES[words.key][0]), filled(words).values)


def note_text(words: Words) -> str:
    """Return what follows the first line, empty when nothing does."""
    if words.key not in _NOTES:
        return texts.text(filled(words))
    return texts.fill(texts.translated(_NOTES[words.key][1]), filled(words).values)


def note_line(words: Words) -> str:
    """Return a whole toast."""
    parts = (note_title(words).rstrip("."), note_text(words))
    return ". ".join(part for part in parts if part)


def filled(words: Words) -> Words:
    """Return words whose values that are keys themselves are said in words."""
    values = dict(words.values)
    if words.key == "access.changed":
        values["list"] = texts.translated(_MAY_NOW.get(str(values.get("list", "")), _MAY_NOW["observer"]))
    if words.key == "notice.urgent":
        minutes, seconds = divmod(int(values.get("s", 0)), 60)
        values["left"] = f"{minutes}:{seconds:02}"
    return Words(words.key, values)
