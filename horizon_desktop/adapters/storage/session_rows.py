"""Statements about hosted sessions, their chat, and the sweep of what has expired."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from horizon_desktop.adapters.storage.id_sets import is_among, is_in_batch
from horizon_desktop.adapters.storage.schema import (
    CHAT_LINES,
    IDENTITIES,
    INVITES,
    MEMBERSHIPS,
    SESSIONS,
)
from horizon_desktop.domain.access.derivation import session_id_of
from horizon_desktop.domain.access.places import InviteState
from horizon_desktop.domain.ids import DeviceKey, IdentityId, InvitationId, SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.ports.records import (
    ChatRow,
    SessionRow,
    SessionState,
    Swept,
)

LIVE_INVITES: Final = (InviteState.OPEN, InviteState.PAUSED, InviteState.FULL)
LIVE_IDENTITIES: Final = ("pending", "active", "suspended")
_OPEN_SESSION: Final = sa.text("state = 'open'")
_LIVE_INVITE: Final = sa.text("invites.state IN ('open', 'paused', 'full')")
_LIVE_IDENTITY: Final = sa.text("state IN ('pending', 'active', 'suspended')")
"""Written out, as the partial indexes are: with values bound to them SQLite would not use the indexes."""
_COLUMNS: Final = tuple(column for column in SESSIONS.c if column.name != "owner_key")
OTHERS_MS: Final = 3_600_000
"""What another host shares the database for is its own to close, until it has failed to for an hour."""
_CLOSED_INVITE: Final = {"state": InviteState.EXPIRED, "sealed": b""}
_KEPT: Final = frozenset({"session_id", "nonce", "created_at", "revocation_number"})


def _row(found: sa.Row[*tuple[Any, ...]]) -> SessionRow:
    return SessionRow(**found._mapping)


async def add(conn: AsyncConnection, row: SessionRow, owner: DeviceKey) -> None:
    await conn.execute(SESSIONS.insert(), {**msgspec.structs.asdict(row), "owner_key": owner})


async def adopt(conn: AsyncConnection, owner: DeviceKey) -> None:
    """Make the sessions that have no owner yet, and whose id comes of this key, those of this host."""
    found = await conn.execute(sa.select(SESSIONS.c.session_id, SESSIONS.c.nonce).where(SESSIONS.c.owner_key == b""))
    for session_id, nonce in found.all():
        if session_id_of(owner, nonce) == session_id:
            await conn.execute(SESSIONS.update().where(SESSIONS.c.session_id == session_id).values(owner_key=owner))


async def get(conn: AsyncConnection, session_id: SessionId) -> SessionRow | None:
    found = await conn.execute(sa.select(*_COLUMNS).where(SESSIONS.c.session_id == session_id))
    row = found.first()
    return None if row is None else _row(row)


async def lock(conn: AsyncConnection, session_id: SessionId) -> None:
    """Let nobody else change what is numbered within this session until the transaction ends."""
    await conn.execute(sa.select(SESSIONS.c.session_id).where(SESSIONS.c.session_id == session_id).with_for_update())


async def listing(conn: AsyncConnection, state: SessionState | None, owner: DeviceKey) -> Sequence[SessionRow]:
    """Return the sessions of one host; of all where `owner` is empty."""
    query = sa.select(*_COLUMNS).order_by(SESSIONS.c.created_at.desc(), SESSIONS.c.session_id)
    if state is not None:
        query = query.where(SESSIONS.c.state == state)
    if owner:
        query = query.where(SESSIONS.c.owner_key == owner)
    return tuple(_row(row) for row in await conn.execute(query))


async def update(conn: AsyncConnection, row: SessionRow) -> None:
    values = {name: value for name, value in msgspec.structs.asdict(row).items() if name not in _KEPT}
    await conn.execute(SESSIONS.update().where(SESSIONS.c.session_id == row.session_id).values(values))


async def end(conn: AsyncConnection, session_id: SessionId, reason: str, at: Instant) -> bool:
    """End an open session and its invites; wipe the invites' secrets."""
    ended = await conn.execute(
        SESSIONS.update()
        .where(SESSIONS.c.session_id == session_id, SESSIONS.c.state == SessionState.OPEN)
        .values(state=SessionState.ENDED, reason=reason, ended_at=at)
    )
    closed = InviteState.EXPIRED if reason == "expired" else InviteState.CANCELLED
    await conn.execute(
        INVITES.update()
        .where(INVITES.c.session_id == session_id, INVITES.c.state.in_(LIVE_INVITES))
        .values(state=closed, sealed=b"")
    )
    return ended.rowcount > 0


async def next_revocation_number(conn: AsyncConnection, session_id: SessionId) -> int:
    raised = await conn.execute(
        SESSIONS.update()
        .where(SESSIONS.c.session_id == session_id)
        .values(revocation_number=SESSIONS.c.revocation_number + 1)
        .returning(SESSIONS.c.revocation_number)
    )
    return raised.scalar() or 0


async def close_sessions(conn: AsyncConnection, now: Instant, limit: int, owner: DeviceKey) -> Swept:
    """End one batch of sessions with their invites."""
    values = {"state": SessionState.ENDED, "reason": "expired", "ended_at": SESSIONS.c.expires_at}
    is_due = sa.and_(_OPEN_SESSION, _is_over(SESSIONS.c.expires_at, now, SESSIONS.c.owner_key, owner))
    sessions: tuple[SessionId, ...] = await _close(conn, SESSIONS, is_due, values, limit)
    invites: tuple[InvitationId, ...] = ()
    if sessions:
        closed = await conn.execute(
            INVITES.update()
            .where(_of_ended(conn, sessions), _LIVE_INVITE)
            .values(_CLOSED_INVITE)
            .returning(INVITES.c.invitation_id)
        )
        invites = tuple(closed.scalars())
    return Swept(sessions=sessions, invites=invites)


