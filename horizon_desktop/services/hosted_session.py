"""One session that this profile hosts, from its first hub registration to the last guest's farewell."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import structlog

from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.documents import Caret
from horizon_desktop.domain.collaboration.lease import Lease, LeaseStage
from horizon_desktop.domain.collaboration.presence import Presence
from horizon_desktop.domain.events import (
    FilesChanged,
    HubChanged,
    LeaseExtended,
    LeaseWarning,
    RosterChanged,
    SessionCreated,
    SessionEnded,
    SessionExpired,
    SessionOpened,
    WentReadOnly,
)
from horizon_desktop.domain.ids import FileId
from horizon_desktop.errors import AccessRefused, HorizonError, StoreUnavailable
from horizon_desktop.ports.hub import (
    HostHub,
    HostHubEvent,
    LinkClosed,
    LinkOpened,
    MailboxClosed,
    MailboxMessage,
    MailboxOpened,
    RelayFrame,
)
from horizon_desktop.ports.records import SessionRow
from horizon_desktop.protocol.payloads.codec import decode_guest
from horizon_desktop.protocol.payloads.control import Ended, Roster
from horizon_desktop.protocol.payloads.cursors import PeerCursor
from horizon_desktop.services.bulk_traffic import BulkTraffic
from horizon_desktop.services.farewell import bounded, say_farewell
from horizon_desktop.services.guest_traffic import GuestTraffic
from horizon_desktop.services.host_parts import Parts
from horizon_desktop.services.hosted_core import HostedCore
from horizon_desktop.services.hub_attachments import HubAttachments
from horizon_desktop.services.invitations import Invitations, MailboxEvent
from horizon_desktop.services.lease_watch import LeaseWatch
from horizon_desktop.services.orchestrators import EphemeralOrchestrator

_log = structlog.get_logger(__name__)

GRACE_MS: Final = 5_000
"""Guests watch for five seconds after 0:00 (SPEC section 4)."""
FAREWELL_MS: Final = 1_000
"""How long a farewell may take to be acknowledged before paths are closed."""
COMMIT_MS: Final = 2_000
"""Edits in progress have two seconds at the end."""
ROSTER_PAUSE_MS: Final = 100
RENEWAL_CHECK_MS: Final = 1_000
MAILBOX_QUEUE: Final = 256
"""Redemption messages waiting; beyond it the mailbox is closed and the invitee tries again."""


class HostedSession:
    """Runs one hosted session. `load`, then `run` in a task group; it ends by `end`, by its lease, or by `suspend`."""

    def __init__(
        self,
        *,
        row: SessionRow,
        parts: Parts,
        name: str,
        hub: HubAddress,
        link_hubs: tuple[HubAddress, ...],
        lease: Lease,
    ) -> None:
        self.core = HostedCore(row=row, parts=parts, name=name, lease=lease)
        self.invitations = Invitations(
            row=row,
            parts=parts,
            host_name=name,
            link_hubs=link_hubs,
            seat=self.core.guests.seat,
            unseat=self.core.guests.leave,
            assess=self.core.adapter.knocked,
            may_enter=self.core.may_enter,
            count_files=lambda: len(self.core.documents.files()),
        )
        self._over = asyncio.Event()
        self._is_ending = False
        self._mailboxes: asyncio.Queue[tuple[HostHub, MailboxEvent]] = asyncio.Queue(MAILBOX_QUEUE)
        self._traffic = GuestTraffic(self.core)
        self._bulk = BulkTraffic(self.core.links, self.core.measuring, decode=decode_guest, clock=parts.clock)
        self.orchestrator = EphemeralOrchestrator(
            self.core, self._traffic.collaboration, cut_off=self.revoke, stop_spending=self._stop_spending
        )
        self._watch = LeaseWatch(lease=lease, clock=parts.clock, on_stage=self._reach)
        self._hubs = HubAttachments(
            hubs=link_hubs if row.hub else (hub,),
            caller=parts.caller,
            session=row.session_id,
            session_nonce=row.nonce,
            dialer=parts.dialer,
            clock=parts.clock,
            entropy=parts.entropy,
            on_event=self._on_hub_event,
            on_change=self._on_hub_change,
        )
        self.core.publish_revocations = self._publish_revocations

    @property
    def hub(self) -> HubAddress:
        """The best hub that has the session now."""
        return self._hubs.best

    @property
    def is_over(self) -> bool:
        """Whether it was ended or suspended; its tasks may take a moment more."""
        return self._over.is_set()

    # --- life ---
    async def load(self) -> None:
        """Take up guests, documents and invites of a run before; a fresh session has none."""
        await self.core.load_rates()
        await self.core.load_pause()
        await self.core.hours.look()
        await self.core.guests.load()
        if self.core.purse is not None:
            await self.core.purse.load()
        await self.core.documents.load()
        await self.invitations.load()

    async def run(self, opened: asyncio.Future[None]) -> None:
        """Serve until the session is over; `opened` is resolved at the first registration, or carries its failure."""
        async with asyncio.TaskGroup() as group:
            serving = [
                group.create_task(self._hubs.run(), name="hubs"),
                group.create_task(self.core.links.run(), name="links"),
                group.create_task(self._traffic.run(), name="traffic"),
                group.create_task(self._bulk.run(), name="bulk traffic"),
                group.create_task(self.invitations.run(), name="invitations"),
                group.create_task(self.core.documents.run(), name="documents"),
                group.create_task(self._run_mailboxes(), name="mailboxes"),
                group.create_task(self._watch.run(), name="lease"),
                group.create_task(self._run_roster(), name="roster"),
                group.create_task(self.orchestrator.run(), name="orchestrator"),
                group.create_task(self.core.hours.run(), name="hours"),
                *([group.create_task(self.core.purse.run(), name="purse")] if self.core.purse else []),
                group.create_task(self._run_renewals(), name="renewals"),
            ]
            try:
                await self._open(opened)
                await self._over.wait()
            finally:
                for task in serving:
                    task.cancel()

    async def _open(self, opened: asyncio.Future[None]) -> None:
        try:
            await self._hubs.ready()
        except HorizonError as trouble:
            opened.set_exception(trouble)
            self._over.set()
            return
        if self._over.is_set():  # given up before the hub answered: nobody was told of it
            return
        core = self.core
        core.parts.bus.publish(SessionCreated(session_id=core.text_id, session_type=core.row.session_type))
        core.parts.bus.publish(
            SessionOpened(
                session_id=core.text_id,
                session_type=core.row.session_type,
                title=core.row.title,
                expires_at=core.lease.expires_at,
                is_host=True,
            )
        )
        core.parts.bus.publish(FilesChanged(session_id=core.text_id, files=core.documents.files()))
        core.roster_moved()
        opened.set_result(None)

    async def end(self, reason: str) -> None:
        """End for everyone: texts saved, guests told, invites closed, keys discarded. A second call waits."""
        if self._is_ending:
            await self._over.wait()
            return
        self._is_ending = True
        core = self.core
        now = core.parts.clock.now().instant
        await bounded(core.documents.close(), COMMIT_MS)
        await bounded(say_farewell(core, Ended(reason, now), flush_ms=FAREWELL_MS), 2 * FAREWELL_MS)
        core.guests.close_all()
        if core.purse is not None:
            await bounded(core.purse.close(), COMMIT_MS)
        await bounded(self.invitations.close(), FAREWELL_MS)
        try:
            await core.identities.end_session(core.row.session_id, reason=reason)
            await core.parts.store.end_session(core.row.session_id, reason=reason, at=now)
        except StoreUnavailable:  # over for everyone here; the next start finds it open, and its time over
            _log.exception("session.end.unwritten")
        if reason == "expired":
            core.parts.bus.publish(SessionExpired(session_id=core.text_id))
        core.parts.bus.publish(SessionEnded(session_id=core.text_id, reason=reason, at=now))
        self._over.set()

    async def suspend(self) -> None:
        """Stop serving without ending: the process goes, the session can be resumed."""
        await bounded(self.core.documents.close(), COMMIT_MS)
        self._over.set()

    def network_changed(self) -> None:
        """Doubt every path; register at the hubs anew, but for the one in this process."""
        self.core.links.network_changed()
        self._hubs.redial()

    # --- what the host's front asks ---
    async def extend(self, minutes: int) -> None:
        """Move the end by so many minutes, at most to the session's limit.

        Raises:
            AccessRefused: expiry.limit, the session has reached its longest time; policy.denied.
        """
        core = self.core
        if self._is_ending:
            raise AccessRefused("the session is over", code="ended")
        moved = core.lease.extended(minutes * 60_000)
        if moved.expires_at <= core.lease.expires_at:
            hours = core.row.limit_at.since(core.row.created_at) // 3_600_000
            raise AccessRefused("the session has reached its longest time", code="expiry.limit", h=hours)
        core.require_extension(until=moved.expires_at)
        row = msgspec.structs.replace(core.row, expires_at=moved.expires_at)
        await core.guests.prolong(expires_at=moved.expires_at)
        await core.parts.store.update_session(row)
        core.lease, core.row = moved, row
        self._watch.move(moved)
        core.guests.end_read_only()
        for seat in core.guests.roster:
            core.documents.guest_access(seat.key, may_edit=core.guests.may_edit(seat))
        await core.tell_lease()
        await core.renew_all()
        await self.invitations.session_changed(core.row)
        core.parts.bus.publish(LeaseExtended(session_id=core.text_id, expires_at=moved.expires_at))

    async def ask_approval(self, *, is_asked: bool) -> None:
        """Ask the host person before each guest gets in from now on, or nobody; who waits already still waits."""
        core = self.core
        row = msgspec.structs.replace(core.row, is_approval_asked=is_asked)
        await core.parts.store.update_session(row)
        core.row = row
        await self.invitations.session_changed(row)

    async def trust(self, peer_id: str) -> None:
        """Trust a guest again after what spoke against it; what was taken is given back. Raises UsageError."""
        await self._traffic.risk.trust(self.core.guests.seat_of(peer_id))

    async def revoke(self, peer_id: str) -> None:
        """Take a guest's access back for good: told, cut off, refused from this moment on."""
        core = self.core
        seat = core.guests.seat_of(peer_id)
        await core.tell(seat.key, Ended("revoked", core.parts.clock.now().instant))
        try:
            await core.guests.remove(peer_id, reason="revoked")
        finally:  # whatever the disk says: the guest is out of this process
            core.documents.guest_gone(seat.key)
            core.gone(seat, "revoked")
            await self._traffic.take_cursor_away(seat.key)
            await core.links.drop(seat.key, "revoked", flush_ms=FAREWELL_MS // 2)
            await self._publish_revocations()

    async def invite(self, *, places: int) -> None:
        """Make another invite with the session's role, until the session ends. Raises UsageError, PolicyRefused."""
        self.core.require_invite(places=places)
        await self.invitations.create(places=places, expires_at=self.core.lease.expires_at)

    async def share(self, paths: Sequence[Path]) -> None:
        """Share more files. Raises FileRefused or UsageError; then nothing of them is shared."""
        await self.core.documents.share(paths)
        if self.core.documents.folder == self.core.row.folder:
            return
        self.core.row = msgspec.structs.replace(self.core.row, folder=self.core.documents.folder)
        await self.core.parts.store.update_session(self.core.row)

    async def say(self, text: str) -> None:
        """Say a line as the host. Raises AccessRefused (chat.length)."""
        await self._traffic.say(self.core.own_peer_id, self.core.name, text)

    async def move_cursor(self, file_id: FileId | None, anchor: Caret, head: Caret, *, line: int) -> None:
        """Show the host's own caret to the guests."""
        self.core.stand_at(file_id or b"", line)
        cursor = PeerCursor(self.core.own_peer_id, file_id or b"", anchor, head)
        await self._traffic.show_cursor(cursor, but=None)

    # --- inside ---
    async def _stop_spending(self, quota_id: str) -> None:
        """A quota of this session is over: when it is its purse, what costs stops now."""
        purse = self.core.purse
        if purse is not None and str(purse.quota_id) == quota_id:
            await purse.settle()

    async def _publish_revocations(self) -> None:
        core = self.core
        if core.ledger.is_list_empty:
            return
        try:
            number = await core.parts.store.next_revocation_number(core.row.session_id)
            signed = core.ledger.revocations(number)
        except HorizonError as trouble:  # the host refuses what a hub lets through; the next list is published anew
            _log.warning("revocations.unpublished", code=trouble.key)
            return
        async with asyncio.TaskGroup() as group:  # no hub waits for another that is slow to answer
            for hub in self._hubs.connections:
                group.create_task(_publish(hub, signed))

    async def _on_hub_event(self, hub: HostHub, event: HostHubEvent) -> None:
        match event:
            case RelayFrame():
                await self.core.links.relay_bytes(hub, event.link, event.lane, event.data)
            case LinkOpened():
                self.core.links.relay_opened(hub, event.link, event.guest)
            case LinkClosed():
                self.core.links.relay_closed(hub, event.link)
            case MailboxOpened() | MailboxMessage() | MailboxClosed():
                if self._mailboxes.full():
                    await hub.close_mailbox(event.mailbox)
                else:
                    self._mailboxes.put_nowait((hub, event))

    async def _on_hub_change(self, hub: HostHub, *, is_connected: bool) -> None:
        if is_connected:
            await self._publish_revocations()
            await self.invitations.hub_up(hub)
        else:
            self.core.links.hub_lost(hub)
            self.invitations.hub_lost(hub)
        self.core.parts.bus.publish(
            HubChanged(session_id=self.core.text_id, is_connected=self._hubs.is_connected, hub=self.hub.authority)
        )

    async def _run_mailboxes(self) -> None:
        while True:
            hub, event = await self._mailboxes.get()
            try:
                await self.invitations.mailbox_event(hub, event)
            except HorizonError as trouble:
                _log.info("mailbox.trouble", hub=self.hub.host, code=trouble.key)

    async def _reach(self, stage: LeaseStage) -> None:
        """A stage of the lease has come: warn, go read-only at 0:00, end five seconds later."""
        core = self.core
        if stage in (LeaseStage.NOTICE, LeaseStage.URGENT):
            seconds_left = core.lease.left_ms(now=core.parts.clock.now()) // 1000
            core.parts.bus.publish(
                LeaseWarning(
                    session_id=core.text_id,
                    level=stage.name.lower(),
                    seconds_left=seconds_left,
                    expires_at=core.lease.expires_at,
                )
            )
        elif stage is LeaseStage.READ_ONLY:
            core.guests.go_read_only(until=core.lease.expires_at.plus(GRACE_MS))
            core.parts.bus.publish(WentReadOnly(session_id=core.text_id))
            for seat in core.guests.roster:
                core.documents.guest_access(seat.key, may_edit=False)
            await core.tell_lease()
        elif stage is LeaseStage.OVER:
            await self.end("expired")

    async def _run_roster(self) -> None:
        core = self.core
        while True:
            await core.roster_moved_event.wait()
            core.roster_moved_event.clear()
            participants = core.participants()
            core.parts.bus.publish(RosterChanged(session_id=core.text_id, participants=participants))
            async with asyncio.TaskGroup() as group:
                for seat in core.guests.roster:
                    if seat.presence is Presence.HERE:
                        group.create_task(core.tell(seat.key, Roster(participants)))
            await core.parts.clock.sleep(ROSTER_PAUSE_MS)

    async def _run_renewals(self) -> None:
        while True:
            await self.core.parts.clock.sleep(RENEWAL_CHECK_MS)
            await self.core.renew_due()
            await self._traffic.risk.answer_late()
            await self.core.list_epochs()


async def _publish(hub: HostHub, revocations: bytes) -> None:
    try:
        await hub.publish_revocations(revocations)
    except HorizonError as trouble:  # the host refuses what the hub lets through; registering publishes it anew
        _log.warning("revocations.unpublished", code=trouble.key)
