"""Tests of the link machine: nothing lost, nothing doubled, whatever happens to the paths."""

import pytest

from horizon_desktop.domain.collaboration.channel import ChannelAccess, ChannelKind, DataType, Lane
from horizon_desktop.domain.collaboration.peers import ConnectionMode
from horizon_desktop.domain.decision import Deny
from horizon_desktop.protocol.link_effects import ClosePath, Redial
from horizon_desktop.protocol.link_events import (
    Heard,
    LinkGivenUp,
    LinkUp,
    MessageRefused,
    PathMoved,
    PeerMuted,
    QualityRead,
    SilenceReached,
)
from horizon_desktop.protocol.outflow import Full
from horizon_desktop.protocol.vigil import HANDSHAKE_MS
from horizon_desktop.protocol.wire import FrameKind, FrameReader
from tests.protocol.link_world import ALL_OPEN, LANES, Side, World, scopes_of

EDITS = ChannelKind.EDITS


def say(side: Side, body: bytes, kind: ChannelKind = EDITS, data_type: DataType = DataType.EDIT) -> object:
    return side.link.submit(kind, data_type, body, now=side.world.now)


def point(side: Side, body: bytes) -> object:
    return side.link.submit(ChannelKind.CURSORS, DataType.CURSOR, body, latest_key=b"me", now=side.world.now)


def joined(seed: int = 1) -> World:
    world = World(seed)
    world.add_path()
    world.run(200)
    return world


def test_both_sides_are_told_once_that_the_link_is_up() -> None:
    world = joined()
    assert [event.is_new_incarnation for event in world.host.told(LinkUp)] == [True]
    assert [event.is_new_incarnation for event in world.guest.told(LinkUp)] == [True]


def test_messages_arrive_in_order_and_are_settled() -> None:
    world = joined()
    sent = [b"%d" % n for n in range(500)]
    for body in sent:
        assert isinstance(say(world.guest, body), int)
    world.run(3000)
    assert world.host.bodies() == sent
    assert world.guest.link.backlog() == 0


def test_a_message_larger_than_a_frame_arrives_whole() -> None:
    world = joined()
    body = world.random.randbytes(256 * 1024)
    say(world.host, body)
    world.run(500)
    assert world.guest.bodies() == [body]


def test_a_large_message_does_not_hold_up_the_control_lane() -> None:
    world = joined()
    say(world.host, bytes(200_000))
    say(world.host, b"lease", ChannelKind.CONTROL, DataType.CONTROL)
    first = world.host.link.pull(1, Lane.CONTROL, now=world.now)
    assert first is not None and first.endswith(b"lease")


def test_chat_waits_behind_edits_in_their_lane() -> None:
    world = joined()
    say(world.host, b"said first", ChannelKind.CHAT, DataType.CHAT)
    say(world.host, b"edit")
    first = world.host.link.pull(1, Lane.INTERACTIVE, now=world.now)
    assert first is not None and first.endswith(b"edit")


def test_edits_and_cursors_take_turns() -> None:
    world = joined()
    for n in range(3):
        say(world.host, b"e%d" % n)
    point(world.host, b"c0")
    frames = [world.host.link.pull(1, Lane.INTERACTIVE, now=world.now) for _ in range(4)]
    assert [frame[-2:] for frame in frames if frame] == [b"e0", b"c0", b"e1", b"e2"]


def test_only_the_newest_cursor_is_sent() -> None:
    world = joined()
    for n in range(50):
        point(world.host, b"c%d" % n)
    world.run(200)
    assert world.guest.bodies(ChannelKind.CURSORS) == [b"c49"]


def test_a_cursor_sent_into_a_dead_path_is_not_repeated_when_a_newer_one_exists() -> None:
    world = joined()
    world.cut.add(1)
    point(world.host, b"old")
    world.run(50)
    point(world.host, b"new")
    world.end_path(1)
    world.add_path()
    world.run(300)
    assert world.guest.bodies(ChannelKind.CURSORS) == [b"new"]


def test_a_refused_message_is_told_and_never_sent_again() -> None:
    world = joined()
    world.host.deny_bodies[b"bad"] = Deny("update.foreign")
    for body in (b"one", b"bad", b"two"):
        say(world.guest, body)
    world.run(300)
    world.end_path(1)
    world.add_path()
    world.run(300)
    refused = world.guest.told(MessageRefused)
    assert [(event.rule, event.is_ours) for event in refused] == [("update.foreign", True)]
    assert world.host.bodies() == [b"one", b"bad", b"two"]
    assert world.guest.link.backlog() == 0


