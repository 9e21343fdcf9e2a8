"""Several hosts and guests on one database of either kind: each lists, resumes and closes only what is its own."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from horizon_desktop.adapters.storage.database import Database
from horizon_desktop.adapters.storage.migrate import downgrade, upgrade
from horizon_desktop.adapters.storage.schema import MEMBERSHIPS, SESSIONS
from horizon_desktop.adapters.storage.session_rows import OTHERS_MS
from horizon_desktop.adapters.storage.store import SqlStore
from horizon_desktop.domain.access.derivation import session_id_of
from horizon_desktop.domain.access.places import InviteState
from horizon_desktop.domain.ids import DeviceKey, FileId, IdentityId, InvitationId, Locator, SessionId
from horizon_desktop.ports.records import MirrorBaseRow, SessionState
from tests.contracts.test_store import (
    HOUR,
    INVITE,
    NOON,
    SESSION,
    identity_row,
    invite_row,
    membership_row,
    session_row,
)

ANA, BEN = DeviceKey(b"a" * 32), DeviceKey(b"b" * 32)
BENS, BENS_INVITE = SessionId(b"B" * 32), InvitationId("bens")
BASE = MirrorBaseRow(session_id=SESSION, file_id=FileId(b"f" * 16), path="train.py", text="one")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with Database(database_url) as opened:
        yield opened


@pytest.fixture
def ana(database: Database) -> SqlStore:
    return SqlStore(database, owner=ANA)


@pytest.fixture
def ben(database: Database) -> SqlStore:
    return SqlStore(database, owner=BEN)


async def _host_both(ana: SqlStore, ben: SqlStore) -> None:
    """Have Ana and Ben host a session each, with an invite and a guest, all of an hour."""
    await ana.open_session(session_row(), invite_row())
    await ana.add_identity(identity_row(sponsor_key=ANA))
    await ben.open_session(
        session_row(BENS), invite_row(invitation_id=BENS_INVITE, session_id=BENS, locator=Locator(b"L" * 16))
    )
    await ben.add_identity(identity_row(identity_id=IdentityId("bens"), session_id=BENS, sponsor_key=BEN))


async def test_a_host_lists_its_own_sessions_and_nobodys_store_those_of_all(
    ana: SqlStore, ben: SqlStore, database: Database
) -> None:
    await _host_both(ana, ben)
    assert [row.session_id for row in await ana.sessions(state=SessionState.OPEN)] == [SESSION]
    assert [row.session_id for row in await ben.sessions()] == [BENS]
    assert {row.session_id for row in await SqlStore(database).sessions()} == {SESSION, BENS}


async def test_a_sweep_leaves_what_another_host_may_still_run_or_extend(ana: SqlStore, ben: SqlStore) -> None:
    await _host_both(ana, ben)
    swept = await ana.close_expired(NOON.plus(HOUR))
    assert (swept.sessions, swept.invites, swept.identities) == ((SESSION,), (INVITE,), (IdentityId("9b2c"),))
    (left,) = await ben.sessions(state=SessionState.OPEN)
    assert left.session_id == BENS
    invite, guest = await ben.invite(BENS_INVITE), await ben.identity(IdentityId("bens"))
    assert invite is not None and invite.state is InviteState.OPEN
    assert guest is not None and guest.state == "active"


async def test_what_a_host_never_came_back_for_is_closed_by_any_other_an_hour_later(
    ana: SqlStore, ben: SqlStore
) -> None:
    await _host_both(ana, ben)
    late = NOON.plus(HOUR + OTHERS_MS)
    assert (await ben.close_expired(late.plus(-1))).sessions == (BENS,)
    swept = await ben.close_expired(late)
    assert (swept.sessions, swept.invites, swept.identities) == ((SESSION,), (INVITE,), (IdentityId("9b2c"),))


async def test_two_members_of_one_session_have_a_token_and_a_mirror_each(ana: SqlStore, ben: SqlStore) -> None:
    await ana.put_membership(membership_row(token=b"anas"))
    await ana.put_mirror_base(BASE)
    await ben.put_membership(membership_row(token=b"bens"))
    await ben.set_token(SESSION, b"bens second", host_offset_ms=0)
    assert await ben.mirror_bases(SESSION) == ()
    await ben.end_membership(SESSION, reason="left", at=NOON)
    (row,) = await ana.memberships(state=SessionState.OPEN)
    assert (row.token, await ana.mirror_bases(SESSION)) == (b"anas", (BASE,))
    assert await ben.memberships(state=SessionState.OPEN) == ()


async def test_a_sweep_ends_ones_own_membership_and_not_the_other_members(ana: SqlStore, ben: SqlStore) -> None:
    await ana.put_membership(membership_row(host_offset_ms=0))
    await ben.put_membership(membership_row(host_offset_ms=0))
    assert (await ana.close_expired(NOON.plus(HOUR))).memberships == (SESSION,)
    assert await ana.memberships(state=SessionState.OPEN) == ()
    assert len(await ben.memberships(state=SessionState.OPEN)) == 1


async def test_a_session_of_before_is_adopted_by_the_host_whose_key_gives_its_id(
    ana: SqlStore, ben: SqlStore, database: Database
) -> None:
    row = session_row(session_id_of(ANA, session_row().nonce))
    await SqlStore(database).open_session(row, invite_row(session_id=row.session_id))
    await ben.adopt()
    await ana.adopt()
    assert await ben.sessions() == ()
    assert await ana.sessions() == (row,)


async def test_the_memberships_of_a_profiles_own_file_are_adopted_with_their_mirrors(database: Database) -> None:
    before, ana = SqlStore(database), SqlStore(database, owner=ANA)
    await before.put_membership(membership_row())
    await before.put_mirror_base(BASE)
    await ana.adopt()
    is_own_file = database.place.path is not None
    assert await ana.memberships() == ((membership_row(),) if is_own_file else ())
    assert await ana.mirror_bases(SESSION) == ((BASE,) if is_own_file else ())


async def test_the_way_up_finds_a_sessions_owner_in_its_guests_and_the_way_down_keeps_one_membership(
    ana: SqlStore, ben: SqlStore, database: Database
) -> None:
    await _host_both(ana, ben)
    await ana.put_membership(membership_row(token=b"anas"))
    await ben.put_membership(membership_row(token=b"bens"))
    engine = create_async_engine(database.place.url)
    async with engine.connect() as conn:
        await conn.run_sync(downgrade, "0006")
        await conn.run_sync(upgrade)
        owners = await conn.execute(sa.select(SESSIONS.c.session_id, SESSIONS.c.owner_key))
        assert {tuple(row) for row in owners} == {(SESSION, ANA), (BENS, BEN)}
        assert (await conn.scalars(sa.select(MEMBERSHIPS.c.token))).all() == [b"anas"]
    await engine.dispose()
