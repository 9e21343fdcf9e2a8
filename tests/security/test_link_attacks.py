"""Attacks on a link: by a hub in the middle, a stranger with a token, an admitted guest (security table, 5 to 18)."""

import asyncio
import itertools
import random
import resource

import pytest

from horizon_desktop.adapters.tls.engine import MemoryTlsFactory
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.crypto.signing import statement
from horizon_desktop.domain.collaboration.channel import (
    CHANNEL_KINDS,
    DATA_TYPE_TAGS,
    RATES,
    ChannelAccess,
    ChannelKind,
    ChannelRow,
    Lane,
)
from horizon_desktop.domain.collaboration.peers import PeerScopes
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.ids import SessionId
from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.ports.hub import RelayFrame
from horizon_desktop.protocol.handshake import check_binding
from horizon_desktop.protocol.link_events import (
    LinkUp,
    MessageArrived,
    MessageRefused,
    PeerMuted,
    PeerSuspended,
    SilenceReached,
)
from horizon_desktop.protocol.signaling import CallBook, CallParty
from horizon_desktop.protocol.wire import Frame, FrameKind, encode_frame
from tests.protocol.link_world import ALL_OPEN, GUEST, HOST, START, scopes_of
from tests.security.rogue_guest import RogueGuest
from tests.services.link_bench import Bench

EDIT_TAG = 3
CHAT = CHANNEL_KINDS[ChannelKind.CHAT]
STRANGER = DeviceKeyPair.from_seed(b"s" * 32)


def of(events: list, kind: type) -> list:
    return [event for event in events if isinstance(event, kind)]


def scopes_now(bench: Bench, **changes: object) -> PeerScopes:
    return scopes_of(now=bench.clock.now(), **changes)


def chat(seq: int, body: bytes = b"hi") -> Frame:
    return Frame(kind=FrameKind.DATA, channel=CHAT.tag, data_type=5, seq=seq, body=body)


# --- 5: a token used from another device ---


async def test_5_a_stranger_s_key_gets_no_word_even_when_the_hub_calls_it_the_guest() -> None:
    async with Bench().running(guest=False) as bench:
        bench.hub.announced_as = GUEST.key
        rogue = RogueGuest(bench, pair=STRANGER)
        await rogue.shake()
        answers = await rogue.say(Frame(kind=FrameKind.BINDING, body=rogue.binding()))
        assert answers == [] and rogue.is_closed
        assert of(bench.host_events, LinkUp) == []


async def test_5_a_binding_recorded_from_the_guest_is_worth_nothing_on_another_connection() -> None:
    async with Bench().running(guest=False) as bench:
        honest = RogueGuest(bench)
        await honest.shake()
        recorded = honest.binding()
        thief = RogueGuest(bench)
        await thief.shake()
        answers = await thief.say(Frame(kind=FrameKind.BINDING, body=recorded))
        assert answers == [] and thief.is_closed and not honest.is_closed


async def test_5_a_binding_of_one_lane_is_worth_nothing_on_the_other() -> None:
    async with Bench().running(guest=False) as bench:
        rogue = RogueGuest(bench, lane=Lane.CONTROL)
        await rogue.shake()
        rogue.lane = Lane.INTERACTIVE
        binding = rogue.binding()
        rogue.lane = Lane.CONTROL
        assert await rogue.say(Frame(kind=FrameKind.BINDING, body=binding)) == []
        assert rogue.is_closed


# --- a hub that swaps certificates ---


