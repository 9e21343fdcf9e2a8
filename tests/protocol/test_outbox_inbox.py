"""Tests of one channel's two queues, and of conduct and heartbeats: the small machines inside a link."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.domain.collaboration.channel import CHANNEL_KINDS, ChannelKind, DataType
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.instants import Tick
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError
from horizon_desktop.protocol.conduct import Conduct
from horizon_desktop.protocol.heartbeat import Meter, Pulse
from horizon_desktop.protocol.inbox import Arrived, Inbox
from horizon_desktop.protocol.outbox import MAX_MESSAGES, Outbox

EDITS = CHANNEL_KINDS[ChannelKind.EDITS]
T0 = Tick(1_000)


def edit(seq: int, body: bytes = b"") -> Arrived:
    return Arrived(seq=seq, data_type=DataType.EDIT, body=body)


@given(st.permutations(range(1, 20)), st.lists(st.integers(1, 19), max_size=30))
def test_whatever_the_order_each_message_is_delivered_once_and_in_turn(order: list[int], again: list[int]) -> None:
    inbox = Inbox(EDITS)
    got = [ready.seq for seq in [*order, *again] for ready in inbox.take(edit(seq))]
    assert got == list(range(1, 20))


@given(st.permutations(range(1, 20)))
def test_settling_moves_on_over_what_is_settled_without_a_gap(order: list[int]) -> None:
    inbox = Inbox(EDITS)
    for seq in range(1, 20):
        inbox.take(edit(seq))
    settled: set[int] = set()
    for seq in order:
        inbox.settle(seq)
        settled.add(seq)
        assert inbox.settled_next == min(set(range(1, 21)) - settled)


def test_a_number_beyond_the_window_breaks_the_protocol() -> None:
    with pytest.raises(RemoteProtocolError):
        Inbox(EDITS).take(edit(1 + MAX_MESSAGES))


def test_more_bytes_waiting_than_any_honest_sender_has_break_the_protocol() -> None:
    inbox = Inbox(EDITS)
    with pytest.raises(RemoteProtocolError):
        for seq in range(2, 2 + MAX_MESSAGES):
            inbox.take(edit(seq, bytes(200_000)))


def test_a_peer_whose_messages_are_never_settled_runs_out_of_window() -> None:
    inbox = Inbox(EDITS)
    with pytest.raises(RemoteProtocolError):
        for seq in range(1, 3 * MAX_MESSAGES):
            inbox.take(edit(seq))


def test_unsettled_bytes_run_out_of_window_too() -> None:
    inbox = Inbox(EDITS)
    with pytest.raises(RemoteProtocolError):
        for seq in range(1, 100):
            inbox.take(edit(seq, bytes(256 * 1024)))


def test_settling_what_was_never_delivered_is_our_own_mistake() -> None:
    with pytest.raises(LocalProtocolError):
        Inbox(EDITS).settle(1)


def test_a_verdict_counts_once() -> None:
    inbox = Inbox(EDITS)
    inbox.take(edit(1))
    assert inbox.settle(1, Deny("x")) and not inbox.settle(1)
    assert list(inbox.refusals) == [(1, "x")]


def test_a_full_outbox_takes_nothing_until_something_is_settled() -> None:
    outbox = Outbox(max_bytes=EDITS.window_bytes)
    for _ in range(MAX_MESSAGES):
        outbox.mark_sent(outbox.put(DataType.EDIT, b"x") or 0)
    assert outbox.put(DataType.EDIT, b"x") is None
    assert outbox.acknowledge(2)
    assert outbox.put(DataType.EDIT, b"x") == MAX_MESSAGES + 1


def test_bytes_fill_an_outbox_too() -> None:
    outbox = Outbox(max_bytes=EDITS.window_bytes)
    taken = [outbox.put(DataType.EDIT, bytes(256 * 1024)) for _ in range(20)]
    assert taken.count(None) == 20 - EDITS.window_bytes // (256 * 1024)


def test_an_acknowledgement_of_what_was_never_sent_is_refused() -> None:
    outbox = Outbox(max_bytes=EDITS.window_bytes)
    outbox.put(DataType.EDIT, b"x")
    assert not outbox.acknowledge(2)


def test_three_oversize_frames_within_a_minute_suspend_and_over_a_longer_time_do_not() -> None:
    quick, slow = Conduct(), Conduct()
    assert [quick.count_oversize(now=T0.plus(n * 1000)) for n in range(3)] == [False, False, True]
    assert [slow.count_oversize(now=T0.plus(n * 31_000)) for n in range(9)] == [False] * 9
    quick.forgive()
    assert not quick.is_suspended


def test_twenty_refusals_over_more_than_a_minute_do_not_mute() -> None:
    conduct = Conduct()
    assert not any(conduct.count_refusal(now=T0.plus(n * 4000)) for n in range(200))


def test_a_ping_that_is_not_answered_in_3_s_counts_as_lost() -> None:
    pulse = Pulse(now=T0)
    pulse.ping(now=T0)
    answered = pulse.ping(now=T0.plus(1000))
    assert pulse.pong(answered, now=T0.plus(1040))
    pulse.ping(now=T0.plus(4000))
    assert pulse.loss_permille == 500
    assert pulse.rtt_ms == 40


def test_an_answer_to_no_ping_counts_for_nothing() -> None:
    pulse = Pulse(now=T0)
    assert not pulse.pong(7, now=T0)
    assert not pulse.is_trusted


def test_jitter_follows_uneven_answers() -> None:
    pulse = Pulse(now=T0)
    for n in range(20):
        at = T0.plus(n * 1000)
        pulse.pong(pulse.ping(now=at), now=at.plus(10 if n % 2 else 90))
    assert pulse.jitter_ms > 20


def test_a_meter_reads_bytes_per_second() -> None:
    meter = Meter(now=T0)
    meter.count(5000)
    assert meter.read(now=T0.plus(2000)) == 2500
