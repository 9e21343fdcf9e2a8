"""What speaks against a guest, in running sessions: asked again, watching only, refused, suspended, trusted again."""

import asyncio
from contextlib import suppress

import msgspec
import pytest

from horizon_desktop.adapters.memory_bus import MemoryBus
from horizon_desktop.domain.access.capability import Rate, Role
from horizon_desktop.domain.access.facts import RiskAssessed
from horizon_desktop.domain.access.risk import RiskLevel, RiskRules, Signal
from horizon_desktop.domain.access.token import parse_token
from horizon_desktop.domain.collaboration.channel import ChannelKind, DataType
from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.events import (
    AccessChanged,
    ActionRefused,
    IdentityActivated,
    PeerEntered,
    PeerKnocked,
    SessionEnded,
)
from horizon_desktop.errors import AccessRefused, LinkLost
from horizon_desktop.ports.configuration import Configuration
from horizon_desktop.protocol.payloads.chat import Say
from horizon_desktop.protocol.payloads.codec import encode
from horizon_desktop.services.hosted_session import HostedSession
from horizon_desktop.services.identities import identity_of
from horizon_desktop.services.redeeming import RedemptionDevice
from horizon_desktop.services.session_adapter import ANSWER_MS, RATE_PAUSE_MS, EphemeralSessionAdapter
from tests.contracts.test_store import GUEST, HOUR, NOON, THIRD, identity_row
from tests.fakes.clock import FakeClock
from tests.services.session_world import Machine, World, world_of

MINUTE = 60_000


def strict(**weights: int) -> Configuration:
    return Configuration(risk=RiskRules(**weights))


class Watch:
    """An adapter alone, and what it told."""

    def __init__(self, **weights: int) -> None:
        self.clock = FakeClock(NOON)
        self.bus = MemoryBus()
        self.adapter = EphemeralSessionAdapter(
            session_id="aa", rules=RiskRules(**weights), bus=self.bus, clock=self.clock
        )


# --- the adapter alone ---
def test_a_device_without_an_identity_is_not_admitted() -> None:
    assert Watch().adapter.admits(GUEST, now=NOON) == Deny("identity.device")


def test_an_identity_admits_its_own_device_alone_and_within_its_time() -> None:
    watch = Watch()
    watch.adapter.bind(identity_of(identity_row(state="active")))
    end = identity_row().expires_at
    assert watch.adapter.admits(GUEST, now=NOON) == Allow()
    assert watch.adapter.admits(THIRD, now=NOON) == Deny("identity.device")
    assert watch.adapter.admits(GUEST, now=end) == Deny("time.over")


def test_an_identity_that_is_not_active_admits_nobody() -> None:
    watch = Watch()
    watch.adapter.bind(identity_of(identity_row(state="suspended")))
    assert watch.adapter.admits(GUEST, now=NOON) == Deny("identity.state", "suspended")


def test_access_never_ends_after_the_identity_of_the_device() -> None:
    watch = Watch()
    identity = identity_of(identity_row(state="active"))
    watch.adapter.bind(identity)
    assert watch.adapter.access_ends(GUEST, wanted=NOON.plus(99 * HOUR)) == identity.window.closes
    assert watch.adapter.access_ends(GUEST, wanted=NOON.plus(1)) == NOON.plus(1)


async def test_a_change_of_level_is_told_once_with_its_reasons() -> None:
    watch = Watch(new_device=45)
    with watch.bus.subscribe() as events:
        watch.adapter.knocked(GUEST, is_known=False, failed_codes=1)
        watch.adapter.knocked(GUEST, is_known=False, failed_codes=1)
        watch.adapter.trust(GUEST)
        told = [await anext(events), await anext(events)]
    assert told == [
        RiskAssessed(
            session_id="aa",
            peer_id=GUEST.hex(),
            level="medium",
            response="ask_host",
            reasons=("new_device", "failed_codes"),
        ),
        RiskAssessed(session_id="aa", peer_id=GUEST.hex(), level="low", response="allow", reasons=()),
    ]


def test_a_burst_of_complaints_counts_once() -> None:
    watch = Watch(unusual_rate=40)
    levels = []
    for pause in (0, 1, RATE_PAUSE_MS, 1):
        watch.clock.advance(ms=pause)
        levels.append(watch.adapter.over_the_rate(GUEST).points)
    assert levels == [40, 40, 80, 80]


