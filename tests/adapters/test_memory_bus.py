"""The bus: everybody hears everything, in order, and nobody is left with gaps."""

import asyncio

import pytest

from horizon_desktop.adapters.memory_bus import MAX_WAITING, MemoryBus
from horizon_desktop.domain.events import SessionExpired
from horizon_desktop.errors import LinkLost


def _fact(number: int) -> SessionExpired:
    return SessionExpired(session_id=str(number))


async def test_every_subscriber_hears_every_event_in_order() -> None:
    bus = MemoryBus()
    with bus.subscribe() as one, bus.subscribe() as two:
        for number in range(5):
            bus.publish(_fact(number))
        assert [await anext(one) for _ in range(5)] == [_fact(n) for n in range(5)]
        assert [await anext(two) for _ in range(5)] == [_fact(n) for n in range(5)]


async def test_a_subscriber_waits_for_the_next_event() -> None:
    bus = MemoryBus()
    with bus.subscribe() as events:
        asyncio.get_running_loop().call_later(0.01, bus.publish, _fact(1))
        assert await anext(events) == _fact(1)


async def test_an_event_before_the_subscription_is_not_heard() -> None:
    bus = MemoryBus()
    bus.publish(_fact(1))
    with bus.subscribe() as events:
        bus.publish(_fact(2))
        assert await anext(events) == _fact(2)


async def test_a_subscription_ends_with_its_context() -> None:
    bus = MemoryBus()
    with bus.subscribe() as events:
        bus.publish(_fact(1))
    assert [event async for event in events] == []


async def test_a_waiting_reader_ends_with_the_context() -> None:
    bus = MemoryBus()
    heard = []

    async def listen() -> None:
        heard.extend([event async for event in events])

    async with asyncio.TaskGroup() as group:
        with bus.subscribe() as events:
            group.create_task(listen())
            await asyncio.sleep(0)
    assert heard == []


async def test_a_subscriber_too_far_behind_reads_what_it_has_and_is_ended() -> None:
    bus = MemoryBus()
    heard = 0
    with bus.subscribe() as events:
        for number in range(MAX_WAITING + 1):
            bus.publish(_fact(number))
        with pytest.raises(LinkLost):
            async for event in events:
                assert event == _fact(heard)
                heard += 1
    assert heard == MAX_WAITING


async def test_a_slow_subscriber_holds_nobody_up() -> None:
    bus = MemoryBus()
    with bus.subscribe(), bus.subscribe() as quick:
        for number in range(MAX_WAITING + 10):
            bus.publish(_fact(number))
            assert await anext(quick) == _fact(number)
