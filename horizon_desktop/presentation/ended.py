"""The page after a session: what happened, what is kept, what to do next."""

from enum import StrEnum

import msgspec


class EndReason(StrEnum):
    """Why it is over. The values are those of SessionEnded."""

    EXPIRED = "expired"
    HOST = "host"
    LEFT = "left"
    REVOKED = "revoked"
    LOST = "lost"
    CRASH = "crash"


class EndedView(msgspec.Struct, frozen=True, kw_only=True):
    session_id: str
    title: str
    reason: EndReason
    is_host: bool
    host: str
    time: str
    """Time of day of the end, such as 16:40."""
    files: int = 0
    """Host: files that were shared."""
    edits: int = 0
    """Host: edits of guests that are in those files."""
    unsaved: tuple[str, ...] = ()
    """Host: paths whose text did not reach the disk."""
    folder: str = ""
    """Guest: where the own copies lie, empty when there is none."""
    saved_edits: int = 0
    """Guest, when the host was lost: own edits kept here."""


def reason_of(text: str) -> EndReason:
    """Return the reason with this name; one this version does not know counts as ended by the host."""
    return EndReason(text) if text in set(EndReason) else EndReason.HOST
