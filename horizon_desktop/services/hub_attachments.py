"""A host's standing registrations at all hubs of a session: guests come by any of them, and one is enough."""

import asyncio
from collections.abc import Sequence

from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.reach import is_this_machine
from horizon_desktop.domain.ids import SessionId
from horizon_desktop.errors import HorizonError
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.hub import Caller, HostHub, HubDialer
from horizon_desktop.services.hub_attachment import HubAttachment, OnChange, OnEvent
from horizon_desktop.services.hub_race import worst_of


class HubAttachments:
    """Keeps one session registered at every one of its hubs, best first, for as long as `run` runs.

    Args:
        hubs: At least one, best first; addresses of the same pinned key are ways to one hub.
    """

    def __init__(
        self,
        *,
        hubs: Sequence[HubAddress],
        caller: Caller,
        session: SessionId,
        session_nonce: bytes,
        dialer: HubDialer,
        clock: Clock,
        entropy: Entropy,
        on_event: OnEvent,
        on_change: OnChange,
    ) -> None:
        self._all = tuple(
            HubAttachment(
                ways=ways,
                caller=caller,
                session=session,
                session_nonce=session_nonce,
                dialer=dialer,
                clock=clock,
                entropy=entropy,
                on_event=on_event,
                on_change=on_change,
            )
            for ways in _by_hub(hubs)
        )

    @property
    def best(self) -> HubAddress:
        """The first hub where the session is registered now; while it is nowhere, the first one."""
        return next((each.address for each in self._all if each.connection is not None), self._all[0].address)

    @property
    def is_connected(self) -> bool:
        """Whether any hub has the session."""
        return any(each.connection is not None for each in self._all)

    @property
    def connections(self) -> tuple[HostHub, ...]:
        """Every registered connection, that of the best hub first."""
        return tuple(each.connection for each in self._all if each.connection is not None)

    async def ready(self) -> None:
        """Return at the first registration at any hub.

        Raises:
            Unreachable, HubPinMismatch, AccessRefused: the first dial of every one of them failed.
        """
        troubles: list[HorizonError] = []
        is_met = False
        async with asyncio.TaskGroup() as group:
            waiting = {group.create_task(_met(each, troubles)) for each in self._all}
            while waiting and not is_met:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                is_met = any(task.result() for task in done)
            for task in waiting:
                task.cancel()
        if not is_met:
            raise worst_of(troubles)

    def redial(self) -> None:
        """Register anew at once, but for the hub in this very process: the network is another."""
        for each in self._all:
            if not is_this_machine(each.address.host):
                each.redial()

    async def run(self) -> None:
        """Keep every registration; ends by cancellation, or when every hub has refused for good."""
        async with asyncio.TaskGroup() as group:
            for each in self._all:
                group.create_task(each.run(), name=f"hub {each.address.host}")


def _by_hub(hubs: Sequence[HubAddress]) -> Sequence[Sequence[HubAddress]]:
    """Return the addresses of each hub: registered by two ways at once, a session would end its own registration."""
    found: dict[bytes, list[HubAddress]] = {}
    for hub in hubs:
        found.setdefault(hub.pin or hub.authority.encode(), []).append(hub)
    return tuple(found.values())


async def _met(attachment: HubAttachment, troubles: list[HorizonError]) -> bool:
    try:
        await attachment.ready()
    except HorizonError as trouble:
        troubles.append(trouble)
        return False
    return True
