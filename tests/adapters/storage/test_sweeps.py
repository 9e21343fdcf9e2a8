"""Sweeps in batches on both databases: all of what has expired, nothing of what has not, and nobody's work twice."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import msgspec
import pytest
import sqlalchemy as sa

from horizon_desktop.adapters.storage.schema import INVITES, SESSIONS
from horizon_desktop.adapters.storage.store import SWEEP_BATCH, SqlStore
from horizon_desktop.adapters.storage.usage_schema import EPHEMERAL_QUOTAS
from horizon_desktop.domain.ids import InvitationId, Locator, SessionId
from horizon_desktop.domain.usage.quota import QuotaStatus
from horizon_desktop.ports.records import SessionState
from tests.contracts.test_store import HOUR, NOON, invite_row, session_row
from tests.fakes.entropy import SeededEntropy
from tests.services.usage_world import UsageWorld

MANY = 2 * SWEEP_BATCH + 1
LIVE = 3


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[SqlStore]:
    async with SqlStore(database_url) as opened:
        yield opened


async def _insert(store: SqlStore, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    await store.database.write(lambda conn: conn.execute(table.insert(), rows))


async def _fill(store: SqlStore) -> None:
    """Write many sessions whose hour is over, and three that go on, each with an invite."""
    sessions, invites = [], []
    for number in range(MANY + LIVE):
        session_id, end = SessionId(number.to_bytes(32, "big")), NOON.plus(HOUR if number >= MANY else -1)
        sessions.append(msgspec.structs.asdict(session_row(session_id, expires_at=end)))
        invite = invite_row(
            invitation_id=InvitationId(f"i{number}"),
            session_id=session_id,
            locator=Locator(number.to_bytes(16, "big")),
            expires_at=end.plus(10 * HOUR),
        )
        invites.append(
            {name: value for name, value in msgspec.structs.asdict(invite).items() if name != "places_reserved"}
        )
    await _insert(store, SESSIONS, sessions)
    await _insert(store, INVITES, invites)


async def test_a_sweep_of_many_batches_closes_all_that_expired_and_no_more(store: SqlStore) -> None:
    await _fill(store)
    swept = await store.close_expired(NOON)
    assert len(set(swept.sessions)) == len(swept.sessions) == MANY
    assert len(set(swept.invites)) == len(swept.invites) == MANY
    assert len(await store.sessions(state=SessionState.OPEN)) == LIVE
    assert (await store.close_expired(NOON)).sessions == ()


async def test_two_that_sweep_at_once_close_each_session_once(store: SqlStore, database_url: str) -> None:
    await _fill(store)
    async with SqlStore(database_url) as other:
        swept = await asyncio.gather(store.close_expired(NOON), other.close_expired(NOON))
    assert len({*swept[0].sessions, *swept[1].sessions}) == MANY
    assert len(swept[0].sessions) + len(swept[1].sessions) == MANY


async def test_quotas_are_swept_in_batches_each_once_by_two_at_once(store: SqlStore, database_url: str) -> None:
    async with SqlStore(database_url) as other:
        worlds = [UsageWorld(one, entropy=SeededEntropy(number)) for number, one in enumerate((store, other))]
        live = await worlds[0].quota()
        over = msgspec.structs.asdict(msgspec.structs.replace(live, expires_at=NOON))
        await _insert(store, EPHEMERAL_QUOTAS, [{**over, "id": uuid4()} for _ in range(MANY)])
        expired = await asyncio.gather(*(world.quotas.process_expirations() for world in worlds))
        assert sum(expired) == MANY
        assert (await worlds[0].now_of(live)).status is QuotaStatus.ACTIVE