async def test_a_hub_that_ends_tls_with_its_own_certificates_is_refused_by_both_sides() -> None:
    """The hub relays the guest's genuine binding between its two connections: the exporters differ."""
    async with Bench().running(guest=False) as bench:
        guest_side, host_side = MemoryTlsFactory().client(), MemoryTlsFactory().client()
        hub_as_host = MemoryTlsFactory().server()
        _, flight = hub_as_host.receive(guest_side.start())
        _, finished = guest_side.receive(flight)
        hub_as_host.receive(finished)
        middle = RogueGuest(bench)
        middle.engine = host_side
        await middle.shake()
        genuine = RogueGuest(bench)
        genuine.engine = guest_side
        answers = await middle.say(Frame(kind=FrameKind.BINDING, body=genuine.binding()))
        assert answers == [] and middle.is_closed, "the host refuses"
    async with Bench().running(guest=False) as bench:
        entered = RogueGuest(bench)
        await entered.shake()
        host_binding = (await entered.say(Frame(kind=FrameKind.BINDING, body=entered.binding())))[0]
        victim = RogueGuest(bench)
        victim.engine = guest_side
        with pytest.raises(RemoteProtocolError):
            check_binding(host_binding.body, victim.context(), GUEST.key)


# --- 8: a hub that drops, reorders, replays ---


@pytest.mark.parametrize("seed", range(6))
async def test_8_no_wrong_byte_is_delivered_whatever_the_hub_does_to_the_frames(seed: int) -> None:
    rng = random.Random(seed)
    held: list[RelayFrame] = []

    def disturb(frame: RelayFrame) -> list[RelayFrame]:
        throw = rng.random()
        if throw < 0.02:
            return []
        if throw < 0.04:
            return [frame, frame]
        if throw < 0.06:
            held.append(frame)
            return []
        if throw < 0.08 and frame.data:
            changed = bytearray(frame.data)
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
            return [RelayFrame(frame.link, frame.lane, bytes(changed))]
        return [*held, frame] if held and rng.random() < 0.3 and not held.clear() else [frame]

    async with Bench().running() as bench:
        bench.hub.swap_to_host = bench.hub.swap_to_guest = disturb
        sent = [b"%d" % n for n in range(60)]

        async def say_all() -> None:
            for body in sent:
                await bench.guest_says(body)

        async with asyncio.TaskGroup() as group:
            group.create_task(say_all())
            await bench.clock.run_for(seconds=30)
            bench.hub.swap_to_host = bench.hub.swap_to_guest = lambda frame: [frame]
            await bench.clock.run_for(seconds=60)
        assert bench.heard_by_host() == sent


async def test_8_a_hub_that_drops_everything_is_noticed_within_10_s() -> None:
    async with Bench().running() as bench:
        await bench.clock.run_for(seconds=2)
        bench.hub.swap_to_host = bench.hub.swap_to_guest = lambda frame: []
        await bench.clock.run_for(seconds=10)
        for events in (bench.host_events, bench.guest_events):
            assert [event.stage for event in of(events, SilenceReached)] == ["suspect", "chip"]


# --- 10, 11: rates, types and channels ---


async def test_10_ten_times_the_rate_passes_no_more_than_the_limit() -> None:
    async with Bench().running(guest=False) as bench:
        rogue = RogueGuest(bench)
        await rogue.enter()
        limit = RATES[ChannelKind.CHAT]
        started = bench.clock.now().tick
        for seq in range(1, 500):
            if not rogue.is_closed:
                await rogue.write(encode_frame(chat(seq)))
            await bench.clock.run_for(ms=20)
        passed_s = bench.clock.now().tick.since(started) / 1000
        accepted = len(of(bench.host_events, MessageArrived))
        assert accepted <= (limit.burst_messages + limit.messages_per_s * passed_s) * 1.05
        assert of(bench.host_events, PeerMuted)


