"""The event bus: facts that have happened, to whoever listens."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from typing import Protocol

from horizon_desktop.domain.events import Event


class Bus(Protocol):
    """Hands every event to every subscriber, in order.

    Queues are bounded (4096 events); a subscriber that falls behind is ended with LinkLost rather than
    left with gaps it does not know of.
    """

    def publish(self, event: Event) -> None: ...
    def subscribe(self) -> AbstractContextManager[AsyncIterator[Event]]: ...
