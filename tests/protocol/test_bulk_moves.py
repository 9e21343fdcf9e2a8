"""Seeded tests of bulk over paths that come, go and fall silent: nothing lost, nothing doubled, all in order."""

import pytest

from horizon_desktop.domain.collaboration.channel import ChannelKind, DataType, Engine, Lane
from horizon_desktop.domain.collaboration.peers import ConnectionMode
from horizon_desktop.protocol.link_effects import BulkWanted
from horizon_desktop.protocol.link_events import LinkUp
from horizon_desktop.protocol.outflow import Full
from tests.protocol.link_world import LANES, Side, World

ALL = (*LANES, Lane.BULK)
BULK = (Lane.BULK,)


def push(side: Side, number: int, *, size: int = 3000) -> bool:
    """Queue one numbered message of bulk; False when the window is full."""
    body = number.to_bytes(4, "big") * (size // 4)
    answer = side.link.submit(ChannelKind.MEASURE, DataType.MEASURE, body, now=side.world.now)
    return not isinstance(answer, Full)


def numbers(side: Side) -> list[int]:
    return [int.from_bytes(body[:4], "big") for body in side.bodies(ChannelKind.MEASURE)]


def direct(world: World, engine: Engine = Engine.FAST, *, delay_ms: int = 5) -> int:
    return world.add_path(ConnectionMode.DIRECT, lanes=BULK, engine=engine, delay_ms=delay_ms)


@pytest.mark.parametrize("seed", range(5))
def test_whatever_paths_do_every_message_comes_once_and_in_order(seed: int) -> None:
    world = World(seed)
    world.add_path(lanes=ALL, delay_ms=8)
    world.run(300)
    sent = 0
    for _ in range(60):
        for _ in range(world.random.randint(0, 20)):
            sent += push(world.guest, sent + 1, size=world.random.choice((40, 3000, 60_000)))
        chance = world.random.random()
        bulk_paths = [number for number, lanes in world.paths.items() if Lane.BULK in lanes]
        if chance < 0.25 and len(world.paths) < 5:
            direct(world, world.random.choice((Engine.FAST, Engine.PLAIN)), delay_ms=world.random.randint(1, 60))
        elif chance < 0.4 and bulk_paths:
            world.end_path(world.random.choice(bulk_paths), told=(True, False))
        elif chance < 0.55 and bulk_paths:
            world.cut.add(world.random.choice(bulk_paths))
        elif not any(set(ALL) <= set(lanes) for number, lanes in world.paths.items() if number not in world.cut):
            world.add_path(lanes=ALL, delay_ms=8)
        world.run(world.random.randint(20, 600))
    world.add_path(lanes=ALL, delay_ms=5)
    world.run(40_000)
    assert numbers(world.host) == list(range(1, sent + 1))


def test_bulk_waits_while_no_path_of_its_own_is_open_and_nothing_else_waits_with_it() -> None:
    world = World()
    world.add_path()
    world.run(300)
    for number in range(1, 6):
        assert push(world.guest, number)
    world.guest.link.submit(ChannelKind.EDITS, DataType.EDIT, b"typed", latest_key=None, now=world.now)
    world.run(2000)
    assert world.host.bodies() == [b"typed"]
    assert numbers(world.host) == []
    assert BulkWanted() in world.guest.effects
    direct(world)
    world.run(2000)
    assert numbers(world.host) == [1, 2, 3, 4, 5]


def test_a_host_says_by_the_control_lane_that_the_lane_is_wanted() -> None:
    world = World()
    world.add_path()
    world.run(300)
    assert push(world.host, 1)
    world.run(200)
    assert world.guest.effects.count(BulkWanted()) == 1
    world.run(5500)
    assert world.guest.effects.count(BulkWanted()) == 2


def test_a_path_for_bulk_alone_neither_brings_the_link_up_nor_holds_it() -> None:
    world = World()
    session = world.add_path()
    world.run(300)
    ups = len(world.host.told(LinkUp))
    direct(world)
    world.run(300)
    assert len(world.host.told(LinkUp)) == ups
    world.end_path(session, told=(True, False))
    world.run(100)
    assert not world.host.link.is_up and not world.guest.link.is_up


def test_a_newer_connection_of_an_engine_takes_the_place_of_the_older_one() -> None:
    world = World()
    world.add_path()
    older = direct(world)
    world.run(300)
    newer = direct(world)
    world.run(300)
    assert older not in world.paths and newer in world.paths


def test_what_is_not_settled_is_bounded_at_both_ends() -> None:
    world = World()
    world.add_path(lanes=ALL)
    world.run(300)
    world.host.is_settling = False
    sent = 0
    for _ in range(100):
        while push(world.guest, sent + 1, size=60_000):
            sent += 1
        world.run(100)
    window = 16 * 1024 * 1024
    assert window - 60_000 < sent * 60_000 <= window
    assert len(numbers(world.host)) == sent


def test_a_new_process_starts_anew_and_nothing_of_the_old_one_comes() -> None:
    world = World(5)
    world.add_path(lanes=ALL)
    world.run(300)
    for number in range(1, 30):
        push(world.guest, number)
    world.run(10)
    world.guest.restart()
    world.add_path(lanes=ALL)
    world.run(500)
    heard = len(numbers(world.host))
    for number in range(100, 110):
        push(world.guest, number)
    world.run(3000)
    assert numbers(world.host)[heard:] == list(range(100, 110))
