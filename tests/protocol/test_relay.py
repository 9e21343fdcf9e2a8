"""The relay's queues: lanes in order, peers by share, rates kept, every queue bounded."""

from hypothesis import given
from hypothesis import strategies as st

from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.collaboration.relay import RelayPriority
from horizon_desktop.domain.ids import LinkId
from horizon_desktop.domain.instants import Tick
from horizon_desktop.protocol.hub_frames import RelayedBytes, parse_at_client, relay_frame
from horizon_desktop.protocol.hub_messages import LanesPaused, LanesResumed
from horizon_desktop.protocol.relay import (
    CONTROL_ONLY,
    ClientId,
    Deliver,
    Drop,
    Ready,
    RelayLimits,
    RelaySwitch,
)
from horizon_desktop.protocol.relay_rates import TokenBucket

HOST = ClientId(1)
START = Tick(5_000)
KIB = 1024
FAST = 1024 * KIB * KIB


def switch(*, limits: RelayLimits | None = None) -> RelaySwitch:
    return RelaySwitch(limits or RelayLimits(max_bytes_per_s=FAST, control_bytes_per_s=FAST))


def link(
    relay: RelaySwitch, number: int, *, priority: RelayPriority = RelayPriority.NORMAL, bytes_per_s: int = FAST
) -> tuple[LinkId, ClientId]:
    """Open a link between the host and a new member."""
    member = ClientId(100 + number)
    relay.open(LinkId(number), host=HOST, member=member, priority=priority, bytes_per_s=bytes_per_s, now=START)
    return LinkId(number), member


def drain(relay: RelaySwitch, target: ClientId, *, count: int = 10_000, now: Tick = START) -> list[bytes]:
    frames = []
    while len(frames) < count and (popped := relay.pop(target, now=now)) is not None:
        frames.append(popped[0])
    return frames


def test_control_goes_before_interactive_and_that_before_bulk() -> None:
    relay = switch()
    number, member = link(relay, 1)
    for lane in (Lane.BULK, Lane.INTERACTIVE, Lane.CONTROL, Lane.BULK, Lane.CONTROL):
        relay.offer(member, number, lane, lane.name.encode())
    assert drain(relay, HOST) == [b"CONTROL", b"CONTROL", b"INTERACTIVE", b"BULK", b"BULK"]


@given(st.lists(st.binary(max_size=200), max_size=20), st.lists(st.integers(1, 120), min_size=1, max_size=9))
def test_frames_cut_for_a_slow_line_carry_the_same_bytes_and_leave_nothing(sent: list[bytes], most: list[int]) -> None:
    relay = switch()
    number, member = link(relay, 1)
    for data in sent:
        relay.offer(member, number, Lane.BULK, relay_frame(number, Lane.BULK, data))
    got, turn = b"", 0
    while (popped := relay.pop(HOST, now=START, most=most[turn % len(most)])) is not None:
        frame = parse_at_client(popped[0])
        assert isinstance(frame, RelayedBytes)
        assert (frame.link, frame.lane) == (number, Lane.BULK)
        assert len(frame.data) <= most[turn % len(most)]
        got += frame.data
        turn += 1
    assert got == b"".join(sent)
    assert relay.queued_bytes == 0


def test_what_is_urgent_goes_between_the_parts_of_a_long_frame() -> None:
    relay = switch()
    number, member = link(relay, 1)
    relay.offer(member, number, Lane.BULK, relay_frame(number, Lane.BULK, b"abcdef"))
    first = relay.pop(HOST, now=START, most=4)
    relay.offer(member, number, Lane.INTERACTIVE, relay_frame(number, Lane.INTERACTIVE, b"now"))
    frames = [first[0] if first else b"", *drain(relay, HOST)]
    assert [parse_at_client(frame) for frame in frames] == [
        RelayedBytes(number, Lane.BULK, b"abcd"),
        RelayedBytes(number, Lane.INTERACTIVE, b"now"),
        RelayedBytes(number, Lane.BULK, b"ef"),
    ]


def test_a_lane_keeps_its_order() -> None:
    relay = switch()
    number, member = link(relay, 1)
    for count in range(50):
        relay.offer(HOST, number, Lane.INTERACTIVE, bytes([count]))
    assert drain(relay, member) == [bytes([count]) for count in range(50)]


def test_one_peers_flood_does_not_delay_another_peers_message() -> None:
    relay = switch()
    flooding, flooder = link(relay, 1)
    quiet, writer = link(relay, 2)
    for _ in range(400):
        relay.offer(flooder, flooding, Lane.INTERACTIVE, b"f" * KIB)
    drain(relay, HOST, count=100)
    relay.offer(writer, quiet, Lane.INTERACTIVE, b"hello")
    assert b"hello" in drain(relay, HOST, count=2)


