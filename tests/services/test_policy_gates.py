"""Every gate asks the policies: opening, extending, inviting, coming in, each channel, and pools."""

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from horizon_desktop.adapters.memory_bus import MemoryBus
from horizon_desktop.adapters.storage.store import SqlStore
from horizon_desktop.adapters.storage.usage_store import SqlUsageStore
from horizon_desktop.bridge.usage_desk import UsageDesk
from horizon_desktop.bridge.usage_views import QuotaSpec
from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.access.policy import (
    Attribute,
    Comparison,
    Condition,
    Effect,
    HourRange,
    Policy,
    PrincipalPattern,
    ResourcePattern,
)
from horizon_desktop.domain.access.policy_defaults import DEFAULT_POLICIES
from horizon_desktop.domain.access.policy_gates import CREATE, EXTEND, INVITE, OPEN, REDEEM, USE_POOL, USE_QUOTA
from horizon_desktop.domain.collaboration.channel import ChannelKind
from horizon_desktop.domain.collaboration.session import SessionPlan, SessionType
from horizon_desktop.domain.decision import Allow, Deny
from horizon_desktop.domain.events import AccessChanged, ActionRefused, PeerKnocked
from horizon_desktop.domain.ids import PeerId
from horizon_desktop.domain.usage.amounts import ResourceType
from horizon_desktop.domain.usage.pool import PoolAllocation
from horizon_desktop.domain.usage.quota import Reservation, Settled
from horizon_desktop.errors import AccessRefused, InviteRefused, PolicyRefused, UsageError
from horizon_desktop.ports.records import SessionState
from horizon_desktop.services.hosted_session import HostedSession
from horizon_desktop.services.policies import Policies
from horizon_desktop.services.redeeming import RedemptionDevice
from horizon_desktop.services.session_planning import HostChoice
from horizon_desktop.services.usage import usage_over
from horizon_desktop.services.usage_gates import UsageGates
from tests.fakes.clock import FakeClock
from tests.fakes.entropy import SeededEntropy
from tests.services.session_world import FILE, NOON, Machine, World, world_of

HOUR = 3600
SOON = HourRange(14 * 60 + 15, 14 * 60 + 16)
"""100 s after the world's clocks begin, at 14:13:20 UTC, and over a minute later."""


def policy(
    effect: Effect, action: str, *conditions: Condition, name: str = "rule", role: str = "*", reason: str = ""
) -> Policy:
    return Policy(
        name=name,
        effect=effect,
        principals=(PrincipalPattern("any", "*") if role == "*" else PrincipalPattern("role", role),),
        resources=(ResourcePattern("*", "**"),),
        actions=(action,),
        conditions=conditions,
        reason=reason,
    )


def deny(action: str, *conditions: Condition, role: str = "*", reason: str = "") -> Policy:
    return policy(Effect.DENY, action, *conditions, name="no", role=role, reason=reason)


def world_with(*more: Policy, instead: tuple[Policy, ...] | None = None) -> tuple[World, Machine, Machine]:
    world = World()
    host, guest = world.machine("host"), world.machine("maya")
    host.policies = Policies((*(DEFAULT_POLICIES if instead is None else instead), *more))
    return world, host, guest


def access(hosted: HostedSession, guest: Machine, channel: ChannelKind) -> int:
    scopes = hosted.core.guests.scopes(guest.key.key)
    return 0 if scopes is None else scopes.peer.allowed_channels.get(channel, 0)


# --- opening and extending ---


async def test_a_session_longer_than_the_policies_allow_is_refused_in_words() -> None:
    short = policy(Effect.ALLOW, CREATE, Comparison("length", "lte", 2 * HOUR), name="short", role="host")
    world, host, _ = world_with(instead=(short,))
    async with world_of(host):
        with pytest.raises(PolicyRefused) as refusal:
            await world.host_a_file(host, length_s=3 * HOUR)
        assert refusal.value.key == "policy.denied"
        assert refusal.value.values["reason"] == "policy short allows it only where the session's length is at most 2 h"
        assert list(await host.store.sessions(state=SessionState.OPEN)) == []


async def test_the_longest_length_of_the_policies_is_the_ceiling_of_extensions() -> None:
    both = tuple(
        policy(Effect.ALLOW, action, Comparison("length", "lte", 2 * HOUR), name=f"short-{action}", role="host")
        for action in (CREATE, EXTEND)
    )
    world, host, _ = world_with(instead=both)
    async with world_of(host):
        hosted = await world.host_a_file(host, length_s=HOUR)
        await world.done(hosted.extend(180))
        assert hosted.core.row.expires_at.since(hosted.core.row.created_at) == 2 * HOUR * 1000
        with pytest.raises(AccessRefused) as refusal:
            await world.done(hosted.extend(15))
        assert refusal.value.key == "expiry.limit"


