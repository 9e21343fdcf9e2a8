"""The access list that host, guest and approval card read alike: a line for each thing that is open or closed."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from horizon_desktop.domain.collaboration.channel import ChannelAccess, ChannelKind
from horizon_desktop.presentation.wording import Words


class Reader(StrEnum):
    """Who reads the list."""

    GUEST = "you"
    HOST = "they"


class AccessRow(msgspec.Struct, frozen=True):
    """One line."""

    is_open: bool
    words: Words


def access_rows(channels: Mapping[str, int], *, reader: Reader, files: int = 0) -> tuple[AccessRow, ...]:
    """Return what is open, then what stays closed.

    Args:
        channels: Channel name to ChannelAccess; a channel that is missing is closed.
        reader: The guest reads "you", the host "they".
        files: How many files are shared; 0 when the number is not told.
    """
    edits = channels.get(ChannelKind.EDITS, ChannelAccess.CLOSED)
    has_chat = channels.get(ChannelKind.CHAT, ChannelAccess.CLOSED) > ChannelAccess.CLOSED
    has_cursors = channels.get(ChannelKind.CURSORS, ChannelAccess.CLOSED) > ChannelAccess.CLOSED
    rows = [_files_row(edits, files), _company_row(has_chat=has_chat, has_cursors=has_cursors)]
    opened = [row for row in rows if row is not None]
    closed = [
        AccessRow(is_open=False, words=Words(key))
        for key, is_closed in (
            ("access.closed.edits", edits == ChannelAccess.CLOSED),
            ("access.closed.changes", edits == ChannelAccess.VIEW),
            ("access.closed.chat", not has_chat),
            ("access.closed.cursors", not has_cursors),
            ("access.closed.files", edits != ChannelAccess.CLOSED),
            (f"access.closed.invite.{reader.value}", True),
        )
        if is_closed
    ]
    return (*opened, *closed)


def _files_row(edits: int, files: int) -> AccessRow | None:
    if edits == ChannelAccess.CLOSED:
        return None
    verb = "edit" if edits == ChannelAccess.USE else "view"
    if files == 0:
        return AccessRow(is_open=True, words=Words(f"access.{verb}"))
    return AccessRow(is_open=True, words=Words(f"access.{verb}.n", {"n": files}))


def _company_row(*, has_chat: bool, has_cursors: bool) -> AccessRow | None:
    if has_chat and has_cursors:
        return AccessRow(is_open=True, words=Words("access.chat.cursors"))
    if has_chat:
        return AccessRow(is_open=True, words=Words("access.chat"))
    if has_cursors:
        return AccessRow(is_open=True, words=Words("access.cursors"))
    return None
