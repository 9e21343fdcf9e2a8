"""A task scope owns the coroutines of one thread: none outlives it, and no failure is silent."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self, TypeVar

ResultT = TypeVar("ResultT")


class TaskScope:
    """Runs coroutines until it closes; then cancels and awaits what still runs.

    One that fails is told to `on_failure` and ends no other: what was asked last must not stop what was asked before.
    """

    def __init__(self, on_failure: Callable[[Exception], None]) -> None:
        self._on_failure = on_failure
        self._group = asyncio.TaskGroup()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_open = False

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        self._is_open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_open = False
        for task in tuple(self._tasks):
            task.cancel()
        await self._group.__aexit__(kind, error, trace)

    @property
    def is_open(self) -> bool:
        """Whether coroutines may be started."""
        return self._is_open

    def start(self, work: Coroutine[Any, Any, object], *, name: str) -> asyncio.Task[None] | None:
        """Run `work` in this scope. A scope that has closed drops it and returns None."""
        if not self._is_open:
            work.close()
            return None
        return self._own(self._told(work), name)

    def carry(self, work: Coroutine[Any, Any, ResultT], outcome: Future[ResultT]) -> None:
        """Run `work` and put its result, failure or cancellation into `outcome`, which another thread waits for.

        Call it on the scope's own thread. Cancelling `outcome`, from any thread, cancels `work`.
        """
        if not self._is_open:
            work.close()
            outcome.cancel()
            return
        task = self._own(self._carried(work, outcome), "carried")
        loop = task.get_loop()

        def withdraw(done: Future[ResultT]) -> None:
            if done.cancelled() and not loop.is_closed():
                loop.call_soon_threadsafe(task.cancel)

        outcome.add_done_callback(withdraw)

    def _own(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = self._group.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _told(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - the one catch-all of the window: told, not lost
            self._on_failure(error)

    async def _carried(self, work: Coroutine[Any, Any, ResultT], outcome: Future[ResultT]) -> None:
        try:
            result = await work
        except asyncio.CancelledError:
            outcome.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - crosses to the thread that asked
            if not outcome.cancelled():
                outcome.set_exception(error)
        else:
            if not outcome.cancelled():
                outcome.set_result(result)
