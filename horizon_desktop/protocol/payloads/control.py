"""Messages of the control channel: lease, roster, access, renewal, leaving."""

import msgspec

from horizon_desktop.domain.collaboration.presence import Participant
from horizon_desktop.domain.instants import Instant


class _Message(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    pass


class Welcome(_Message, frozen=True, tag=1):
    """Host to guest, first on every new incarnation: what the session is and who you are in it."""

    title: str
    session_type: str
    peer_id: str
    role: str
    channels: dict[str, int]
    color: int
    created_at: Instant
    expires_at: Instant
    host_time: Instant


class Lease(_Message, frozen=True, tag=2):
    """Host to guest: the end of the session, whenever it moves."""

    expires_at: Instant
    host_time: Instant
    is_read_only: bool


class Roster(_Message, frozen=True, tag=3):
    participants: tuple[Participant, ...]


class Renewal(_Message, frozen=True, tag=4):
    """Host to guest: the next token; the former one is void when its epoch is lower."""

    token: bytes
    host_time: Instant


class AccessGiven(_Message, frozen=True, tag=5):
    """Host to guest: role and channels from now on, with the token that says so."""

    role: str
    channels: dict[str, int]
    token: bytes


class Ended(_Message, frozen=True, tag=6):
    """Host to guest: it is over. `reason`: expired, host, revoked."""

    reason: str
    at: Instant


class Leave(_Message, frozen=True, tag=20):
    """Guest to host: we go for good."""


class AskTime(_Message, frozen=True, tag=21):
    minutes: int


class AskRenewal(_Message, frozen=True, tag=22):
    """Guest to host: the token runs out soon and none came."""


class Whereabouts(_Message, frozen=True, tag=23):
    """Guest to host: the file and line looked at, for the roster."""

    file_id: bytes
    line: int


HostControl = Welcome | Lease | Roster | Renewal | AccessGiven | Ended
GuestControl = Leave | AskTime | AskRenewal | Whereabouts