async def test_11_every_type_on_every_channel_passes_only_where_the_table_says() -> None:
    for access in ChannelAccess:
        bench = Bench()
        async with bench.running(guest=False):
            kinds = dict.fromkeys(ALL_OPEN, access)
            wrong = 0
            for channel, data_type in itertools.product(range(8), range(8)):
                bench.scopes = scopes_now(bench, channels=kinds)
                row = next((r for r in CHANNEL_KINDS.values() if r.tag == channel), None)
                lane = row.lane if row else Lane.INTERACTIVE
                rogue = RogueGuest(bench, lane=lane)
                await rogue.enter()
                before = len(of(bench.host_events, MessageArrived))
                await rogue.say(Frame(kind=FrameKind.DATA, channel=channel, data_type=data_type, seq=1, body=b"x"))
                passed = len(of(bench.host_events, MessageArrived)) > before
                allowed = _allowed(row, access, data_type)
                wrong += passed != allowed
                await bench.host.drop(GUEST.key, "next")
                await bench.clock.run_for(ms=20)
            assert wrong == 0, access


def _allowed(row: ChannelRow | None, access: ChannelAccess, data_type: int) -> bool:
    known = DATA_TYPE_TAGS.get(data_type)
    if row is None or known is None:
        return False
    if row.kind is ChannelKind.CONTROL:
        return known in row.use_types
    return (
        known
        in {
            ChannelAccess.CLOSED: frozenset(),
            ChannelAccess.VIEW: row.view_types,
            ChannelAccess.USE: row.use_types,
        }[access]
    )


async def test_11_a_channel_on_the_wrong_lane_an_unknown_kind_and_unknown_flags_are_refused_and_counted() -> None:
    async with Bench().running(guest=False) as bench:
        rogue = RogueGuest(bench)
        await rogue.enter()
        await rogue.say(Frame(kind=FrameKind.DATA, channel=1, data_type=1, seq=1, body=b"control here"))
        await rogue.say(Frame(kind=99, channel=1, seq=7))
        await rogue.say(Frame(kind=FrameKind.DATA, channel=CHAT.tag, data_type=5, seq=1, flags=0x40, body=b"x"))
        await rogue.say(chat(2, b"still here"))
        refused = [event.rule for event in of(bench.host_events, MessageRefused)]
        assert refused == ["channel.lane", "frame.unknown", "flags.unknown"]
        assert [event.body for event in of(bench.host_events, MessageArrived)] == [b"still here"]
        assert not rogue.is_closed


# --- 12: oversize ---


async def test_12_a_header_of_a_gibibyte_costs_nothing_and_closes_the_path() -> None:
    async with Bench().running(guest=False) as bench:
        rogue = RogueGuest(bench)
        await rogue.enter()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        await rogue.write((2**30).to_bytes(4, "big") + bytes(12))
        await bench.clock.run_for(ms=200)
        grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert rogue.is_closed
        assert grown_kib < 1024


async def test_12_the_third_oversize_frame_within_a_minute_suspends() -> None:
    async with Bench().running(guest=False) as bench:
        for number in range(3):
            rogue = RogueGuest(bench)
            await rogue.enter()
            await rogue.write(b"\xff\xff\xff\xff")
            await bench.clock.run_for(ms=200)
            assert rogue.is_closed
            assert len(of(bench.host_events, PeerSuspended)) == (number == 2)
        late = RogueGuest(bench)
        await bench.clock.run_for(ms=100)
        assert late.is_closed
        bench.host.forgive(GUEST.key)
        again = RogueGuest(bench)
        await again.enter()
        assert not again.is_closed


async def test_12_a_hub_cannot_get_a_guest_suspended_by_sending_oversize_frames_in_its_name() -> None:
    async with Bench().running(guest=False) as bench:
        for _ in range(5):
            forged = RogueGuest(bench)
            await forged.shake()
            await forged.write(b"\xff\xff\xff\xff")
            await bench.clock.run_for(ms=200)
            assert forged.is_closed
        assert of(bench.host_events, PeerSuspended) == []


