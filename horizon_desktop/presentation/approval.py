"""The approval card: who wants to come in, from where, with what, and how long the question stands."""

import msgspec

from horizon_desktop.presentation.access_lines import AccessRow
from horizon_desktop.presentation.expiry import countdown
from horizon_desktop.presentation.people import BadgeView


class ApprovalView(msgspec.Struct, frozen=True, kw_only=True):
    """One knock."""

    session_id: str
    peer_id: str
    name: str
    """Plain, at most 40 characters."""
    title: str
    session_type: str
    badge: BadgeView
    device: str
    """Device name, system and version, as the guest's machine told them."""
    is_known: bool
    """This profile met the key before."""
    pictures: tuple[int, ...]
    """Session pictures, equal on both screens."""
    access: tuple[AccessRow, ...]
    role: str
    """The invite's role."""
    may_view_only: bool
    """A lower role exists: offer "Let in, view only"."""
    seconds_left: int
    """Until it declines by itself."""
    reasons: tuple[str, ...] = ()
    """What speaks against this device: names of signals, heaviest first."""
    waiting: int = 0
    """How many others wait after this one."""

    @property
    def countdown(self) -> str:
        return countdown(self.seconds_left)


VIEW_ONLY_ROLE = "observer"
"""What "Let in, view only" gives."""
