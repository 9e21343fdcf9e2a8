"""SqlStore: the Store port over SQLAlchemy Core. One call is one transaction."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Concatenate, Final, ParamSpec, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from horizon_desktop.adapters.storage import (
    document_rows,
    identity_rows,
    invite_rows,
    membership_rows,
    profile_rows,
    session_rows,
)
from horizon_desktop.adapters.storage.database_file import back_up, prepare
from horizon_desktop.adapters.storage.engine import READ, make_engine
from horizon_desktop.adapters.storage.owned_calls import OwnedCalls
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
from horizon_desktop.errors import LocalProtocolError, StoreUnavailable
from horizon_desktop.ports.records import (
    ChatRow,
    DocumentRow,
    FileRow,
    FileStart,
    IdentityRow,
    InviteRow,
    KnownKeyRow,
    MembershipRow,
    MirrorBaseRow,
    SessionRow,
    SessionState,
    Swept,
)

NEWEST_REVISION: Final = "0001"
"""Head of migrations/; a test compares them."""
P = ParamSpec("P")
ResultT = TypeVar("ResultT")
Statement = Callable[Concatenate[AsyncConnection, P], Awaitable[ResultT]]


class SqlStore:
    """Opens on entering: makes the file, migrates it after a copy. Every call raises StoreUnavailable.

    A row that contradicts another one (a second session of one id) raises LocalProtocolError: the caller's mistake.
    """

    def __init__(self, path: Path) -> None:
        """Store the path of the SQLite file; its folder is made owner-only."""
        self._path = path
        self._engine: AsyncEngine | None = None
        self._calls = OwnedCalls()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(prepare, self._path)
        self._engine = make_engine(self._path)
        self._calls = OwnedCalls()
        await self._calls.open()
        try:
            await self._bring_up_to_date()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._close()

    # --- sessions ---
    async def add_session(self, row: SessionRow) -> None:
        await self._write(session_rows.add, row)

    async def open_session(self, row: SessionRow, invite: InviteRow, files: Sequence[FileStart] = ()) -> None:
        async def all_of_it(conn: AsyncConnection) -> None:
            await session_rows.add(conn, row)
            await invite_rows.add(conn, invite)
            await document_rows.add_files(conn, files, after=0)

        await self._write(all_of_it)

    async def session(self, session_id: SessionId) -> SessionRow | None:
        return await self._read(session_rows.get, session_id)

    async def sessions(self, *, state: SessionState | None = None) -> Sequence[SessionRow]:
        return await self._read(session_rows.listing, state)

    async def update_session(self, row: SessionRow) -> None:
        await self._write(session_rows.update, row)

    async def end_session(self, session_id: SessionId, *, reason: str, at: Instant) -> bool:
        return await self._write(session_rows.end, session_id, reason, at)

    async def next_revocation_number(self, session_id: SessionId) -> int:
        return await self._write(session_rows.next_revocation_number, session_id)

    async def close_expired(self, now: Instant) -> Swept:
        return await self._write(session_rows.close_expired, now)

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
        return await self._write(invite_rows.count_try, invitation_id, now)

    async def give_back_and_reserve(
        self, invitation_id: InvitationId, guest_key: DeviceKey, *, now: Instant
    ) -> Decision:
        return await self._write(invite_rows.give_back_and_reserve, invitation_id, guest_key, now)

    async def consume_place(self, invitation_id: InvitationId, guest_key: DeviceKey, *, now: Instant) -> Decision:
        return await self._write(invite_rows.consume_place, invitation_id, guest_key, now)

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
        await self._write(identity_rows.update, row)

    async def identity(self, identity_id: IdentityId) -> IdentityRow | None:
        return await self._read(identity_rows.get, identity_id)

    async def identity_of(self, session_id: SessionId, guest_key: DeviceKey) -> IdentityRow | None:
        return await self._read(identity_rows.of_key, session_id, guest_key)

    async def identities(self, session_id: SessionId) -> Sequence[IdentityRow]:
        return await self._read(identity_rows.of_session, session_id)

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
        await self._write(membership_rows.put, row)

    async def membership(self, session_id: SessionId) -> MembershipRow | None:
        return await self._read(membership_rows.get, session_id)

    async def memberships(self, *, state: SessionState | None = None) -> Sequence[MembershipRow]:
        return await self._read(membership_rows.listing, state)

    async def set_token(self, session_id: SessionId, token: bytes, *, host_offset_ms: int) -> None:
        await self._write(membership_rows.set_token, session_id, token, host_offset_ms)

    async def end_membership(self, session_id: SessionId, *, reason: str, at: Instant) -> None:
        await self._write(membership_rows.end, session_id, reason, at)

    async def remove_membership(self, session_id: SessionId) -> None:
        await self._write(membership_rows.remove, session_id)

    async def put_mirror_base(self, row: MirrorBaseRow) -> None:
        await self._write(membership_rows.put_base, row)

    async def mirror_bases(self, session_id: SessionId) -> Sequence[MirrorBaseRow]:
        return await self._read(membership_rows.bases, session_id)

    async def remove_mirror_base(self, session_id: SessionId, file_id: FileId) -> None:
        await self._write(membership_rows.remove_base, session_id, file_id)

    # --- people and settings ---
    async def remember_key(self, key: DeviceKey, name: str, *, now: Instant) -> None:
        await self._write(profile_rows.remember_key, key, name, now)

    async def known_key(self, key: DeviceKey) -> KnownKeyRow | None:
        return await self._read(profile_rows.known_key, key)

    async def setting(self, name: str) -> str | None:
        return await self._read(profile_rows.setting, name)

    async def put_setting(self, name: str, value: str) -> None:
        await self._write(profile_rows.put_setting, name, value)

    # --- how a call becomes a transaction ---
    async def _write(self, statement: Statement[P, ResultT], *args: P.args, **kwargs: P.kwargs) -> ResultT:
        return await self._calls.carry(self._write_now(self._opened, statement, *args, **kwargs))

    async def _read(self, statement: Statement[P, ResultT], *args: P.args, **kwargs: P.kwargs) -> ResultT:
        return await self._calls.carry(self._read_now(self._opened, statement, *args, **kwargs))

    async def _write_now(
        self, engine: AsyncEngine, statement: Statement[P, ResultT], *args: P.args, **kwargs: P.kwargs
    ) -> ResultT:
        try:
            async with engine.begin() as conn:
                return await statement(conn, *args, **kwargs)
        except IntegrityError as exc:
            raise LocalProtocolError(f"the store refuses a contradiction: {exc.orig}") from exc
        except (SQLAlchemyError, sqlite3.Error, OSError) as exc:
            raise _unavailable(self._path) from exc

    async def _read_now(
        self, engine: AsyncEngine, statement: Statement[P, ResultT], *args: P.args, **kwargs: P.kwargs
    ) -> ResultT:
        try:
            async with engine.connect() as conn:
                await conn.execution_options(**{READ: True})
                return await statement(conn, *args, **kwargs)
        except (SQLAlchemyError, sqlite3.Error, OSError) as exc:
            raise _unavailable(self._path) from exc

    @property
    def _opened(self) -> AsyncEngine:
        if self._engine is None:
            raise StoreUnavailable("the store is not open")
        return self._engine

    async def _close(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            await self._calls.close()
            await engine.dispose()

    async def _bring_up_to_date(self) -> None:
        revision = await self._read(_stored_revision)
        if revision == NEWEST_REVISION:
            return
        if revision > NEWEST_REVISION:
            raise StoreUnavailable(
                f"{self._path} was written by a newer version (revision {revision})",
                code="store.newer",
                file=str(self._path),
            )
        if revision:
            await asyncio.to_thread(back_up, self._path, revision)
        # Imported here because it is needed once a release and costs a fifth of a second.
        from horizon_desktop.adapters.storage import migrate  # noqa: PLC0415

        try:
            async with self._opened.connect() as conn:
                await conn.run_sync(migrate.upgrade)
        except (SQLAlchemyError, sqlite3.Error, OSError) as exc:
            raise _unavailable(self._path) from exc


async def _stored_revision(conn: AsyncConnection) -> str:
    """Return the revision that the database is at, empty for a new file."""
    has_table = await conn.scalar(sa.text("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"))
    if not has_table:
        return ""
    revision: str | None = await conn.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return revision or ""


def _unavailable(path: Path) -> StoreUnavailable:
    return StoreUnavailable(f"the database {path} cannot be used", file=str(path))
