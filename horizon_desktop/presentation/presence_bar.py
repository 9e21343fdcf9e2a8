"""The presence bar: who is here, how well they are heard, how long it goes on; docked or floating."""

from enum import StrEnum

import msgspec

from horizon_desktop.presentation.expiry import TimeTone, TimeView
from horizon_desktop.presentation.people import BadgeView, ParticipantView

MAX_BADGES = 6


class BarForm(StrEnum):
    DOCKED = "docked"
    MINI = "mini"
    BAR = "bar"
    PANEL = "panel"


class BarAction(StrEnum):
    """The one action that matters now."""

    NONE = "none"
    EXTEND = "extend"
    ASK_TIME = "ask_time"
    DETAILS = "details"


class QualityView(msgspec.Struct, frozen=True, kw_only=True):
    """What the four bars and the words beside them show."""

    bars: int = 0
    """0 (silent) to 4 (good)."""
    path: str = ""
    """direct, relay, or empty while there is none yet."""
    rtt_ms: int = 0
    loss_permille: int = 0
    jitter_ms: int = 0
    sent_bytes_per_s: int = 0
    received_bytes_per_s: int = 0
    relay: str = ""
    """Name of the relay, for the tooltip."""
    resume_left_s: int = -1
    """Seconds left to resume while reconnecting; -1 otherwise."""
    is_alone: bool = False
    """A host whose guests are still to come: there is no link that could be bad."""


class PresenceBarView(msgspec.Struct, frozen=True, kw_only=True):
    session_id: str
    title: str
    is_host: bool
    form: BarForm
    badges: tuple[BadgeView, ...]
    people: tuple[ParticipantView, ...]
    """The rows of the panel form."""
    quality: QualityView
    time: TimeView
    unread: int = 0
    action: BarAction = BarAction.NONE
    may_extend: bool = True
    """Host: some extension still fits before the session's limit."""
    has_asked: bool = False
    """Guest: the host was asked for time already."""


def bar_action(*, is_host: bool, tone: TimeTone, is_reconnecting: bool) -> BarAction:
    """Return the one action that matters now: details of a lost link first, then time."""
    if is_reconnecting:
        return BarAction.DETAILS
    if tone in (TimeTone.WARN, TimeTone.BAD):
        return BarAction.EXTEND if is_host else BarAction.ASK_TIME
    return BarAction.NONE