def _of_ended(conn: AsyncConnection, sessions: Sequence[SessionId]) -> sa.ColumnElement[bool]:
    """Return the condition that an invite is of one of these sessions, just ended, in words quick on each database.

    SQLite would bind each id by itself, and asks the session of each live invite in less time; PostgreSQL would read
    the whole table of sessions for that.
    """
    if conn.dialect.name == "sqlite":
        return _of_its_session(SESSIONS.c.state) == SessionState.ENDED
    return is_among(conn, INVITES.c.session_id, sessions)


def _of_its_session(column: sa.Column[Any]) -> "sa.ScalarSelect[Any]":
    return sa.select(column).where(SESSIONS.c.session_id == INVITES.c.session_id).scalar_subquery()


def _is_over(
    end: sa.Column[Any], now: Instant, owner_of_row: sa.ColumnElement[Any], owner: DeviceKey
) -> sa.ColumnElement[bool]:
    """Return the condition that a row's end has come, and that it is ours to close: that of any host for nobody."""
    if not owner:
        return end <= now
    return sa.and_(end <= now, sa.or_(owner_of_row == owner, end <= now.plus(-OTHERS_MS)))


async def close_left_over(
    conn: AsyncConnection, _now: Instant, limit: int, _owner: DeviceKey
) -> tuple[InvitationId, ...]:
    """Close one batch of live invites of sessions that ended some other way."""
    is_over = sa.and_(_LIVE_INVITE, _of_its_session(SESSIONS.c.state) == SessionState.ENDED)
    return await _close(conn, INVITES, is_over, _CLOSED_INVITE, limit)


async def close_invites(conn: AsyncConnection, now: Instant, limit: int, owner: DeviceKey) -> tuple[InvitationId, ...]:
    is_due = _is_over(INVITES.c.expires_at, now, _of_its_session(SESSIONS.c.owner_key), owner)
    return await _close(conn, INVITES, sa.and_(_LIVE_INVITE, is_due), _CLOSED_INVITE, limit)


async def close_identities(conn: AsyncConnection, now: Instant, limit: int, owner: DeviceKey) -> tuple[IdentityId, ...]:
    values = {"state": "expired", "epoch": IDENTITIES.c.epoch + 1, "reason": "expired"}
    is_due = _is_over(IDENTITIES.c.expires_at, now, IDENTITIES.c.sponsor_key, owner)
    return await _close(conn, IDENTITIES, sa.and_(_LIVE_IDENTITY, is_due), values, limit)


async def close_memberships(
    conn: AsyncConnection, now: Instant, _limit: int, owner: DeviceKey
) -> tuple[SessionId, ...]:
    """End the memberships of one guest whose end has come: they are few."""
    on_our_clock = sa.type_coerce(MEMBERSHIPS.c.expires_at, sa.BigInteger) - MEMBERSHIPS.c.host_offset_ms
    values = {"state": SessionState.ENDED, "reason": "expired", "ended_at": MEMBERSHIPS.c.expires_at, "token": b""}
    is_due = sa.and_(MEMBERSHIPS.c.owner_key == owner, MEMBERSHIPS.c.state == SessionState.OPEN, on_our_clock <= now.ms)
    closed = await conn.execute(MEMBERSHIPS.update().where(is_due).values(values).returning(MEMBERSHIPS.c.session_id))
    return tuple(closed.scalars())


async def _close(
    conn: AsyncConnection, table: sa.Table, is_due: sa.ColumnElement[bool], values: dict[str, Any], limit: int
) -> tuple[Any, ...]:
    (key,) = table.primary_key
    batch = is_in_batch(conn, table, is_due, limit)
    closed = await conn.execute(table.update().where(batch).values(values).returning(key))
    return tuple(closed.scalars())


async def purge(conn: AsyncConnection, before: Instant) -> int:
    gone = 0
    for table in (SESSIONS, MEMBERSHIPS):
        deleted = await conn.execute(
            table.delete().where(table.c.state == SessionState.ENDED, table.c.ended_at < before)
        )
        gone += deleted.rowcount
    return gone


async def add_chat(
    conn: AsyncConnection, session_id: SessionId, peer_id: str, name: str, at: Instant, text: str
) -> ChatRow:
    await lock(conn, session_id)
    newest = await conn.scalar(
        sa.select(sa.func.max(CHAT_LINES.c.message_id)).where(CHAT_LINES.c.session_id == session_id)
    )
    row = ChatRow(message_id=(newest or 0) + 1, peer_id=peer_id, name=name, at=at, text=text)
    await conn.execute(CHAT_LINES.insert(), {"session_id": session_id, **msgspec.structs.asdict(row)})
    return row


async def chat_after(conn: AsyncConnection, session_id: SessionId, message_id: int, limit: int) -> Sequence[ChatRow]:
    columns = [column for column in CHAT_LINES.c if column.name != "session_id"]
    found = await conn.execute(
        sa.select(*columns)
        .where(CHAT_LINES.c.session_id == session_id, CHAT_LINES.c.message_id > message_id)
        .order_by(CHAT_LINES.c.message_id)
        .limit(limit)
    )
    return tuple(ChatRow(**row._mapping) for row in found)
