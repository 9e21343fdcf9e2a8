"""What a guest may do: roles, channels, data types, rates and times. May be narrowed by anyone, widened by no one."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Self

import msgspec

from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.instants import Instant

CLOSED: Final = 0
VIEW: Final = 1
USE: Final = 2
"""The levels of access to a channel, as numbers: this floor does not know what a channel is."""

KIB: Final = 1024
MAX_RATE_BYTES: Final = KIB**3
"""More bytes a second than any channel has: a rate of so many limits messages alone."""


class Role(StrEnum):
    """Ordered from least to most; the table of channels for each stands in PROTOCOL section 4."""

    OBSERVER = "observer"
    EDITOR = "editor"
    OPERATOR = "operator"

    @property
    def rank(self) -> int:
        """0 for the least; a role may be handed out by a person who offers the same rank or more."""
        return tuple(Role).index(self)


class Rate(msgspec.Struct, frozen=True, order=True):
    """How much of one channel a guest may send, each second."""

    messages_per_s: int
    bytes_per_s: int

    def narrowed(self, other: "Rate") -> "Rate":
        """Return the lower of both, figure by figure."""
        return Rate(min(self.messages_per_s, other.messages_per_s), min(self.bytes_per_s, other.bytes_per_s))


class AccessPeriod(msgspec.Struct, frozen=True):
    """From `opens`, until just before `closes`, on the host's clock."""

    opens: Instant
    closes: Instant

    def narrowed(self, other: "AccessPeriod") -> "AccessPeriod":
        """Return the moments that lie in both; empty (closed as it opens) where none does."""
        opens = max(self.opens, other.opens)
        return AccessPeriod(opens, max(opens, min(self.closes, other.closes)))

    def admits(self, now: Instant) -> Decision:
        """Allow within the window, else time.early or time.over."""
        if now < self.opens:
            return Deny("time.early")
        return Allow() if now < self.closes else Deny("time.over")


class CapabilitySet(msgspec.Struct, frozen=True, kw_only=True):
    """All that one guest may do in one session."""

    role: Role
    channels: Mapping[str, int]
    """Channel name to CLOSED, VIEW or USE; a channel that is missing is closed."""
    data_types: frozenset[str]
    """Data types the guest may send."""
    rates: Mapping[str, Rate]
    """Channel name to rate; a channel that is missing has a rate of nothing."""
    window: AccessPeriod | None = None
    """None: no restriction beyond the token's and the session's own times."""

    def access_to(self, channel: str) -> int:
        """Return CLOSED, VIEW or USE."""
        return self.channels.get(channel, CLOSED)

    def may_send(self, channel: str, data_type: str, *, now: Instant) -> Decision:
        """Allow, or Deny with channel.closed, type.denied, time.early or time.over."""
        if self.access_to(channel) == CLOSED:
            return Deny("channel.closed", channel)
        if data_type not in self.data_types:
            return Deny("type.denied", data_type)
        return Allow() if self.window is None else self.window.admits(now)

    def is_within(self, other: "CapabilitySet") -> bool:
        """Whether nothing is allowed here that `other` does not allow."""
        return other.narrowed(self) == self.trimmed()

    def trimmed(self) -> Self:
        """Return the same capability in its one canonical form: no closed channel, no rate without a channel."""
        channels = {name: access for name, access in sorted(self.channels.items()) if access > CLOSED}
        rates = {name: rate for name, rate in sorted(self.rates.items()) if name in channels}
        return msgspec.structs.replace(self, channels=channels, rates=rates)

    def narrowed(self, other: "CapabilitySet") -> "CapabilitySet":
        """Return what both allow: the lower role, access and rate, the common data types, the common time."""
        return CapabilitySet(
            role=min(self.role, other.role, key=lambda role: role.rank),
            channels={name: min(access, other.access_to(name)) for name, access in self.channels.items()},
            data_types=self.data_types & other.data_types,
            rates={name: rate.narrowed(other.rates[name]) for name, rate in self.rates.items() if name in other.rates},
            window=_common(self.window, other.window),
        ).trimmed()

    def limited_to(self, channels: Mapping[str, int]) -> "CapabilitySet":
        """Return this capability with every channel cut down to `channels`; one that is missing there is closed.

        Data types that no channel left can carry go too.
        """
        kept = {name: min(access, channels.get(name, CLOSED)) for name, access in self.channels.items()}
        types = self.data_types & data_types_of(kept)
        return msgspec.structs.replace(self, channels=kept, data_types=types).trimmed()


def _common(left: AccessPeriod | None, right: AccessPeriod | None) -> AccessPeriod | None:
    if left is None or right is None:
        return left or right
    return left.narrowed(right)


_TYPES: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = {
    "control": (frozenset({"control"}), frozenset({"control"})),
    "edits": (frozenset({"document"}), frozenset({"document", "edit"})),
    "cursors": (frozenset(), frozenset({"cursor"})),
    "chat": (frozenset(), frozenset({"chat"})),
    "measure": (frozenset(), frozenset({"measure"})),
}
"""Channel name to the data types that VIEW and USE may send on it."""

_RATES: Final[Mapping[str, Rate]] = {
    "control": Rate(100, 256 * KIB),
    "edits": Rate(200, 2048 * KIB),
    "cursors": Rate(60, 64 * KIB),
    "chat": Rate(10, 128 * KIB),
    "measure": Rate(16 * KIB, KIB**3),
}
"""Well above what a person can cause: typing, a large paste, a moving pointer; and what no line can carry."""

ROLE_CHANNELS: Final[Mapping[Role, Mapping[str, int]]] = {
    Role.OBSERVER: {"control": USE, "edits": VIEW, "cursors": USE, "chat": USE, "measure": USE},
    Role.EDITOR: {"control": USE, "edits": USE, "cursors": USE, "chat": USE, "measure": USE},
    Role.OPERATOR: {"control": USE, "edits": USE, "cursors": USE, "chat": USE, "measure": USE},
}
"""The table of PROTOCOL section 4, for the channels that exist; `control` is always open."""


def data_types_of(channels: Mapping[str, int]) -> frozenset[str]:
    """Return every data type that somebody with this access may send."""
    allowed: set[str] = set()
    for name, access in channels.items():
        if access > CLOSED and name in _TYPES:
            allowed |= _TYPES[name][access - 1]
    return frozenset(allowed)


def role_capabilities(role: Role) -> CapabilitySet:
    """Return the whole row of a role; cut it down with `limited_to` to the session type and the host's choices."""
    channels = ROLE_CHANNELS[role]
    return CapabilitySet(
        role=role, channels=dict(channels), data_types=data_types_of(channels), rates=dict(_RATES)
    ).trimmed()
