"""The network thread owns the bridge and every socket; the window awaits its answers and gets facts in batches."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, TypeVar

from PySide6.QtCore import QObject, Signal

from horizon_desktop.bridge.ephemeral_bridge import Bridge
from horizon_desktop.domain.events import CursorMoved, Event, QualityMeasured
from horizon_desktop.errors import LinkLost, LocalProtocolError
from horizon_desktop.presentation.facts import FellBehind
from horizon_desktop.shell.task_scope import TaskScope

ResultT = TypeVar("ResultT")
BATCH_MS: Final = 16
"""One frame at 60 Hz: the window gets at most one queued signal for it."""
MAX_WAITING: Final = 4096
"""Facts that may wait for the window; then reading stops, and the bus says when too many were missed."""
STOP_TIMEOUT_S: Final = 10.0

Opener = Callable[[], AbstractAsyncContextManager[Bridge]]


def new_loop() -> asyncio.AbstractEventLoop:
    """Return uvloop's event loop where it exists, else asyncio's own."""
    try:
        import uvloop  # noqa: PLC0415 - there is none on Windows
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


class Batches:
    """Facts on their way to the window: ordered, bounded, and of some kinds only the newest.

    Put from the network thread, taken from the window's.
    """

    def __init__(self, *, limit: int = MAX_WAITING) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._waiting: dict[object, object] = {}
        self._number = 0

    def put(self, fact: object) -> None:
        """Add a fact; a newer position or measurement of one peer takes the older one's place at the end."""
        latest = latest_key(fact)
        with self._lock:
            self._number += 1
            if latest is None:
                self._waiting[self._number] = fact
            else:
                self._waiting.pop(latest, None)
                self._waiting[latest] = fact

    def take(self) -> list[object]:
        """Return what waits, oldest first, and forget it."""
        with self._lock:
            facts = list(self._waiting.values())
            self._waiting.clear()
        return facts

    @property
    def is_full(self) -> bool:
        """Whether no more should be put before some was taken."""
        return len(self._waiting) >= self._limit


def latest_key(fact: object) -> tuple[type, str, str] | None:
    """Return what makes a newer fact replace an older one, or None when each one counts."""
    if isinstance(fact, CursorMoved | QualityMeasured):
        return type(fact), fact.session_id, fact.peer_id
    return None


class NetworkThread(QObject):
    """Opens a bridge on a thread of its own.

    Window to network: `await net.run(net.bridge.extend(...))`; cancellation and exceptions cross.
    Network to window: `arrived`, one queued signal for 16 ms however many facts there were; its slot calls `take`.
    """

    arrived = Signal()

    def __init__(self, opener: Opener, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._opener = opener
        self._batches = Batches()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="network")
        self._ready: Future[Bridge] = Future()
        self._finished: Future[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._room: asyncio.Event | None = None
        self._scope: TaskScope | None = None
        self._bridge: Bridge | None = None
        self._is_armed = False
        self._is_told = False
        self._failure: Exception | None = None

    @property
    def bridge(self) -> Bridge:
        """The bridge; its coroutines run by `run`.

        Raises:
            LocalProtocolError: the thread was not started.
        """
        if self._bridge is None:
            raise LocalProtocolError("the network thread was not started")
        return self._bridge

    async def start(self) -> None:
        """Open the bridge; whatever keeps it from opening is raised here."""
        self._finished = self._pool.submit(self._main)
        self._finished.add_done_callback(self._no_bridge)
        self._bridge = await asyncio.wrap_future(self._ready)

    async def run(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Run `work` on the network thread and return its result here; cancelling the caller cancels the work."""
        loop, scope = self._loop, self._scope
        if loop is None or scope is None or loop.is_closed():
            work.close()
            raise LocalProtocolError("the network thread does not run")
        outcome: Future[ResultT] = Future()
        loop.call_soon_threadsafe(scope.carry, work, outcome)
        return await asyncio.wrap_future(outcome)

    async def ended(self) -> None:
        """Wait until the thread has ended; raises what it ended with, if it was not asked to."""
        if self._finished is not None:
            await asyncio.shield(asyncio.wrap_future(self._finished))

    async def stop(self) -> None:
        """Cancel what runs, close the bridge, end the thread.

        Raises:
            TimeoutError: it did not end within 10 s; the process should not wait for it.
        """
        if self._finished is None:
            return
        if self._loop is not None and self._stop is not None and not self._finished.done():
            self._loop.call_soon_threadsafe(self._stop.set)
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await asyncio.wrap_future(self._finished)
        self._pool.shutdown(wait=False)

    def take(self) -> list[object]:
        """Return the facts that wait (in the window's thread) and let the network thread go on reading."""
        self._is_told = False
        facts = self._batches.take()
        loop, room = self._loop, self._room
        if loop is not None and room is not None and not loop.is_closed():
            loop.call_soon_threadsafe(room.set)
        return facts

    def _no_bridge(self, finished: Future[None]) -> None:
        """The thread ended before there was a bridge: what it ended with is what `start` raises."""
        if self._ready.done():
            return
        error = finished.exception() or LocalProtocolError("the network thread ended before it opened a bridge")
        self._ready.set_exception(error)

    def _main(self) -> None:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop, self._room = asyncio.Event(), asyncio.Event()
        async with self._opener() as bridge, TaskScope(self._fail) as scope:
            self._scope = scope
            scope.start(self._pump(bridge), name="facts")
            self._ready.set_result(bridge)
            await self._stop.wait()
        self._scope = None
        if self._failure is not None:
            raise self._failure

    def _fail(self, error: Exception) -> None:
        """Reading facts failed for good: the window can't be right any more, so the thread ends with that."""
        self._failure = error
        if self._stop is not None:
            self._stop.set()

    async def _pump(self, bridge: Bridge) -> None:
        while True:
            try:
                with bridge.events() as facts:
                    await self._forward(facts)
                return
            except LinkLost:
                self._put(FellBehind())

    async def _forward(self, facts: AsyncIterator[Event]) -> None:
        room = self._room
        assert room is not None
        async for fact in facts:
            self._put(fact)
            while self._batches.is_full:
                room.clear()
                self._flush()
                await room.wait()

    def _put(self, fact: object) -> None:
        self._batches.put(fact)
        if not self._is_armed and self._loop is not None:
            self._is_armed = True
            self._loop.call_later(BATCH_MS / 1000, self._flush)

    def _flush(self) -> None:
        self._is_armed = False
        if not self._is_told:
            self._is_told = True
            self.arrived.emit()
