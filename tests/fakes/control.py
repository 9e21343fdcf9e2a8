"""The ControlPoint port in memory."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from horizon_desktop.errors import Unreachable, UsageError
from horizon_desktop.ports.control import Answer, ControlReply, ControlRequest


class MemoryControlPoint:
    """One object stands for one profile."""

    def __init__(self) -> None:
        self._answer: Answer | None = None

    def serve(self, answer: Answer) -> AbstractAsyncContextManager[None]:
        return self._serving(answer)

    @asynccontextmanager
    async def _serving(self, answer: Answer) -> AsyncIterator[None]:
        if self._answer is not None:
            raise UsageError("another process runs in this profile", code="profile.busy")
        self._answer = answer
        try:
            yield
        finally:
            self._answer = None

    async def ask(self, request: ControlRequest) -> ControlReply:
        if self._answer is None:
            raise Unreachable("nothing runs in this profile", code="profile.idle")
        return await self._answer(request)
