"""How one process of a profile asks another: typed messages over an owner-only socket (PROTOCOL section 8)."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

import msgspec

from horizon_desktop.domain.instants import Instant

MAX_CONTROL_BYTES: Final = 256 * 1024
"""Of one message; thirty guests and some dozens of invites fit."""


class _Message(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    pass


# --- what is asked ---
class ListSessions(_Message, frozen=True, kw_only=True):
    pass


class CreateInvite(_Message, frozen=True, kw_only=True):
    """One more invite. An empty session means the only one that is open here."""

    session_id: str = ""
    """Whole or the beginning of it."""
    places: int = 1


class ExtendSession(_Message, frozen=True, kw_only=True):
    session_id: str = ""
    minutes: int


class RevokeGuest(_Message, frozen=True, kw_only=True):
    session_id: str = ""
    peer: str
    """The beginning of the peer id, or the name."""


class EndSession(_Message, frozen=True, kw_only=True):
    session_id: str = ""


class MeasureLink(_Message, frozen=True, kw_only=True):
    """Measure the link to the host, or to a guest, in one direction; an empty peer means the only guest."""

    session_id: str = ""
    peer: str = ""
    is_sent: bool
    """From here to there; else the other way round."""
    most_bytes: int
    most_ms: int


ControlRequest = ListSessions | CreateInvite | ExtendSession | RevokeGuest | EndSession | MeasureLink


# --- what is answered ---
class GuestLine(msgspec.Struct, frozen=True, kw_only=True):
    """A person in a session."""

    peer_id: str
    name: str
    role: str
    device: str
    path: str


class InviteLine(msgspec.Struct, frozen=True, kw_only=True):
    """An invite without its secrets."""

    name: str
    state: str
    places: int
    places_taken: int
    tries_left: int
    expires_at: Instant


class SessionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A session as the command line lists it."""

    session_id: str
    session_type: str
    title: str
    is_host: bool
    state: str
    expires_at: Instant
    people: tuple[GuestLine, ...]
    invites: tuple[InviteLine, ...]


class SessionsListed(_Message, frozen=True, kw_only=True):
    sessions: tuple[SessionLine, ...]


class InviteCreated(_Message, frozen=True, kw_only=True):
    """Link and code travel over the owner's own socket only; they are never logged."""

    session_id: str
    link: str
    code: str
    expires_at: Instant

    def __repr__(self) -> str:
        return f"InviteCreated({self.session_id[:8]})"


class SessionExtended(_Message, frozen=True, kw_only=True):
    session_id: str
    expires_at: Instant


class GuestRevoked(_Message, frozen=True, kw_only=True):
    session_id: str
    guest: GuestLine


class SessionClosed(_Message, frozen=True, kw_only=True):
    session_id: str


class LinkMeasured(_Message, frozen=True, kw_only=True):
    """What one run over a link found."""

    session_id: str
    peer_id: str
    name: str
    is_sent: bool
    size_bytes: int
    took_ms: int
    is_whole: bool
    bulk_path: str
    """relay, fast or plain."""
    path: str
    """What the session itself goes by: relay or direct."""
    idle_ms: int | None
    busy_ms: tuple[int, ...]
    """Round trips of small messages meanwhile, ascending."""


class Refused(_Message, frozen=True, kw_only=True):
    """The answer is no: what a HorizonError says."""

    key: str
    values: dict[str, str | int] = {}
    message: str = ""
    exit_status: int = 1


ControlReply = SessionsListed | InviteCreated | SessionExtended | GuestRevoked | SessionClosed | LinkMeasured | Refused

Answer = Callable[[ControlRequest], Awaitable[ControlReply]]


class ControlPoint(Protocol):
    """The one place of a profile where its running process can be asked."""

    def serve(self, answer: Answer) -> AbstractAsyncContextManager[None]:
        """Be the profile's running process for the time of the context.

        Raises UsageError (profile.busy) when another process is that already.
        """
        ...

    async def ask(self, request: ControlRequest) -> ControlReply:
        """Ask the running process. Raises Unreachable (profile.idle) when there is none."""
        ...
