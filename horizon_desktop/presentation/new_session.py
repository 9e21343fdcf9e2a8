"""The page New session (InviteLinkGenerator): what a host chooses, and what the guest will read of it."""

import re
from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from horizon_desktop.domain.access.capability import Role, role_capabilities
from horizon_desktop.domain.collaboration.channel import ChannelAccess, ChannelKind
from horizon_desktop.domain.collaboration.session import SessionType
from horizon_desktop.presentation.access_lines import AccessRow, Reader, access_rows
from horizon_desktop.presentation.wording import Words

OFFERED_TYPES: Final = (SessionType.PAIR, SessionType.REVIEW)
"""Types whose channels are built; the others are not shown."""
OFFERED_MINUTES: Final = (30, 60, 180, 480)
MIN_MINUTES: Final = 5
MAX_MINUTES: Final = 1440
OFFERED_GUESTS: Final = (1, 2, 5, 10)
PRESETS: Final[Mapping[str, Mapping[str, int]]] = {
    SessionType.PAIR: {
        ChannelKind.EDITS: ChannelAccess.USE,
        ChannelKind.CURSORS: ChannelAccess.USE,
        ChannelKind.CHAT: ChannelAccess.USE,
    },
    SessionType.REVIEW: {
        ChannelKind.EDITS: ChannelAccess.VIEW,
        ChannelKind.CURSORS: ChannelAccess.USE,
        ChannelKind.CHAT: ChannelAccess.USE,
    },
}
_CHOICES: Final[Mapping[str, tuple[int, ...]]] = {
    ChannelKind.EDITS: (ChannelAccess.CLOSED, ChannelAccess.VIEW, ChannelAccess.USE),
    ChannelKind.CURSORS: (ChannelAccess.CLOSED, ChannelAccess.USE),
    ChannelKind.CHAT: (ChannelAccess.CLOSED, ChannelAccess.USE),
}
_MOST_RATES: Final[Mapping[str, int]] = {
    name: rate.messages_per_s for name, rate in role_capabilities(Role.EDITOR).rates.items()
}
"""Messages a second of each channel, as its role gives them: limits only lower them."""
_TIME: Final = re.compile(r"([01]?\d|2[0-3])(?:[:.h]([0-5]\d))?")
_REVIEW_EDITS: Final = (ChannelAccess.CLOSED, ChannelAccess.VIEW)


class SessionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What the host chose so far: part of the window's state."""

    session_type: str = SessionType.PAIR.value
    title: str = ""
    """Empty: named after what is shared."""
    files: tuple[str, ...] = ()
    """Paths of files and folders, in the order they were chosen."""
    minutes: int = 60
    guests: int = 1
    channels: dict[str, int] = {}
    """Channel name to ChannelAccess where the host left the preset."""
    rates: dict[str, int] = {}
    """Channel name to messages a second where the host chose fewer than the channel's own."""
    purse_resource: str = ""
    """What the session may spend: gpu_hours, cpu_hours or network_gib; empty: it is not metered."""
    purse_limit: str = ""
    """How much of it, as a plain figure."""
    hours_from: str = ""
    """When guests may come in: HH:MM to HH:MM, local; both empty: at any time."""
    hours_to: str = ""
    is_approval_asked: bool = True
    is_relay_allowed: bool = True
    is_creating: bool = False
    problem: Words | None = None
    """Why the last try to create failed."""

    def access(self, off: Collection[str] = ()) -> dict[str, int]:
        """Return the access of every channel that is not switched off: the preset, with the host's own choices."""
        whole = {**PRESETS[self.session_type], **self.channels}
        return {name: access for name, access in whole.items() if name not in off}


class DraftFileView(msgspec.Struct, frozen=True, kw_only=True):
    """One chosen file or folder."""

    path: str
    name: str


class PermissionView(msgspec.Struct, frozen=True, kw_only=True):
    """One row of "What guests can do"."""

    channel: str
    access: int
    choices: tuple[int, ...]
    rate: int = 0
    """Messages a second that one guest may send; 0: none, since the channel is closed or only read."""


class LimitView(msgspec.Struct, frozen=True, kw_only=True):
    """One row of "Limits and rate"."""

    channel: str
    rate: int
    """As chosen."""
    most: int
    """The channel's own rate: no guest is ever given more."""
    is_open: bool
    """Whether guests may send on it at all."""


