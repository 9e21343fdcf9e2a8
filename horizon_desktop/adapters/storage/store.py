"""SqlStore: the Store port over SQLAlchemy Core. One call is one transaction."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, ParamSpec, Self, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from horizon_desktop.adapters.storage import (
    document_rows,
    identity_rows,
    invite_rows,
    membership_rows,
    profile_rows,
    session_rows,
)
from horizon_desktop.adapters.storage.database import Database, Statement
from horizon_desktop.adapters.storage.membership_rows import NOBODY
from horizon_desktop.domain.access.places import InviteState, KnockEnd
from horizon_desktop.domain.decision import Decision, Deny
from horizon_desktop.domain.ids import (
    DeviceKey,
    FileId,
    IdentityId,
    InvitationId,
    Locator,
    SessionId,
)
from horizon_desktop.domain.instants import Instant
from horizon_desktop.ports.records import (
    ChatRow,
    DocumentRow,
    FileRow,
    FileStart,
    IdentityQuery,
    IdentityRow,
    InviteRow,
    KnownKeyRow,
    MembershipRow,
    MirrorBaseRow,
    SessionRow,
    SessionState,
    Swept,
)

SWEEP_BATCH: Final = 2_000
"""Rows in one transaction: others write in between."""
P = ParamSpec("P")
ResultT = TypeVar("ResultT")


class SqlStore:
    """Opens its database on entering, unless it was given an open one. Every call raises as `Database` says."""

    def __init__(self, where: Path | str | Database, *, owner: DeviceKey = NOBODY) -> None:
        """Store where: the path of a SQLite file, whose folder is made owner-only, or a URL, or a database.

        Args:
            owner: The device whose sessions and memberships it lists, and closes when their end has come: others
                may share the database. Nobody's store lists and closes the sessions of every host.
        """
        self._owner = owner
        self._database = where if isinstance(where, Database) else Database(where)
        self._is_shared = isinstance(where, Database)

    @property
    def database(self) -> Database:
        """What other stores of the same profile share."""
        return self._database

    async def __aenter__(self) -> Self:
        if not self._is_shared:
            await self._database.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._is_shared:
            await self._database.__aexit__(kind, error, trace)

    async def adopt(self) -> None:
        """Take over what was written before rows had owners, as far as it is the owner's."""
        await self._write(session_rows.adopt, self._owner)
        if self._database.place.path is not None:
            await self._write(membership_rows.adopt, self._owner)

    # --- sessions ---
    async def add_session(self, row: SessionRow) -> None:
        await self._write(session_rows.add, row, self._owner)

    async def open_session(self, row: SessionRow, invite: InviteRow, files: Sequence[FileStart] = ()) -> None:
        async def all_of_it(conn: AsyncConnection) -> None:
            await session_rows.add(conn, row, self._owner)
            await invite_rows.add(conn, invite)
            await document_rows.add_files(conn, files, after=0)

        await self._write(all_of_it)

    async def session(self, session_id: SessionId) -> SessionRow | None:
        return await self._read(session_rows.get, session_id)

    async def sessions(self, *, state: SessionState | None = None) -> Sequence[SessionRow]:
        return await self._read(session_rows.listing, state, self._owner)

    async def update_session(self, row: SessionRow) -> None:
        await self._write(session_rows.update, row)

    async def end_session(self, session_id: SessionId, *, reason: str, at: Instant) -> bool:
        return await self._write(session_rows.end, session_id, reason, at)

    async def next_revocation_number(self, session_id: SessionId) -> int:
        return await self._write_for_good(session_rows.next_revocation_number, session_id)

    async def close_expired(self, now: Instant) -> Swept:
        swept = Swept(
            invites=await self._in_batches(session_rows.close_invites, now),
            identities=await self._in_batches(session_rows.close_identities, now),
            memberships=await self._in_batches(session_rows.close_memberships, now),
        )
        while (batch := await self._write(session_rows.close_sessions, now, SWEEP_BATCH, self._owner)).sessions:
            swept = swept.and_also(batch)
        return swept.and_also(Swept(invites=await self._in_batches(session_rows.close_left_over, now)))

    async def purge(self, before: Instant) -> int:
        return await self._write(session_rows.purge, before)

    # --- invites ---
    async def add_invite(self, row: InviteRow) -> None:
        await self._write(invite_rows.add, row)

    async def invite(self, invitation_id: InvitationId) -> InviteRow | None:
        return await self._read(invite_rows.get, invitation_id)

    async def invite_by_locator(self, locator: Locator) -> InviteRow | None:
        return await self._read(invite_rows.by_locator, locator)

    async def invites(self, session_id: SessionId) -> Sequence[InviteRow]:
        return await self._read(invite_rows.of_session, session_id)

    async def count_try(self, invitation_id: InvitationId, *, now: Instant) -> int | Deny:
        return await self._write_for_good(invite_rows.count_try, invitation_id, now)

    async def give_back_and_reserve(
        self, invitation_id: InvitationId, guest_key: DeviceKey, *, now: Instant
    ) -> Decision:
        return await self._write(invite_rows.give_back_and_reserve, invitation_id, guest_key, now)

    async def consume_place(self, invitation_id: InvitationId, guest_key: DeviceKey, *, now: Instant) -> Decision:
        return await self._write_for_good(invite_rows.consume_place, invitation_id, guest_key, now)

    async def free_place(
        self, invitation_id: InvitationId, guest_key: DeviceKey, *, how: KnockEnd, now: Instant
    ) -> int:
        return await self._write(invite_rows.free_place, invitation_id, guest_key, how, now)

    async def drop_reservations(self, session_id: SessionId) -> None:
        await self._write(invite_rows.drop_reservations, session_id)

    async def set_invite_state(self, invitation_id: InvitationId, state: InviteState) -> None:
        await self._write(invite_rows.set_state, invitation_id, state)

    # --- identities ---
    async def add_identity(self, row: IdentityRow) -> None:
        await self._write(identity_rows.add, row)

    async def replace_identity(self, row: IdentityRow) -> None:
        await self._write(identity_rows.replace, row)

    async def update_identity(self, row: IdentityRow) -> None:
        await self._write_for_good(identity_rows.update, row)

    async def identity(self, identity_id: IdentityId) -> IdentityRow | None:
        return await self._read(identity_rows.get, identity_id)

    async def identity_of(self, session_id: SessionId, guest_key: DeviceKey) -> IdentityRow | None:
        return await self._read(identity_rows.of_key, session_id, guest_key)

    async def identities(self, session_id: SessionId) -> Sequence[IdentityRow]:
        return await self._read(identity_rows.of_session, session_id)

    async def find_identities(self, query: IdentityQuery) -> Sequence[IdentityRow]:
        return await self._read(identity_rows.matching, query)

    async def purge_identities(self, before: Instant) -> int:
        return await self._write(identity_rows.purge, before)

    # --- files and texts ---
    async def add_files(self, session_id: SessionId, files: Sequence[FileStart]) -> None:
        async def behind_the_last(conn: AsyncConnection) -> None:
            after = await document_rows.last_position(conn, session_id)
            await document_rows.add_files(conn, files, after=after)

        await self._write(behind_the_last)

    async def update_file(self, row: FileRow) -> None:
        await self._write(document_rows.update_file, row)

    async def remove_file(self, file_id: FileId) -> None:
        await self._write(document_rows.remove_file, file_id)

    async def files(self, session_id: SessionId) -> Sequence[FileRow]:
        return await self._read(document_rows.files, session_id)

    async def start_document(self, file_id: FileId, *, epoch: bytes, state: bytes, saved_text: str) -> None:
        await self._write(document_rows.start, file_id, epoch, state, saved_text)

    async def document(self, file_id: FileId) -> DocumentRow | None:
        return await self._read(document_rows.get, file_id)

    async def append_update(self, file_id: FileId, *, epoch: bytes, update: bytes) -> bool:
        return await self._write(document_rows.append_update, file_id, epoch, update)

    async def compact_document(self, file_id: FileId, *, epoch: bytes, state: bytes) -> bool:
        return await self._write(document_rows.compact, file_id, epoch, state)

    async def set_saved_text(self, file_id: FileId, text: str) -> None:
        await self._write(document_rows.set_saved_text, file_id, text)

    async def keep_original(self, file_id: FileId, data: bytes) -> bool:
        return await self._write(document_rows.keep_original, file_id, data)

    async def original(self, file_id: FileId) -> bytes | None:
        return await self._read(document_rows.original, file_id)

    # --- chat ---
    async def add_chat(self, session_id: SessionId, *, peer_id: str, name: str, at: Instant, text: str) -> ChatRow:
        return await self._write(session_rows.add_chat, session_id, peer_id, name, at, text)

    async def chat_after(self, session_id: SessionId, message_id: int, *, limit: int = 10_000) -> Sequence[ChatRow]:
        return await self._read(session_rows.chat_after, session_id, message_id, limit)

    # --- sessions of others ---
    async def put_membership(self, row: MembershipRow) -> None:
        await self._write(membership_rows.put, row, self._owner)

    async def membership(self, session_id: SessionId) -> MembershipRow | None:
        return await self._read(membership_rows.get, session_id, self._owner)

    async def memberships(self, *, state: SessionState | None = None) -> Sequence[MembershipRow]:
        return await self._read(membership_rows.listing, state, self._owner)

    async def set_token(self, session_id: SessionId, token: bytes, *, host_offset_ms: int) -> None:
        await self._write(membership_rows.set_token, session_id, token, host_offset_ms, self._owner)

    async def end_membership(self, session_id: SessionId, *, reason: str, at: Instant) -> None:
        await self._write(membership_rows.end, session_id, reason, at, self._owner)

    async def remove_membership(self, session_id: SessionId) -> None:
        await self._write(membership_rows.remove, session_id, self._owner)

    async def put_mirror_base(self, row: MirrorBaseRow) -> None:
        await self._write(membership_rows.put_base, row, self._owner)

    async def mirror_bases(self, session_id: SessionId) -> Sequence[MirrorBaseRow]:
        return await self._read(membership_rows.bases, session_id, self._owner)

    async def remove_mirror_base(self, session_id: SessionId, file_id: FileId) -> None:
        await self._write(membership_rows.remove_base, session_id, file_id, self._owner)

    # --- people and settings ---
    async def remember_key(self, key: DeviceKey, name: str, *, now: Instant) -> None:
        await self._write(profile_rows.remember_key, key, name, now)

    async def known_key(self, key: DeviceKey) -> KnownKeyRow | None:
        return await self._read(profile_rows.known_key, key)

    async def setting(self, name: str) -> str | None:
        return await self._read(profile_rows.setting, name)

    async def put_setting(self, name: str, value: str) -> None:
        await self._write(profile_rows.put_setting, name, value)

    async def _in_batches(
        self, close: Statement[[Instant, int, DeviceKey], tuple[ResultT, ...]], now: Instant
    ) -> tuple[ResultT, ...]:
        """Close all that is due, batch after batch, each in a transaction of its own."""
        closed: list[ResultT] = []
        while batch := await self._write(close, now, SWEEP_BATCH, self._owner):
            closed += batch
        return tuple(closed)

    async def _write_for_good(self, statement: Statement[P, ResultT], *args: P.args, **kwargs: P.kwargs) -> ResultT:
        """Write what an old copy of the file must not undo: a counted try, a taken place, a revocation."""
        result = await self._database.write(statement, *args, **kwargs)
        await self._database.keep_head()
        return result

    async def _write(self, statement: Statement[P, ResultT], *args: P.args, **kwargs: P.kwargs) -> ResultT:
        return await self._database.write(statement, *args, **kwargs)

    async def _read(self, statement: Statement[P, ResultT], *args: P.args, **kwargs: P.kwargs) -> ResultT:
        return await self._database.read(statement, *args, **kwargs)
