"""Statements about invites: tries counted before anything is compared, places reserved atomically."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from horizon_desktop.adapters.storage.schema import INVITE_PLACES, INVITES
from horizon_desktop.domain.access.places import (
    InviteState,
    KnockEnd,
    Place,
    PlaceState,
    after_knock,
    may_reserve,
    may_try,
)
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import DeviceKey, InvitationId, Locator, SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.ports.records import InviteRow

_FINAL: Final = (InviteState.BURNED, InviteState.EXPIRED, InviteState.CANCELLED)
_RESERVED: Final = (
    sa.select(sa.func.count())
    .where(
        INVITE_PLACES.c.invitation_id == INVITES.c.invitation_id,
        INVITE_PLACES.c.state == PlaceState.RESERVED,
    )
    .scalar_subquery()
    .label("places_reserved")
)
_QUERY: Final = sa.select(*INVITES.c, _RESERVED)


def _row(found: sa.Row[*tuple[Any, ...]]) -> InviteRow:
    return InviteRow(**found._mapping)


async def add(conn: AsyncConnection, row: InviteRow) -> None:
    values = msgspec.structs.asdict(row)
    del values["places_reserved"]
    await conn.execute(INVITES.insert(), values)


async def get(conn: AsyncConnection, invitation_id: InvitationId) -> InviteRow | None:
    found = (await conn.execute(_QUERY.where(INVITES.c.invitation_id == invitation_id))).first()
    return None if found is None else _row(found)


async def _locked(conn: AsyncConnection, invitation_id: InvitationId) -> InviteRow | None:
    """Read an invite in order to change it: until the transaction ends nobody else does (SQLite has one writer)."""
    await conn.execute(
        sa.select(INVITES.c.invitation_id).where(INVITES.c.invitation_id == invitation_id).with_for_update()
    )
    return await get(conn, invitation_id)


async def by_locator(conn: AsyncConnection, locator: Locator) -> InviteRow | None:
    found = (await conn.execute(_QUERY.where(INVITES.c.locator == locator))).first()
    return None if found is None else _row(found)


async def of_session(conn: AsyncConnection, session_id: SessionId) -> Sequence[InviteRow]:
    found = await conn.execute(
        _QUERY.where(INVITES.c.session_id == session_id).order_by(INVITES.c.created_at.desc(), INVITES.c.invitation_id)
    )
    return tuple(_row(row) for row in found)


async def count_try(conn: AsyncConnection, invitation_id: InvitationId, now: Instant) -> int | Deny:
    invite = await _locked(conn, invitation_id)
    if invite is None:
        return Deny("invite.bad")
    decision = may_try(invite, now=now)
    if isinstance(decision, Deny):
        return decision
    await _set(conn, invitation_id, tries=invite.tries + 1)
    return invite.tries + 1


async def give_back_and_reserve(
    conn: AsyncConnection, invitation_id: InvitationId, guest_key: DeviceKey, now: Instant
) -> Decision:
    invite = await _locked(conn, invitation_id)
    if invite is None:
        return Deny("invite.bad")
    await _set(conn, invitation_id, tries=max(0, invite.tries - 1))
    held = await _place(conn, invitation_id, guest_key)
    decision = may_reserve(invite, held, now=now)
    if isinstance(decision, Allow):
        await _put_place(conn, invitation_id, guest_key, PlaceState.RESERVED, now)
    return decision


async def consume_place(
    conn: AsyncConnection, invitation_id: InvitationId, guest_key: DeviceKey, now: Instant
) -> Decision:
    invite = await _locked(conn, invitation_id)
    held = await _place(conn, invitation_id, guest_key)
    if invite is None or held is None or held.state is not PlaceState.RESERVED:
        return Deny("knock.none")
    await _put_place(conn, invitation_id, guest_key, PlaceState.TAKEN, now)
    taken = invite.places_taken + 1
    await _set(conn, invitation_id, places_taken=taken, declines=0)
    if taken >= invite.places and invite.state in (InviteState.OPEN, InviteState.PAUSED):
        await _set(conn, invitation_id, state=InviteState.FULL, sealed=b"")
    return Allow()


async def free_place(
    conn: AsyncConnection,
    invitation_id: InvitationId,
    guest_key: DeviceKey,
    how: KnockEnd,
    now: Instant,
) -> int:
    invite = await _locked(conn, invitation_id)
    held = await _place(conn, invitation_id, guest_key)
    if invite is None:
        return 0
    if held is None or held.state is not PlaceState.RESERVED:
        return invite.declines
    state = PlaceState.DECLINED if how is KnockEnd.DECLINED else PlaceState.FREED
    await _put_place(conn, invitation_id, guest_key, state, now)
    state_after, declines = after_knock(invite, how)
    await _set(conn, invitation_id, declines=declines, state=state_after)
    return declines


async def drop_reservations(conn: AsyncConnection, session_id: SessionId) -> None:
    of_session = sa.select(INVITES.c.invitation_id).where(INVITES.c.session_id == session_id)
    await conn.execute(
        INVITE_PLACES.update()
        .where(
            INVITE_PLACES.c.invitation_id.in_(of_session),
            INVITE_PLACES.c.state == PlaceState.RESERVED,
        )
        .values(state=PlaceState.FREED)
    )


async def set_state(conn: AsyncConnection, invitation_id: InvitationId, state: InviteState) -> None:
    values: dict[str, object] = {"state": state}
    if state is InviteState.OPEN:
        values["declines"] = 0
    if state is InviteState.FULL or state in _FINAL:
        values["sealed"] = b""
    await _set(conn, invitation_id, **values)


async def _set(conn: AsyncConnection, invitation_id: InvitationId, **values: object) -> None:
    await conn.execute(INVITES.update().where(INVITES.c.invitation_id == invitation_id).values(values))


async def _place(conn: AsyncConnection, invitation_id: InvitationId, guest_key: DeviceKey) -> Place | None:
    found = await conn.execute(
        sa.select(INVITE_PLACES.c.state, INVITE_PLACES.c.changed_at).where(
            INVITE_PLACES.c.invitation_id == invitation_id,
            INVITE_PLACES.c.guest_key == guest_key,
        )
    )
    row = found.first()
    return None if row is None else Place(**row._mapping)


async def _put_place(
    conn: AsyncConnection,
    invitation_id: InvitationId,
    guest_key: DeviceKey,
    state: PlaceState,
    now: Instant,
) -> None:
    await conn.execute(
        INVITE_PLACES.delete().where(
            INVITE_PLACES.c.invitation_id == invitation_id,
            INVITE_PLACES.c.guest_key == guest_key,
        )
    )
    await conn.execute(
        INVITE_PLACES.insert(),
        {
            "invitation_id": invitation_id,
            "guest_key": guest_key,
            "state": state,
            "changed_at": now,
        },
    )