def test_peers_of_one_priority_share_a_busy_line_by_cost() -> None:
    relay = switch()
    small, left = link(relay, 1)
    large, right = link(relay, 2)
    for _ in range(4000):
        relay.offer(left, small, Lane.INTERACTIVE, b"s" * 100)
    for _ in range(100):
        relay.offer(right, large, Lane.INTERACTIVE, b"L" * 4000)
    sent = drain(relay, HOST, count=600)
    small_cost, large_cost = (sum(len(frame) + 512 for frame in sent if frame[:1] == kind) for kind in (b"s", b"L"))
    assert 0.9 < small_cost / large_cost < 1.1


def test_a_high_peer_gets_four_times_a_normal_one_and_a_low_one_is_not_starved() -> None:
    relay = switch()
    for number, priority in enumerate(RelayPriority, start=1):
        opened, member = link(relay, number, priority=priority)
        for _ in range(1000):
            relay.offer(member, opened, Lane.BULK, bytes([number]) * 400)
    sent = b"".join(drain(relay, HOST, count=420))
    shares = {priority: sent.count(bytes([number])) // 400 for number, priority in enumerate(RelayPriority, start=1)}
    assert shares[RelayPriority.LOW] > 15
    assert 3.5 < shares[RelayPriority.HIGH] / shares[RelayPriority.NORMAL] < 4.5


def test_a_peer_over_its_rate_passes_no_more_than_it_in_a_minute() -> None:
    rate = 64 * KIB
    relay = switch()
    number, member = link(relay, 1, bytes_per_s=rate)
    passed, frame = 0, b"x" * 4000
    for ms in range(0, 60_000, 10):
        while not relay.must_wait(member, number):
            relay.offer(member, number, Lane.INTERACTIVE, frame)
        passed += sum(map(len, drain(relay, HOST, now=START.plus(ms))))
    assert passed <= rate * 60 * 1.05
    assert passed >= rate * 60 * 0.85


def test_another_peers_rate_is_its_own() -> None:
    relay = switch()
    slow, flooder = link(relay, 1, bytes_per_s=KIB)
    fast, writer = link(relay, 2)
    for _ in range(100):
        relay.offer(flooder, slow, Lane.INTERACTIVE, b"f" * KIB)
    drain(relay, HOST)
    relay.offer(writer, fast, Lane.INTERACTIVE, b"hello")
    assert drain(relay, HOST) == [b"hello"]


def test_the_wait_for_a_rate_is_told() -> None:
    relay = switch()
    number, member = link(relay, 1, bytes_per_s=KIB)
    for _ in range(4):
        relay.offer(member, number, Lane.INTERACTIVE, b"x" * KIB)
    drain(relay, HOST)
    wait_ms = relay.ready_in(HOST, now=START)
    assert wait_ms is not None and wait_ms > 0
    assert drain(relay, HOST, now=START.plus(wait_ms - 1)) == []
    assert len(drain(relay, HOST, now=START.plus(wait_ms))) == 1


def test_the_control_lane_is_no_way_around_the_rate() -> None:
    relay = switch(limits=RelayLimits(control_bytes_per_s=10 * KIB))
    number, member = link(relay, 1)
    for _ in range(100):
        relay.offer(member, number, Lane.CONTROL, b"x" * KIB)
    assert sum(map(len, drain(relay, HOST))) <= 21 * KIB


def test_shut_lanes_keep_what_waits_and_let_control_pass() -> None:
    relay = switch()
    number, member = link(relay, 1)
    relay.set_lanes(number, ends=(HOST, member), lanes=CONTROL_ONLY)
    relay.offer(member, number, Lane.INTERACTIVE, b"later")
    relay.offer(member, number, Lane.CONTROL, b"now")
    assert drain(relay, HOST) == [b"now"]
    assert relay.ready_in(HOST, now=START) is None
    relay.set_lanes(number, ends=(HOST, member), lanes=frozenset(Lane))
    assert drain(relay, HOST) == [b"later"]


def test_shutting_lanes_pauses_both_senders_and_opening_them_resumes_both() -> None:
    relay = switch()
    number, member = link(relay, 1)
    shut = relay.set_lanes(number, ends=(HOST, member), lanes=CONTROL_ONLY)
    opened = relay.set_lanes(number, ends=(HOST, member), lanes=frozenset(Lane))
    assert {e for e in shut if isinstance(e, Deliver)} == {
        Deliver(HOST, LanesPaused(number)),
        Deliver(member, LanesPaused(number)),
    }
    assert {e for e in opened if isinstance(e, Deliver)} == {
        Deliver(HOST, LanesResumed(number)),
        Deliver(member, LanesResumed(number)),
    }


def test_a_long_queue_pauses_its_sender_and_a_short_one_resumes_it() -> None:
    relay = switch()
    number, member = link(relay, 1)
    paused = [e for _ in range(10) for e in relay.offer(HOST, number, Lane.BULK, b"x" * 64 * KIB)]
    assert paused.count(Deliver(HOST, LanesPaused(number))) == 1
    resumed = []
    while (popped := relay.pop(member, now=START)) is not None:
        resumed += popped[2]
    assert resumed == [Deliver(HOST, LanesResumed(number))]


def test_a_member_whose_queue_is_full_is_not_read() -> None:
    relay = switch()
    number, member = link(relay, 1)
    offered = 0
    while not relay.must_wait(member, number):
        relay.offer(member, number, Lane.BULK, b"x" * 64 * KIB)
        offered += 1
    assert offered <= 9
    drain(relay, HOST, count=2)
    assert not relay.must_wait(member, number)


def test_a_member_that_reads_too_slowly_is_dropped_with_a_reason() -> None:
    relay = switch(limits=RelayLimits(overfull_bytes=256 * KIB))
    number, member = link(relay, 1)
    effects = [e for _ in range(5) for e in relay.offer(HOST, number, Lane.BULK, b"x" * 64 * KIB)]
    assert effects[-1] == Drop(member, "relay.slow")


def test_the_member_with_the_longest_queue_goes_when_the_hub_holds_too_much() -> None:
    relay = switch(limits=RelayLimits(total_bytes=512 * KIB, max_bytes_per_s=FAST))
    long, hoarder = link(relay, 1)
    short, modest = link(relay, 2)
    for _ in range(6):
        relay.offer(HOST, long, Lane.BULK, b"x" * 64 * KIB)
    effects = [e for _ in range(4) for e in relay.offer(HOST, short, Lane.BULK, b"x" * 32 * KIB)]
    assert [e for e in effects if isinstance(e, Drop)][:1] == [Drop(hoarder, "relay.slow")]
    assert modest not in {e.client for e in effects if isinstance(e, Drop)}


def test_a_closed_link_leaves_nothing_behind() -> None:
    relay = switch()
    number, member = link(relay, 1)
    relay.offer(HOST, number, Lane.BULK, b"x" * KIB)
    relay.close(number, ends=(HOST, member))
    assert relay.queued_bytes == 0
    assert relay.pop(member, now=START) is None
    assert relay.offer(HOST, number, Lane.BULK, b"late") == ()


def test_an_offer_wakes_the_other_end() -> None:
    relay = switch()
    number, member = link(relay, 1)
    assert relay.offer(HOST, number, Lane.CONTROL, b"x") == (Ready(member),)


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from(list(Lane)), st.integers(1, 3000), st.booleans()),
        max_size=120,
    )
)
def test_whatever_goes_in_comes_out_once_and_in_order_in_its_lane(
    offers: list[tuple[int, Lane, int, bool]],
) -> None:
    relay = switch()
    members = {number: link(relay, number) for number in (1, 2, 3)}
    sent: dict[tuple[int, Lane], list[bytes]] = {}
    got: dict[tuple[int, Lane], list[bytes]] = {}

    def take(count: int) -> None:
        for frame in drain(relay, HOST, count=count):
            got.setdefault((frame[0], Lane(frame[1])), []).append(frame)

    for serial, (number, lane, size, has_break) in enumerate(offers):
        frame = bytes([number, lane]) + serial.to_bytes(2, "big") + bytes(size)
        relay.offer(members[number][1], members[number][0], lane, frame)
        sent.setdefault((number, lane), []).append(frame)
        take(2 if has_break else 0)
    take(10_000)
    assert got == sent
    assert relay.queued_bytes == 0


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 5000)), max_size=60), st.integers(1, 10_000))
def test_a_bucket_never_lets_more_pass_than_burst_and_rate(takes: list[tuple[int, int]], rate: int) -> None:
    bucket, now, passed, largest = TokenBucket(per_s=rate, burst=rate, now=START), START, 0, 0
    for wait_ms, size in takes:
        now = now.plus(wait_ms)
        if bucket.ready_in(now=now) == 0:
            bucket.take(size, now=now)
            passed, largest = passed + size, max(largest, size)
    assert passed <= rate + rate * now.since(START) / 1000 + largest


def test_asking_for_the_same_rate_again_gives_no_second_burst() -> None:
    bucket = TokenBucket(per_s=1000, burst=500, now=START)
    bucket.take(600, now=START)
    bucket.retune(per_s=1000, burst=500, now=START)
    assert bucket.ready_in(now=START) == 101
