"""What a front gets from the bridge, and what it asks with: plain values."""

from pathlib import Path

import msgspec

from horizon_desktop.bridge.usage_views import WindowSpec
from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.collaboration.documents import DocumentSeed, SharedFile
from horizon_desktop.domain.collaboration.presence import Participant
from horizon_desktop.domain.collaboration.session import SessionType
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.usage.purse import PurseWish


class SessionSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a host chooses before the session exists."""

    session_type: SessionType
    title: str
    files: tuple[Path, ...]
    """Files and folders to share; a folder stands for the text files in it."""
    length_s: int = 3600
    """Seconds from creation to the end: 10 to 86 400."""
    guests: int = 1
    """Places of the first invite, 1 to 30."""
    role: Role | None = None
    """None: the type's preset."""
    channels: dict[str, int] = {}
    """Channel name to ChannelAccess: narrows the preset; empty leaves it."""
    is_approval_asked: bool = True
    is_relay_allowed: bool = True
    invite_minutes: int = 1440
    hub: str = ""
    """URLs of hubs, best first, with spaces between; empty: the configured ones, else the embedded one."""
    rates: dict[str, int] = {}
    """Channel name to the most messages a second that one guest may send; missing: the channel's own rate."""
    purse: PurseWish | None = None
    """What the session may spend; None: it is not metered."""
    hours: WindowSpec | None = None
    """When guests may come in; None: at any time."""


class InviteView(msgspec.Struct, frozen=True, kw_only=True):
    """One invite as its host sees it. `app_link`, `web_link` and `code` are secrets: show, never log."""

    name: str
    """First four letters of the locator, as people say it: 7Q4M."""
    session_id: str
    app_link: str
    web_link: str
    """Empty when the hub has no public certificate (embedded hub)."""
    code: str
    """XXXX-XXXX."""
    expires_at: Instant
    places: int
    places_taken: int
    tries_left: int
    state: str
    """open, paused, full, burned, expired or cancelled."""
    is_lan_only: bool

    def __repr__(self) -> str:
        return f"InviteView({self.name}, {self.state})"


class AccessLine(msgspec.Struct, frozen=True):
    """One line of the access list that host, guest and approval card read alike (AccessSummary)."""

    channel: str
    access: int
    """ChannelAccess."""


class PreviewView(msgspec.Struct, frozen=True, kw_only=True):
    """What a link alone shows: who invites, to what, until when. None of the session's content."""

    host_name: str
    host_key: str
    host_pictures: tuple[int, ...]
    """7 of 0..63, from the host's key."""
    is_host_known: bool
    """This profile joined that key before."""
    title: str
    session_type: str
    role: str
    access: tuple[AccessLine, ...]
    starts_at: Instant
    expires_at: Instant
    invite_expires_at: Instant
    is_approval_asked: bool
    hub: str
    files: int = 0
    """How many files are shared now."""


class ProxyView(msgspec.Struct, frozen=True, kw_only=True):
    """The HTTP proxy that hubs are reached through. Holds no password."""

    proxy: str
    """`host:port`; "none" where no proxy is used; empty where the system decides."""
    user: str
    """The name of the login, empty without one."""
    source: str
    """configuration (cannot be changed here), profile or system."""


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """One session of this profile."""

    session_id: str
    session_type: str
    title: str
    is_host: bool
    state: str
    """open, read_only, ended or interrupted."""
    created_at: Instant
    expires_at: Instant
    limit_at: Instant
    """No extension goes past this."""
    own_peer_id: str
    role: str
    channels: dict[str, int]
    participants: tuple[Participant, ...]
    files: tuple[SharedFile, ...]
    folder: str
    """Common root of the shared files (host) or the mirror folder (guest), empty when none."""
    hub: str
    is_hub_embedded: bool
    is_approval_asked: bool = True
    """Whether the host is asked before each guest gets in; a guest is not told."""
    is_input_paused: bool = False
    """Whether the host has paused all guests' input; a guest is not told, but sees what is left."""
    hours: str = ""
    """When guests come in: `22:00-06:00 Europe/Berlin`; empty for always. A guest is not told."""
    host_offset_ms: int = 0
    """The host's clock minus this machine's, so that both sides show the same seconds; 0 for a host."""


ReplicaSeed = DocumentSeed
"""What an editor needs to show and change one file: a client id of its own and the state so far."""


class DeviceInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly what a guest's device tells the host."""

    name: str
    """The person's name, 1 to 40 characters."""
    device: str
    """The device's name."""
    system: str
    version: str


class ProfileView(msgspec.Struct, frozen=True, kw_only=True):
    """This profile: its key and name."""

    peer_id: str
    name: str
    device: str
    pictures: tuple[int, ...]
    key_home: str
    """keyring or file."""
    off: tuple[str, ...] = ()
    """Names of the channels that this configuration switches off."""