def test_a_refusal_lost_with_its_path_is_told_by_the_next() -> None:
    world = joined()
    world.host.is_settling = False
    say(world.guest, b"bad")
    world.run(100)
    world.cut.add(1)
    world.host.deny_bodies[b"bad"] = Deny("update.foreign")
    world.host.settle(world.host.events[-1])
    world.run(100)
    world.end_path(1)
    world.add_path()
    world.run(300)
    assert [event.rule for event in world.guest.told(MessageRefused)] == ["update.foreign"]


def test_what_was_not_settled_is_sent_again_over_the_next_path() -> None:
    world = joined()
    world.cut.add(1)
    for n in range(20):
        say(world.guest, b"%d" % n)
    world.run(1000)
    world.end_path(1)
    assert world.host.bodies() == []
    world.add_path()
    world.run(1000)
    assert world.host.bodies() == [b"%d" % n for n in range(20)]
    assert [event.is_new_incarnation for event in world.host.told(LinkUp)] == [True, False]


def test_a_restarted_guest_is_a_new_incarnation_and_old_buffers_are_gone() -> None:
    world = joined()
    world.cut.add(1)
    say(world.host, b"for the dead")
    world.guest.restart()
    world.add_path()
    world.run(300)
    say(world.host, b"for the living")
    world.run(300)
    assert world.guest.bodies() == [b"for the living"]
    assert [event.is_new_incarnation for event in world.host.told(LinkUp)] == [True, True]


def test_a_restarted_host_resyncs_its_guest() -> None:
    world = joined()
    world.cut.add(1)
    say(world.guest, b"to the dead")
    world.host.restart()
    world.add_path()
    world.run(300)
    say(world.guest, b"to the living")
    world.run(300)
    assert world.host.bodies() == [b"to the living"]
    assert world.guest.told(LinkUp)[-1].is_new_incarnation


def test_a_verdict_on_a_message_of_a_dead_incarnation_settles_nothing() -> None:
    world = joined()
    world.host.is_settling = False
    say(world.guest, b"from the dead")
    world.run(200)
    late = world.host.events[-1]
    world.guest.restart()
    world.add_path()
    world.run(300)
    say(world.guest, b"from the living")
    world.run(300)
    world.host.settle(late)
    world.run(300)
    assert world.guest.link.backlog() == 1


def test_the_newer_incarnation_closes_the_paths_of_the_older() -> None:
    world = joined()
    old = world.guest
    world.guest = Side(world, is_host=False)
    world.add_path()
    world.run(300)
    assert 1 not in world.paths and 2 in world.paths
    assert ClosePath(1, "incarnation.older") in world.host.effects
    assert old.bodies() == []


def test_a_full_queue_says_so_and_loses_nothing() -> None:
    world = joined()
    world.end_path(1)
    answers = [say(world.guest, b"%d" % n) for n in range(1500)]
    taken = [answer for answer in answers if isinstance(answer, int)]
    assert isinstance(answers[-1], Full) and len(taken) == 1024
    world.add_path()
    world.run(10_000)
    assert world.host.bodies() == [b"%d" % n for n in range(1024)]


def test_the_messages_move_to_a_direct_path_after_three_answered_pings() -> None:
    world = joined()
    world.run(2000)
    direct = world.add_path(ConnectionMode.DIRECT)
    world.run(200)
    moved = [event.path for event in world.guest.told(PathMoved)]
    assert moved == ["relay", "direct"]
    say(world.guest, b"x")
    assert world.guest.link.pull(1, Lane.INTERACTIVE, now=world.now) is None
    assert world.guest.link.pull(direct, Lane.INTERACTIVE, now=world.now) is not None


def test_a_silent_direct_path_is_helped_by_the_relay_after_3_s_and_dropped_after_10_s() -> None:
    world = joined()
    direct = world.add_path(ConnectionMode.DIRECT)
    world.run(500)
    world.cut.add(direct)
    say(world.guest, b"help")
    world.run(2500)
    assert world.host.bodies() == []
    world.run(1000)
    assert world.host.bodies() == [b"help"]
    assert direct in world.paths
    world.run(7500)
    assert direct not in world.paths
    assert [event.path for event in world.guest.told(PathMoved)][-1] == "relay"
    assert world.guest.told(SilenceReached) == []


