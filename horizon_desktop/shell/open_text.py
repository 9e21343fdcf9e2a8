"""One open text in the window: its replica, and its own edits on their way to the session."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from horizon_desktop.bridge.views import ReplicaSeed
from horizon_desktop.domain.collaboration.documents import TextDelta
from horizon_desktop.ports.documents import ReplicaFactory

SendEdit = Callable[[ReplicaSeed, bytes], Awaitable[None]]
MAX_WAITING: Final = 512
"""Own edits that wait; from then on they are merged into one."""


class OpenText:
    """A replica on the window's thread. Own edits leave in order, one message at a time."""

    def __init__(self, seed: ReplicaSeed, replicas: ReplicaFactory, send: SendEdit) -> None:
        self.seed = seed
        self.replica = replicas.load(seed.client_id, seed.state)
        self._replicas = replicas
        self._send = send
        self._waiting: list[bytes] = []
        self._has_work = asyncio.Event()
        self.idle = asyncio.Event()
        """Set while every own edit has been handed over."""
        self.idle.set()
        self.caret = (0, 0)
        """Where the own caret stood when the text was last in front."""

    def typed(self, position: int, removed: int, inserted: str) -> None:
        """Take what a person typed into the replica, and queue it."""
        self.queue(self.replica.splice(position, removed, inserted))

    def queue(self, update: bytes) -> None:
        """Queue an own update; many that wait become one, so that the queue never grows past its limit."""
        if not update:
            return
        self._waiting.append(update)
        if len(self._waiting) >= MAX_WAITING:
            self._waiting = [self._replicas.merge(self._waiting)]
        self.idle.clear()
        self._has_work.set()

    def apply(self, epoch: bytes, update: bytes) -> Sequence[TextDelta]:
        """Merge what others wrote; one of another epoch changes nothing, since a reset of the text is on its way."""
        return self.replica.apply(update) if epoch == self.seed.epoch else ()

    async def run(self) -> None:
        """Hand over own edits until cancelled; what gathered meanwhile goes as one."""
        while True:
            await self._has_work.wait()
            updates, self._waiting = self._waiting, []
            self._has_work.clear()
            await self._send(self.seed, updates[0] if len(updates) == 1 else self._replicas.merge(updates))
            if not self._waiting:
                self.idle.set()
