"""The join page: left what the link alone shows, right the redemption form in all its states."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from horizon_desktop.presentation.access_lines import AccessRow
from horizon_desktop.presentation.expiry import TimeView
from horizon_desktop.presentation.people import BadgeView
from horizon_desktop.presentation.wording import Words


class FormState(StrEnum):
    """What the redemption form lets a person do."""

    ENTER = "enter"
    """Type the code; `words` may hold what was wrong with the last one."""
    CHECKING = "checking"
    SLOWED = "slowed"
    """Wait before the next try; the code stays in."""
    WAITING = "waiting"
    """Right code: the host is asked."""
    STOPPED = "stopped"
    """This invite cannot be used (now): `words` says why, its actions what to do."""


class PreviewState(StrEnum):
    LOADING = "loading"
    SHOWN = "shown"
    NONE = "none"
    """Nothing could be read: the link is bad, or nobody answers."""


class HostCardView(msgspec.Struct, frozen=True, kw_only=True):
    """Left side: who invites, what for, how long, what opens, what stays closed, key pictures."""

    name: str
    badge: BadgeView
    title: str
    session_type: str
    duration: Words
    """duration.minutes or duration.hours, with `n` and `until` (time of day)."""
    access: tuple[AccessRow, ...]
    pictures: tuple[int, ...]
    key: str
    """The full key, for who wants to compare it."""
    is_known: bool
    """This profile joined that key before."""


class DeviceCardView(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly what is sent about this device."""

    device: str
    system: str
    version: str
    pictures: tuple[int, ...]
    """This device's own key pictures."""


class FormView(msgspec.Struct, frozen=True, kw_only=True):
    """Right side."""

    state: FormState
    name: str
    """The person's name, prefilled."""
    device: DeviceCardView
    words: Words | None = None
    """code.typo, code.wrong, code.wrong.last, code.slow, join.waiting, or why it stopped."""
    valid: TimeView | None = None
    """How long the invite is valid; None while not known."""
    seconds_left: int = 0
    """While slowed down, or waiting to be let in."""
    pictures: tuple[int, ...] = ()
    """While waiting: session pictures, equal on both screens."""


class JoinView(msgspec.Struct, frozen=True, kw_only=True):
    preview: PreviewState
    host: HostCardView | None
    form: FormView
    link: str = ""
    """A secret: goes back with the intent, is never shown or logged."""

    def __repr__(self) -> str:
        return f"JoinView({self.preview}, {self.form.state})"


_ENTER_AGAIN: Final = frozenset({"code.typo", "code.wrong", "code.wrong.last"})
_STATES: Final[Mapping[str, FormState]] = {
    **dict.fromkeys(_ENTER_AGAIN, FormState.ENTER),
    "code.slow": FormState.SLOWED,
    "join.waiting": FormState.WAITING,
}
ENDS_INVITE: Final = frozenset({"code.locked", "invite.expired", "invite.used", "invite.cancelled", "invite.full"})
"""After these the invite no longer works for anybody, or not for us."""
DANGEROUS: Final = frozenset({"hub.pin", "key.mismatch"})
"""After these the code must not be entered."""


def form_state_of(key: str) -> FormState:
    """Return the state of the form after an answer with this key of the copy deck."""
    return _STATES.get(key, FormState.STOPPED)


def wrong_code(*, tries_left: int, host: str) -> Words:
    """Return what to say after a wrong code: tries left, the last try, or locked."""
    if tries_left == 0:
        return Words("code.locked", {"n": 5, "host": host})
    if tries_left == 1:
        return Words("code.wrong.last", {"host": host})
    return Words("code.wrong", {"n": tries_left, "host": host})


def duration_words(*, minutes: int, until: str) -> Words:
    """Return how long the session is and when it ends: "1 hour, until 16:40"."""
    if minutes % 60 == 0 and minutes > 0:
        return Words("duration.hours", {"n": minutes // 60, "until": until})
    return Words("duration.minutes", {"n": minutes, "until": until})
