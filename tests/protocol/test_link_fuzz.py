"""An open link is fed anything a peer could send: it raises nothing, and stays within its bounds."""

import random

import pytest

from horizon_desktop.domain.collaboration.channel import ChannelKind, DataType, Lane
from horizon_desktop.protocol.link_events import MessageArrived
from horizon_desktop.protocol.wire import Frame, FrameKind, encode_frame
from tests.protocol.link_world import LANES, World

INTERESTING = (0, 1, 2, 3, 5, 100, 1024, 1025, 2**31, 2**48, 2**63 - 1, 2**64 - 1)


def any_frame(rng: random.Random) -> Frame:
    return Frame(
        kind=rng.choice([*FrameKind, rng.randrange(256)]),
        channel=rng.choice([1, 2, 3, 4, rng.randrange(256)]),
        data_type=rng.choice([1, 2, 3, 4, 5, rng.randrange(256)]),
        flags=rng.choice([0, 0, 1, 2, 3, rng.randrange(256)]),
        seq=rng.choice(INTERESTING),
        body=rng.randbytes(rng.choice([0, 1, 40, 3000])),
    )


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("is_host", [True, False])
def test_whatever_a_proven_peer_sends_the_machine_raises_nothing(seed: int, is_host: bool) -> None:
    world = World(seed)
    side = world.side(is_host=is_host)
    for _ in range(6):
        path = world.add_path()
        world.run(100)
        for _ in range(150):
            data = encode_frame(any_frame(world.random))
            if world.random.random() < 0.02:
                data = world.random.randbytes(30)
            side.do(side.link.receive(path, world.random.choice(LANES), data, now=world.now))
            side.do(side.link.wake(now=world.now))
        world.run(50)
        world.end_path(path)
    assert len(side.events) < 2000


def test_a_refusal_s_words_are_not_taken_over_when_they_are_no_rule_s_name() -> None:
    world = World()
    world.add_path()
    world.run(100)
    world.side(is_host=False).is_settling = False
    host = world.host
    host.link.submit(*_chat(b"hi"), now=world.now)
    host.link.pull(1, Lane.INTERACTIVE, now=world.now)
    evil = Frame(kind=FrameKind.REFUSED, channel=4, seq=1, body=b"\x1b]0;owned\x07<img src=x>")
    host.do(host.link.receive(1, Lane.INTERACTIVE, encode_frame(evil), now=world.now))
    assert [event.rule for event in host.events if hasattr(event, "rule")] == ["refused"]
    assert not [event for event in host.events if isinstance(event, MessageArrived)]


def _chat(body: bytes) -> tuple[ChannelKind, DataType, bytes]:
    return ChannelKind.CHAT, DataType.CHAT, body