async def test_policies_lift_a_session_past_a_day_but_never_past_fourteen() -> None:
    free = tuple(policy(Effect.ALLOW, action, name=f"free-{action}", role="host") for action in (CREATE, EXTEND))
    world, host, _ = world_with(instead=free)
    async with world_of(host):
        hosted = await world.host_a_file(host, length_s=48 * HOUR)
        assert hosted.core.row.limit_at.since(hosted.core.row.created_at) == 14 * 24 * HOUR * 1000
        with pytest.raises(AccessRefused) as refusal:
            await world.host_a_file(host, length_s=14 * 24 * HOUR + 1)
        assert refusal.value.key == "session.length"
    async with world_of(plain := World().machine("plain")):
        with pytest.raises(AccessRefused) as usual:
            await plain.world.host_a_file(plain, length_s=24 * HOUR + 1)
        assert usual.value.key == "session.length"


async def test_an_extension_that_a_policy_denies_changes_nothing() -> None:
    world, host, guest = world_with(
        deny(EXTEND, Comparison("guests", "gte", 1), reason="Not while guests are in."), instead=None
    )
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        await world.done(hosted.extend(15))
        await world.join(guest, hosted, host)
        before = hosted.core.row.expires_at
        with pytest.raises(PolicyRefused) as refusal:
            await world.done(hosted.extend(15))
        assert refusal.value.values["reason"] == "Not while guests are in (policy no)"
        assert hosted.core.row.expires_at == before


@pytest.mark.parametrize("places", [0, 31])
async def test_an_invite_for_more_than_any_session_holds_is_wrong_use_and_no_question_of_policies(places: int) -> None:
    world = World()
    host = world.machine("host")
    async with world_of(host):
        hosted = await world.host_a_file(host)
        with pytest.raises(UsageError) as told:
            await world.done(hosted.invite(places=places))
        assert told.value.key == "invite.places"


async def test_another_invite_is_asked_for_with_its_places() -> None:
    world, host, _ = world_with(deny(INVITE, Comparison("guests", "gt", 2)))
    async with world_of(host):
        hosted = await world.host_a_file(host)
        await world.done(hosted.invite(places=2))
        with pytest.raises(PolicyRefused):
            await world.done(hosted.invite(places=3))
        assert len(hosted.invitations.views()) == 2


# --- coming in ---


async def test_a_guest_outside_the_hours_is_told_when_to_come_and_comes_in_then_with_the_same_code() -> None:
    hours = policy(Effect.ALLOW, REDEEM, Comparison("time", "timeOfDay", SOON), name="hours", role="guest")
    others = tuple(each for each in DEFAULT_POLICIES if each.name != "default-guests")
    open_all = policy(Effect.ALLOW, OPEN, name="channels", role="guest")
    world, host, guest = world_with(hours, open_all, instead=others)
    async with world_of(host, guest):
        hosted = await world.host_a_file(host, places=1)
        with pytest.raises(InviteRefused) as refusal:
            await world.join(guest, hosted, host)
        assert refusal.value.key == "policy.hours"
        assert refusal.value.values["n"] == 2
        assert host.heard(ActionRefused)[0].rule == "policy.hours"
        invite = hosted.invitations.views()[0].row
        assert (invite.tries, invite.places_taken) == (0, 0)
        await world.run_for(seconds=105, step_ms=500)
        await world.join(guest, hosted, host)
        assert access(hosted, guest, ChannelKind.EDITS) == 2


async def test_a_guest_whom_a_policy_keeps_out_learns_that_and_no_more() -> None:
    world, host, guest = world_with(deny(REDEEM, Comparison("known", "eq", False), reason="Known devices only."))
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        with pytest.raises(InviteRefused) as refusal:
            await world.join(guest, hosted, host)
        assert refusal.value.key == "policy.closed"
        assert "Known" not in str(refusal.value.values)
        assert len(hosted.core.guests.roster) == 0


async def test_a_device_that_was_let_in_before_passes_both_at_the_door_and_at_its_seat() -> None:
    known = policy(Effect.ALLOW, REDEEM, Comparison("known", "eq", True), name="known", role="guest")
    others = tuple(each for each in DEFAULT_POLICIES if each.name != "default-guests")
    world, host, guest = world_with(known, policy(Effect.ALLOW, OPEN, name="all", role="guest"), instead=others)
    await host.store.remember_key(guest.key.key, "maya", now=NOON)
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        await world.join(guest, hosted, host)
        assert access(hosted, guest, ChannelKind.CHAT) == 2


