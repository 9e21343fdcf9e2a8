"""Tests of the carrier in simulated time: nothing lost, nothing doubled, in order, at the path's own rate."""

import pytest

from horizon_desktop.adapters.bulk.carrier import Carrier
from horizon_desktop.adapters.bulk.congestion import Phase
from horizon_desktop.adapters.bulk.frames import ACK, DATA, FIRST_AHEAD, LOOSE, MOST_AHEAD, PING
from tests.adapters.bulk.path import COOKIE, PACKET_BYTES, SimulatedPath, is_data

NOW = 5.0
RATE = 4e6


def carrier(*, welcome: int = 6000) -> Carrier:
    return Carrier(COOKIE, welcome=lambda: welcome)


@pytest.mark.parametrize("loss", [0.0, 0.01, 0.05, 0.2])
@pytest.mark.parametrize("rtt", [0.04, 0.6])
def test_every_packet_arrives_once_and_in_order(rtt: float, loss: float) -> None:
    path = SimulatedPath(rtt=rtt, loss=loss)
    path.run(20, packets=1000)
    assert path.numbers() == list(range(1000))
    assert path.near.sender.is_idle
    assert path.near.sender.in_flight_bytes == path.near.sender.unacked_bytes == 0


@pytest.mark.parametrize("loss", [0.0, 0.01, 0.02, 0.05])
@pytest.mark.parametrize("rtt", [0.04, 0.08])
def test_a_lossy_path_is_used_to_four_fifths_of_its_rate(rtt: float, loss: float) -> None:
    path = SimulatedPath(rtt=rtt, loss=loss, rate=RATE)
    path.run(3)
    before = len(path.delivered)
    path.run(3)
    rate = (len(path.delivered) - before) * PACKET_BYTES / 3
    assert rate >= RATE * (1 - loss) * 0.8


def test_the_queue_of_the_path_stays_short_once_its_rate_is_known() -> None:
    path = SimulatedPath(rtt=0.04, queue=1.0, rate=RATE)
    path.run(4)
    assert path.near.sender.model.phase is Phase.PROBE_RATE
    assert path.near.sender.rtt is not None
    assert path.near.sender.rtt < 0.04 * 1.3


def test_a_path_that_becomes_faster_is_found_out() -> None:
    path = SimulatedPath(rtt=0.04, rate=0.5e6)
    path.run(3)
    slow = path.near.sender.model.rate
    path._rate = RATE
    path.run(5)
    assert slow < 0.75e6
    assert path.near.sender.model.rate > RATE * 0.8


def test_a_path_that_becomes_slower_does_not_drown() -> None:
    path = SimulatedPath(rtt=0.04, rate=RATE, queue=3.0)
    path.run(3)
    path._rate = RATE / 10
    path.run(4)
    assert path.near.sender.model.window_bytes <= 4 * RATE / 10 * 0.04 + 16 * PACKET_BYTES


def test_a_reader_that_stops_stops_the_sender_and_a_lost_word_of_room_is_asked_for_again() -> None:
    room = [100]
    is_deaf = [False]
    path = SimulatedPath(rtt=0.04, welcome=lambda: max(room[0] - len(path.delivered), 0))
    path._drop = lambda datagram: is_deaf[0] and not is_data(datagram)
    path.run(3)
    assert len(path.delivered) <= 100 + FIRST_AHEAD
    stopped = path.left
    path.run(3)
    assert path.left == stopped
    is_deaf[0] = True
    room[0] = 1000
    path.run(1)
    is_deaf[0] = False
    path.run(8)
    assert 900 <= len(path.delivered) <= 1000 + FIRST_AHEAD
    assert path.numbers() == list(range(len(path.delivered)))


def test_a_cut_of_five_seconds_loses_nothing() -> None:
    is_cut = [False]
    path = SimulatedPath(rtt=0.04, rate=RATE, drop=lambda _: is_cut[0])
    path.run(1)
    is_cut[0] = True
    path.run(5)
    is_cut[0] = False
    before = len(path.delivered)
    path.run(5)
    assert len(path.delivered) > before
    assert path.numbers() == list(range(len(path.delivered)))


def test_a_sender_that_ignores_what_is_welcome_is_not_listened_to() -> None:
    sending, receiving = carrier(), carrier(welcome=0)
    receiving.receiver.acknowledgement()
    sent = [sending.sender.seal(b"x", NOW) for _ in range(4 * FIRST_AHEAD)]
    assert receiving.receive(sent[1:], NOW) == []
    assert len(receiving.receiver._held) < FIRST_AHEAD


def test_doubles_and_strange_orders_are_put_right() -> None:
    sending, receiving = carrier(), carrier()
    sent = [sending.sender.seal(b"%d" % number, NOW) for number in range(6)]
    assert receiving.receive([sent[0], sent[0], sent[3], sent[5], sent[3]], NOW) == [b"0"]
    assert receiving.receive([sent[2], sent[1], sent[4], sent[1]], NOW) == [b"1", b"2", b"3", b"4", b"5"]
    assert receiving.receive(sent, NOW) == []


def test_numbers_go_on_beyond_thirty_two_bits() -> None:
    sending, receiving = carrier(), carrier()
    start = (1 << 32) - 3
    sending.sender._next = sending.sender._oldest = start
    sending.sender._limit = start + MOST_AHEAD
    receiving.receiver._expected = start
    sent = [sending.sender.seal(b"%d" % number, NOW) for number in range(6)]
    assert receiving.receive([sent[0], *sent[2:]], NOW) == [b"0"]
    assert receiving.receive([sent[1]], NOW) == [b"1", b"2", b"3", b"4", b"5"]
    sending.receive([receiving.receiver.acknowledgement()], NOW + 0.01)
    assert sending.sender.is_idle


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\x90",
        DATA + COOKIE,
        DATA + COOKIE + b"\x00",
        DATA + b"xyz" + bytes(8),
        ACK + COOKIE,
        ACK + COOKIE + bytes(5),
        ACK + COOKIE + b"\xff" * 6,
        ACK + COOKIE + bytes(6) + b"\xff" * 1400,
        ACK + COOKIE + b"\x7f\xff\xff\xff\x00\x00",
        b"\x9f" + COOKIE + b"unknown",
        b"\x00" * 40,
    ],
)
def test_bytes_that_make_no_sense_change_nothing_that_was_sent(datagram: bytes) -> None:
    sending = carrier()
    sent = sending.sender.seal(b"x", NOW)
    sending.receive([datagram], NOW)
    receiving = carrier()
    receiving.receive([datagram], NOW)
    assert not sending.sender.is_idle or datagram[4:8] == bytes(4)
    assert sent[8:] in receiving.receive([sent], NOW) or datagram[:4] == DATA + COOKIE


def test_loose_packets_pass_and_a_ping_is_answered() -> None:
    sending, receiving = carrier(), carrier()
    assert receiving.receive([sending.sender.loose(b"ack")], NOW) == [b"ack"]
    assert receiving.receive([LOOSE + COOKIE], NOW) == [b""]
    assert not receiving.receiver.is_ack_due
    receiving.receive([PING + COOKIE], NOW)
    assert receiving.receiver.is_ack_due
