"""The chat of a session as its panel shows it."""

import msgspec

from horizon_desktop.presentation.people import BadgeView

MAX_CHAT_CHARACTERS = 4000


class ChatLineView(msgspec.Struct, frozen=True, kw_only=True):
    """One message. Text and name are plain: never markup."""

    message_id: int
    badge: BadgeView
    time: str
    """Time of day at the host, such as 15:51."""
    text: str
    is_own: bool = False


class ChatView(msgspec.Struct, frozen=True, kw_only=True):
    session_id: str
    lines: tuple[ChatLineView, ...] = ()
    unread: int = 0
    may_write: bool = True
    host: str = ""
    """Who keeps the chat closed, when `may_write` is false."""
    is_off: bool = False
    """This Horizon has no chat: its tab and panel are not there."""
    is_link_lost: bool = False
    """Messages wait here and are sent when the link is back."""


def unread_text(count: int) -> str:
    """Return the digits of the count badge: nothing for none, 99+ from a hundred on."""
    if count <= 0:
        return ""
    return str(count) if count < 100 else "99+"
