"""The guests of one hosted session: seated, scoped, renewed, narrowed, revoked. Where every permission ends."""

from collections.abc import Callable, Mapping

import msgspec
import structlog

from horizon_desktop.domain.access.capability import CLOSED, Rate, Role
from horizon_desktop.domain.collaboration.channel import ChannelAccess, ChannelKind, RateLimit
from horizon_desktop.domain.collaboration.peers import ConnectionMode, EphemeralPeerRegistry, PeerScopes
from horizon_desktop.domain.collaboration.presence import Participant, Presence, Quality
from horizon_desktop.domain.collaboration.session import MAX_GUESTS, MAX_WRITERS, is_writer, may_sit
from horizon_desktop.domain.decision import Decision, Deny
from horizon_desktop.domain.ids import DeviceKey, IdentityId, InvitationId, SessionId, peer_id_of
from horizon_desktop.domain.instants import Instant, Now
from horizon_desktop.errors import AccessRefused, HorizonError, UsageError
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.records import IdentityRow
from horizon_desktop.protocol.redemption_effects import Knock
from horizon_desktop.services.access import RENEWAL_AT_MS, AccessLedger
from horizon_desktop.services.identities import EphemeralIdentityService, identity_of
from horizon_desktop.services.roster import Roster, Seat
from horizon_desktop.services.session_adapter import EphemeralSessionAdapter
from horizon_desktop.services.session_gates import SessionGates

_log = structlog.get_logger(__name__)

BURST = 4
"""Seconds of its rate that a channel may take at once."""


class Newcomer(msgspec.Struct, frozen=True, kw_only=True):
    """Who is let in, and by which invite: what an identity is made of."""

    guest: DeviceKey
    invitation_id: InvitationId
    name: str
    device: str
    system: str
    version: str


