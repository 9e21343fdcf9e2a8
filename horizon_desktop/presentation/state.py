"""The state of the window: frozen values that only the reducer replaces."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from horizon_desktop.domain.collaboration.documents import Caret, SharedFile
from horizon_desktop.domain.collaboration.presence import Participant, Quality
from horizon_desktop.domain.instants import Instant
from horizon_desktop.presentation.difference import DifferenceView
from horizon_desktop.presentation.doctor import Checkup, Proxy
from horizon_desktop.presentation.new_session import SessionDraft
from horizon_desktop.presentation.usage import UsageReading
from horizon_desktop.presentation.wording import Words


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Who we are on this machine."""

    peer_id: str
    name: str
    device: str
    system: str = ""
    version: str = ""
    pictures: tuple[int, ...] = ()
    key_home: str = ""
    """keyring or file."""
    off: tuple[str, ...] = ()
    """Channels that the configuration switches off: nothing of them is shown."""


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """One invite of an own session. Link and code are secrets: shown, never logged."""

    name: str
    app_link: str
    web_link: str
    code: str
    expires_at: Instant
    places: int
    places_taken: int
    tries_left: int
    state: str
    is_lan_only: bool

    def __repr__(self) -> str:
        return f"Invite({self.name}, {self.state})"


class Knock(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with link and right code waits to be let in."""

    peer_id: str
    name: str
    role: str
    device: str
    pictures: tuple[int, ...]
    answer_by: Instant
    is_known: bool = False
    """This device's key was let in here before."""
    is_answered: bool = False
    """Our answer is on its way."""
    reasons: tuple[str, ...] = ()
    """What speaks against this device, heaviest first, once it is worth telling."""


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """Host: what speaks against a guest who is in."""

    level: str
    """medium, high or critical."""
    response: str
    """ask_host, read_only or refuse."""
    reasons: tuple[str, ...] = ()


class Purse(msgspec.Struct, frozen=True, kw_only=True):
    """Host: what a session may spend, and what of it is used."""

    resource: str
    used: Decimal
    limit: Decimal
    ceiling: Decimal
    cost: Decimal
    is_stopped: bool = False
    """What costs is stopped: guests read and talk on."""


class ChatLine(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the chat."""

    message_id: int
    peer_id: str
    name: str
    at: Instant
    text: str


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """A peer that is not heard."""

    stage: str
    """suspect, chip or banner."""
    since: Instant
    resume_by: Instant


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody's caret stands."""

    file_id: bytes
    anchor: Caret
    head: Caret


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One session that this profile hosts or is a guest of, as far as it is not kept in the tables of AppState."""

    session_id: str
    session_type: str = "pair"
    title: str = ""
    is_host: bool = False
    state: str = "open"
    """open, read_only, interrupted or ended."""
    created_at: Instant = Instant(0)
    expires_at: Instant = Instant(0)
    limit_at: Instant = Instant(0)
    host_ahead_ms: int = 0
    """The host's clock minus this machine's."""
    own_peer_id: str = ""
    role: str = ""
    channels: Mapping[str, int] = {}
    files: tuple[SharedFile, ...] = ()
    folder: str = ""
    hub: str = ""
    is_hub_embedded: bool = True
    is_hub_connected: bool = True
    knocks: tuple[Knock, ...] = ()
    chat: tuple[ChatLine, ...] = ()
    unread: int = 0
    qualities: Mapping[str, Quality] = {}
    silences: Mapping[str, Silence] = {}
    cursors: Mapping[str, Cursor] = {}
    last_used: Mapping[tuple[str, str], Instant] = {}
    """Peer and channel to when it was last used."""
    purse: Purse | None = None
    doubts: Mapping[str, Doubt] = {}
    """Host: guests that something speaks against."""
    asked_minutes: Mapping[str, int] = {}
    """Host: guests that ask for time."""
    has_asked: bool = False
    """Guest: the host was asked for time since the last change of the end."""
    dismissed_level: str = ""
    """The warning level whose banner was closed."""
    is_end_asked: bool = False
    revoke_asked: str = ""
    """The peer whose row asks for confirmation."""
    applying: Mapping[str, str] = {}
    """Peer to the role that was asked for and is not confirmed yet."""
    is_approval_asked: bool = True
    """Host: whether somebody is asked before a guest gets in."""
    is_input_paused: bool = False
    """Host: guests read and talk, and change nothing."""
    hours: str = ""
    """Host: when guests come in, `22:00-06:00 Europe/Berlin`; empty for always."""
    front_file: bytes = b""
    open_files: tuple[bytes, ...] = ()
    loading_files: frozenset[bytes] = frozenset()
    edited_files: frozenset[bytes] = frozenset()
    """Host: files that a guest changed."""
    guest_edits: int = 0
    waiting_edits: int = 0
    """Own edits made while the link was silent."""
    panel: str = "people"
    following: str = ""
    difference: DifferenceView | None = None
    end_reason: str = ""
    ended_at: Instant = Instant(0)
    skew_minutes: int | None = None
    """How far this machine's clock is off, when the host told us."""


class JoinPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a link alone shows."""

    host_name: str
    host_key: str
    host_pictures: tuple[int, ...]
    is_host_known: bool
    title: str
    session_type: str
    role: str
    access: tuple[tuple[str, int], ...]
    starts_at: Instant
    expires_at: Instant
    invite_expires_at: Instant
    is_approval_asked: bool
    hub: str
    files: int = 0
    """How many files are shared; 0: not told."""


class JoinFlow(msgspec.Struct, frozen=True, kw_only=True):
    """The join window: a link was opened and is on its way to becoming a session."""

    link: str
    stage: str = "reading"
    """reading (the preview is fetched), ready, checking (the code is on its way), waiting (to be let in), stopped."""
    preview: JoinPreview | None = None
    problem: Words | None = None
    """Why the last try did not work. `stage` says whether another may be made: ready or stopped."""
    code: str = ""
    name: str = ""
    tries_left: int = -1
    """After a wrong code; -1 when unknown."""
    pictures: tuple[int, ...] = ()
    answer_by: Instant = Instant(0)

    def __repr__(self) -> str:
        return f"JoinFlow({self.stage})"


class ToastNote(msgspec.Struct, frozen=True, kw_only=True):
    """An event to tell once."""

    toast_id: int
    note: Words
    until: Instant
    tone: str = "ok"


class AppState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the window shows follows from this value."""

    now: Instant = Instant(0)
    utc_offset_s: int = 0
    theme: str = "system"
    home_problem: Words | None = None
    """What went wrong with the last thing asked for on Home or the first page."""
    link_problem: Words | None = None
    """What is wrong with the link that was pasted."""
    is_wayland: bool = False
    profile: Profile | None = None
    page: str = "home"
    """first_run, home, new_session, share, workspace or ended."""
    front_session: str = ""
    """The session that share, workspace and ended show."""
    chosen_session: str = ""
    """The session whose details stand on the page Sessions; unknown or empty: the first of the list."""
    is_end_all_asked: bool = False
    usage: UsageReading | None = None
    """Quotas, cost and pools; None: not read yet, or not kept here."""
    checkup: Checkup = Checkup()
    proxy: Proxy | None = None
    deciding: frozenset[str] = frozenset()
    """Requests whose answer is on its way."""
    draft: SessionDraft = SessionDraft()
    trial_length_s: int = 0
    """Length of new sessions when it was set at the start (to try things out); 0: as the draft says."""
    active_sessions: Mapping[str, Session] = {}
    pending_invites: Mapping[str, tuple[Invite, ...]] = {}
    ephemeral_participants: Mapping[str, tuple[Participant, ...]] = {}
    join: JoinFlow | None = None
    toasts: tuple[ToastNote, ...] = ()
    toast_number: int = 0
    is_web_link: bool = False
    is_code_hidden: bool = False
    link_copied_at: Instant | None = None
    code_copied_at: Instant | None = None
    presence_form: str = "docked"
    are_cursors_shown: bool = True
    is_window_in_front: bool = True