def test_on_another_network_the_relay_helps_at_once_instead_of_after_3_s() -> None:
    world = joined()
    direct = world.add_path(ConnectionMode.DIRECT)
    world.run(500)
    world.cut.add(direct)
    world.guest.link.network_changed(now=world.now)
    assert not world.guest.link.is_lane_sound(Lane.CONTROL)
    say(world.guest, b"help")
    world.run(500)
    assert world.host.bodies() == [b"help"]


def test_a_guest_that_comes_by_a_new_relay_path_is_answered_there_at_once() -> None:
    world = joined()
    direct = world.add_path(ConnectionMode.DIRECT)
    world.run(500)
    world.cut.add(direct)
    world.cut.add(1)
    world.add_path(ConnectionMode.RELAY)
    world.run(500)
    say(world.host, b"there")
    world.run(500)
    assert world.guest.bodies() == [b"there"]


def test_a_path_that_answers_on_another_network_carries_on_alone() -> None:
    world = joined()
    direct = world.add_path(ConnectionMode.DIRECT)
    world.run(500)
    world.guest.link.network_changed(now=world.now)
    world.run(300)
    say(world.guest, b"as before")
    assert world.guest.link.pull(1, Lane.INTERACTIVE, now=world.now) is None
    assert world.guest.link.pull(direct, Lane.INTERACTIVE, now=world.now) is not None


def test_silence_climbs_its_stages_and_ends_with_what_was_resent() -> None:
    world = joined()
    world.cut.add(1)
    say(world.guest, b"kept")
    world.run(31_000, step_ms=50)
    stages = [event.stage for event in world.guest.told(SilenceReached)]
    assert stages == ["suspect", "chip", "banner"]
    assert world.guest.effects.count(Redial()) == 1
    world.add_path()
    world.run(500)
    assert [event.resent for event in world.guest.told(Heard)] == [1]
    assert world.host.bodies() == [b"kept"]


def test_after_5_minutes_of_silence_the_place_is_given_up_once() -> None:
    world = joined()
    world.cut.add(1)
    world.run(320_000, step_ms=250)
    assert [event.reason for event in world.host.told(LinkGivenUp)] == ["silent"]


def test_the_time_left_to_resume_is_5_minutes_from_the_last_word() -> None:
    world = joined()
    world.run(1000)
    world.cut.add(1)
    cut_at = world.now.instant
    world.run(6000)
    resume_by = world.host.told(SilenceReached)[0].resume_by
    assert 0 <= cut_at.plus(300_000).since(resume_by) <= 1100


def test_a_last_message_that_is_swallowed_breaks_its_path_and_goes_by_the_next() -> None:
    world = joined()
    world.swallow(1, Lane.INTERACTIVE)
    say(world.guest, b"last")
    world.run(2500)
    assert 1 not in world.paths
    world.add_path()
    world.run(500)
    assert world.host.bodies() == [b"last"]
    assert world.guest.link.backlog() == 0


def test_a_path_with_a_lane_that_does_not_open_is_closed_though_its_head_answers() -> None:
    world = joined()
    number = world.add_path()
    world.swallow(number, Lane.INTERACTIVE)
    world.run(HANDSHAKE_MS - 1000)
    say(world.guest, b"waits")
    world.run(500)
    assert number in world.paths
    assert world.host.bodies() == []
    world.run(1000)
    assert number not in world.paths
    world.add_path()
    world.run(500)
    assert world.host.bodies() == [b"waits"]


def test_a_path_whose_bulk_lane_does_not_open_carries_on() -> None:
    world = joined()
    number = world.add_path(lanes=(*LANES, Lane.BULK))
    world.swallow(number, Lane.BULK)
    world.run(3 * HANDSHAKE_MS)
    say(world.guest, b"as before")
    world.run(100)
    assert number in world.paths
    assert world.host.bodies() == [b"as before"]


def test_a_lane_that_cannot_be_written_gathers_no_pings() -> None:
    world = joined()
    world.stalled.add((1, Lane.INTERACTIVE))
    say(world.guest, b"waits")
    world.run(20_000)
    end = FrameReader()
    written = iter(lambda: world.guest.link.pull(1, Lane.INTERACTIVE, now=world.now), None)
    kinds = [frame.kind for data in written for frame in end.feed(data)]
    assert kinds == [FrameKind.PING, FrameKind.DATA]


