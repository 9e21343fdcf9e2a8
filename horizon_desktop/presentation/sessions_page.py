"""The page Sessions: what runs on the left, everything about one of them (EphemeralSettingsPanel) on the right."""

import msgspec

from horizon_desktop.presentation.expiry import TimeView
from horizon_desktop.presentation.people import BadgeView
from horizon_desktop.presentation.presence_bar import QualityView
from horizon_desktop.presentation.usage_page import BarView
from horizon_desktop.presentation.wording import Words

VIEW_ROLE = "observer"
EDIT_ROLE = "editor"
"""The two choices of a guest's row; an operator counts as one who edits."""


class SessionRowView(msgspec.Struct, frozen=True, kw_only=True):
    """One session in the list."""

    session_id: str
    title: str
    session_type: str
    line: Words
    """sessions.people, .waiting, .interrupted or .guest."""
    time: TimeView
    is_chosen: bool


class GuestAccessView(msgspec.Struct, frozen=True, kw_only=True):
    """One guest of an own session, with what can be changed while they work."""

    badge: BadgeView
    device: str
    quality: QualityView | None
    """None while there is no link to speak of."""
    role: str
    """observer or editor: as it is, or as it was asked for."""
    roles: tuple[str, ...]
    """What may be given: a review gives nobody the right to edit."""
    is_applying: bool = False
    is_revoke_asked: bool = False
    reasons: tuple[str, ...] = ()
    """What speaks against this guest: names of signals, heaviest first."""
    response: str = ""
    """What that does: ask_host, read_only or refuse; empty when nothing speaks against them."""


class InviteRowView(msgspec.Struct, frozen=True, kw_only=True):
    """One invite of an own session."""

    name: str
    is_open: bool
    line: Words
    """invite.row.open, .used, .paused, .full, .burned, .expired or .cancelled."""
    may_show: bool = False
    may_resume: bool = False


class PurseView(msgspec.Struct, frozen=True, kw_only=True):
    """What an own session may spend."""

    line: Words
    """usage.purse or usage.purse.stopped: used, limit, unit."""
    bar: BarView
    is_stopped: bool
    percent: int = 0
    """Of the limit; above 100 within the burst."""


class SessionDetailView(msgspec.Struct, frozen=True, kw_only=True):
    """What EphemeralSettingsPanel shows of the chosen session."""

    session_id: str
    title: str
    session_type: str
    line: Words
    is_host: bool
    is_interrupted: bool
    time: TimeView
    ends_at: str
    """Time of day, 16:40."""
    limit_hours: int
    """The longest that it may be in all, from its beginning."""
    choices: tuple[int, ...] = ()
    """Minutes that may still be added."""
    has_asked: bool = False
    guests: tuple[GuestAccessView, ...] = ()
    places: int = 0
    """Of all invites that still count."""
    places_taken: int = 0
    invites: tuple[InviteRowView, ...] = ()
    purse: PurseView | None = None
    is_approval_asked: bool = True
    is_input_paused: bool = False
    hours: str = ""
    """When guests come in: `22:00-06:00 Europe/Berlin`; empty for always."""
    is_end_asked: bool = False


class SessionsView(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[SessionRowView, ...] = ()
    detail: SessionDetailView | None = None
    hosted: int = 0
    """Own sessions that "End everything" would end."""
    guests: int = 0
    """Guests in them."""
    is_end_all_asked: bool = False


def session_line(*, people: int, path: str, host: str, is_waiting: bool, is_interrupted: bool) -> Words:
    """Return what stands under a session's name in the list.

    Args:
        people: Everybody who is in, oneself included.
        path: direct, relay, or empty while nobody is connected.
        host: Guest: who hosts it; empty for the host.
    """
    if is_interrupted:
        return Words("sessions.interrupted")
    if host:
        return Words(f"sessions.guest.{path}" if path else "sessions.guest", {"host": host})
    if is_waiting:
        return Words("sessions.waiting")
    return Words(f"sessions.people.{path}" if path else "sessions.people", {"n": people})


def invite_line(*, state: str, left: str, tries: int, places: int, taken: int) -> Words:
    """Return where an invite stands.

    Args:
        state: open, paused, full, burned, expired or cancelled.
        left: Time until it expires, 42:18.
    """
    if state == "open":
        key = "invite.row.open" if taken == 0 else "invite.row.some"
        return Words(key, {"left": left, "n": tries, "taken": taken, "places": places})
    if state == "full":
        return Words("invite.row.full", {"n": taken})
    return Words(f"invite.row.{state}")
