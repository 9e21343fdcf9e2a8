"""The network thread: calls, failures and cancellation cross; facts come in order and in batches; it stops in order."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from PySide6.QtWidgets import QApplication

from horizon_desktop.bridge.ephemeral_bridge import Bridge
from horizon_desktop.domain.collaboration.documents import Caret
from horizon_desktop.domain.collaboration.presence import Quality
from horizon_desktop.domain.events import ChatSaid, CursorMoved, Event, QualityMeasured
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import StoreUnavailable, UsageError
from horizon_desktop.shell.loop import run_in_window
from horizon_desktop.shell.network_thread import Batches, NetworkThread
from tests.fakes.bridge import FakeBridge


def said(number: int) -> ChatSaid:
    return ChatSaid(session_id="s", message_id=number, peer_id="p", name="n", at=Instant(0), text="t")


def moved(line: int) -> CursorMoved:
    return CursorMoved(session_id="s", peer_id="p", file_id=b"f", anchor=Caret(1, line), head=Caret(1, line))


def test_every_message_is_kept_and_of_positions_only_the_newest() -> None:
    batches = Batches()
    for fact in (said(1), moved(1), said(2), moved(2), said(3)):
        batches.put(fact)
    assert batches.take() == [said(1), said(2), moved(2), said(3)]


def test_measurements_of_two_peers_do_not_replace_each_other() -> None:
    quality = Quality(path="relay", rtt_ms=1)
    one, other = (QualityMeasured(session_id="s", peer_id=peer, quality=quality) for peer in ("a", "b"))
    batches = Batches()
    batches.put(one)
    batches.put(other)
    assert batches.take() == [one, other]


def test_a_full_batch_says_so() -> None:
    batches = Batches(limit=2)
    batches.put(said(1))
    assert not batches.is_full
    batches.put(said(2))
    assert batches.is_full


class WatchedBridge(FakeBridge):
    """The bridge in memory, with a note of who opened and closed it."""

    def __init__(self) -> None:
        super().__init__(Instant(0))
        self.opened_on = ""
        self.is_closed = False

    def publish(self, fact: Event) -> None:
        self.bus.publish(fact)


def play(qapp: QApplication, scene: Callable[[NetworkThread, WatchedBridge], Awaitable[None]]) -> WatchedBridge:
    """Run a scene in the window's loop over a started network thread, and stop the thread after it."""
    bridge = WatchedBridge()

    @asynccontextmanager
    async def opened() -> AsyncIterator[Bridge]:
        bridge.opened_on = threading.current_thread().name
        try:
            yield bridge
        finally:
            bridge.is_closed = True

    async def run() -> None:
        net = NetworkThread(opened)
        await net.start()
        try:
            await scene(net, bridge)
        finally:
            await net.stop()

    run_in_window(qapp, run())
    return bridge


def test_a_call_runs_on_the_network_thread_and_its_result_comes_back(qapp: QApplication) -> None:
    async def where() -> str:
        return threading.current_thread().name

    async def scene(net: NetworkThread, bridge: WatchedBridge) -> None:
        assert (await net.run(where())).startswith("network")
        assert bridge.opened_on.startswith("network")

    assert play(qapp, scene).is_closed


def test_a_failure_crosses_to_who_asked(qapp: QApplication) -> None:
    async def fail() -> None:
        raise UsageError("no", code="usage")

    async def scene(net: NetworkThread, bridge: WatchedBridge) -> None:
        del bridge
        with pytest.raises(UsageError):
            await net.run(fail())

    play(qapp, scene)


def test_cancelling_who_waits_cancels_the_work(qapp: QApplication) -> None:
    seen: list[str] = []
    begun = threading.Event()

    async def long() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    async def scene(net: NetworkThread, bridge: WatchedBridge) -> None:
        del bridge
        async with asyncio.TaskGroup() as group:
            task = group.create_task(net.run(long()))
            await asyncio.to_thread(begun.wait, 5)
            task.cancel()

    play(qapp, scene)
    assert seen == ["cancelled"]


def test_stopping_cancels_what_still_runs_before_the_bridge_closes(qapp: QApplication) -> None:
    order: list[str] = []

    async def long(bridge: WatchedBridge) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            order.append("closed" if bridge.is_closed else "open")

    async def scene(net: NetworkThread, bridge: WatchedBridge) -> None:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(net.run(long(bridge)))
            await asyncio.sleep(0.05)
            await net.stop()
            task.cancel()

    play(qapp, scene)
    assert order == ["open"]


def test_facts_arrive_in_order_and_in_few_signals(qapp: QApplication) -> None:
    got: list[object] = []
    signals: list[int] = []

    async def scene(net: NetworkThread, bridge: WatchedBridge) -> None:
        done = asyncio.Event()

        def arrived() -> None:
            signals.append(1)
            got.extend(net.take())
            if len(got) == 1000:
                done.set()

        net.arrived.connect(arrived)

        async def publish() -> None:
            for number in range(1000):
                bridge.publish(said(number))

        await net.run(publish())
        async with asyncio.timeout(5):
            await done.wait()

    play(qapp, scene)
    assert [fact.message_id for fact in got if isinstance(fact, ChatSaid)] == list(range(1000))
    assert len(signals) < 100


def test_a_bridge_that_cannot_open_says_why(qapp: QApplication) -> None:
    @asynccontextmanager
    async def broken() -> AsyncIterator[Bridge]:
        raise StoreUnavailable("disk")
        yield WatchedBridge()

    async def run() -> None:
        net = NetworkThread(broken)
        with pytest.raises(StoreUnavailable):
            await net.start()
        with pytest.raises(StoreUnavailable):
            await net.stop()

    run_in_window(qapp, run())
