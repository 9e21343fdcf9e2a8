"""Short notices between the processes of a team: what changed, by name; whoever cares reads it again."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec


class Notice(msgspec.Struct, frozen=True):
    """Something of a session has changed. Carries names only: no content, no person, no secret."""

    session: str
    """Session id, empty where it concerns none."""
    kind: str
    """What changed: identity.revoked, session.ended, quota.expired."""
    id: str
    """Which one."""


class Reread(msgspec.Struct, frozen=True):
    """The line was down for a while: notices of that time are lost, whatever matters has to be read again."""


class NoticeBoard(Protocol):
    """Hands every notice of every process to every subscriber, those of its own process too, in order.

    Queues are bounded (4096); a subscriber that falls behind is ended with LinkLost. After a loss on the way
    every subscriber gets a Reread.
    """

    def publish(self, notice: Notice) -> None:
        """Queue a notice; returns at once. Raises LocalProtocolError: it is too long for the server."""
        ...

    def subscribe(self) -> AbstractContextManager[AsyncIterator[Notice | Reread]]: ...
