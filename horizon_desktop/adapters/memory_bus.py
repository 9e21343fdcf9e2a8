"""MemoryBus: the Bus port inside one process, on one event loop; also what hands notices to their subscribers."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final, Generic, Self, TypeVar

from horizon_desktop.errors import LinkLost

FactT = TypeVar("FactT")
MAX_WAITING: Final = 4096
"""Events a subscriber may be behind."""


class MemoryBus(Generic[FactT]):
    """Every subscriber gets every event published while it is subscribed, in order.

    A subscriber more than 4096 events behind reads what it has and is then ended with LinkLost.
    """

    def __init__(self) -> None:
        self._subscribers: list[_Subscription[FactT]] = []

    def publish(self, event: FactT) -> None:
        for subscription in tuple(self._subscribers):
            subscription.put(event)

    def subscribe(self) -> AbstractContextManager[AsyncIterator[FactT]]:
        return self._subscribed()

    @contextmanager
    def _subscribed(self) -> Iterator[AsyncIterator[FactT]]:
        subscription: _Subscription[FactT] = _Subscription()
        self._subscribers.append(subscription)
        try:
            yield subscription
        finally:
            self._subscribers.remove(subscription)
            subscription.close()


class _Subscription(Generic[FactT]):
    """One subscriber's queue. Ends when its context is left."""

    def __init__(self) -> None:
        self._waiting: deque[FactT] = deque()
        self._news = asyncio.Event()
        self._is_closed = False
        self._is_behind = False

    def put(self, event: FactT) -> None:
        if self._is_behind:
            return
        if len(self._waiting) >= MAX_WAITING:
            self._is_behind = True
        else:
            self._waiting.append(event)
        self._news.set()

    def close(self) -> None:
        self._is_closed = True
        self._waiting.clear()
        self._news.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> FactT:
        while not self._waiting:
            if self._is_closed:
                raise StopAsyncIteration
            if self._is_behind:
                raise LinkLost(f"a subscriber fell more than {MAX_WAITING} events behind", code="bus.behind")
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()
