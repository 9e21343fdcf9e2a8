"""What the window itself learns: readings of the clock, answers of the bridge, and how commands went."""

from collections.abc import Mapping

import msgspec

from horizon_desktop.domain.collaboration.presence import Participant
from horizon_desktop.domain.instants import Instant
from horizon_desktop.presentation.difference import DifferenceView
from horizon_desktop.presentation.doctor import Checked, Proxy
from horizon_desktop.presentation.state import ChatLine, Invite, JoinPreview, Profile, Session
from horizon_desktop.presentation.usage import UsageReading
from horizon_desktop.presentation.wording import Words


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the window's own facts."""


class Ticked(Fact, frozen=True):
    """A second has passed."""

    now: Instant
    utc_offset_s: int = 0
    """Local time minus UTC."""


class StartFailed(Fact, frozen=True):
    """The profile could not be opened: nothing can be done but to say so."""

    problem: Words


class FellBehind(Fact, frozen=True):
    """Facts were missed: everything is read again."""


class ProfileRead(Fact, frozen=True):
    profile: Profile


class SettingsRead(Fact, frozen=True):
    theme: str
    is_wayland: bool = False


class SessionRead(Fact, frozen=True):
    """The bridge's view of a session. What only the window knows of it stays."""

    session: Session
    participants: tuple[Participant, ...]


class InvitesRead(Fact, frozen=True):
    session_id: str
    invites: tuple[Invite, ...]


class ChatRead(Fact, frozen=True):
    session_id: str
    lines: tuple[ChatLine, ...]


class SessionCreating(Fact, frozen=True):
    """The draft was sent."""


class SessionMade(Fact, frozen=True):
    """The session of the draft exists, with its first invite."""

    session_id: str


class CommandFailed(Fact, frozen=True):
    """A command was refused or broke. `intent` is the name of the intent's type."""

    intent: str
    problem: Words
    session_id: str = ""
    peer_id: str = ""


class Told(Fact, frozen=True):
    """Something to tell once, in a toast."""

    key: str
    values: Mapping[str, str | int] = {}
    tone: str = "ok"


class Copied(Fact, frozen=True):
    """`what`: link or code."""

    what: str


class PreviewRead(Fact, frozen=True):
    link: str
    preview: JoinPreview


class LinkRefused(Fact, frozen=True):
    """What was pasted is no invite link."""

    problem: Words


class JoinStarted(Fact, frozen=True):
    code: str
    name: str


class JoinRefused(Fact, frozen=True):
    """The join did not work; `is_final`: no other try can."""

    problem: Words
    is_final: bool


class JoinDone(Fact, frozen=True):
    session_id: str


class JoinClosed(Fact, frozen=True):
    """The join window was closed."""


class FileOpened(Fact, frozen=True):
    """The text of a file is in the editor."""

    session_id: str
    file_id: bytes


class EditMade(Fact, frozen=True):
    """We changed a text ourselves."""

    session_id: str


class DifferenceRead(Fact, frozen=True):
    session_id: str
    difference: DifferenceView | None


class WindowMoved(Fact, frozen=True):
    """The window came to the front, or left it."""

    is_in_front: bool


class UsageRead(Fact, frozen=True):
    """Quotas, cost and pools as they are now."""

    usage: UsageReading


class CheckDone(Fact, frozen=True):
    """The network was looked at."""

    checked: Checked


class CheckRefused(Fact, frozen=True):
    """The check could not begin."""

    problem: Words


class ProxyRead(Fact, frozen=True):
    """How hubs are reached, and why it is not as was wished."""

    proxy: Proxy
