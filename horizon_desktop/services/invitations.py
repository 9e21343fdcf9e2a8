"""The invites of one hosted session: created, published, knocked at, answered, closed (PROTOCOL sections 2 and 3)."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

import msgspec
import structlog

from horizon_desktop.crypto.sealing import NONCE_BYTES
from horizon_desktop.domain.access.capability import CLOSED, ROLE_CHANNELS, Role, role_capabilities
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.access.places import InviteState
from horizon_desktop.domain.access.preview import MAX_FILES, PREVIEW_RENEWAL_MS, Preview, seal_preview
from horizon_desktop.domain.events import InviteChanged
from horizon_desktop.domain.ids import DeviceKey, Locator, SessionId, session_text
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import AccessRefused, HorizonError, LinkLost, RemoteProtocolError, UsageError
from horizon_desktop.ports.hub import HostHub, MailboxClosed, MailboxMessage, MailboxOpened, SealedPreview
from horizon_desktop.ports.records import InviteRow, SessionRow
from horizon_desktop.protocol.redemption_effects import Knock
from horizon_desktop.services.host_parts import Parts
from horizon_desktop.services.invite_desk import InviteDesk
from horizon_desktop.services.invite_doors import Assess, MailboxPost, MayEnter, Seat, Unseat
from horizon_desktop.services.invite_secrets import InviteSecrets, draft_invite, open_secrets

_log = structlog.get_logger(__name__)

TURN_MS: Final = 500
"""How often deadlines are looked at: exact enough for waits of 15 s and more."""
MAX_MAILBOXES: Final = 512
"""Open at once, at all hubs together; one more is closed, and who came with it tries again."""
_HIDDEN_CHANNELS: Final = frozenset({"control"})
"""Channels that carry the link itself: nothing a person decides about."""


MailboxEvent = MailboxOpened | MailboxMessage | MailboxClosed


class HostedInviteView(msgspec.Struct, frozen=True, kw_only=True):
    """One invite as its host may see it. `secrets` is None once they are wiped."""

    name: str
    row: InviteRow
    secrets: InviteSecrets | None


class Invitations:
    """Serves every invite of one session at every hub that the session is registered at."""

    def __init__(
        self,
        *,
        row: SessionRow,
        parts: Parts,
        host_name: str,
        link_hubs: tuple[HubAddress, ...],
        seat: Seat,
        unseat: Unseat,
        assess: Assess,
        may_enter: MayEnter,
        count_files: Callable[[], int],
    ) -> None:
        self._row = row
        self._parts = parts
        self._host_name = host_name
        self._link_hubs = link_hubs
        self._seat = seat
        self._unseat = unseat
        self._assess = assess
        self._may_enter = may_enter
        self._count_files = count_files
        self._files_told = count_files()
        self._desks: dict[Locator, InviteDesk] = {}
        self._published: dict[Locator, tuple[int, bytes]] = {}
        """Counter and bytes of each invite's newest preview."""
        self._hubs: list[HostHub] = []
        self._routes: dict[int, tuple[HostHub, int, InviteDesk]] = {}
        self._next_route = 1
        self._published_at = parts.clock.now().instant
        self._mail = MailboxPost(self._send, self._hang_up)
        self._stale: set[Locator] = set()
        """Invites whose preview or place count at the hubs is out of date."""

    @property
    def session(self) -> SessionId:
        return self._row.session_id

    # --- life ---

    async def load(self) -> None:
        """Take up the invites of the store: tries and places survive a crash, open knocks do not."""
        await self._parts.store.drop_reservations(self._row.session_id)
        for row in await self._parts.store.invites(self._row.session_id):
            self._open_desk(row)

    async def run(self) -> None:
        """Keep time: knocks, attempts, expiries, and previews that want signing anew. Ends by cancellation."""
        while True:
            await self._parts.clock.sleep(TURN_MS)
            for desk in list(self._desks.values()):
                await self._guarded(desk.wake())
            now = self._parts.clock.now().instant
            if now.since(self._published_at) >= PREVIEW_RENEWAL_MS:
                self._published_at = now
                self._stale |= self._desks.keys()
            if self._count_files() != self._files_told:
                self._stale |= self._desks.keys()
            await self._publish_stale()

    async def close(self) -> None:
        """Send everyone away who waits and withdraw every invite from every hub: the session is over."""
        for desk in self._desks.values():
            for knock in desk.knocks:
                await self._guarded(desk.decline(knock.guest))
            for hub in list(self._hubs):
                with suppress(LinkLost, AccessRefused):
                    await hub.withdraw(desk.row.locator)

    async def session_changed(self, row: SessionRow, *, host_name: str | None = None) -> None:
        """Offer other terms from now on (times, role, channels, name); previews are signed anew."""
        self._row = row
        self._host_name = host_name or self._host_name
        for locator, desk in self._desks.items():
            desk.set_terms(self._preview(desk.row).terms_hash, row)
            self._stale.add(locator)
        await self._publish_stale()

    # --- what the host person asks ---

    async def create(self, *, places: int, role: Role | None = None, expires_at: Instant) -> HostedInviteView:
        """Make one more invite, store it sealed, publish it.

        Args:
            places: 1 to 30.
            role: None: the session's.
            expires_at: Cut to the session's end.

        Raises:
            UsageError: places out of range. StoreUnavailable: nothing was made.
        """
        row = draft_invite(
            self._row,
            key=self._parts.key,
            entropy=self._parts.entropy,
            hubs=self._link_hubs,
            places=places,
            role=role or Role(self._row.role),
            expires_at=expires_at,
            now=self._parts.clock.now().instant,
        )
        await self._parts.identities.invite(row)
        return await self.adopt(row)

    async def adopt(self, row: InviteRow) -> HostedInviteView:
        """Serve an invite that is in the store already (written together with its session), and publish it."""
        desk = self._desks.get(row.locator) or self._open_desk(row)
        self._parts.identities.invited(row)
        await self._publish_stale()
        return self._view(desk)

    def views(self) -> Sequence[HostedInviteView]:
        """Return every invite of the session, newest first."""
        newest = sorted(self._desks.values(), key=lambda desk: desk.row.created_at, reverse=True)
        return tuple(self._view(desk) for desk in newest)

    def knocks(self) -> Sequence[Knock]:
        """Return everyone who waits to be let in."""
        return tuple(knock for desk in self._desks.values() for knock in desk.knocks)

    async def cancel(self, name: str) -> None:
        """Take an invite back: its secrets are wiped, who waits is told. Raises UsageError: no such invite."""
        await self._named(name).shut(InviteState.CANCELLED)
        await self._publish_stale()

    async def resume(self, name: str) -> None:
        """Take knocks again after a pause. Raises UsageError: no such invite, or it is not paused."""
        await self._named(name).resume()
        await self._publish_stale()

    async def admit(self, guest: DeviceKey, role: Role | None = None) -> None:
        """Let somebody in who waits, with the invite's role or a lower one.

        Raises:
            UsageError: nobody waits under this key, or the role is above the invite's.
            AccessRefused: no room in that role; the guest waits on.
        """
        await self._waiting(guest).admit(guest, role)
        await self._publish_stale()

    async def decline(self, guest: DeviceKey) -> None:
        """Send somebody away who waits. Raises UsageError: nobody waits under this key."""
        await self._waiting(guest).decline(guest)
        await self._publish_stale()

    # --- from the hubs ---

    async def hub_up(self, hub: HostHub) -> None:
        """Publish every invite at a hub that the session is registered at now."""
        self._hubs.append(hub)
        for desk in list(self._desks.values()):
            await self._publish(hub, desk)

    def hub_lost(self, hub: HostHub) -> None:
        """Forget a hub; who waits there may come back through another connection."""
        self._hubs = [other for other in self._hubs if other is not hub]
        gone = [route for route, (where, _, _) in self._routes.items() if where is hub]
        for route in gone:
            _, _, desk = self._routes.pop(route)
            desk.route_lost(route)

    async def mailbox_event(self, hub: HostHub, event: MailboxEvent) -> None:
        """Take what happened at a mailbox, one caller at a time, in order."""
        match event:
            case MailboxOpened():
                desk = self._desks.get(event.locator)
                if desk is None or len(self._routes) >= MAX_MAILBOXES:
                    await self._drop_mailbox(hub, event.mailbox)
                else:
                    self._routes[self._next_route] = (hub, event.mailbox, desk)
                    self._next_route += 1
            case MailboxMessage():
                await self._mailbox_message(hub, event)
            case MailboxClosed():
                route = self._route_of(hub, event.mailbox)
                if route is not None:
                    _, _, desk = self._routes.pop(route)
                    desk.route_lost(route)

    async def _mailbox_message(self, hub: HostHub, event: MailboxMessage) -> None:
        route = self._route_of(hub, event.mailbox)
        if route is None:
            return
        desk = self._routes[route][2]
        try:
            await desk.receive(route, event.data)
        except RemoteProtocolError as breach:
            _log.info("mailbox.refused", invite=desk.name, why=str(breach))
            await self._hang_up(route)
        except HorizonError as trouble:
            _log.warning("invite.trouble", invite=desk.name, code=trouble.key)
        await self._publish_stale()

    # --- small parts ---

    def _route_of(self, hub: HostHub, mailbox: int) -> int | None:
        found = (route for route, (where, number, _) in self._routes.items() if where is hub and number == mailbox)
        return next(found, None)

    async def _send(self, route: int, data: bytes) -> None:
        found = self._routes.get(route)
        if found is not None:
            hub, mailbox, _ = found
            with suppress(LinkLost):
                await hub.send_mailbox(mailbox, data)

    async def _hang_up(self, route: int) -> None:
        found = self._routes.pop(route, None)
        if found is not None:
            hub, mailbox, desk = found
            desk.route_lost(route)
            await self._drop_mailbox(hub, mailbox)

    async def _drop_mailbox(self, hub: HostHub, mailbox: int) -> None:
        with suppress(LinkLost):
            await hub.close_mailbox(mailbox)

    def _open_desk(self, row: InviteRow) -> InviteDesk:
        desk = InviteDesk(
            row=row,
            session=self._row,
            secrets=self._secrets_of(row),
            terms=self._preview(row).terms_hash,
            parts=self._parts,
            mail=self._mail,
            seat=self._seat,
            unseat=self._unseat,
            assess=self._assess,
            may_enter=self._may_enter,
            on_change=self._changed,
        )
        self._desks[row.locator] = desk
        self._stale.add(row.locator)
        return desk

    def _secrets_of(self, row: InviteRow) -> InviteSecrets | None:
        try:
            return open_secrets(row, self._parts.key)
        except RemoteProtocolError:
            _log.exception("invite.secrets.unreadable", invitation_id=row.invitation_id)
            return None

    def _changed(self, desk: InviteDesk) -> None:
        self._stale.add(desk.row.locator)
        session = session_text(self._row.session_id)
        self._parts.bus.publish(InviteChanged(session_id=session, invite_name=desk.name, state=desk.row.state))

    def _preview(self, row: InviteRow) -> Preview:
        role = Role(row.role)
        allowed = role_capabilities(role).limited_to(self._row.channels)
        names = ROLE_CHANNELS[role].keys() - _HIDDEN_CHANNELS
        return Preview(
            host_name=self._host_name,
            title=self._row.title,
            session_type=self._row.session_type,
            role=role,
            channels={name: allowed.channels.get(name, CLOSED) for name in names},
            starts_at=self._row.created_at,
            expires_at=self._row.expires_at,
            invite_expires_at=row.expires_at,
            is_approval_asked=self._row.is_approval_asked,
            signed_at=self._parts.clock.now().instant,
            files=min(self._count_files(), MAX_FILES),
        )

    async def _publish_stale(self) -> None:
        stale, self._stale = self._stale, set()
        self._files_told = self._count_files()
        for locator in stale:
            for hub in list(self._hubs):
                await self._publish(hub, self._desks[locator])

    async def _publish(self, hub: HostHub, desk: InviteDesk) -> None:
        """Bring one invite up to date at a hub. One that is over keeps its last preview there, without places:
        who comes with it is told why it is closed, for as long as the session runs."""
        row = desk.row
        counter, sealed = self._published.get(row.locator, (0, b""))
        if desk.secrets is not None:
            preview = self._preview(row)
            counter = max(counter + 1, preview.signed_at.ms // 1000)
            nonce = self._parts.entropy.draw(NONCE_BYTES)
            sealed = seal_preview(preview, desk.secrets.link, self._parts.key, counter=counter, nonce=nonce)
            self._published[row.locator] = (counter, sealed)
        if not sealed:
            return
        preview_at_hub = SealedPreview(
            locator=row.locator, invite_nonce=row.nonce, sealed=sealed, open_places=desk.open_places
        )
        try:
            await hub.publish(preview_at_hub)
        except LinkLost:
            return
        except AccessRefused as refusal:
            _log.warning("preview.refused", invite=desk.name, rule=refusal.key)

    def _view(self, desk: InviteDesk) -> HostedInviteView:
        return HostedInviteView(name=desk.name, row=desk.row, secrets=desk.secrets)

    def _named(self, name: str) -> InviteDesk:
        for desk in self._desks.values():
            if name.upper() in {desk.name, desk.row.invitation_id.upper()}:
                return desk
        raise UsageError(f"this session has no invite {name}", code="invite.unknown", name=name)

    def _waiting(self, guest: DeviceKey) -> InviteDesk:
        for desk in self._desks.values():
            if any(knock.guest == guest for knock in desk.knocks):
                return desk
        raise UsageError("nobody waits under this key", code="knock.none")

    async def _guarded(self, work: Awaitable[None]) -> None:
        """Keep one invite's trouble (a store that cannot write) from stopping the others; it is tried again."""
        try:
            await work
        except HorizonError as trouble:
            _log.warning("invite.trouble", code=trouble.key)
