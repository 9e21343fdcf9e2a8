"""Calls that run to their end whoever waits for them: a cancelled caller leaves no transaction half-way."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from horizon_desktop.errors import HorizonError

ResultT = TypeVar("ResultT")
COMMIT_S: Final = 2.0
"""How long a cancelled caller waits at most for its call to end."""


class OwnedCalls:
    """Owns the tasks of a store's calls, from `open` until `close` has seen the last one end.

    A connection whose call is cancelled is dropped by its driver, and its thread then reports to a loop that may
    be gone. Here only the caller is cancelled; the call, a few milliseconds long, commits or fails by itself.
    """

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()

    async def open(self) -> None:
        await self._group.__aenter__()

    async def close(self) -> None:
        """Wait for the calls that still run."""
        await self._group.__aexit__(None, None, None)

    async def carry(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Return what `work` returns, or raise the HorizonError that it raises.

        A caller that is cancelled goes once the call has ended, so that its next call comes after this one.
        """
        outcome: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()
        call = self._group.create_task(_settle(work, outcome))
        try:
            return await asyncio.shield(outcome)
        except asyncio.CancelledError:
            await asyncio.wait((call,), timeout=COMMIT_S)
            raise


async def _settle(work: Coroutine[Any, Any, ResultT], outcome: asyncio.Future[ResultT]) -> None:
    try:
        outcome.set_result(await work)
    except HorizonError as trouble:
        outcome.set_exception(trouble)
    finally:
        if not outcome.done():
            outcome.cancel()  # the store closes, or the call broke: nobody waits for ever