async def test_the_risk_of_a_device_reaches_the_policies() -> None:
    world, host, guest = world_with(deny(REDEEM, Comparison("risk", "riskAtLeast", "medium")))
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        hosted.core.gates.risk_of = {guest.key.key: "high"}.get
        with pytest.raises(InviteRefused):
            await world.join(guest, hosted, host)
        hosted.core.gates.risk_of = hosted.core.adapter.level_word
        await world.run_for(seconds=2)
        await world.join(guest, hosted, host)


async def test_a_host_who_lets_in_too_late_reads_the_reason_and_the_guest_waits_on() -> None:
    late = deny(REDEEM, Comparison("time", "timeOfDay", SOON), reason="Closed for a minute.")
    world, host, guest = world_with(late)
    async with world_of(host, guest):
        plan = SessionPlan(session_type=SessionType.PAIR, title="t", length_s=HOUR, places=1, invite_minutes=60)
        choice = HostChoice(plan=plan, files=(FILE,), is_approval_asked=True, is_relay_allowed=True, hub="")
        hosted = await world.done(host.sessions.create(choice))
        secrets = hosted.invitations.views()[0].secrets
        assert secrets is not None
        device = RedemptionDevice(name="Maya", device="laptop", system="Linux", version="0.1.0")
        joining = guest.sessions.join(
            secrets.app_link, secrets.shown_code, device, shown=None, mirror=None, is_mirror_forced=False
        )
        async with asyncio.TaskGroup() as group:
            declined = group.create_task(refused(world, joining))
            await host.fact(PeerKnocked)
            world.advance(101_000 - host.clock.now().instant.since(NOON))
            with pytest.raises(PolicyRefused) as refusal:
                await hosted.invitations.admit(guest.key.key, None)
            assert refusal.value.values["reason"] == "Closed for a minute (policy no)"
            assert [knock.guest for knock in hosted.invitations.knocks()] == [guest.key.key]
            await hosted.invitations.decline(guest.key.key)
        assert declined.result() == "join.declined"


async def refused(world: World, joining: Coroutine[None, None, object]) -> str:
    """Return why somebody did not come in."""
    with pytest.raises(InviteRefused) as refusal:
        await world.done(joining)
    return refusal.value.key


# --- channels ---


async def test_a_channel_closes_when_its_hours_end_and_opens_again_and_the_guest_is_told_both() -> None:
    quiet = deny(OPEN, Comparison("channel", "eq", "chat"), Comparison("time", "timeOfDay", SOON))
    world, host, guest = world_with(quiet)
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        joined = await world.join(guest, hosted, host)
        assert access(hosted, guest, ChannelKind.CHAT) == 2
        await world.run_for(seconds=100, step_ms=500)
        await world.until(lambda: access(hosted, guest, ChannelKind.CHAT) == 0, "the host's gate closes chat")
        await guest.fact(AccessChanged)
        assert joined.core.channels.get("chat", 0) == 0
        assert access(hosted, guest, ChannelKind.EDITS) == 2
        await world.run_for(seconds=60, step_ms=500)
        await world.until(lambda: access(hosted, guest, ChannelKind.CHAT) == 2, "and opens it again")
        await world.until(lambda: joined.core.channels.get("chat", 0) == 2, "and the guest knows")


async def test_a_policy_gives_less_than_the_role_does() -> None:
    look = deny(OPEN, Comparison("channel", "eq", "edits"), Comparison("access", "eq", "use"), role="editor")
    world, host, guest = world_with(look)
    async with world_of(host, guest):
        hosted = await world.host_a_file(host)
        await world.join(guest, hosted, host)
        assert access(hosted, guest, ChannelKind.EDITS) == 1
        await world.done(hosted.core.change_role(guest.peer_id, Role.OPERATOR))
        assert access(hosted, guest, ChannelKind.EDITS) == 2


# --- pools ---


def test_a_pool_asks_with_what_it_knows() -> None:
    held = Policies(
        [
            policy(Effect.ALLOW, USE_POOL, Comparison("amount", "lte", 10), name="small", role="editor"),
            deny(USE_POOL, Comparison("requested", "gt", 20), reason="Enough for one."),
        ]
    )
    editor = frozenset({("role", "editor"), ("domain", "example.org")})
    few: dict[str, Attribute] = {"amount": 5, "requested": 5, "kind": "gpu_hours", "time": NOON}
    assert held.may_use_pool("bounty", editor, few) == Allow()
    refusal = held.may_use_pool("bounty", editor, {**few, "requested": 25})
    assert refusal == Deny("policy.denied", "Enough for one (policy no)")
    assert isinstance(held.may_use_pool("bounty", frozenset({("role", "observer")}), few), Deny)
    assert isinstance(held.may_use_pool("bounty", editor, {"amount": 5}), Deny)  # what is not known denies


