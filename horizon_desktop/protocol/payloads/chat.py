"""Messages of the chat channel; history stays while the session lives."""

from typing import Final

import msgspec

from horizon_desktop.domain.instants import Instant

MAX_CHAT_CHARACTERS: Final = 4000


class _Message(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    pass


class Say(_Message, frozen=True, tag=1):
    """Guest to host: a line of chat, 1 to 4000 characters."""

    text: str


class Said(_Message, frozen=True, tag=2):
    """Host to guest: a line of chat; number, author and time are the host's."""

    message_id: int
    peer_id: str
    name: str
    at: Instant
    text: str


class AskHistory(_Message, frozen=True, tag=3):
    """Guest to host: everything after this number, 0 for all."""

    after_id: int


HostChat = Said
GuestChat = Say | AskHistory
