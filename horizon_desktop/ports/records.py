"""What a profile remembers between runs, as rows of plain values (the store keeps them)."""

from enum import StrEnum

import msgspec

from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.access.places import InviteState
from horizon_desktop.domain.ids import (
    DeviceKey,
    FileId,
    IdentityId,
    InvitationId,
    Locator,
    SessionId,
)
from horizon_desktop.domain.instants import Instant


class SessionState(StrEnum):
    """An open row whose process is gone is what people call interrupted."""

    OPEN = "open"
    ENDED = "ended"


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One session that this profile hosts."""

    session_id: SessionId
    nonce: bytes
    """16 bytes: session id = hash(host key, nonce)."""
    session_type: str
    title: str
    created_at: Instant
    expires_at: Instant
    limit_at: Instant
    """No extension goes past this."""
    role: str
    """Role that the session's invites give."""
    channels: dict[str, int]
    """Channel name to ChannelAccess: the host's choice."""
    is_approval_asked: bool
    is_relay_allowed: bool
    hub: str
    """URL of the hub, empty for the embedded one."""
    folder: str
    """Common root of the shared files."""
    state: SessionState = SessionState.OPEN
    reason: str = ""
    """Why it ended (SessionEnded.reason), empty while open."""
    ended_at: Instant | None = None
    revocation_number: int = 0
    """Number of the last revocation list given out."""


class InviteRow(msgspec.Struct, frozen=True, kw_only=True):
    """One invite of a hosted session."""

    invitation_id: InvitationId
    session_id: SessionId
    locator: Locator
    nonce: bytes
    """16 bytes: locator = hash(host key, nonce)."""
    role: str
    created_at: Instant
    expires_at: Instant
    places: int
    """1 to 30."""
    sealed: bytes
    """Link secret and code, sealed under the device key; empty once wiped."""
    state: InviteState = InviteState.OPEN
    places_taken: int = 0
    """Consumed places; reserved ones are not counted here."""
    places_reserved: int = 0
    """Open knocks that hold a place."""
    tries: int = 0
    declines: int = 0
    """Declined or unanswered knocks in a row."""

    def __repr__(self) -> str:
        return f"InviteRow({self.invitation_id}, {self.state}, tries={self.tries})"


class IdentityRow(msgspec.Struct, frozen=True, kw_only=True):
    """An ephemeral identity: one guest device in one session."""

    identity_id: IdentityId
    session_id: SessionId
    invitation_id: InvitationId
    sponsor_key: DeviceKey
    """The host that answers for this guest."""
    guest_key: DeviceKey
    name: str
    device: str
    system: str
    version: str
    role: str
    channels: dict[str, int]
    state: str
    """pending, active, suspended, revoked or expired."""
    created_at: Instant
    expires_at: Instant
    color: int
    epoch: int = 0
    """Raised by every narrowing, suspension and revocation."""
    reason: str = ""
    has_place: bool = True
    """False once 5 minutes of silence gave the place up."""
    seen_at: Instant | None = None


class IdentityQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which identities to list; what is left out does not matter."""

    session_id: SessionId | None = None
    sponsor_key: DeviceKey | None = None
    guest_key: DeviceKey | None = None
    beneficiary: str | None = None
    """The guest's name, exactly."""
    states: tuple[str, ...] = ()
    limit: int = 1000


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """A shared file of a hosted session."""

    file_id: FileId
    session_id: SessionId
    path: str
    """Relative, with / between parts, as people see it."""
    disk_path: str
    """Absolute path of the host's file."""
    may_edit: bool = True
    """False: everybody may only view it."""


class FileStart(msgspec.Struct, frozen=True):
    """A file that is shared from now on, and the first epoch of its text."""

    row: FileRow
    document: "DocumentRow | None" = None


class DocumentRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed to go on with a shared text after a crash."""

    file_id: FileId
    epoch: bytes
    state: bytes
    """A CRDT update that holds everything up to the last compaction."""
    updates: tuple[bytes, ...]
    """Updates accepted since, in order."""
    saved_text: str
    """The text as last read from or written to disk, for merging outside changes."""


class ChatRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of chat; numbers rise by one within a session, from 1."""

    message_id: int
    peer_id: str
    name: str
    at: Instant
    text: str


class MembershipRow(msgspec.Struct, frozen=True, kw_only=True):
    """A session of somebody else in which this profile is a guest."""

    session_id: SessionId
    host_key: DeviceKey
    host_name: str
    hubs: tuple[HubAddress, ...]
    locator: Locator
    token: bytes
    """The newest token; empty once the session is over for us."""
    name: str
    """The name we joined under."""
    role: str
    session_type: str
    title: str
    created_at: Instant
    expires_at: Instant
    """On the host's clock."""
    host_offset_ms: int
    """Host's clock minus ours."""
    mirror: str = ""
    """Mirror folder, empty when none."""
    state: SessionState = SessionState.OPEN
    reason: str = ""
    ended_at: Instant | None = None

    def __repr__(self) -> str:
        return f"MembershipRow({self.session_id.hex()[:8]}, {self.state})"


class MirrorBaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """The text of one mirrored file as last in step with the host: base of the three-way merge."""

    session_id: SessionId
    file_id: FileId
    path: str
    text: str


class KnownKeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A device key that this profile met before."""

    key: DeviceKey
    name: str
    first_seen: Instant
    last_seen: Instant


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What close_expired closed."""

    sessions: tuple[SessionId, ...] = ()
    invites: tuple[InvitationId, ...] = ()
    identities: tuple[IdentityId, ...] = ()
    memberships: tuple[SessionId, ...] = ()

    def and_also(self, other: "Swept") -> "Swept":
        """Return what both closed."""
        return Swept(
            sessions=self.sessions + other.sessions,
            invites=self.invites + other.invites,
            identities=self.identities + other.identities,
            memberships=self.memberships + other.memberships,
        )
