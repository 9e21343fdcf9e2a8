"""Killed with SIGKILL among a thousand reservations, and among a thousand redemptions: nothing lost, nothing double."""

import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from horizon_desktop.adapters.storage.schema import INVITE_PLACES
from horizon_desktop.adapters.storage.store import SqlStore
from horizon_desktop.domain.access.places import InviteState, PlaceState
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.usage.amounts import ResourceType
from horizon_desktop.domain.usage.quota import EphemeralQuota, QuotaStatus, Reservation, ReservationState
from tests.contracts.test_store import NOON, SESSION
from tests.services.kill_victim import COUNT, PLACES, QUOTA, guest, invitation, prepare_redeeming, redeem
from tests.services.usage_world import ANA, HOUR, UsageWorld, opened_world

ROOT = Path(__file__).resolve().parents[2]
HELD = Decimal("0.01")
KILLED_AFTER = 300
"""Confirmed ones, of a thousand."""


def _confirmed_until_killed(what: str, url: str, *, count: int) -> dict[int, str]:
    """Start the victim, kill it once it has confirmed `count`, and return all that it confirmed."""
    command = [sys.executable, "-m", "tests.services.kill_victim", what, url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        lines = [victim.stdout.readline() for _ in range(count)]
        os.kill(victim.pid, signal.SIGKILL)
        lines += victim.stdout.readlines()
    assert victim.returncode == -signal.SIGKILL
    whole = [line.split() for line in lines if line.endswith("\n")]
    return {int(number): said for number, said in whole}


async def _quota(world: UsageWorld) -> EphemeralQuota:
    quota = EphemeralQuota(
        id=QUOTA,
        ephemeral_identity_id=ANA,
        tenant_id=ANA,
        sponsor_id="ana",
        beneficiary_id="maya",
        resource_type=ResourceType.GPU_HOURS,
        limit_value=HELD * COUNT,
        starts_at=NOON,
        expires_at=NOON.plus(HOUR),
        status=QuotaStatus.ACTIVE,
        created_at=NOON,
        updated_at=NOON,
    )
    await world.rows.add_quota(quota)
    return quota


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
async def test_reservations_outlive_a_kill(database_url: str) -> None:
    async with opened_world(database_url) as world:
        quota = await _quota(world)
    confirmed = _confirmed_until_killed("reserve", database_url, count=KILLED_AFTER)
    assert KILLED_AFTER <= len(confirmed) < COUNT
    async with opened_world(database_url, seed="after") as world:
        rows = {str(row.id): row for row in await world.quotas.reservations(QUOTA)}
        assert set(confirmed.values()) <= set(rows)
        assert (await world.now_of(quota)).reserved_value == HELD * len(rows)
        again = [await world.quotas.reserve(QUOTA, HELD, key=f"job-{number}") for number in range(COUNT)]
        held = [one for one in again if isinstance(one, Reservation)]
        assert {number: str(held[number].id) for number in confirmed} == confirmed
        rows_after = await world.quotas.reservations(QUOTA)
        assert len(held) == len(rows_after) == COUNT
        assert {row.state for row in rows_after} == {ReservationState.HELD}
        assert (await world.now_of(quota)).reserved_value == quota.limit_value


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
async def test_redemptions_outlive_a_kill(database_url: str) -> None:
    async with SqlStore(database_url) as store:
        await prepare_redeeming(store)
    confirmed = _confirmed_until_killed("redeem", database_url, count=KILLED_AFTER)
    assert KILLED_AFTER <= len(confirmed) < COUNT
    async with SqlStore(database_url) as store:
        taken = await _taken(store)
        assert {guest(number) for number in confirmed} <= taken
        assert sum(invite.places_taken for invite in await store.invites(SESSION)) == len(taken)
        for number in confirmed:
            assert await store.identity_of(SESSION, guest(number)) is not None
            again = await store.give_back_and_reserve(invitation(number), guest(number), now=NOON)
            assert isinstance(again, Deny)
        await store.drop_reservations(SESSION)
        rest = [number for number in range(COUNT) if guest(number) not in taken]
        assert [await redeem(store, number) for number in rest] == [True] * len(rest)
        invites = await store.invites(SESSION)
        assert {(invite.places_taken, invite.state) for invite in invites} == {(PLACES, InviteState.FULL)}
        assert {invite.tries for invite in invites} <= {0, 1}, "a try that was open at the kill stays counted, once"


async def _taken(store: SqlStore) -> set[bytes]:
    async def read(conn: AsyncConnection) -> set[bytes]:
        query = sa.select(INVITE_PLACES.c.guest_key).where(INVITE_PLACES.c.state == PlaceState.TAKEN)
        return set(await conn.scalars(query))

    return await store.database.read(read)
