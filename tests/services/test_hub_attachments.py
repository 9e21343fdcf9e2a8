"""A session at several hubs: one is enough, each is kept, and the best that stands is named."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec
import pytest

from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import HubPinMismatch, Unreachable
from horizon_desktop.ports.hub import HostHub, HostHubEvent
from horizon_desktop.services.hub_attachments import HubAttachments
from tests.fakes.clock import FakeClock
from tests.fakes.entropy import SeededEntropy
from tests.fakes.hub import MemoryHub, MemoryHubDialer
from tests.hub.people import Host

NOON = Instant(1_790_000_000_000)


class TwoHubs:
    """A host and two hubs; `told` has the best hub's name and whether any stood, at every change."""

    def __init__(self, *more: HubAddress) -> None:
        self.clock = FakeClock(NOON)
        self.first, self.second = (
            MemoryHub(clock=self.clock, entropy=SeededEntropy(name), host=name) for name in ("first", "second")
        )
        self.told: list[tuple[str, bool]] = []
        self.attachments = self.attached([self.first.address, self.second.address, *more])

    def attached(self, hubs: Sequence[HubAddress]) -> HubAttachments:
        host = Host()
        return HubAttachments(
            hubs=hubs,
            caller=host.caller,
            session=host.session,
            session_nonce=host.nonce,
            dialer=MemoryHubDialer(self.first, self.second, clock=self.clock),
            clock=self.clock,
            entropy=SeededEntropy("host"),
            on_event=self._on_event,
            on_change=self._on_change,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.attachments.run())
            await self.clock.settle()
            yield
            task.cancel()

    async def _on_event(self, hub: HostHub, event: HostHubEvent) -> None: ...

    async def _on_change(self, hub: HostHub, *, is_connected: bool) -> None:
        self.told.append((self.attachments.best.host, self.attachments.is_connected))


async def test_a_session_is_at_every_hub_and_the_first_is_the_best() -> None:
    hubs = TwoHubs()
    async with hubs.running():
        await hubs.attachments.ready()
        assert (hubs.first.rooms.session_count, hubs.second.rooms.session_count) == (1, 1)
        assert hubs.attachments.best == hubs.first.address
        assert len(hubs.attachments.connections) == 2


async def test_one_hub_of_two_is_enough_and_the_other_is_taken_when_it_comes() -> None:
    hubs = TwoHubs()
    hubs.first.stop()
    async with hubs.running():
        await hubs.attachments.ready()
        assert hubs.told == [("second", True)]
        hubs.first.start()
        await hubs.clock.run_for(seconds=10)
        assert hubs.told == [("second", True), ("first", True)]


async def test_when_the_best_hub_dies_the_next_is_named_and_when_it_returns_it_is_the_best_again() -> None:
    hubs = TwoHubs()
    async with hubs.running():
        hubs.first.stop()
        await hubs.clock.run_for(seconds=20)
        assert hubs.attachments.best == hubs.second.address
        assert hubs.attachments.is_connected
        hubs.first.start()
        await hubs.clock.run_for(seconds=10)
        assert hubs.attachments.best == hubs.first.address
    assert [name for name, _ in hubs.told[2:4]] == ["second", "first"]


async def test_without_any_hub_the_worst_that_was_met_is_told() -> None:
    hubs = TwoHubs()
    hubs.first.stop()
    hubs.second.stop()
    async with hubs.running():
        with pytest.raises(Unreachable):
            await hubs.attachments.ready()
        assert not hubs.attachments.is_connected


async def test_a_wrong_key_is_told_before_silence() -> None:
    hubs = TwoHubs()
    hubs.first.stop()
    other = msgspec.structs.replace(hubs.second.address, pin=bytes(16))
    hubs.attachments = hubs.attached([hubs.first.address, other])
    async with hubs.running():
        with pytest.raises(HubPinMismatch):
            await hubs.attachments.ready()


async def test_two_addresses_of_one_hub_are_two_ways_to_one_registration() -> None:
    hubs = TwoHubs()
    elsewhere = msgspec.structs.replace(hubs.first.address, host="elsewhere")
    hubs.attachments = hubs.attached([elsewhere, hubs.first.address])
    async with hubs.running():
        await hubs.clock.run_for(seconds=2)
        assert hubs.attachments.best == hubs.first.address
        assert len(hubs.attachments.connections) == 1
        assert hubs.told == [("first", True)]


async def test_two_processes_with_one_session_end_each_other_ever_more_slowly() -> None:
    hubs = TwoHubs()
    twice = hubs.attached([hubs.first.address])
    async with hubs.running(), asyncio.TaskGroup() as group:
        rival = group.create_task(twice.run())
        await hubs.clock.run_for(seconds=60)
        changes = len(hubs.told)
        await hubs.clock.run_for(seconds=60)
        assert len(hubs.told) - changes <= 40
        rival.cancel()