async def test_12_fragments_beyond_the_channel_s_limit_are_refused_before_they_are_kept() -> None:
    async with Bench().running(guest=False) as bench:
        rogue = RogueGuest(bench)
        await rogue.enter()
        for _ in range(40):
            part = Frame(kind=FrameKind.DATA, channel=CHAT.tag, data_type=5, seq=1, flags=1, body=bytes(40_000))
            await rogue.write(encode_frame(part))
        await rogue.say(chat(2, b"small"))
        assert [event.rule for event in of(bench.host_events, MessageRefused)] == ["message.oversize"]
        assert [event.body for event in of(bench.host_events, MessageArrived)] == [b"small"]


# --- 13, 14, 15: time and epoch ---


@pytest.mark.parametrize("trick", ["none", "wall clock set back"])
async def test_13_no_frame_passes_after_expiry(trick: str) -> None:
    async with Bench().running(guest=False) as bench:
        bench.scopes = scopes_now(bench, expires_at=bench.clock.now().instant.plus(5000))
        rogue = RogueGuest(bench)
        await rogue.enter()
        await rogue.say(chat(1, b"in time"))
        if trick != "none":
            bench.clock.jump(minutes=-30)
        await bench.clock.run_for(seconds=6)
        for seq in range(2, 8):
            await rogue.say(chat(seq, b"late"))
        assert [event.body for event in of(bench.host_events, MessageArrived)] == [b"in time"]
        assert {event.rule for event in of(bench.host_events, MessageRefused)} == {"token.expired"}


async def test_13_a_wall_clock_that_jumps_over_the_end_closes_the_gate_at_once() -> None:
    async with Bench().running(guest=False) as bench:
        bench.scopes = scopes_now(bench, expires_at=bench.clock.now().instant.plus(60_000))
        rogue = RogueGuest(bench)
        await rogue.enter()
        bench.clock.jump(minutes=2)
        await rogue.say(chat(1))
        assert of(bench.host_events, MessageArrived) == []


async def test_14_after_revocation_nothing_passes_even_when_the_hub_goes_on_relaying() -> None:
    async with Bench().running(guest=False) as bench:
        rogue = RogueGuest(bench)
        await rogue.enter()
        bench.scopes, bench.verdict = None, Deny("peer.removed")
        await rogue.say(chat(1))
        await bench.host.drop(GUEST.key, "revoked")
        again = RogueGuest(bench)
        await bench.clock.run_for(ms=200)
        assert again.is_closed
        assert of(bench.host_events, MessageArrived) == []


async def test_14_a_raised_epoch_voids_what_an_older_token_gave() -> None:
    async with Bench().running(guest=False) as bench:
        rogue = RogueGuest(bench)
        await rogue.enter()
        old = scopes_now(bench, epoch=1)
        new = scopes_now(bench, epoch=2)
        bench.scopes = PeerScopes(peer=new.peer, channels=old.channels)
        await rogue.say(chat(1))
        assert [event.rule for event in of(bench.host_events, MessageRefused)] == ["token.epoch"]


async def test_an_old_token_gives_nothing_after_a_resume() -> None:
    """The guest was an editor, was narrowed to observer while away, and comes back with its old token and program."""
    async with Bench().running(guest=False) as bench:
        first = RogueGuest(bench)
        await first.enter()
        bench.hub.end(first.member.link)
        observer = {ChannelKind.EDITS: ChannelAccess.VIEW}
        bench.scopes = scopes_now(bench, channels=observer, epoch=2)
        back = RogueGuest(bench)
        await back.enter()
        edit = Frame(kind=FrameKind.DATA, channel=2, data_type=EDIT_TAG, seq=1, body=b"as editor")
        await back.say(edit)
        await back.say(chat(1))
        assert of(bench.host_events, MessageArrived) == []
        assert [event.rule for event in of(bench.host_events, MessageRefused)] == ["type.forbidden", "channel.closed"]


