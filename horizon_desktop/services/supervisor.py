"""Runs work that must not take its siblings along when it fails: the failure is logged and told, nothing else ends."""

from collections.abc import Awaitable, Callable

import structlog

_log = structlog.get_logger(__name__)


async def supervised(work: Awaitable[None], *, name: str, on_failure: Callable[[Exception], Awaitable[None]]) -> None:
    """Await `work`; a failure is logged with its trace and handed to `on_failure`. Cancellation passes through."""
    try:
        await work
    except Exception as failure:  # noqa: BLE001 - the one place where a session may fail alone
        _log.exception("work.failed", name=name)
        await on_failure(failure)
