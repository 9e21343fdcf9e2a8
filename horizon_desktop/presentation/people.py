"""The people of a session as the panel, the badges and the presence bar show them."""

from enum import StrEnum

import msgspec

IDENTITY_COLORS = 8
CHANNEL_ORDER = ("edits", "cursors", "chat")
"""Channels in the order of a row's icons; those that the product does not have yet have no icon."""


class ChannelState(StrEnum):
    """One channel icon of a row."""

    OPEN = "open"
    ACTIVE = "active"
    """Used in the last 3 s."""
    CLOSED = "closed"


class Doing(StrEnum):
    """What a person does now."""

    NOTHING = "nothing"
    EDITING = "editing"
    READING = "reading"
    AWAY = "away"
    RECONNECTING = "reconnecting"


class ChannelMark(msgspec.Struct, frozen=True, kw_only=True):
    channel: str
    state: ChannelState


class BadgeView(msgspec.Struct, frozen=True, kw_only=True):
    """One person as a circle with initials and glyph."""

    peer_id: str
    name: str
    initials: str
    color: int
    """Identity colour and glyph, 0 to 7."""
    is_here: bool = True
    """Outlined instead of filled when false."""
    is_host: bool = False
    is_self: bool = False


class ParticipantView(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the people panel."""

    badge: BadgeView
    role: str
    """host, operator, editor or observer."""
    doing: Doing = Doing.NOTHING
    file: str = ""
    """Name of the file they are in."""
    line: int = 0
    """1-based; 0 when unknown."""
    away_minutes: int = 0
    last_seen: str = ""
    """Time of day they were last heard, such as 16:01, while reconnecting."""
    channels: tuple[ChannelMark, ...] = ()
    roles: tuple[str, ...] = ()
    """Host: the roles this guest may be given; empty: no access menu."""
    may_follow: bool = False
    is_followed: bool = False
    may_revoke: bool = False
    is_revoke_asked: bool = False
    """The confirmation stands under this row."""
    is_applying: bool = False
    """A change of access was asked for and is not confirmed yet."""
    asked_minutes: int = 0
    """Host: this guest asks for so many minutes more; 0 when not."""


class PeopleView(msgspec.Struct, frozen=True, kw_only=True):
    session_id: str
    is_host: bool
    rows: tuple[ParticipantView, ...] = ()
    are_cursors_shown: bool = True


def initials(name: str) -> str:
    """Return two letters for a badge: of the first two words, else the first two of the only word."""
    words = [word for word in name.split() if word]
    if len(words) > 1:
        return (words[0][0] + words[1][0]).upper()
    return name.strip()[:2].upper() or "?"


def identity_of(order: int) -> int:
    """Return the identity colour of the participant that joined as number `order`, from 0."""
    return order % IDENTITY_COLORS


def channel_marks(channels: dict[str, int], active: frozenset[str]) -> tuple[ChannelMark, ...]:
    """Return the icons of a row.

    Args:
        channels: Channel name to access, 0 closed to 2 use.
        active: Names of channels used in the last 3 s.
    """
    return tuple(
        ChannelMark(channel=name, state=_state(channels.get(name, 0), is_active=name in active))
        for name in CHANNEL_ORDER
    )


def _state(access: int, *, is_active: bool) -> ChannelState:
    if access == 0:
        return ChannelState.CLOSED
    return ChannelState.ACTIVE if is_active else ChannelState.OPEN
