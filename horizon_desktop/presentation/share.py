"""The page Share (InviteLinkShare): the link one way, the code another way, then letting in."""

from enum import StrEnum
from typing import Final

import msgspec

from horizon_desktop.presentation.approval import ApprovalView
from horizon_desktop.presentation.expiry import TimeView
from horizon_desktop.presentation.wording import Words

_WORDS: Final = (
    "Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel Juliett Kilo Mike",
    "November Papa Quebec Romeo Sierra Tango Victor Whiskey X-ray Yankee Zulu",
)
_SPOKEN: Final = {word[0]: word for line in _WORDS for word in line.split()}
COPIED_HOLD_S: Final = 2
"""How long a copy button says so."""


class InviteState(StrEnum):
    OPEN = "open"
    PAUSED = "paused"
    FULL = "full"
    BURNED = "burned"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class ShareView(msgspec.Struct, frozen=True, kw_only=True):
    """One invite as its host shares it. `link`, `app_link` and `code` are secrets: show, never log."""

    session_id: str
    title: str
    session_type: str
    minutes: int
    places: int
    places_taken: int
    name: str
    """First four letters of the locator: 7Q4M."""
    state: InviteState
    link: str
    """In the form that is shown."""
    app_link: str
    """What the QR code holds."""
    is_web: bool
    has_web: bool
    """False: the hub has no public certificate, only the app link exists."""
    is_lan_only: bool
    code: str
    """XXXX-XXXX."""
    is_code_hidden: bool
    link_copied_s: int
    """Seconds since the link was copied; -1: never."""
    code_copied_s: int
    """Seconds since the code was copied; -1: never."""
    time: TimeView
    """How long the invite can be used."""
    ends_with_session: bool
    tries_left: int
    pictures: tuple[int, ...]
    """Own key pictures."""
    is_approval_asked: bool = True
    knock: ApprovalView | None = None
    problem: Words | None = None

    def __repr__(self) -> str:
        return f"ShareView({self.name}, {self.state})"

    @property
    def groups(self) -> tuple[str, str]:
        """The code in its two groups of four."""
        first, _, second = self.code.partition("-")
        return first, second


def spelled(code: str) -> str:
    """Return a code as people say it: "Kilo 7 Quebec Foxtrot \u00b7 2 Mike 9 7"."""
    groups = ([_SPOKEN.get(symbol, symbol) for symbol in group] for group in code.split("-"))
    return " \u00b7 ".join(" ".join(words) for words in groups)