def test_another_network_counts_and_one_that_overlaps_does_not() -> None:
    watch = Watch()
    home, office, both = frozenset({"h"}), frozenset({"o"}), frozenset({"h", "o"})
    points = [watch.adapter.came_from(GUEST, networks).points for networks in (home, both, office, frozenset(), home)]
    assert points == [0, 0, 0, 0, 15]
    assert watch.adapter.network_of(GUEST) == "h"


def test_a_clock_that_is_off_counts_once() -> None:
    watch = Watch()
    watch.adapter.clock_off(GUEST)
    assert watch.adapter.clock_off(GUEST).reasons == (Signal.CLOCK_SKEW,)
    assert watch.adapter.assessment(GUEST).points == 15


def test_an_answer_that_does_not_come_is_noticed_once() -> None:
    watch = Watch(clock_skew=50)
    watch.adapter.clock_off(GUEST)
    watch.clock.advance(ms=ANSWER_MS - 1)
    assert watch.adapter.unanswered() == []
    watch.clock.advance(ms=1)
    assert watch.adapter.unanswered() == [GUEST]
    assert watch.adapter.unanswered() == []


# --- at the door ---
async def knock(world: World, guest: Machine, hosted: HostedSession) -> "asyncio.Task[object]":
    secrets = hosted.invitations.views()[0].secrets
    assert secrets is not None
    device = RedemptionDevice(name=guest.name, device="laptop", system="Linux", version="0.1.0")
    joining = guest.sessions.join(
        secrets.app_link, secrets.shown_code, device, shown=None, mirror=None, is_mirror_forced=False
    )
    return asyncio.get_running_loop().create_task(joining)


async def test_a_host_reads_what_speaks_against_who_knocks() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        await world.join(guest, hosted, host)
        assert (host.heard(PeerKnocked)[0].risk, host.heard(PeerKnocked)[0].reasons) == ("low", ("new_device",))
        assert not host.heard(RiskAssessed)


async def test_a_medium_risk_is_asked_of_the_host_even_where_invites_let_in_by_themselves() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    host.configuration = strict(new_device=50)
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joining = await knock(world, guest, hosted)
        knocked = await host.fact(PeerKnocked)
        await world.run_for(seconds=5)
        assert (knocked.risk, joining.done(), host.heard(IdentityActivated)) == ("medium", False, [])
        await world.done(hosted.invitations.admit(guest.key.key))
        await host.fact(PeerEntered)
        await world.until(joining.done, "joined")
        seat = hosted.core.guests.seat_of(guest.peer_id)
        assert seat.role == "editor"


async def test_a_high_risk_comes_in_to_watch_only() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    host.configuration = strict(new_device=80)
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(guest, hosted, host)
        assert joined.core.channels["edits"] == 1
        assert host.heard(RiskAssessed)[0].response == "read_only"


async def test_a_critical_risk_is_refused_at_the_door() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    host.configuration = strict(new_device=100)
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joining = await knock(world, guest, hosted)
        await world.until(joining.done, "refused")
        with pytest.raises(AccessRefused):
            joining.result()
        assert not host.heard(IdentityActivated)


async def test_wrong_codes_before_the_right_one_speak_against_a_guest() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        row = hosted.invitations.views()[0].row
        await host.store.count_try(row.invitation_id, now=host.clock.now().instant)
        await world.join(guest, hosted, host)
        assert host.heard(PeerKnocked)[0].reasons == ("new_device", "failed_codes")


# --- inside ---
async def test_a_clock_ten_minutes_off_leaves_a_guest_with_looking_until_the_host_trusts_it() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya", ahead_ms=11 * MINUTE)
    host.configuration = strict(clock_skew=80)
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(guest, hosted, host)
        await guest.fact(AccessChanged, lambda fact: fact.role == Role.OBSERVER)
        assert joined.core.channels["edits"] == 1
        assert host.heard(RiskAssessed)[0].reasons == ("clock_skew", "new_device")
        await world.done(hosted.trust(guest.peer_id))
        await guest.fact(AccessChanged, lambda fact: fact.role == Role.EDITOR)
        assert hosted.core.adapter.assessment(guest.key.key).level is RiskLevel.LOW


