"""A host's registration at a hub: kept, made anew when lost, and at once on another network."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from horizon_desktop.ports.hub import HostHub, HostHubEvent
from horizon_desktop.services.hub_attachment import HubAttachment
from tests.services.invitation_house import House


class Registered:
    """A house's registration, and what it told: True when it stood, False when it went."""

    def __init__(self) -> None:
        self.house = House()
        self.told: list[bool] = []
        self.attachment = HubAttachment(
            ways=(self.house.hub.address,),
            caller=self.house.parts.caller,
            session=self.house.row.session_id,
            session_nonce=self.house.row.nonce,
            dialer=self.house.dialer,
            clock=self.house.clock,
            entropy=self.house.entropy,
            on_event=self._on_event,
            on_change=self._on_change,
        )

    async def _on_event(self, hub: HostHub, event: HostHubEvent) -> None: ...

    async def _on_change(self, hub: HostHub, *, is_connected: bool) -> None:
        self.told.append(is_connected)


@asynccontextmanager
async def registered() -> AsyncIterator[Registered]:
    made = Registered()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(made.attachment.run())
        await made.attachment.ready()
        yield made
        running.cancel()


async def test_on_another_network_a_host_registers_anew_at_once() -> None:
    async with registered() as made:
        former = made.attachment.connection
        made.attachment.redial()
        await made.house.clock.settle()
        assert made.told == [True, False, True]
        assert made.attachment.connection not in (None, former)
        assert made.house.hub.rooms.session_count == 1


async def test_on_another_network_the_wait_before_the_next_dial_is_cut_short() -> None:
    async with registered() as made:
        made.house.hub.stop()
        await made.house.clock.run_for(seconds=60)
        made.house.hub.start()
        made.attachment.redial()
        await made.house.clock.settle()
        assert made.told == [True, False, True]


async def test_a_hub_that_comes_back_is_found_without_being_told() -> None:
    async with registered() as made:
        made.house.hub.stop()
        await made.house.clock.run_for(seconds=60)
        made.house.hub.start()
        await made.house.clock.run_for(seconds=10)
        assert made.told == [True, False, True]