def test_quotas_are_asked_likewise() -> None:
    assert Policies().may_use_quota("cpu_s", frozenset({("role", "editor")}), {"amount": 1, "time": NOON}) == Allow()
    assert isinstance(Policies([]).may_use_quota("cpu_s", frozenset({("role", "editor")}), {"amount": 1}), Deny)


async def test_each_use_of_a_quota_and_of_a_pool_is_asked_again(tmp_path: Path) -> None:
    async with SqlStore(tmp_path / "use.db") as store:
        clock, entropy = FakeClock(NOON), SeededEntropy("uses")
        late = tuple(deny(action, Comparison("time", "timeOfDay", SOON)) for action in (USE_QUOTA, USE_POOL))
        gates = UsageGates(Policies((*DEFAULT_POLICIES, *late)), clock=clock)
        usage = usage_over(SqlUsageStore(store.database), bus=MemoryBus(), clock=clock, entropy=entropy, gates=gates)
        desk = UsageDesk(usage, clock=clock, person=UUID(int=1), name="aurora")
        await desk.give_quota(QuotaSpec(beneficiary="maya", resource="gpu_hours", limit=Decimal(8), hours=1))
        (quota,) = await usage.quotas.listing()
        held = await usage.quotas.reserve(quota.id, Decimal(2))
        assert isinstance(held, Reservation)
        pool = await usage.pools.create(
            name="bounty", resource=ResourceType.GPU_HOURS, total=Decimal(100), most_per_user=Decimal(50)
        )
        given = await usage.pools.request(pool.id, user="maya", wanted=Decimal(5))
        assert isinstance(given, PoolAllocation)
        clock.advance(seconds=100)
        refusals = (
            await usage.quotas.reserve(quota.id, Decimal(1)),
            await usage.quotas.use(quota.id, Decimal(1)),
            await usage.pools.use(given.id, Decimal(1)),
        )
        assert [refusal.rule for refusal in refusals if isinstance(refusal, Deny)] == ["policy.denied"] * 3
        assert isinstance(await usage.quotas.commit(held.id, Decimal(2)), Settled)  # it was allowed when it was held
        clock.advance(seconds=60)
        used = await usage.quotas.use(quota.id, Decimal(1))
        assert isinstance(used, Settled)
        assert used.after.used_value == 3
        assert isinstance(await usage.pools.use(given.id, Decimal(1)), PoolAllocation)


async def test_a_request_of_a_pool_and_a_quota_are_refused_by_a_policy_and_nothing_is_taken(tmp_path: Path) -> None:
    async with SqlStore(tmp_path / "use.db") as store:
        clock, entropy = FakeClock(NOON), SeededEntropy("pools")
        held = Policies(
            [
                policy(Effect.ALLOW, USE_POOL, Comparison("requested", "lte", 8), name="few", role="host"),
                policy(Effect.ALLOW, USE_QUOTA, Comparison("amount", "lte", 8), name="some", role="editor"),
            ]
        )
        gates = UsageGates(held, clock=clock, own=PeerId("aurora"), role_of={"maya": "editor"}.get)
        usage = usage_over(SqlUsageStore(store.database), bus=MemoryBus(), clock=clock, entropy=entropy, gates=gates)
        pool = await usage.pools.create(
            name="bounty", resource=ResourceType.GPU_HOURS, total=Decimal(100), most_per_user=Decimal(50)
        )
        first = await usage.pools.request(pool.id, user="aurora", wanted=Decimal(5))
        assert isinstance(first, PoolAllocation)
        second = await usage.pools.request(pool.id, user="aurora", wanted=Decimal(5))
        assert second == Deny("policy.denied", "policy few allows it only where all that was asked for is at most 8")
        assert isinstance(await usage.pools.request(pool.id, user="maya", wanted=Decimal(1)), Deny)
        kept = await usage.pools.find(pool.id)
        assert kept is not None
        assert kept.allocated == 5
        desk = UsageDesk(usage, clock=clock, person=UUID(int=1), name="aurora")
        spec = QuotaSpec(beneficiary="maya", resource="gpu_hours", limit=Decimal(8), hours=1)
        assert await desk.give_quota(spec)
        with pytest.raises(PolicyRefused) as refusal:
            await desk.give_quota(msgspec.structs.replace(spec, limit=Decimal("8.5")))
        assert refusal.value.values["reason"] == "policy some allows it only where the amount is at most 8"
        assert len(await usage.quotas.listing()) == 1
