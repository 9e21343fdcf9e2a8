"""Several addresses of hubs, one way in: the first that answers wins (after RFC 8305, happy eyeballs)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.errors import HorizonError, HubPinMismatch, Unreachable

T = TypeVar("T")
STAGGER_MS: Final = 300
"""An address that has not answered yet gets a rival after so long."""
DIAL_S: Final = 10.0


async def first_reached(
    hubs: Sequence[HubAddress], reach: Callable[[HubAddress], Awaitable[T]]
) -> tuple[HubAddress, T]:
    """Return the first hub that `reach` succeeded with, and its result; late winners are cancelled.

    Raises:
        HorizonError: none succeeded. A refusal by a hub that was reached is told before one that was not,
            a wrong pin before silence.
    """
    troubles: list[HorizonError] = []
    waiting: dict[asyncio.Task[T | None], HubAddress] = {}
    left = list(hubs)
    async with asyncio.TaskGroup() as group:
        try:
            while left or waiting:
                if left:
                    hub = left.pop(0)
                    waiting[group.create_task(_caught(reach, hub, troubles))] = hub
                pause = STAGGER_MS / 1000 if left else DIAL_S
                done, _ = await asyncio.wait(waiting, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    hub = waiting.pop(task)
                    result = task.result()
                    if result is not None:
                        return hub, result
                if not done and not left:
                    break
        finally:
            for task in waiting:
                task.cancel()
    raise worst_of(troubles)


async def _caught(
    reach: Callable[[HubAddress], Awaitable[T]], hub: HubAddress, troubles: list[HorizonError]
) -> T | None:
    try:
        return await reach(hub)
    except HorizonError as trouble:
        troubles.append(trouble)
        return None


def worst_of(troubles: Sequence[HorizonError]) -> HorizonError:
    """Return what to tell of several failures: a refusal before silence, a wrong pin before nobody at all."""
    refused = [trouble for trouble in troubles if not isinstance(trouble, Unreachable)]
    pins = [trouble for trouble in troubles if isinstance(trouble, HubPinMismatch)]
    silence = Unreachable("no hub of the link answers")
    return next(iter([*refused, *pins, *troubles]), silence)