async def flood(world: World, rogue: Machine, hosted: HostedSession) -> None:
    """Say far more at once than a token allows, by a program that no longer checks itself."""
    joined = rogue.sessions.joined[hosted.core.text_id]
    joined.core._scopes = None

    async def send() -> None:
        with suppress(LinkLost):  # the host has had enough
            for number in range(40):
                await joined.core.link.send(ChannelKind.CHAT, DataType.CHAT, encode(Say(f"line {number}")))

    await world.done(send())


async def test_a_guest_beyond_its_rate_is_suspended_and_comes_back_when_trusted() -> None:
    world = World()
    host, rogue = world.machine("host"), world.machine("rogue")
    host.configuration = strict(unusual_rate=100)
    async with world_of(host, rogue):
        hosted = await world.host_a_file(host)
        await world.done(hosted.core.limit_rates({"chat": Rate(1, 128 * 1024)}))
        await world.join(rogue, hosted, host)
        core = hosted.core
        await flood(world, rogue, hosted)
        assessed = await host.fact(RiskAssessed)
        assert (assessed.level, assessed.reasons[0]) == ("critical", "unusual_rate")
        await world.until(lambda: core.guests.seat_of(rogue.peer_id).is_suspended, "the guest is suspended")
        await world.until(lambda: rogue.key.key not in core.links.peers(), "its links are closed")
        assert isinstance(core.guests.admission(rogue.key.key), Deny)
        await world.done(hosted.trust(rogue.peer_id))
        assert core.guests.admission(rogue.key.key) == Allow()
        assert not core.guests.seat_of(rogue.peer_id).is_suspended
        await rogue.fact(SessionEnded)
        await world.done(hosted.invite(places=1))
        await world.join(rogue, hosted, host)
        assert core.guests.seat_of(rogue.peer_id).role == "editor"


async def test_a_suspended_guest_cannot_come_again_by_another_invite() -> None:
    world = World()
    host, rogue = world.machine("host"), world.machine("rogue")
    host.configuration = strict(unusual_rate=100)
    async with world_of(host, rogue):
        hosted = await world.host_a_file(host)
        await world.done(hosted.core.limit_rates({"chat": Rate(1, 128 * 1024)}))
        await world.join(rogue, hosted, host)
        await flood(world, rogue, hosted)
        await rogue.fact(SessionEnded)
        await world.done(hosted.invite(places=1))
        again = await knock(world, rogue, hosted)
        await world.until(again.done, "the second try is answered")
        with pytest.raises(AccessRefused):
            again.result()
        assert hosted.core.guests.seat_of(rogue.peer_id).is_suspended


async def test_a_flood_is_one_signal_not_many() -> None:
    world = World()
    host, rogue = world.machine("host"), world.machine("rogue")
    async with world_of(host, rogue):
        hosted = await world.host_a_file(host)
        await world.done(hosted.core.limit_rates({"chat": Rate(1, 128 * 1024)}))
        await world.join(rogue, hosted, host)
        await flood(world, rogue, hosted)
        await host.fact(ActionRefused)
        await world.run_for(seconds=2)
        found = hosted.core.adapter.assessment(rogue.key.key)
        assert (found.level, found.points) == (RiskLevel.LOW, 30)


async def test_a_host_that_does_not_answer_leaves_the_guest_with_looking() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya", ahead_ms=11 * MINUTE)
    host.configuration = strict(clock_skew=40)
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(guest, hosted, host)
        assert (await host.fact(RiskAssessed)).response == "ask_host"
        assert joined.core.channels["edits"] == 2
        await world.run_for(seconds=ANSWER_MS // 1000 + 2, step_ms=500)
        await guest.fact(AccessChanged, lambda fact: fact.role == Role.OBSERVER)


async def test_a_token_never_outlives_its_identity() -> None:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(guest, hosted, host)
        core = hosted.core
        row = (await core.identities.of_session(core.row.session_id))[0]
        soon = host.clock.now().instant.plus(MINUTE)
        core.adapter.bind(identity_of(msgspec.structs.replace(row, expires_at=soon)))
        await world.done(core.renew_all())
        await world.run_for(seconds=1)
        token = parse_token(joined.core.membership.token, issuer=host.key.key).token
        assert token.expires_at <= soon
