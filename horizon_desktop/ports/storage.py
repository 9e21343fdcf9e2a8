"""The store: durable memory of a profile. Every call is one transaction over the rows of ports/records.py."""

from collections.abc import Sequence
from typing import Protocol

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


class Store(Protocol):
    """Atomic, durable single calls. Every one raises StoreUnavailable; a missing row is None, () or no effect."""

    # --- sessions that this profile hosts ---
    async def add_session(self, row: SessionRow) -> None: ...
    async def open_session(self, row: SessionRow, invite: InviteRow, files: Sequence[FileStart] = ()) -> None:
        """Write a session, its first invite and its files in one transaction: session creation."""
        ...

    async def session(self, session_id: SessionId) -> SessionRow | None: ...
    async def sessions(self, *, state: SessionState | None = None) -> Sequence[SessionRow]:
        """Return sessions, newest first."""
        ...

    async def update_session(self, row: SessionRow) -> None:
        """Replace everything but nonce, creation time and revocation number."""
        ...

    async def end_session(self, session_id: SessionId, *, reason: str, at: Instant) -> bool:
        """End an open session, close its invites (expired or cancelled) and wipe their secrets.

        Returns whether it was open. Identities are left to the identity service.
        """
        ...

    async def next_revocation_number(self, session_id: SessionId) -> int:
        """Raise the session's revocation number by one and return it; 0 when there is no such session."""
        ...

    async def close_expired(self, now: Instant) -> Swept:
        """Close every session, invite, identity and membership whose end has come, in batches; wipe secrets."""
        ...

    async def purge(self, before: Instant) -> int:
        """Delete sessions and memberships that ended before this moment, with all that hangs on them."""
        ...

    # --- invites ---
    async def add_invite(self, row: InviteRow) -> None: ...
    async def invite(self, invitation_id: InvitationId) -> InviteRow | None: ...
    async def invite_by_locator(self, locator: Locator) -> InviteRow | None: ...
    async def invites(self, session_id: SessionId) -> Sequence[InviteRow]:
        """Return the invites of a session, newest first."""
        ...

    async def count_try(self, invitation_id: InvitationId, *, now: Instant) -> int | Deny:
        """Count one try, durably, before any confirmation is compared; return the tries so far, 1 to 5.

        Refused without counting: invite.bad (unknown) and the rules of domain/access/places.py
        (code.locked, invite.expired, invite.cancelled, invite.full, invite.used, invite.paused).
        """
        ...

    async def give_back_and_reserve(
        self, invitation_id: InvitationId, guest_key: DeviceKey, *, now: Instant
    ) -> Decision:
        """Give one counted try back and reserve a place for this key, in one transaction.

        The try is given back in every case (the code was right). Refused: what refuses a try, and
        invite.used (this key had its place already), knock.open (it knocks already), code.slow
        (declined less than a minute ago; `detail` is the seconds left).
        """
        ...

    async def consume_place(self, invitation_id: InvitationId, guest_key: DeviceKey, *, now: Instant) -> Decision:
        """Turn this key's reserved place into a taken one; the declines in a row start again at 0.

        The last place makes the invite full and wipes its secrets. Refused: knock.none.
        """
        ...

    async def free_place(
        self,
        invitation_id: InvitationId,
        guest_key: DeviceKey,
        *,
        how: KnockEnd,
        now: Instant,
    ) -> int:
        """Free a reserved place; return the declines in a row. The third pauses the invite."""
        ...

    async def drop_reservations(self, session_id: SessionId) -> None:
        """Free every reserved place of a session: the knocks died with the process that held them."""
        ...

    async def set_invite_state(self, invitation_id: InvitationId, state: InviteState) -> None:
        """Change the state. Opening again sets the declines to 0; an end state wipes the secrets."""
        ...

    # --- identities ---
    async def add_identity(self, row: IdentityRow) -> None: ...
    async def replace_identity(self, row: IdentityRow) -> None:
        """Write an identity in place of any former one of the same device in the same session."""
        ...

    async def update_identity(self, row: IdentityRow) -> None: ...
    async def identity(self, identity_id: IdentityId) -> IdentityRow | None: ...
    async def identity_of(self, session_id: SessionId, guest_key: DeviceKey) -> IdentityRow | None: ...
    async def identities(self, session_id: SessionId) -> Sequence[IdentityRow]:
        """Return the identities of a session in the order they were made."""
        ...

    async def find_identities(self, query: IdentityQuery) -> Sequence[IdentityRow]:
        """Return the identities that match, in the order they were made, at most `query.limit`."""
        ...

    async def purge_identities(self, before: Instant) -> int:
        """Delete revoked and expired identities whose window ended before this moment."""
        ...

    # --- shared files and their texts ---
    async def add_files(self, session_id: SessionId, files: Sequence[FileStart]) -> None:
        """Keep files, and the first epochs of their texts with them; all or none."""
        ...

    async def update_file(self, row: FileRow) -> None: ...
    async def remove_file(self, file_id: FileId) -> None:
        """Forget a file, its document and its original."""
        ...

    async def files(self, session_id: SessionId) -> Sequence[FileRow]:
        """Return the files of a session in the order they were shared."""
        ...

    async def start_document(self, file_id: FileId, *, epoch: bytes, state: bytes, saved_text: str) -> None:
        """Begin a new epoch of a file's text; the former one is forgotten."""
        ...

    async def document(self, file_id: FileId) -> DocumentRow | None: ...
    async def append_update(self, file_id: FileId, *, epoch: bytes, update: bytes) -> bool:
        """Keep one update of the running epoch; False when that epoch is not the stored one."""
        ...

    async def compact_document(self, file_id: FileId, *, epoch: bytes, state: bytes) -> bool:
        """Replace state and updates by one state; False when that epoch is not the stored one."""
        ...

    async def set_saved_text(self, file_id: FileId, text: str) -> None: ...
    async def keep_original(self, file_id: FileId, data: bytes) -> bool:
        """Keep the file's bytes from before the first guest edit; only the first call has an effect.

        Returns whether this call was the first.
        """
        ...

    async def original(self, file_id: FileId) -> bytes | None: ...

    # --- chat ---
    async def add_chat(self, session_id: SessionId, *, peer_id: str, name: str, at: Instant, text: str) -> ChatRow:
        """Keep a line and give it its number."""
        ...

    async def chat_after(self, session_id: SessionId, message_id: int, *, limit: int = 10_000) -> Sequence[ChatRow]:
        """Return the lines after that number, oldest first."""
        ...

    # --- sessions of others ---
    async def put_membership(self, row: MembershipRow) -> None:
        """Write or replace."""
        ...

    async def membership(self, session_id: SessionId) -> MembershipRow | None: ...
    async def memberships(self, *, state: SessionState | None = None) -> Sequence[MembershipRow]: ...
    async def set_token(self, session_id: SessionId, token: bytes, *, host_offset_ms: int) -> None: ...
    async def end_membership(self, session_id: SessionId, *, reason: str, at: Instant) -> None:
        """Close it and wipe its token."""
        ...

    async def remove_membership(self, session_id: SessionId) -> None: ...
    async def put_mirror_base(self, row: MirrorBaseRow) -> None: ...
    async def mirror_bases(self, session_id: SessionId) -> Sequence[MirrorBaseRow]: ...
    async def remove_mirror_base(self, session_id: SessionId, file_id: FileId) -> None: ...

    # --- people and settings ---
    async def remember_key(self, key: DeviceKey, name: str, *, now: Instant) -> None:
        """Note that this key was met now under this name."""
        ...

    async def known_key(self, key: DeviceKey) -> KnownKeyRow | None: ...
    async def setting(self, name: str) -> str | None: ...
    async def put_setting(self, name: str, value: str) -> None: ...
