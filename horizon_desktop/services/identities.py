"""EphemeralIdentityService: the life of every guest's identity, kept in the store, told on the bus (SPEC system 5)."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol
from uuid import UUID

import msgspec

from horizon_desktop.domain.access.capability import AccessPeriod, Role, role_capabilities
from horizon_desktop.domain.access.derivation import sponsor_id_of
from horizon_desktop.domain.access.facts import AccessAudited
from horizon_desktop.domain.access.identity import EphemeralIdentity, IdentityEvent, IdentityState
from horizon_desktop.domain.collaboration.channel import ChannelAccess
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.events import (
    IdentityActivated,
    IdentityRevoked,
    InvitationCreated,
    InvitationRedeemed,
)
from horizon_desktop.domain.ids import DeviceKey, IdentityId, InvitationId, SessionId, peer_id_of, session_text
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import AccessRefused, UsageError
from horizon_desktop.ports.bus import Bus
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.records import IdentityQuery, IdentityRow, InviteRow, Swept
from horizon_desktop.ports.storage import Store

_UUID_BYTES: Final = 16
_HOUR_MS: Final = 3_600_000
EVERYBODY: Final = IdentityQuery()
_FINAL: Final = frozenset({IdentityState.REVOKED, IdentityState.EXPIRED})
_ENDINGS: Final = frozenset({IdentityEvent.REVOKED, IdentityEvent.EXPIRED})


class Newcomer(Protocol):
    """Who knocked, as the invitation service tells it."""

    @property
    def guest(self) -> DeviceKey: ...
    @property
    def invitation_id(self) -> InvitationId: ...
    @property
    def name(self) -> str: ...
    @property
    def device(self) -> str: ...
    @property
    def system(self) -> str: ...
    @property
    def version(self) -> str: ...


class EphemeralIdentityService:
    """Creates, reads, changes, suspends, revokes, expires and purges identities. One for each profile or session."""

    def __init__(self, *, store: Store, bus: Bus, clock: Clock, entropy: Entropy, sponsor: DeviceKey) -> None:
        """Store what to use.

        Args:
            sponsor: The host's key: who answers for the guests let in here.
        """
        self._store = store
        self._bus = bus
        self._clock = clock
        self._entropy = entropy
        self._sponsor = sponsor

    # --- invite ---
    async def invite(self, row: InviteRow) -> None:
        """Keep an invitation, by which guests may get an identity. `invited` tells of it once it is served."""
        await self._store.add_invite(row)

    def invited(self, row: InviteRow) -> None:
        """Tell that an invitation is there to be used."""
        self._bus.publish(
            InvitationCreated(
                invitation_id=UUID(row.invitation_id), sponsor_id=self._sponsor_id, expires_at=row.expires_at
            )
        )
        self._audit("invited", session_text(row.session_id), invitation_id=row.invitation_id)

    async def redeem(self, session: SessionId, guest: DeviceKey) -> IdentityRow | None:
        """Tell that a guest's invitation was redeemed for the identity it has now; None when it has gone already."""
        row = await self._store.identity_of(session, guest)
        if row is not None:
            invitation_id = UUID(row.invitation_id)
            self._bus.publish(InvitationRedeemed(invitation_id=invitation_id, identity_id=UUID(row.identity_id)))
            self._audit_row("redeemed", row)
        return row

    # --- create ---
    async def create(
        self,
        *,
        session: SessionId,
        knock: Newcomer,
        role: Role,
        channels: Mapping[str, int],
        color: int,
        expires_at: Instant,
    ) -> IdentityRow:
        """Keep a PENDING identity, in place of any former one of the same device; its tokens stay void."""
        former = await self._store.identity_of(session, knock.guest)
        row = IdentityRow(
            identity_id=IdentityId(str(UUID(bytes=self._entropy.draw(_UUID_BYTES), version=4))),
            session_id=session,
            invitation_id=knock.invitation_id,
            sponsor_key=self._sponsor,
            guest_key=knock.guest,
            name=knock.name,
            device=knock.device,
            system=knock.system,
            version=knock.version,
            role=role.value,
            channels=dict(channels),
            state=IdentityState.PENDING.value,
            created_at=self._clock.now().instant,
            expires_at=expires_at,
            color=color,
            epoch=0 if former is None else former.epoch + 1,
        )
        await self._store.replace_identity(row)
        self._audit_row("created", row)
        return row

    async def activate(self, identity_id: IdentityId) -> IdentityRow:
        """Make a PENDING identity ACTIVE. Raises AccessRefused when it is anything else."""
        row = await self._move(identity_id, IdentityEvent.ADMITTED)
        words = tuple(f"{name}.{ChannelAccess(access).name.lower()}" for name, access in sorted(row.channels.items()))
        self._bus.publish(IdentityActivated(identity_id=UUID(identity_id), capabilities=words))
        self._audit_row("activated", row)
        return row

    async def admit(
        self,
        *,
        session: SessionId,
        knock: Newcomer,
        role: Role,
        channels: Mapping[str, int],
        color: int,
        expires_at: Instant,
    ) -> IdentityRow:
        """Create and activate: the host let somebody in."""
        row = await self.create(
            session=session, knock=knock, role=role, channels=channels, color=color, expires_at=expires_at
        )
        return await self.activate(row.identity_id)

    # --- read ---
    async def find(self, identity_id: IdentityId) -> IdentityRow:
        """Return an identity. Raises UsageError when there is none of this id."""
        row = await self._store.identity(identity_id)
        if row is None:
            raise UsageError("there is no such identity", code="peer.unknown")
        return row

    async def list(self, query: IdentityQuery = EVERYBODY) -> Sequence[IdentityRow]:
        """Return the identities that match, of every session, in the order they came."""
        return await self._store.find_identities(query)

    async def of_session(self, session: SessionId, *, state: IdentityState | None = None) -> Sequence[IdentityRow]:
        """Return the identities of a session in the order they came, all or those in one state."""
        rows = await self._store.identities(session)
        return tuple(row for row in rows if state is None or row.state == state)

    # --- update ---
    async def rescope(
        self, identity_id: IdentityId, *, role: Role, channels: Mapping[str, int], epoch: int
    ) -> IdentityRow:
        """Give a living identity another role and access; `epoch` voids its older tokens and never falls."""
        row = await self.find(identity_id)
        if row.state in _FINAL:
            raise AccessRefused(f"an identity that is {row.state} keeps its role", code="identity.state")
        changed = await self._keep(row, role=role.value, channels=dict(channels), epoch=max(row.epoch, epoch))
        self._audit_row("rescoped", changed)
        return changed

    async def set_place(self, identity_id: IdentityId, *, has_place: bool) -> IdentityRow:
        """Note that the guest holds a place, or gave it up by silence."""
        row = await self.find(identity_id)
        return await self._keep(row, has_place=has_place, seen_at=self._clock.now().instant)

    async def suspend(self, identity_id: IdentityId, *, reason: str) -> IdentityRow:
        """Take access away for now; all its tokens are void."""
        row = await self._move(identity_id, IdentityEvent.SUSPENDED, reason=reason)
        self._audit_row("suspended", row)
        return row

    async def resume(self, identity_id: IdentityId) -> IdentityRow:
        """Give a suspended identity its access back; it needs a new token."""
        row = await self._move(identity_id, IdentityEvent.RESUMED)
        self._audit_row("resumed", row)
        return row

    # --- end ---
    async def revoke(self, identity_id: IdentityId, *, reason: str, epoch: int = 0) -> IdentityRow:
        """Take access back for good; no effect on one that is over already."""
        before = await self.find(identity_id)
        row = await self._move(identity_id, IdentityEvent.REVOKED, reason=reason, epoch=epoch)
        if row.state != before.state:
            self._bus.publish(IdentityRevoked(identity_id=UUID(identity_id), reason=reason))
            self._audit_row("revoked", row)
        return row

    async def expire(self, identity_id: IdentityId, *, reason: str = "expired", epoch: int = 0) -> IdentityRow:
        """End an identity whose time is over, or whose guest left; no effect on one that is over already.

        Args:
            epoch: The lowest that is good from now on, where its tokens are void before their time.
        """
        before = await self.find(identity_id)
        row = await self._move(identity_id, IdentityEvent.EXPIRED, reason=reason, epoch=epoch)
        if row.state != before.state:
            self._audit_row("expired", row)
        return row

    async def prolong(self, session: SessionId, *, expires_at: Instant) -> None:
        """Let the living identities of a session end when the session does: its end moved."""
        for row in await self._store.identities(session):
            if row.state not in _FINAL:
                await self._keep(row, expires_at=expires_at)

    async def end_session(self, session: SessionId, *, reason: str) -> None:
        """End every identity of a session."""
        for row in await self._store.identities(session):
            await self.expire(row.identity_id, reason=reason)

    async def cleanup(self, *, now: Instant | None = None) -> Swept:
        """Close every session, invitation and identity in the store whose end has come; return what was closed.

        Args:
            now: What counts as now; None: the clock's.
        """
        swept = await self._store.close_expired(now or self._clock.now().instant)
        for identity_id in swept.identities:
            row = await self._store.identity(identity_id)
            if row is not None:
                self._audit_row("expired", row)
        return swept

    async def purge_expired(self, *, keep_hours: int) -> int:
        """Delete identities that ended longer ago than this; return how many."""
        before = self._clock.now().instant.plus(-keep_hours * _HOUR_MS)
        gone = await self._store.purge_identities(before)
        if gone:
            self._audit("purged", "", reason=f"{gone} ended before {before.iso()}")
        return gone

    # --- the books ---
    @property
    def _sponsor_id(self) -> UUID:
        return sponsor_id_of(self._sponsor)

    def _audit_row(self, action: str, row: IdentityRow) -> None:
        self._audit(
            action,
            session_text(row.session_id),
            beneficiary=row.name,
            peer_id=peer_id_of(row.guest_key),
            identity_id=row.identity_id,
            invitation_id=row.invitation_id,
            reason=row.reason,
        )

    def _audit(self, action: str, session_id: str, **about: str) -> None:
        at = self._clock.now().instant
        self._bus.publish(
            AccessAudited(action=action, session_id=session_id, at=at, sponsor_id=self._sponsor_id, **about)
        )

    async def _move(
        self, identity_id: IdentityId, event: IdentityEvent, *, reason: str = "", epoch: int = 0
    ) -> IdentityRow:
        row = await self.find(identity_id)
        identity = identity_of(row)
        if event in _ENDINGS and identity.state in _FINAL:
            return row
        decision = identity.may(event)
        if isinstance(decision, Deny):
            raise AccessRefused(decision.detail, code=decision.rule)
        moved = identity.after(event)
        return await self._keep(row, state=moved.state.value, epoch=max(moved.epoch, epoch), reason=reason)

    async def _keep(self, row: IdentityRow, **changes: object) -> IdentityRow:
        changed: IdentityRow = msgspec.structs.replace(row, **changes)
        await self._store.update_identity(changed)
        return changed


def identity_of(row: IdentityRow) -> EphemeralIdentity:
    """Return the identity that a row keeps, for the rules to judge."""
    return EphemeralIdentity(
        identity_id=row.identity_id,
        session=row.session_id,
        invitation_id=row.invitation_id,
        sponsor=row.sponsor_key,
        beneficiary=row.name,
        device=row.guest_key,
        state=IdentityState(row.state),
        window=AccessPeriod(row.created_at, row.expires_at),
        capabilities=role_capabilities(Role(row.role)).limited_to(row.channels),
        epoch=row.epoch,
    )