class LimitsView(msgspec.Struct, frozen=True, kw_only=True):
    """What the dialog "Limits and rate" begins with."""

    rows: tuple[LimitView, ...]
    purse_resource: str = ""
    purse_limit: str = ""
    hours_from: str = ""
    hours_to: str = ""

    @property
    def is_preset(self) -> bool:
        """Whether nothing was changed."""
        return not self.purse_resource and not self.hours_from and all(row.rate == row.most for row in self.rows)


class NewSessionView(msgspec.Struct, frozen=True, kw_only=True):
    session_type: str
    types: tuple[str, ...]
    title: str
    suggested_title: str
    files: tuple[DraftFileView, ...]
    minutes: int
    ends_at: str
    """Time of day, such as 16:40."""
    is_preset: bool
    permissions: tuple[PermissionView, ...]
    limits: LimitsView
    access: tuple[AccessRow, ...]
    guests: int
    is_approval_asked: bool
    is_relay_allowed: bool
    longest_minutes: int
    """No extension goes past this length."""
    problem: Words | None
    """What is missing or went wrong; said on the button or above it."""
    is_creating: bool


def new_session_view(
    draft: SessionDraft, *, ends_at: str, files: int = 0, longest_minutes: int = MAX_MINUTES, off: Collection[str] = ()
) -> NewSessionView:
    """Return the page for a draft.

    Args:
        ends_at: When the session would end if it were created now, as people read it.
        files: How many text files the choice stands for; 0 when not counted.
        longest_minutes: The longest a session may be extended to.
        off: Channels that are switched off: they have no row, and no guest reads of them.
    """
    access = draft.access(off)
    missing = None if draft.files else Words("share.nothing")
    return NewSessionView(
        session_type=draft.session_type,
        types=tuple(kind.value for kind in OFFERED_TYPES),
        title=draft.title,
        suggested_title=suggested_title(draft.files),
        files=tuple(DraftFileView(path=path, name=_name(path)) for path in draft.files),
        minutes=draft.minutes,
        ends_at=ends_at,
        is_preset=access == msgspec.structs.replace(draft, channels={}).access(off),
        permissions=_permissions(draft.session_type, access, draft.rates),
        limits=limits_view(draft, off),
        access=access_rows(access, reader=Reader.GUEST, files=files),
        guests=draft.guests,
        is_approval_asked=draft.is_approval_asked,
        is_relay_allowed=draft.is_relay_allowed,
        longest_minutes=longest_minutes,
        problem=missing or draft.problem,
        is_creating=draft.is_creating,
    )


def suggested_title(files: tuple[str, ...]) -> str:
    """Return a name for the session: of the only choice, else of the folder that the first one lies in."""
    if not files:
        return ""
    parts = [part for part in files[0].replace("\\", "/").split("/") if part]
    if len(files) > 1 and len(parts) > 1:
        return parts[-2]
    return parts[-1] if parts else ""


def _name(path: str) -> str:
    parts = [part for part in path.replace("\\", "/").split("/") if part]
    return parts[-1] if parts else path


def limits_view(draft: SessionDraft, off: Collection[str] = ()) -> LimitsView:
    """Return the limits of a draft, but for the channels that are switched off."""
    access = draft.access(off)
    return LimitsView(
        rows=tuple(
            LimitView(
                channel=channel,
                rate=_rate(channel, draft.rates),
                most=_MOST_RATES[channel],
                is_open=access.get(channel, ChannelAccess.CLOSED) == ChannelAccess.USE,
            )
            for channel in _CHOICES
            if channel not in off
        ),
        purse_resource=draft.purse_resource,
        purse_limit=draft.purse_limit,
        hours_from=draft.hours_from,
        hours_to=draft.hours_to,
    )


def _rate(channel: str, rates: Mapping[str, int]) -> int:
    most = _MOST_RATES[channel]
    return min(most, max(1, rates.get(channel, most)))


def _permissions(session_type: str, access: Mapping[str, int], rates: Mapping[str, int]) -> tuple[PermissionView, ...]:
    return tuple(
        PermissionView(
            channel=channel,
            access=access.get(channel, ChannelAccess.CLOSED),
            choices=_REVIEW_EDITS if session_type == SessionType.REVIEW and channel == ChannelKind.EDITS else choices,
            rate=_rate(channel, rates) if access.get(channel) == ChannelAccess.USE else 0,
        )
        for channel, choices in _CHOICES.items()
        if channel in access
    )


def time_of(text: str) -> str:
    """Return a typed time of day as HH:MM: 22:00, 22.00, 22 and 6:30 are taken; empty when it is none."""
    found = _TIME.fullmatch(text.strip())
    return f"{int(found[1]):02}:{found[2] or '00'}" if found else ""