def test_quality_is_read_once_a_second() -> None:
    world = joined()
    world.run(5000)
    readings = world.guest.told(QualityRead)
    assert 4 <= len(readings) <= 7
    assert readings[-1].quality.rtt_ms in range(2, 40)
    assert readings[-1].quality.loss_permille == 0


def test_a_viewer_s_edit_is_refused_with_its_rule() -> None:
    world = joined()
    world.host.link.set_scopes(scopes_of(channels={**ALL_OPEN, EDITS: ChannelAccess.VIEW}))
    say(world.guest, b"sneaky")
    say(world.guest, b"list", data_type=DataType.DOCUMENT)
    world.run(300)
    assert world.host.bodies() == [b"list"]
    assert [event.rule for event in world.host.told(MessageRefused)] == ["type.forbidden"]


def test_twenty_refusals_in_a_minute_mute_all_but_control() -> None:
    world = joined()
    world.host.link.set_scopes(scopes_of(channels={**ALL_OPEN, EDITS: ChannelAccess.VIEW}))
    for n in range(30):
        say(world.guest, b"%d" % n)
    world.run(500)
    assert len(world.host.told(PeerMuted)) == 1
    assert len(world.host.told(MessageRefused)) == 20
    say(world.guest, b"hi", ChannelKind.CHAT, DataType.CHAT)
    say(world.guest, b"leave", ChannelKind.CONTROL, DataType.CONTROL)
    world.run(300)
    assert world.host.bodies(ChannelKind.CHAT) == []
    assert world.host.bodies(ChannelKind.CONTROL) == [b"leave"]
    world.run(60_500, step_ms=50)
    say(world.guest, b"sorry", ChannelKind.CHAT, DataType.CHAT)
    world.run(300)
    assert world.host.bodies(ChannelKind.CHAT) == [b"sorry"]


def test_a_guest_that_types_fast_is_paced_and_nothing_is_refused() -> None:
    world = joined()
    sent = 0
    for _ in range(200):
        while isinstance(say(world.guest, b"%d" % sent), int):
            sent += 1
        world.run(50)
    world.run(3000)
    assert world.host.told(MessageRefused) == []
    assert world.host.bodies() == [b"%d" % n for n in range(sent)]


def test_a_stall_of_the_network_does_not_make_an_honest_guest_exceed_its_rate() -> None:
    world = joined()
    sent = 0
    for step in range(200):
        while isinstance(say(world.guest, b"%d" % sent), int):
            sent += 1
        world.delay_ms[1] = 1200 if step == 100 else 1
        world.run(20)
    world.run(6000)
    assert world.host.told(MessageRefused) == []
    assert world.host.bodies() == [b"%d" % n for n in range(sent)]


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_lost_or_doubled_whatever_happens_to_the_paths(seed: int) -> None:
    world = World(seed)
    rng = world.random
    world.add_path(delay_ms=rng.randint(1, 60))
    world.run(500)
    numbers = {True: 0, False: 0}
    for _ in range(120):
        for is_host in (True, False):
            for _ in range(rng.randint(0, 6)):
                body = b"%d" % numbers[is_host] + bytes(rng.choice([0, 0, 0, 70_000]))
                if isinstance(say(world.side(is_host=is_host), body), int):
                    numbers[is_host] += 1
        throw = rng.random()
        if throw < 0.08 or not world.paths:
            world.add_path(rng.choice(list(ConnectionMode)), delay_ms=rng.randint(1, 60))
        elif throw < 0.12:
            world.cut.add(rng.choice(list(world.paths)))
        elif throw < 0.16:
            world.end_path(rng.choice(list(world.paths)))
        elif throw < 0.18:
            world.end_path(rng.choice(list(world.paths)), told=(rng.random() < 0.5,))
        world.run(rng.randint(5, 400))
    world.add_path()
    world.run(30_000, step_ms=20)
    world.add_path()
    world.run(5000)
    for is_host in (True, False):
        got = [int(body.split(b"\0")[0]) for body in world.side(is_host=not is_host).bodies()]
        assert got == list(range(numbers[is_host])), f"seed {seed}"
