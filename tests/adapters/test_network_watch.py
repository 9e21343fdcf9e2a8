"""A change of addresses is told once, the mere loss of the network not, and neither is waking up missed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from horizon_desktop.adapters.network_watch import PolledNetworkWatch
from horizon_desktop.domain.instants import Instant
from tests.fakes.clock import FakeClock

HOME, AWAY = ("192.168.1.7",), ("10.0.0.3",)


class Machine:
    """Addresses that a test changes, and how often their change was told."""

    def __init__(self) -> None:
        self.addresses: Sequence[str] = HOME
        self.looks = 0
        self.told = 0
        self.is_broken = False
        self.clock = FakeClock(Instant(1_800_000_000_000))

    def read(self) -> Sequence[str]:
        self.looks += 1
        if self.is_broken:
            raise OSError("no interface can be asked")
        return self.addresses

    async def look(self) -> None:
        """Let two seconds pass and the look that is due be made; it is made in a thread."""
        await self._looked(lambda: self.clock.advance(seconds=2))

    async def sleep(self) -> None:
        """Sleep for an hour and wake up."""
        await self._looked(lambda: self.clock.advance(minutes=60))

    async def _looked(self, act: Callable[[], None]) -> None:
        async with asyncio.timeout(10):
            while not self.clock.is_awaited:  # the look before is not over: its thread has not reported yet
                await asyncio.sleep(0.001)
            looks = self.looks
            act()
            while self.looks == looks:
                await asyncio.sleep(0.001)
        for _ in range(20):
            await asyncio.sleep(0.001)

    async def listen(self) -> None:
        async for _ in PolledNetworkWatch(clock=self.clock, read=self.read).changes():
            self.told += 1


@asynccontextmanager
async def watched() -> AsyncIterator[Machine]:
    machine = Machine()
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(machine.listen())
        async with asyncio.timeout(10):
            while not machine.looks:
                await asyncio.sleep(0.001)
        await machine.look()
        yield machine
        listening.cancel()


async def test_a_network_that_stays_is_not_told() -> None:
    async with watched() as machine:
        await machine.look()
        assert machine.told == 0


async def test_another_address_is_told_once() -> None:
    async with watched() as machine:
        machine.addresses = AWAY
        await machine.look()
        await machine.look()
        assert machine.told == 1


async def test_a_network_that_goes_is_not_told_and_one_that_comes_back_is() -> None:
    async with watched() as machine:
        machine.addresses = ()
        await machine.look()
        assert machine.told == 0
        machine.addresses = HOME
        await machine.look()
        assert machine.told == 1


async def test_a_system_that_cannot_tell_for_once_changes_nothing() -> None:
    async with watched() as machine:
        machine.is_broken = True
        await machine.look()
        machine.is_broken = False
        await machine.look()
        assert machine.told == 0


async def test_waking_from_sleep_is_told_though_the_addresses_are_the_same() -> None:
    async with watched() as machine:
        await machine.sleep()
        assert machine.told == 1