async def test_an_expired_token_resumes_for_control_only() -> None:
    async with Bench().running(guest=False) as bench:
        bench.scopes = scopes_now(bench, expires_at=bench.clock.now().instant.plus(100))
        await bench.clock.run_for(seconds=1)
        control = RogueGuest(bench, lane=Lane.CONTROL)
        await control.enter()
        await control.say(Frame(kind=FrameKind.DATA, channel=1, data_type=1, seq=1, body=b"renew me"))
        other = RogueGuest(bench, member=control.member)
        await other.enter()
        await other.say(chat(1))
        assert [event.body for event in of(bench.host_events, MessageArrived)] == [b"renew me"]


# --- 16, 17, 18: roles, kinds of objects, sessions ---


async def test_16_a_guest_cannot_play_the_host_for_another_guest() -> None:
    """A hostile hub connects the victim to another guest that runs a host's program with its own key."""
    other_guest = DeviceKeyPair.from_seed(b"f" * 32)
    async with Bench(host_key=other_guest).running() as bench:
        await bench.clock.run_for(seconds=30)
        assert of(bench.guest_events, LinkUp) == []
        assert of(bench.host_events, LinkUp) == []


async def test_17_no_signed_object_of_a_link_passes_for_another() -> None:
    async with Bench().running(guest=False) as bench:
        rogue = RogueGuest(bench)
        await rogue.shake()
        party = CallParty(session=rogue.session, peer=HOST.key, incarnation=b"R" * 16, peer_incarnation=b"H" * 16)
        offer = CallBook(GUEST).offer(party, b"v=0", call=b"c" * 16, host_time=START)
        binding = rogue.binding()
        as_binding = await rogue.say(Frame(kind=FrameKind.BINDING, body=binding[:-64] + offer[:64]))
        assert as_binding == [] and rogue.is_closed
        at_host = CallParty(session=rogue.session, peer=GUEST.key, incarnation=b"H" * 16, peer_incarnation=b"R" * 16)
        for label in ("link-bind", "token", "session", "redeem-guest", "hub-auth"):
            signed = GUEST.sign(statement(label, offer[64:])) + offer[64:]
            with pytest.raises(RemoteProtocolError):
                CallBook(HOST).receive(signed, at_host, host_time=START)
        assert CallBook(HOST).receive(offer, at_host, host_time=START)


async def test_18_a_guest_of_another_session_of_the_same_host_is_refused() -> None:
    async with Bench().running(guest=False) as bench:
        rogue = RogueGuest(bench, session=SessionId(b"o" * 32))
        await rogue.shake()
        assert await rogue.say(Frame(kind=FrameKind.BINDING, body=rogue.binding())) == []
        assert rogue.is_closed


async def test_no_application_byte_is_accepted_before_the_binding() -> None:
    async with Bench().running(guest=False) as bench:
        rogue = RogueGuest(bench)
        await rogue.shake()
        await rogue.write(encode_frame(chat(1)) + encode_frame(Frame(kind=FrameKind.BINDING, body=rogue.binding())))
        await bench.clock.run_for(ms=200)
        assert rogue.is_closed
        assert of(bench.host_events, MessageArrived) == []


async def test_no_application_byte_is_accepted_between_binding_and_admission() -> None:
    async with Bench().running(guest=False) as bench:
        rogue = RogueGuest(bench)
        await rogue.shake()
        await rogue.write(encode_frame(Frame(kind=FrameKind.BINDING, body=rogue.binding())) + encode_frame(chat(1)))
        await bench.clock.run_for(ms=200)
        assert rogue.is_closed
        assert of(bench.host_events, MessageArrived) == []


async def test_a_guest_that_floods_the_host_with_pings_and_strays_grows_no_queue() -> None:
    async with Bench().running(guest=False) as bench:
        rogue = RogueGuest(bench)
        await rogue.enter()
        for seq in range(3000):
            await rogue.write(encode_frame(Frame(kind=99, channel=200, seq=seq)))
        await bench.clock.run_for(ms=200)
        assert len(of(bench.host_events, MessageRefused)) == 20
        driver = bench.host._drivers[GUEST.key]
        assert len(driver.link._inflow._replies[Lane.INTERACTIVE]) <= 256
