"""The Store port in memory. tests/contracts/test_store.py holds it to the promises of the real one."""

from collections.abc import Sequence

import msgspec

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

_LIVE_INVITES = {InviteState.OPEN, InviteState.PAUSED, InviteState.FULL}
_LIVE_IDENTITIES = {"pending", "active", "suspended"}


class MemoryStore:
    """Forgets everything with the object. `is_broken = True` makes every call raise StoreUnavailable."""

    def __init__(self) -> None:
        self.is_broken = False
        self._sessions: dict[SessionId, SessionRow] = {}
        self._invites: dict[InvitationId, InviteRow] = {}
        self._places: dict[tuple[InvitationId, DeviceKey], Place] = {}
        self._identities: dict[IdentityId, IdentityRow] = {}
        self._files: dict[FileId, FileRow] = {}
        self._documents: dict[FileId, DocumentRow] = {}
        self._originals: dict[FileId, bytes] = {}
        self._chat: dict[SessionId, list[ChatRow]] = {}
        self._memberships: dict[SessionId, MembershipRow] = {}
        self._bases: dict[tuple[SessionId, FileId], MirrorBaseRow] = {}
        self._keys: dict[DeviceKey, KnownKeyRow] = {}
        self._settings: dict[str, str] = {}

    # --- sessions ---
    async def add_session(self, row: SessionRow) -> None:
        self._check()
        if row.session_id in self._sessions:
            raise LocalProtocolError("a second session of this id")
        self._sessions[row.session_id] = row

    async def open_session(self, row: SessionRow, invite: InviteRow, files: Sequence[FileStart] = ()) -> None:
        await self.add_session(row)
        before = dict(self._invites)
        try:
            await self.add_invite(invite)
            await self.add_files(row.session_id, files)
        except LocalProtocolError:
            self._invites = before
            del self._sessions[row.session_id]
            raise

    async def session(self, session_id: SessionId) -> SessionRow | None:
        self._check()
        return self._sessions.get(session_id)

    async def sessions(self, *, state: SessionState | None = None) -> Sequence[SessionRow]:
        self._check()
        found = [row for row in self._sessions.values() if state is None or row.state is state]
        return tuple(sorted(found, key=lambda row: (-row.created_at.ms, row.session_id)))

    async def update_session(self, row: SessionRow) -> None:
        self._check()
        old = self._sessions.get(row.session_id)
        if old is not None:
            self._sessions[row.session_id] = msgspec.structs.replace(
                row, nonce=old.nonce, created_at=old.created_at, revocation_number=old.revocation_number
            )

    async def end_session(self, session_id: SessionId, *, reason: str, at: Instant) -> bool:
        self._check()
        closed = InviteState.EXPIRED if reason == "expired" else InviteState.CANCELLED
        for invite in list(self._invites.values()):
            if invite.session_id == session_id and invite.state in _LIVE_INVITES:
                self._change(invite.invitation_id, state=closed, sealed=b"")
        row = self._sessions.get(session_id)
        if row is None or row.state is not SessionState.OPEN:
            return False
        self._sessions[session_id] = msgspec.structs.replace(row, state=SessionState.ENDED, reason=reason, ended_at=at)
        return True

    async def next_revocation_number(self, session_id: SessionId) -> int:
        self._check()
        row = self._sessions.get(session_id)
        if row is None:
            return 0
        number = row.revocation_number + 1
        self._sessions[session_id] = msgspec.structs.replace(row, revocation_number=number)
        return number

    async def close_expired(self, now: Instant) -> Swept:
        self._check()
        sessions = [r for r in self._sessions.values() if r.state is SessionState.OPEN and r.expires_at <= now]
        ended = {row.session_id for row in sessions}
        invites = [
            row
            for row in self._invites.values()
            if row.state in _LIVE_INVITES and (row.expires_at <= now or row.session_id in ended)
        ]
        for session in sessions:
            await self.end_session(session.session_id, reason="expired", at=session.expires_at)
        for invite in invites:
            self._change(invite.invitation_id, state=InviteState.EXPIRED, sealed=b"")
        identities = [r for r in self._identities.values() if r.state in _LIVE_IDENTITIES and r.expires_at <= now]
        for identity in identities:
            self._identities[identity.identity_id] = msgspec.structs.replace(
                identity, state="expired", epoch=identity.epoch + 1, reason="expired"
            )
        memberships = [
            row
            for row in self._memberships.values()
            if row.state is SessionState.OPEN and row.expires_at.plus(-row.host_offset_ms) <= now
        ]
        for membership in memberships:
            await self.end_membership(membership.session_id, reason="expired", at=membership.expires_at)
        return Swept(
            sessions=tuple(row.session_id for row in sessions),
            invites=tuple(row.invitation_id for row in invites),
            identities=tuple(row.identity_id for row in identities),
            memberships=tuple(row.session_id for row in memberships),
        )

    async def purge(self, before: Instant) -> int:
        self._check()
        sessions = [s for s, row in self._sessions.items() if row.ended_at is not None and row.ended_at < before]
        memberships = [s for s, row in self._memberships.items() if row.ended_at is not None and row.ended_at < before]
        for session_id in sessions:
            del self._sessions[session_id]
            self._chat.pop(session_id, None)
            for file in await self.files(session_id):
                await self.remove_file(file.file_id)
            self._invites = {i: row for i, row in self._invites.items() if row.session_id != session_id}
            self._identities = {i: row for i, row in self._identities.items() if row.session_id != session_id}
        for session_id in memberships:
            await self.remove_membership(session_id)
        return len(sessions) + len(memberships)

    # --- invites ---
    async def add_invite(self, row: InviteRow) -> None:
        self._check()
        taken = {found.locator for found in self._invites.values()}
        if row.invitation_id in self._invites or row.locator in taken or row.session_id not in self._sessions:
            raise LocalProtocolError("an invite that contradicts the store")
        self._invites[row.invitation_id] = row

    async def invite(self, invitation_id: InvitationId) -> InviteRow | None:
        self._check()
        row = self._invites.get(invitation_id)
        if row is None:
            return None
        reserved = sum(
            place.state is PlaceState.RESERVED for (held, _), place in self._places.items() if held == invitation_id
        )
        return msgspec.structs.replace(row, places_reserved=reserved)

    async def invite_by_locator(self, locator: Locator) -> InviteRow | None:
        self._check()
        for row in self._invites.values():
            if row.locator == locator:
                return await self.invite(row.invitation_id)
        return None

    async def invites(self, session_id: SessionId) -> Sequence[InviteRow]:
        self._check()
        found = [row for row in self._invites.values() if row.session_id == session_id]
        found.sort(key=lambda row: (-row.created_at.ms, row.invitation_id))
        return tuple([full for row in found if (full := await self.invite(row.invitation_id)) is not None])

    async def count_try(self, invitation_id: InvitationId, *, now: Instant) -> int | Deny:
        invite = await self.invite(invitation_id)
        if invite is None:
            return Deny("invite.bad")
        decision = may_try(invite, now=now)
        if isinstance(decision, Deny):
            return decision
        self._change(invitation_id, tries=invite.tries + 1)
        return invite.tries + 1

    async def give_back_and_reserve(
        self, invitation_id: InvitationId, guest_key: DeviceKey, *, now: Instant
    ) -> Decision:
        invite = await self.invite(invitation_id)
        if invite is None:
            return Deny("invite.bad")
        self._change(invitation_id, tries=max(0, invite.tries - 1))
        decision = may_reserve(invite, self._places.get((invitation_id, guest_key)), now=now)
        if isinstance(decision, Allow):
            self._places[invitation_id, guest_key] = Place(state=PlaceState.RESERVED, changed_at=now)
        return decision

    async def consume_place(self, invitation_id: InvitationId, guest_key: DeviceKey, *, now: Instant) -> Decision:
        invite = await self.invite(invitation_id)
        held = self._places.get((invitation_id, guest_key))
        if invite is None or held is None or held.state is not PlaceState.RESERVED:
            return Deny("knock.none")
        self._places[invitation_id, guest_key] = Place(state=PlaceState.TAKEN, changed_at=now)
        taken = invite.places_taken + 1
        self._change(invitation_id, places_taken=taken, declines=0)
        if taken >= invite.places and invite.state in {InviteState.OPEN, InviteState.PAUSED}:
            self._change(invitation_id, state=InviteState.FULL, sealed=b"")
        return Allow()

    async def free_place(
        self, invitation_id: InvitationId, guest_key: DeviceKey, *, how: KnockEnd, now: Instant
    ) -> int:
        invite = await self.invite(invitation_id)
        held = self._places.get((invitation_id, guest_key))
        if invite is None:
            return 0
        if held is None or held.state is not PlaceState.RESERVED:
            return invite.declines
        after = PlaceState.DECLINED if how is KnockEnd.DECLINED else PlaceState.FREED
        self._places[invitation_id, guest_key] = Place(state=after, changed_at=now)
        state, declines = after_knock(invite, how)
        self._change(invitation_id, state=state, declines=declines)
        return declines

    async def drop_reservations(self, session_id: SessionId) -> None:
        self._check()
        for (invitation_id, key), place in list(self._places.items()):
            invite = self._invites.get(invitation_id)
            if invite is not None and invite.session_id == session_id and place.state is PlaceState.RESERVED:
                self._places[invitation_id, key] = msgspec.structs.replace(place, state=PlaceState.FREED)

    async def set_invite_state(self, invitation_id: InvitationId, state: InviteState) -> None:
        self._check()
        if invitation_id not in self._invites:
            return
        self._change(invitation_id, state=state)
        if state is InviteState.OPEN:
            self._change(invitation_id, declines=0)
        if state not in {InviteState.OPEN, InviteState.PAUSED}:
            self._change(invitation_id, sealed=b"")

    # --- identities ---
    async def add_identity(self, row: IdentityRow) -> None:
        self._check()
        if row.session_id not in self._sessions or await self.identity_of(row.session_id, row.guest_key):
            raise LocalProtocolError("an identity that contradicts the store")
        self._identities[row.identity_id] = row

    async def replace_identity(self, row: IdentityRow) -> None:
        former = await self.identity_of(row.session_id, row.guest_key)
        if former is not None:
            del self._identities[former.identity_id]
        await self.add_identity(row)

    async def update_identity(self, row: IdentityRow) -> None:
        self._check()
        if row.identity_id in self._identities:
            self._identities[row.identity_id] = row

    async def identity(self, identity_id: IdentityId) -> IdentityRow | None:
        self._check()
        return self._identities.get(identity_id)

    async def identity_of(self, session_id: SessionId, guest_key: DeviceKey) -> IdentityRow | None:
        self._check()
        for row in self._identities.values():
            if row.session_id == session_id and row.guest_key == guest_key:
                return row
        return None

    async def identities(self, session_id: SessionId) -> Sequence[IdentityRow]:
        self._check()
        found = [row for row in self._identities.values() if row.session_id == session_id]
        return tuple(sorted(found, key=lambda row: (row.created_at, row.identity_id)))

    async def find_identities(self, query: IdentityQuery) -> Sequence[IdentityRow]:
        self._check()
        wanted = {
            "session_id": query.session_id,
            "sponsor_key": query.sponsor_key,
            "guest_key": query.guest_key,
            "name": query.beneficiary,
        }
        found = [
            row
            for row in self._identities.values()
            if all(value is None or getattr(row, name) == value for name, value in wanted.items())
            and (not query.states or row.state in query.states)
        ]
        return tuple(sorted(found, key=lambda row: (row.created_at, row.identity_id))[: query.limit])

    async def purge_identities(self, before: Instant) -> int:
        self._check()
        gone = [
            i for i, row in self._identities.items() if row.state in {"revoked", "expired"} and row.expires_at < before
        ]
        for identity_id in gone:
            del self._identities[identity_id]
        return len(gone)

    # --- files and texts ---
    async def add_files(self, session_id: SessionId, files: Sequence[FileStart]) -> None:
        self._check()
        ids = [start.row.file_id for start in files]
        is_known = any(file_id in self._files for file_id in ids) or len(set(ids)) < len(ids)
        if is_known or any(start.row.session_id not in self._sessions for start in files):
            raise LocalProtocolError("a file that contradicts the store")
        for start in files:
            self._files[start.row.file_id] = start.row
            if start.document is not None:
                self._documents[start.row.file_id] = start.document

    async def update_file(self, row: FileRow) -> None:
        self._check()
        if row.file_id in self._files:
            self._files[row.file_id] = row

    async def remove_file(self, file_id: FileId) -> None:
        self._check()
        self._files.pop(file_id, None)
        self._documents.pop(file_id, None)
        self._originals.pop(file_id, None)

    async def files(self, session_id: SessionId) -> Sequence[FileRow]:
        self._check()
        return tuple(row for row in self._files.values() if row.session_id == session_id)

    async def start_document(self, file_id: FileId, *, epoch: bytes, state: bytes, saved_text: str) -> None:
        self._check()
        if file_id not in self._files:
            raise LocalProtocolError("a document without its file")
        self._documents[file_id] = DocumentRow(
            file_id=file_id, epoch=epoch, state=state, updates=(), saved_text=saved_text
        )

    async def document(self, file_id: FileId) -> DocumentRow | None:
        self._check()
        return self._documents.get(file_id)

    async def append_update(self, file_id: FileId, *, epoch: bytes, update: bytes) -> bool:
        row = await self.document(file_id)
        if row is None or row.epoch != epoch:
            return False
        self._documents[file_id] = msgspec.structs.replace(row, updates=(*row.updates, update))
        return True

    async def compact_document(self, file_id: FileId, *, epoch: bytes, state: bytes) -> bool:
        row = await self.document(file_id)
        if row is None or row.epoch != epoch:
            return False
        self._documents[file_id] = msgspec.structs.replace(row, state=state, updates=())
        return True

    async def set_saved_text(self, file_id: FileId, text: str) -> None:
        row = await self.document(file_id)
        if row is not None:
            self._documents[file_id] = msgspec.structs.replace(row, saved_text=text)

    async def keep_original(self, file_id: FileId, data: bytes) -> bool:
        self._check()
        if file_id in self._originals:
            return False
        if file_id not in self._files:
            raise LocalProtocolError("an original without its file")
        self._originals[file_id] = data
        return True

    async def original(self, file_id: FileId) -> bytes | None:
        self._check()
        return self._originals.get(file_id)

    # --- chat ---
    async def add_chat(self, session_id: SessionId, *, peer_id: str, name: str, at: Instant, text: str) -> ChatRow:
        self._check()
        if session_id not in self._sessions:
            raise LocalProtocolError("chat without its session")
        lines = self._chat.setdefault(session_id, [])
        row = ChatRow(message_id=len(lines) + 1, peer_id=peer_id, name=name, at=at, text=text)
        lines.append(row)
        return row

    async def chat_after(self, session_id: SessionId, message_id: int, *, limit: int = 10_000) -> Sequence[ChatRow]:
        self._check()
        return tuple(row for row in self._chat.get(session_id, []) if row.message_id > message_id)[:limit]

    # --- sessions of others ---
    async def put_membership(self, row: MembershipRow) -> None:
        self._check()
        self._memberships[row.session_id] = row

    async def membership(self, session_id: SessionId) -> MembershipRow | None:
        self._check()
        return self._memberships.get(session_id)

    async def memberships(self, *, state: SessionState | None = None) -> Sequence[MembershipRow]:
        self._check()
        found = [row for row in self._memberships.values() if state is None or row.state is state]
        return tuple(sorted(found, key=lambda row: (-row.created_at.ms, row.session_id)))

    async def set_token(self, session_id: SessionId, token: bytes, *, host_offset_ms: int) -> None:
        row = await self.membership(session_id)
        if row is not None:
            self._memberships[session_id] = msgspec.structs.replace(row, token=token, host_offset_ms=host_offset_ms)

    async def end_membership(self, session_id: SessionId, *, reason: str, at: Instant) -> None:
        row = await self.membership(session_id)
        if row is not None:
            self._memberships[session_id] = msgspec.structs.replace(
                row, state=SessionState.ENDED, reason=reason, ended_at=at, token=b""
            )

    async def remove_membership(self, session_id: SessionId) -> None:
        self._check()
        self._memberships.pop(session_id, None)
        self._bases = {at: row for at, row in self._bases.items() if row.session_id != session_id}

    async def put_mirror_base(self, row: MirrorBaseRow) -> None:
        self._check()
        if row.session_id not in self._memberships:
            raise LocalProtocolError("a mirror without its membership")
        self._bases[row.session_id, row.file_id] = row

    async def mirror_bases(self, session_id: SessionId) -> Sequence[MirrorBaseRow]:
        self._check()
        found = [row for row in self._bases.values() if row.session_id == session_id]
        return tuple(sorted(found, key=lambda row: (row.path, row.file_id)))

    async def remove_mirror_base(self, session_id: SessionId, file_id: FileId) -> None:
        self._check()
        self._bases.pop((session_id, file_id), None)

    # --- people and settings ---
    async def remember_key(self, key: DeviceKey, name: str, *, now: Instant) -> None:
        self._check()
        first_seen = self._keys[key].first_seen if key in self._keys else now
        self._keys[key] = KnownKeyRow(key=key, name=name, first_seen=first_seen, last_seen=now)

    async def known_key(self, key: DeviceKey) -> KnownKeyRow | None:
        self._check()
        return self._keys.get(key)

    async def setting(self, name: str) -> str | None:
        self._check()
        return self._settings.get(name)

    async def put_setting(self, name: str, value: str) -> None:
        self._check()
        self._settings[name] = value

    def _check(self) -> None:
        if self.is_broken:
            raise StoreUnavailable("the store is broken, as the test wants it")

    def _change(self, invitation_id: InvitationId, **values: object) -> None:
        self._invites[invitation_id] = msgspec.structs.replace(self._invites[invitation_id], **values)
