"""Facts that have happened: EphemeralMessage (the specification's 14 variants) and LifecycleEvent (what it lacks)."""

from decimal import Decimal
from uuid import UUID

import msgspec

from horizon_desktop.domain.access.facts import AccessAudited, RiskAssessed
from horizon_desktop.domain.collaboration.documents import Caret, SharedFile
from horizon_desktop.domain.collaboration.presence import Participant, Quality
from horizon_desktop.domain.ids import FileId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.usage.facts import AllocationChanged, PoolChanged, PurseMoved, QuotaChanged, QuotaWarned


class _Fact(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    pass


# --- the 14 variants of the specification (hpc-channels Updates) ---


class InvitationCreated(_Fact, frozen=True):
    invitation_id: UUID
    sponsor_id: UUID
    expires_at: Instant


class InvitationRedeemed(_Fact, frozen=True):
    invitation_id: UUID
    identity_id: UUID


class IdentityActivated(_Fact, frozen=True):
    identity_id: UUID
    capabilities: tuple[str, ...]


class IdentityRevoked(_Fact, frozen=True):
    identity_id: UUID
    reason: str


class EphemeralQuotaCreated(_Fact, frozen=True):
    quota_id: UUID
    beneficiary_id: str


class EphemeralQuotaExpired(_Fact, frozen=True):
    quota_id: UUID


class TimeWindowEvaluated(_Fact, frozen=True):
    quota_id: UUID
    allowed: bool


class BurstUsed(_Fact, frozen=True):
    quota_id: UUID
    amount: Decimal


class CostRecorded(_Fact, frozen=True):
    quota_id: UUID
    sponsor_id: str
    cost: Decimal


class SessionCreated(_Fact, frozen=True):
    session_id: str
    session_type: str


class ParticipantJoined(_Fact, frozen=True):
    session_id: str
    peer_id: str


class ParticipantLeft(_Fact, frozen=True):
    session_id: str
    peer_id: str


class SessionExpired(_Fact, frozen=True):
    session_id: str


class QualityChanged(_Fact, frozen=True):
    session_id: str
    peer_id: str
    quality: str


EphemeralMessage = (
    InvitationCreated
    | InvitationRedeemed
    | IdentityActivated
    | IdentityRevoked
    | EphemeralQuotaCreated
    | EphemeralQuotaExpired
    | TimeWindowEvaluated
    | BurstUsed
    | CostRecorded
    | SessionCreated
    | ParticipantJoined
    | ParticipantLeft
    | SessionExpired
    | QualityChanged
)


# --- what the specification lacks ---


class SessionOpened(_Fact, frozen=True):
    """This side is in a session now: as its host, or as a guest that was let in."""

    session_id: str
    session_type: str
    title: str
    expires_at: Instant
    is_host: bool


class PeerKnocked(_Fact, frozen=True):
    """Host: somebody with link and right code waits to be let in. Guest: we wait (peer_id is our own)."""

    session_id: str
    peer_id: str
    name: str
    role: str
    device: str
    pictures: tuple[int, ...]
    """Session pictures, 7 of 0..63, equal on both sides."""
    answer_by: Instant
    is_known: bool = False
    """Host: this device's key was let in here before."""
    risk: str = "low"
    """Host: low, medium (asked even where invites let in by themselves), high (comes in to watch), critical."""
    reasons: tuple[str, ...] = ()
    """Host: the signals behind it, heaviest first (domain/access/risk.py)."""


class KnockClosed(_Fact, frozen=True):
    """A knock was answered or timed out. `outcome`: admitted, declined, expired, withdrawn."""

    session_id: str
    peer_id: str
    outcome: str


class PeerEntered(_Fact, frozen=True):
    """A participant's first link is up (detail of ParticipantJoined)."""

    session_id: str
    participant: Participant


class PeerGone(_Fact, frozen=True):
    """A participant left for good. `reason`: left, revoked, silent, ended."""

    session_id: str
    participant: Participant
    reason: str


class RosterChanged(_Fact, frozen=True):
    session_id: str
    participants: tuple[Participant, ...]


class PathChanged(_Fact, frozen=True):
    session_id: str
    peer_id: str
    path: str
    rtt_ms: int


class QualityMeasured(_Fact, frozen=True):
    session_id: str
    peer_id: str
    quality: Quality


class LinkSilent(_Fact, frozen=True):
    """Nothing is heard from the peer. `stage`: suspect (3 s), chip (5 s), banner (30 s)."""

    session_id: str
    peer_id: str
    stage: str
    resume_by: Instant


class LinkBack(_Fact, frozen=True):
    session_id: str
    peer_id: str
    edits_sent: int


class AccessChanged(_Fact, frozen=True):
    """Guest: the host changed what we may do."""

    session_id: str
    role: str
    channels: dict[str, int]
    """Channel name to ChannelAccess."""


class CodeTried(_Fact, frozen=True):
    """Host: a wrong code was entered."""

    session_id: str
    invite_name: str
    tries_left: int


class InviteChanged(_Fact, frozen=True):
    """Host: an invite's places, tries or state moved; read it again through the bridge."""

    session_id: str
    invite_name: str
    state: str


class ActionRefused(_Fact, frozen=True):
    """Something a guest sent was not allowed."""

    session_id: str
    peer_id: str
    channel: str
    rule: str


class PeerMuted(_Fact, frozen=True):
    session_id: str
    peer_id: str
    reason: str


class FilesChanged(_Fact, frozen=True):
    session_id: str
    files: tuple[SharedFile, ...]


class FileSaved(_Fact, frozen=True):
    """An edit of somebody else reached the disk (host: the shared file; guest: the mirror)."""

    session_id: str
    file: str


class FileTrouble(_Fact, frozen=True):
    """A shared or mirrored file has a problem. `code` is the copy deck's key."""

    session_id: str
    file: str
    code: str


class DocumentUpdated(_Fact, frozen=True):
    """A text changed; `update` is checked and ready to apply to a replica."""

    session_id: str
    file_id: FileId
    epoch: bytes
    update: bytes


class DocumentReset(_Fact, frozen=True):
    """The document has a new epoch: open its replica again."""

    session_id: str
    file_id: FileId


class CursorMoved(_Fact, frozen=True):
    """A participant's caret; `file_id` empty means it left every file."""

    session_id: str
    peer_id: str
    file_id: bytes
    anchor: Caret
    head: Caret


class ChatSaid(_Fact, frozen=True):
    session_id: str
    message_id: int
    peer_id: str
    name: str
    at: Instant
    text: str


class TimeAsked(_Fact, frozen=True):
    """Host: a guest asks for more time."""

    session_id: str
    peer_id: str
    minutes: int


class LeaseWarning(_Fact, frozen=True):
    """`level`: notice (10 min or 1/5) or urgent (2 min or 1/10)."""

    session_id: str
    level: str
    seconds_left: int
    expires_at: Instant


class LeaseExtended(_Fact, frozen=True):
    session_id: str
    expires_at: Instant


class WentReadOnly(_Fact, frozen=True):
    """0:00 has come: guests may watch for 5 s more."""

    session_id: str


class SessionEnded(_Fact, frozen=True):
    """`reason`: expired, host, left, revoked, lost, crash, mirror (its folder cannot be used).

    `at` is on the host's clock.
    """

    session_id: str
    reason: str
    at: Instant


class ClockSkewed(_Fact, frozen=True):
    session_id: str
    minutes: int


class HubChanged(_Fact, frozen=True):
    """The state of our own connection to the hub."""

    session_id: str
    is_connected: bool
    hub: str


LifecycleEvent = (
    SessionOpened
    | PeerKnocked
    | KnockClosed
    | PeerEntered
    | PeerGone
    | RosterChanged
    | PathChanged
    | QualityMeasured
    | LinkSilent
    | LinkBack
    | AccessChanged
    | CodeTried
    | InviteChanged
    | ActionRefused
    | PeerMuted
    | FilesChanged
    | FileSaved
    | FileTrouble
    | DocumentUpdated
    | DocumentReset
    | CursorMoved
    | ChatSaid
    | TimeAsked
    | LeaseWarning
    | LeaseExtended
    | WentReadOnly
    | SessionEnded
    | AccessAudited
    | RiskAssessed
    | ClockSkewed
    | HubChanged
    | QuotaWarned
    | PurseMoved
    | QuotaChanged
    | PoolChanged
    | AllocationChanged
)

Event = EphemeralMessage | LifecycleEvent
