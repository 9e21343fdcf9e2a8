"""A collaboration session: its type, what its host may choose, and its window of time (SPEC sections 4 and 5)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.collaboration.channel import ChannelAccess, ChannelKind
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import SessionId
from horizon_desktop.domain.instants import Instant

MIN_LENGTH_S: Final = 10
MAX_LENGTH_S: Final = 24 * 3600
"""Also the ceiling of extensions while there is no policy that says less."""
HARD_LIMIT_MS: Final = 14 * 24 * 3_600_000
"""Whatever a policy lifts."""
MAX_PLACES: Final = 30
MAX_GUESTS: Final = 30
MAX_WRITERS: Final = 5
"""Guests with a write channel."""
MAX_INVITE_MINUTES: Final = 24 * 60
MAX_TITLE_CHARACTERS: Final = 80


class SessionType(StrEnum):
    """Presets of channels and role (SPEC section 5). Types whose channels are not built yet are not offered."""

    PAIR = "pair"
    REVIEW = "review"


class SessionPreset(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table of types."""

    role: Role
    """What its invites give."""
    channels: Mapping[ChannelKind, ChannelAccess]
    """The most that any guest may do on each channel; the host may choose less."""
    length_s: int = 3600


SESSION_TYPES: Final[Mapping[SessionType, SessionPreset]] = {
    SessionType.PAIR: SessionPreset(
        role=Role.EDITOR,
        channels={
            ChannelKind.CONTROL: ChannelAccess.USE,
            ChannelKind.EDITS: ChannelAccess.USE,
            ChannelKind.CURSORS: ChannelAccess.USE,
            ChannelKind.CHAT: ChannelAccess.USE,
            ChannelKind.MEASURE: ChannelAccess.USE,
        },
    ),
    SessionType.REVIEW: SessionPreset(
        role=Role.OBSERVER,
        channels={
            ChannelKind.CONTROL: ChannelAccess.USE,
            ChannelKind.EDITS: ChannelAccess.VIEW,
            ChannelKind.CURSORS: ChannelAccess.USE,
            ChannelKind.CHAT: ChannelAccess.USE,
            ChannelKind.MEASURE: ChannelAccess.USE,
        },
    ),
}


class SessionPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a host wants, before it is allowed."""

    session_type: SessionType
    title: str
    length_s: int
    places: int
    invite_minutes: int
    role: Role | None = None
    """None: the preset's."""
    channels: Mapping[str, int] = {}
    """Channel name to ChannelAccess where the host chose less than the preset."""

    @property
    def given_role(self) -> Role:
        return self.role or SESSION_TYPES[self.session_type].role

    def decide(self, *, longest_s: int = MAX_LENGTH_S) -> Decision:
        """Allow, or Deny with session.length, session.places, session.invite, session.title or session.channels.

        Args:
            longest_s: What policies may lift a session to; never above HARD_LIMIT_MS.
        """
        most_s = min(longest_s, HARD_LIMIT_MS // 1000)
        checks = (
            (MIN_LENGTH_S <= self.length_s <= most_s, "session.length", f"{self.length_s} s"),
            (1 <= self.places <= MAX_PLACES, "session.places", str(self.places)),
            (1 <= self.invite_minutes <= MAX_INVITE_MINUTES, "session.invite", f"{self.invite_minutes} min"),
            (1 <= len(self.title) <= MAX_TITLE_CHARACTERS, "session.title", f"{len(self.title)} characters"),
        )
        for is_met, rule, found in checks:
            if not is_met:
                return Deny(rule, found)
        preset = SESSION_TYPES[self.session_type].channels
        for name, access in self.channels.items():
            if name not in preset or not 0 <= access <= preset[ChannelKind(name)]:
                return Deny("session.channels", name)
        return Allow()

    def chosen_channels(self) -> dict[str, int]:
        """Return the access of every channel: the preset cut down by the host's choices; control stays open."""
        preset = SESSION_TYPES[self.session_type].channels
        chosen = {kind.value: min(int(most), self.channels.get(kind.value, int(most))) for kind, most in preset.items()}
        return {**chosen, ChannelKind.CONTROL.value: int(ChannelAccess.USE)}


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its rules see it."""

    session_id: SessionId
    session_type: SessionType
    title: str
    channels: Mapping[str, int]
    created_at: Instant
    expires_at: Instant
    limit_at: Instant
    """No extension goes past this."""

    @classmethod
    def planned(
        cls, plan: SessionPlan, session_id: SessionId, *, now: Instant, longest_s: int = MAX_LENGTH_S
    ) -> "Session":
        """Return the session that an allowed plan makes, starting now, to be extended to `longest_s` at most."""
        return cls(
            session_id=session_id,
            session_type=plan.session_type,
            title=plan.title,
            channels=plan.chosen_channels(),
            created_at=now,
            expires_at=now.plus(plan.length_s * 1000),
            limit_at=now.plus(min(max(longest_s, plan.length_s) * 1000, HARD_LIMIT_MS)),
        )

    def invite_end(self, *, minutes: int, now: Instant) -> Instant:
        """Return when an invite made now runs out: never past the session."""
        return min(now.plus(minutes * 60_000), self.expires_at)

    def may_extend(self, *, minutes: int, now: Instant) -> Decision:
        """Allow an extension of a running session that is not at its limit (expiry.limit, session.over)."""
        if minutes < 1:
            return Deny("session.length", f"{minutes} min")
        if now >= self.expires_at:
            return Deny("session.over")
        if self.expires_at >= self.limit_at:
            return Deny("expiry.limit", f"{self.limit_at.since(self.created_at) // 3_600_000} h")
        return Allow()


def is_writer(channels: Mapping[str, int]) -> bool:
    """Whether somebody with this access counts as one of the five who may write."""
    return channels.get(ChannelKind.EDITS.value, 0) >= ChannelAccess.USE


def may_sit(*, guests: int, writers: int, channels: Mapping[str, int]) -> Decision:
    """Allow one more guest with this access beside so many others (session.full, session.writers)."""
    if guests >= MAX_GUESTS:
        return Deny("session.full", str(guests))
    if is_writer(channels) and writers >= MAX_WRITERS:
        return Deny("session.writers", str(writers))
    return Allow()
