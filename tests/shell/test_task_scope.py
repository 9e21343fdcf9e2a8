"""A task scope owns its coroutines: failures are told, and nothing outlives it."""

import asyncio

from horizon_desktop.shell.task_scope import TaskScope


async def fail() -> None:
    raise ValueError("broken")


async def test_a_failure_is_told_and_stops_nobody_else() -> None:
    told: list[Exception] = []
    done = asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0)
        done.set()

    async with TaskScope(told.append) as scope:
        scope.start(fail(), name="fails")
        scope.start(work(), name="works")
        async with asyncio.timeout(5):
            await done.wait()
    assert [str(error) for error in told] == ["broken"]


async def test_closing_cancels_what_still_runs() -> None:
    seen: list[str] = []
    begun = asyncio.Event()

    async def wait() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("ended")

    async with TaskScope(lambda _error: None) as scope:
        scope.start(wait(), name="waits")
        await begun.wait()
    assert seen == ["ended"]


async def test_a_closed_scope_starts_nothing() -> None:
    async with TaskScope(lambda _error: None) as scope:
        pass
    ran: list[int] = []

    async def work() -> None:
        ran.append(1)

    assert scope.start(work(), name="late") is None
    assert ran == []
