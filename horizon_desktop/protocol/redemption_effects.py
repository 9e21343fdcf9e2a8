"""What the machines of redemption want done, and what is handed back to them."""

import msgspec

from horizon_desktop.crypto.pake import GuestPake
from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.access.places import KnockEnd
from horizon_desktop.domain.access.token import SignedToken
from horizon_desktop.domain.ids import DeviceKey, Locator, SessionId
from horizon_desktop.domain.instants import Instant


class Knock(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with link and right code who waits to be let in; a place is reserved for the key."""

    guest: DeviceKey
    name: str
    device: str
    system: str
    version: str
    pictures: tuple[int, ...]
    """Session pictures, 7 of 0..63, equal on both sides."""
    answer_by: Instant
    """On the host's clock."""


# --- both sides ---


class Post(msgspec.Struct, frozen=True):
    """Put `data` into the mailbox `route` (a guest has one: 0)."""

    route: int
    data: bytes


# --- host ---


class ComputePake(msgspec.Struct, frozen=True, kw_only=True):
    """Ask: `answer_pake` with 64 fresh random bytes, off the event loop. Outcome: PakeComputed or Deny."""

    ask: int
    password: bytes
    guest_message: bytes
    guest: DeviceKey
    host: DeviceKey
    locator: Locator

    def __repr__(self) -> str:
        return f"ComputePake({self.ask})"


class PakeComputed(msgspec.Struct, frozen=True, kw_only=True):
    message: bytes
    key: bytes

    def __repr__(self) -> str:
        return "PakeComputed()"


class CountTry(msgspec.Struct, frozen=True):
    """Ask: count a try on disk. Outcome: the tries so far, or Deny."""

    ask: int


class GiveBackAndReserve(msgspec.Struct, frozen=True):
    """Ask: give the try back and reserve a place for `guest`, in one transaction. Outcome: Decision."""

    ask: int
    guest: DeviceKey


class HangUp(msgspec.Struct, frozen=True):
    """Close the mailbox `route`, once all before it is posted."""

    route: int


class KnockBegan(msgspec.Struct, frozen=True):
    """Notify: ask the host person."""

    knock: Knock


class KnockOver(msgspec.Struct, frozen=True):
    """Notify: a knock ended without the host's doing; free its place."""

    guest: DeviceKey
    how: KnockEnd


class CodeFailed(msgspec.Struct, frozen=True):
    """Notify: a wrong code was compared; at 0 the invite is burned."""

    tries_left: int


HostEffect = Post | ComputePake | CountTry | GiveBackAndReserve | HangUp | KnockBegan | KnockOver | CodeFailed

# --- guest ---


class BeginPake(msgspec.Struct, frozen=True):
    """Ask: `GuestPake.begin` with this machine's parts, off the event loop. Outcome: GuestPake."""

    ask: int


class FinishPake(msgspec.Struct, frozen=True):
    """Ask: `pake.finish(host_message)`, off the event loop. Outcome: the key, or Deny."""

    ask: int
    pake: GuestPake
    host_message: bytes


class ClockOff(msgspec.Struct, frozen=True):
    """Notify: our clock is more than ten minutes off the host's."""

    session: SessionId
    minutes: int


class NowWaiting(msgspec.Struct, frozen=True):
    """Notify: the host person has been asked."""

    session: SessionId
    pictures: tuple[int, ...]
    answer_by: Instant
    """On the host's clock."""


class Redeemed(msgspec.Struct, frozen=True, kw_only=True):
    """The end: let in."""

    token: SignedToken
    session: SessionId
    host: DeviceKey
    role: Role
    pictures: tuple[int, ...]
    host_offset_ms: int | None
    """Host's clock minus ours; None when no answer came fast enough to tell."""


class Refused(msgspec.Struct, frozen=True):
    """The end: not let in. `rule` is the key of the sentence, `count` its figure."""

    rule: str
    count: int = 0


GuestEffect = Post | BeginPake | FinishPake | ClockOff | NowWaiting | Redeemed | Refused