class HostedGuests:
    """Every guest with a seat, and the one registry that the links' gate asks."""

    def __init__(
        self,
        *,
        adapter: EphemeralSessionAdapter,
        gates: SessionGates,
        session: SessionId,
        ledger: AccessLedger,
        identities: EphemeralIdentityService,
        clock: Clock,
        lease_end: Callable[[], Instant],
    ) -> None:
        self._adapter = adapter
        self._gates = gates
        self._session = session
        self._ledger = ledger
        self._identities = identities
        self._clock = clock
        self._lease_end = lease_end
        self._registry = EphemeralPeerRegistry()
        self._scopes: dict[DeviceKey, PeerScopes] = {}
        self._is_read_only = False
        self._is_over = False
        self.roster = Roster()

    async def load(self) -> None:
        """Seat everyone again whom the store knows as active, and remember who is out."""
        for row in await self._identities.of_session(self._session):
            is_active = row.state == "active"
            self._ledger.restore(row.guest_key, epoch=row.epoch, is_removed=row.state == "revoked")
            if is_active:
                self._sit_again(row)
            else:
                self._ledger.list_epoch(row.guest_key)

    async def seat(self, invitation_id: InvitationId, knock: Knock, role: Role) -> bytes:
        """Give the person who knocked an identity and a seat; return the token to seal to them.

        Raises:
            AccessRefused: the session is full, or has its five writers (`session.full`, `session.writers`), or a
                policy keeps the guest out (`policy.denied`).
        """
        if self._ledger.is_removed(knock.guest):
            raise AccessRefused("this device's access was revoked", code="access.revoked")
        if self._is_over:
            raise AccessRefused("the session is over", code="ended")
        now = self._clock.now()
        self._gates.require_redemption(knock.guest, role, guests=len(self.beside(knock.guest)))
        self._check_room(knock.guest, role)
        known = self.roster.find(knock.guest)
        identity = await self._identities.admit(
            session=self._session,
            knock=Newcomer(
                guest=knock.guest,
                invitation_id=invitation_id,
                name=knock.name,
                device=knock.device,
                system=knock.system,
                version=knock.version,
            ),
            role=role,
            channels=self._allowed(knock.guest, role),
            color=known.color if known else self.roster.free_color(),
            expires_at=self._lease_end(),
        )
        self._ledger.restore(knock.guest, epoch=identity.epoch, is_removed=False)
        try:
            seat = self._sit(identity)
        except HorizonError:  # no token could be made: nobody is let in by half
            await self._identities.expire(identity.identity_id, reason="no seat")
            raise
        _log.info("guest.seated", peer_id=peer_id_of(knock.guest), role=role, at=now.instant.iso())
        return seat.token

    def admission(self, key: DeviceKey) -> Decision:
        """Whether this device may bind a path now: it has a seat, its key was not removed, the lease runs."""
        if self._ledger.is_removed(key):
            return Deny("access.revoked")
        seat = self.roster.find(key)
        if seat is None:
            return Deny("peer.unknown")
        if seat.is_suspended:
            return Deny("peer.suspended")
        if self._is_over or self._clock.now().instant >= self._lease_end():
            return Deny("session.over")
        decision = self._adapter.admits(key, now=self._clock.now().instant)
        if isinstance(decision, Deny) or seat.has_place:
            return decision
        return self._room_for(key, Role(seat.role))

    def scopes(self, key: DeviceKey) -> PeerScopes | None:
        """Return the scopes that the gate checks this guest's messages against."""
        return self._scopes.get(key)

    def may_edit(self, seat: Seat) -> bool:
        return not self._is_read_only and seat.channels.get(ChannelKind.EDITS, 0) >= ChannelAccess.USE

    def participants(self, path_of: Callable[[bytes], str]) -> tuple[Participant, ...]:
        """Return the guests who have entered, as everyone sees them."""
        return tuple(seat.participant(path_of(seat.file_id)) for seat in self.roster if seat.has_entered)

    def due(self, *, now: Now) -> tuple[Seat, ...]:
        """Return the seats whose token wants renewing: half its life is over and the lease allows a longer one, or the
        policies have opened or closed a channel since."""
        lease_end = self._lease_end()
        if now.instant >= lease_end:
            return ()
        return tuple(seat for seat in self.roster if not seat.is_suspended and self._is_due(seat, now, lease_end))

    def _is_due(self, seat: Seat, now: Now, lease_end: Instant) -> bool:
        if seat.channels != self._allowed(seat.key, Role(seat.role)):
            return True
        return _left_ms(seat, now) <= RENEWAL_AT_MS and seat.token_expires_at < lease_end

    def renew(self, seat: Seat) -> Seat:
        """Return the seat with a fresh token."""
        return self._issue(seat)

    async def change_role(self, peer_id: str, role: Role) -> Seat:
        """Give a guest another role from now on; older tokens are void.

        Raises:
            UsageError: there is no such guest. AccessRefused: no room for another writer, or suspended.
        """
        seat = self.seat_of(peer_id)
        if seat.is_suspended:
            raise AccessRefused("a suspended guest keeps its role", code="identity.state")
        self._check_room(seat.key, role)
        epoch = self._ledger.raise_epoch(seat.key)
        channels = self._allowed(seat.key, role)
        await self._identities.rescope(seat.identity_id, role=role, channels=channels, epoch=epoch)
        return self._issue(msgspec.structs.replace(seat, role=role, channels=channels, epoch=epoch))

    async def remove(self, peer_id: str, *, reason: str) -> Seat:
        """Take access back for good: every token is void and the key refused from this moment on."""
        seat = self.seat_of(peer_id)
        epoch = self._ledger.remove(seat.key)
        self._forget(seat.key)
        await self._identities.revoke(seat.identity_id, reason=reason, epoch=epoch)
        return seat

    async def leave(self, key: DeviceKey) -> Seat | None:
        """A guest left by themselves: the identity ends, a new invite is needed to come back."""
        seat = self.roster.find(key)
        if seat is None:
            return None
        epoch = self._ledger.raise_epoch(key)
        self._ledger.list_epoch(key)
        self._forget(key)
        await self._identities.expire(seat.identity_id, reason="left", epoch=epoch)
        return seat

    async def suspend(self, seat: Seat, *, reason: str) -> None:
        """Take access away until the host forgives: every token is void, the seat stays."""
        self._ledger.raise_epoch(seat.key)
        self._ledger.list_epoch(seat.key)
        self._scopes.pop(seat.key, None)
        self.roster.put(msgspec.structs.replace(seat, is_suspended=True))
        self._adapter.bind(identity_of(await self._identities.suspend(seat.identity_id, reason=reason)))

    async def resume(self, seat: Seat) -> Seat:
        """Give a suspended guest its seat back; it comes in again with the next token."""
        row = await self._identities.resume(seat.identity_id)
        self._adapter.bind(identity_of(row))
        return self._issue(msgspec.structs.replace(seat, is_suspended=False, epoch=self._ledger.epoch_of(seat.key)))

    async def prolong(self, *, expires_at: Instant) -> None:
        """Let every identity end when the session does now."""
        await self._identities.prolong(self._session, expires_at=expires_at)
        for row in await self._identities.of_session(self._session):
            if self.roster.find(row.guest_key) is not None:
                self._adapter.bind(identity_of(row))

    async def give_up_place(self, key: DeviceKey) -> Seat | None:
        """A guest was silent for too long: the place is free; the same device may come back while one is."""
        seat = self.roster.find(key)
        if seat is None or not seat.has_place:
            return None
        self.roster.put(msgspec.structs.replace(seat, has_place=False, has_entered=False))
        await self._identities.set_place(seat.identity_id, has_place=False)
        return seat

    async def take_place(self, seat: Seat) -> Seat:
        """The guest whose place was given up is back."""
        back = msgspec.structs.replace(seat, has_place=True)
        self.roster.put(back)
        await self._identities.set_place(seat.identity_id, has_place=True)
        return back

    def seat_of(self, peer_id: str) -> Seat:
        """Return the seat of a peer id. Raises UsageError when nobody of that id is in the session."""
        seat = self.roster.by_peer_id(peer_id)
        if seat is None:
            raise UsageError(f"nobody with the id {peer_id[:16]} is in this session", code="peer.unknown")
        return seat

    def heard(self, key: DeviceKey, **changes: object) -> Seat | None:
        """Note presence, path or whereabouts of a guest; return the seat when it differs from before."""
        seat = self.roster.find(key)
        if seat is None:
            return None
        changed: Seat = msgspec.structs.replace(seat, **changes)
        if changed == seat:
            return None
        self.roster.put(changed)
        return changed

    def measured(self, key: DeviceKey, quality: Quality) -> None:
        mode = ConnectionMode.DIRECT if quality.path == "direct" else ConnectionMode.RELAY
        self._registry = self._registry.measured(peer_id_of(key), mode, quality)

    def go_read_only(self, *, until: Instant) -> None:
        """0:00 has come: until `until` everyone may watch and nobody write."""
        self._is_read_only = True
        for seat in self.roster:
            if not seat.is_suspended:
                self._register(seat, _watching(seat), expires_at=until, now=self._clock.now())

    def end_read_only(self) -> None:
        """The session was extended after 0:00: whoever could write may write again."""
        self._is_read_only = False
        for seat in self.roster:
            if not seat.is_suspended:
                self._issue(seat)

    def close_all(self) -> None:
        """The session is over: no scope is left for anyone, and nobody comes in."""
        self._is_over = True
        self._scopes.clear()
        self._registry = EphemeralPeerRegistry()

    def _check_room(self, key: DeviceKey, role: Role) -> None:
        decision = self._room_for(key, role)
        if isinstance(decision, Deny):
            most = MAX_GUESTS if decision.rule == "session.full" else MAX_WRITERS
            raise AccessRefused(f"the session has its {decision.detail}", code=decision.rule, n=most)

    def _room_for(self, key: DeviceKey, role: Role) -> Decision:
        others = self.beside(key)
        writers = sum(is_writer(self._allowed(seat.key, Role(seat.role), is_lifted=True)) for seat in others)
        return may_sit(guests=len(others), writers=writers, channels=self._allowed(key, role, is_lifted=True))

    def _allowed(self, key: DeviceKey, role: Role, *, is_lifted: bool = False) -> dict[str, int]:
        """Return the channels of a guest in this role now, as far as policies go; `is_lifted`: with no pause."""
        most = self._ledger.capabilities(role, is_lifted=is_lifted).channels
        allowed = self._gates.allowed_channels(key, role, most)
        return {channel: access for channel, access in allowed.items() if access > CLOSED}

    def beside(self, but: DeviceKey) -> list[Seat]:
        """Return the seats with a place, but for one guest's own."""
        return [seat for seat in self.roster if seat.has_place and seat.key != but]

    def _sit_again(self, row: IdentityRow) -> None:
        try:
            self._sit(row)
        except HorizonError as trouble:  # one who has no seat any more keeps nobody else out
            _log.warning("guest.unseated", peer_id=peer_id_of(row.guest_key), code=trouble.key)

    def _sit(self, row: IdentityRow) -> Seat:
        self._adapter.bind(identity_of(row))
        return self._issue(
            Seat(
                key=row.guest_key,
                identity_id=IdentityId(row.identity_id),
                name=row.name,
                device=row.device,
                role=row.role,
                channels=row.channels,
                color=row.color,
                joined_at=row.created_at,
                epoch=row.epoch,
                token=b"",
                token_expires_at=row.created_at,
                presence=Presence.AWAY,
                has_place=row.has_place,
            )
        )

    def _issue(self, seat: Seat) -> Seat:
        now = self._clock.now()
        ends_at = self._adapter.access_ends(seat.key, wanted=self._lease_end())
        channels = self._allowed(seat.key, Role(seat.role))
        signed = self._ledger.issue(seat.key, Role(seat.role), channels=channels, now=now.instant, lease_end=ends_at)
        ends_at = signed.token.expires_at
        fresh = msgspec.structs.replace(
            seat,
            channels=channels,
            token=signed.raw,
            token_expires_at=ends_at,
            token_ends_by=now.tick.plus(ends_at.since(now.instant)),
            epoch=signed.token.epoch,
        )
        rates = signed.token.capabilities.rates
        scoped = _watching(fresh) if self._is_read_only else fresh.channels
        self._register(fresh, scoped, expires_at=ends_at, now=now, rates=rates)
        self.roster.put(fresh)
        return fresh

    def _register(
        self,
        seat: Seat,
        channels: Mapping[str, int],
        *,
        expires_at: Instant,
        now: Now,
        rates: Mapping[str, Rate] | None = None,
    ) -> None:
        peer_id = peer_id_of(seat.key)
        access = {kind: ChannelAccess(channels.get(kind, 0)) for kind in ChannelKind}
        registry = self._registry.register_peer(
            peer_id=peer_id,
            session=self._session,
            identity_id=seat.identity_id,
            channels=access,
            expires_at=expires_at,
            epoch=seat.epoch,
            now=now,
            display_name=seat.name,
        )
        if isinstance(registry, Deny):
            raise AccessRefused(f"the seat was refused: {registry.rule}", code=registry.rule)
        self._registry = registry
        self._scopes[seat.key] = PeerScopes.of(registry.peers[peer_id], **_rates(rates))

    def _forget(self, key: DeviceKey) -> None:
        self._adapter.forget(key)
        self._scopes.pop(key, None)
        self._registry = self._registry.without(peer_id_of(key))
        self.roster.remove(key)


def _left_ms(seat: Seat, now: Now) -> int:
    """Return how long the seat's token is good, by the clock that says less."""
    return min(seat.token_expires_at.since(now.instant), seat.token_ends_by.since(now.tick))


def _watching(seat: Seat) -> dict[str, int]:
    """Return the seat's channels with nothing to write but control."""
    watching = {name: min(access, int(ChannelAccess.VIEW)) for name, access in seat.channels.items()}
    return {**watching, ChannelKind.CONTROL: int(ChannelAccess.USE)}


def _rates(rates: Mapping[str, Rate] | None) -> dict[str, Mapping[ChannelKind, RateLimit]]:
    if rates is None:
        return {}
    limits = {
        ChannelKind(name): RateLimit(
            messages_per_s=rate.messages_per_s,
            burst_messages=BURST * rate.messages_per_s,
            bytes_per_s=rate.bytes_per_s,
            burst_bytes=BURST * rate.bytes_per_s,
        )
        for name, rate in rates.items()
    }
    return {"rates": limits}
