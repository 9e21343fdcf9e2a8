"""The sessions of one profile that run in this process: created, resumed, joined, found, closed."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import structlog

from horizon_desktop.domain.access.code import parse_code
from horizon_desktop.domain.access.invitation import HubAddress, InvitationLink, parse_link
from horizon_desktop.domain.access.preview import Preview
from horizon_desktop.domain.collaboration.lease import Lease
from horizon_desktop.domain.collaboration.surfaces import channels_without
from horizon_desktop.domain.events import ClockSkewed, PeerKnocked, SessionEnded
from horizon_desktop.domain.ids import SessionId, peer_id_of, session_text
from horizon_desktop.errors import AccessRefused, HorizonError, Unreachable, UsageError
from horizon_desktop.ports.hub import Mailbox
from horizon_desktop.ports.hub_home import HubHome
from horizon_desktop.ports.network_watch import NetworkWatch
from horizon_desktop.ports.records import MembershipRow, SessionRow, SessionState, Swept
from horizon_desktop.protocol.redemption_effects import NowWaiting
from horizon_desktop.services.file_registry import starts_of
from horizon_desktop.services.host_parts import Parts
from horizon_desktop.services.hosted_session import HostedSession
from horizon_desktop.services.hub_race import first_reached
from horizon_desktop.services.joined_session import JoinedSession
from horizon_desktop.services.redeeming import RedemptionDevice, read_preview, redeem
from horizon_desktop.services.session_planning import HostChoice, allowed_length, allowed_plan, draft_session
from horizon_desktop.services.supervisor import supervised

_log = structlog.get_logger(__name__)

ENDING_MS = 30_000
"""From 0:00 until a running session has surely closed itself."""
WELCOME_S = 30.0
"""From the token to the host's welcome, by whatever path."""


class Sessions:
    """Owns every running session of this process; each is a task of `group`."""

    def __init__(self, *, parts: Parts, hubs: HubHome, name: Callable[[], str], group: asyncio.TaskGroup) -> None:
        self._parts = parts
        self._hubs = hubs
        self._name = name
        self._group = group
        self._running: dict[str, asyncio.Task[None]] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        """Of sessions that are being resumed."""
        self.hosted: dict[str, HostedSession] = {}
        self.joined: dict[str, JoinedSession] = {}

    # --- hosting ---
    async def create(self, choice: HostChoice) -> HostedSession:
        """Open a session of one's own with its first invite.

        Raises:
            AccessRefused: a rule about lengths, places or channels, or a policy. FileRefused, UsageError: the files.
            Unreachable, HubPinMismatch: the hub.
        """
        parts, now = self._parts, self._parts.clock.now()
        off, most_s = parts.configuration.features.off, parts.policies.most_length_s
        plan = allowed_plan(choice.plan, off=off, longest_s=most_s)
        if not choice.files:
            raise UsageError("choose at least one file to share", code="session.files")
        hub = await self._hubs.plan(choice.hub)
        longest_s = allowed_length(plan, choice, parts, hub=hub.url, name=self._name(), now=now.instant)
        row, invite = draft_session(plan, choice, parts, hub=hub, longest_s=longest_s, now=now.instant)
        hosted = self._build_hosted(row, hub.dial, hub.link)
        opened = self._start_hosted(hosted)  # the hub is dialled while files are read and rows are written
        documents = hosted.core.documents
        try:
            drafts = await documents.draft(choice.files)
            await parts.store.open_session(row, invite, starts_of(drafts))
            await hosted.core.limit_rates(choice.rates)
            if choice.purse is not None:
                await hosted.core.give_purse(choice.purse)
            documents.add(drafts)
            await hosted.invitations.adopt(invite)
            await opened
        except (HorizonError, asyncio.CancelledError):
            await hosted.suspend()
            await parts.store.end_session(row.session_id, reason="host", at=now.instant)
            raise
        return hosted

    async def resume_hosted(self, row: SessionRow) -> HostedSession:
        """Open a session again whose process went away; guests, invites, tries and texts are as they were."""
        text = session_text(row.session_id)
        async with self._turns.setdefault(text, asyncio.Lock()):  # one of two askers opens it, both get it
            running = self.hosted.get(text)
            if running is not None:
                return running
            hub = await self._hubs.plan(row.hub)
            hosted = self._build_hosted(row, hub.dial, hub.link)
            await hosted.load()
            await self._start_hosted(hosted)
            return hosted

    def _build_hosted(self, row: SessionRow, dial: HubAddress, link: tuple[HubAddress, ...]) -> HostedSession:
        row = msgspec.structs.replace(
            row, channels=channels_without(row.channels, self._parts.configuration.features.off)
        )
        lease = Lease.restored(
            created_at=row.created_at,
            expires_at=row.expires_at,
            limit_at=row.limit_at,
            now=self._parts.clock.now(),
        )
        return HostedSession(row=row, parts=self._parts, name=self._name(), hub=dial, link_hubs=link, lease=lease)

    def _start_hosted(self, hosted: HostedSession) -> asyncio.Future[None]:
        """Run a session as a task; the future is resolved when the hub has it, or carries why not."""
        opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        text = hosted.core.text_id
        self.hosted[text] = hosted

        async def on_failure(failure: Exception) -> None:
            await self._crashed(text, failure, opened)

        async def run() -> None:
            await supervised(hosted.run(opened), name=f"session {text[:8]}", on_failure=on_failure)
            self.hosted.pop(text, None)
            self._running.pop(text, None)

        self._running[text] = self._group.create_task(run(), name=f"session {text[:8]}")
        return opened

    # --- joining ---
    async def preview(self, link_text: str) -> tuple[InvitationLink, HubAddress, Preview]:
        """Return what a link alone shows.

        Raises:
            InviteRefused, Unreachable, HubPinMismatch: the link, or its hubs. AccessRefused: host.away.
        """
        link = parse_link(link_text)

        async def fetch(hub: HubAddress) -> bytes:
            sealed = await self._parts.dialer.fetch_preview(hub, link.locator)
            if sealed is None:
                raise AccessRefused("the host of this invite is not connected", code="host.away")
            return sealed

        hub, sealed = await first_reached(link.hubs, fetch)
        return link, hub, read_preview(sealed, link, now=self._parts.clock.now().instant)

    async def join(
        self,
        link_text: str,
        code: str,
        device: RedemptionDevice,
        *,
        shown: Preview | None,
        shown_by: HubAddress | None = None,
        mirror: Path | None,
        is_mirror_forced: bool,
    ) -> JoinedSession:
        """Redeem link and code, wait to be let in, and return the running session.

        A device that is in that session already comes back without a code.

        Args:
            shown: The preview that the person saw; None: whatever the host offers now is taken.
            shown_by: The hub that had it a moment ago; None: it is fetched again first.

        Raises:
            InviteRefused, AccessRefused, Unreachable, HubPinMismatch, RemoteProtocolError: as `redeem` says.
        """
        link = parse_link(link_text)
        known = await self._membership_of(link)
        if known is not None:
            return await self.resume_joined(known, mirror=mirror, is_mirror_forced=is_mirror_forced)
        parse_code(code)
        hub, preview = shown_by, shown
        if hub is None or preview is None:
            _, hub, preview = await self.preview(link_text)
        redeemed = await redeem(
            link,
            code,
            device,
            open_mailbox=lambda: self._mailbox(link),
            key=self._parts.key,
            clock=self._parts.clock,
            entropy=self._parts.entropy,
            shown=shown or preview,
            on_waiting=lambda waiting: self._publish_waiting(waiting, preview, device),
            on_skew=lambda minutes: self._parts.bus.publish(ClockSkewed(session_id="", minutes=minutes)),
        )
        now = self._parts.clock.now().instant
        row = MembershipRow(
            session_id=redeemed.session,
            host_key=redeemed.host,
            host_name=preview.host_name,
            hubs=(hub, *(other for other in link.hubs if other != hub)),
            locator=link.locator,
            token=redeemed.token.raw,
            name=device.name,
            role=redeemed.role,
            session_type=preview.session_type,
            title=preview.title,
            created_at=preview.starts_at,
            expires_at=preview.expires_at,
            host_offset_ms=redeemed.host_offset_ms or 0,
            mirror=str(mirror) if mirror else "",
        )
        await self._parts.store.put_membership(row)
        await self._parts.store.remember_key(redeemed.host, preview.host_name, now=now)
        return await self._start_joined(row, mirror=mirror, is_mirror_forced=is_mirror_forced)

    async def resume_joined(
        self, row: MembershipRow, *, mirror: Path | None = None, is_mirror_forced: bool = False
    ) -> JoinedSession:
        """Go back into a session this device was let into, without a code."""
        folder = mirror or (Path(row.mirror) if row.mirror else None)
        return await self._start_joined(row, mirror=folder, is_mirror_forced=is_mirror_forced)

    async def _mailbox(self, link: InvitationLink) -> Mailbox:
        async def reach(hub: HubAddress) -> Mailbox:
            return await self._parts.dialer.open_mailbox(hub, self._parts.caller, locator=link.locator)

        _, mailbox = await first_reached(link.hubs, reach)
        return mailbox

    def _publish_waiting(self, waiting: NowWaiting, preview: Preview, device: RedemptionDevice) -> None:
        self._parts.bus.publish(
            PeerKnocked(
                session_id=session_text(waiting.session),
                peer_id=peer_id_of(self._parts.key.key),
                name=device.name,
                role=preview.role,
                device=device.device,
                pictures=waiting.pictures,
                answer_by=waiting.answer_by,
            )
        )

    async def _membership_of(self, link: InvitationLink) -> MembershipRow | None:
        now = self._parts.clock.now().instant
        for row in await self._parts.store.memberships(state=SessionState.OPEN):
            is_running = now.plus(row.host_offset_ms) < row.expires_at
            if row.locator == link.locator and row.host_key == link.host and row.token and is_running:
                return row
        return None

    async def _start_joined(self, row: MembershipRow, *, mirror: Path | None, is_mirror_forced: bool) -> JoinedSession:
        running = self.joined.get(session_text(row.session_id))
        if running is not None:
            await asyncio.shield(running.core.opened)
            return running
        now = self._parts.clock.now()
        lease = Lease.told(
            created_at=row.created_at,
            expires_at=row.expires_at,
            host_time=now.instant.plus(row.host_offset_ms),
            now=now,
        )
        joined = JoinedSession(
            membership=row, parts=self._parts, lease=lease, mirror=mirror, is_mirror_forced=is_mirror_forced
        )
        text = joined.core.text_id
        self.joined[text] = joined

        async def on_failure(failure: Exception) -> None:
            await self._crashed(text, failure, joined.core.opened)

        async def run() -> None:
            await supervised(joined.run(), name=f"joined {text[:8]}", on_failure=on_failure)
            self.joined.pop(text, None)
            self._running.pop(text, None)

        self._running[text] = self._group.create_task(run(), name=f"joined {text[:8]}")
        try:
            await asyncio.wait_for(asyncio.shield(joined.core.opened), WELCOME_S)
        except TimeoutError as silence:
            await joined.suspend()
            raise Unreachable("the host did not answer", code="net.lost") from silence
        except asyncio.CancelledError:  # nobody waits for it any more: nothing of it stays
            await joined.suspend()
            raise
        return joined

    async def end_interrupted(self, session_id: str) -> None:
        """End a session of one's own that no process serves: with its guests when they can be reached, else alone.

        Raises:
            UsageError: there is no such session.
        """
        hosted, _ = await self.interrupted()
        row = next((row for row in hosted if session_text(row.session_id) == session_id), None)
        if row is None:
            raise UsageError("no such session is hosted here", code="session.unknown")
        try:
            running = await self.resume_hosted(row)
        except Unreachable:
            at = self._parts.clock.now().instant
            await self._parts.store.end_session(row.session_id, reason="host", at=at)
            self._publish_end(row.session_id, "host")
        else:
            await running.end("host")

    # --- both ---
    async def interrupted(self) -> tuple[Sequence[SessionRow], Sequence[MembershipRow]]:
        """Return what the store holds as open but no task here runs."""
        hosted = await self._parts.store.sessions(state=SessionState.OPEN)
        joined = await self._parts.store.memberships(state=SessionState.OPEN)
        return (
            [row for row in hosted if session_text(row.session_id) not in self.hosted],
            [row for row in joined if session_text(row.session_id) not in self.joined],
        )

    async def sweep(self) -> Swept:
        """Close whatever ran out while nobody watched (at start, and each minute after); return what was closed."""
        now = self._parts.clock.now().instant
        if self.hosted or self.joined:  # what runs ends by itself, and may be extended until it has
            now = now.plus(-ENDING_MS)
        swept = await self._parts.identities.cleanup(now=now)
        for session in (*swept.sessions, *swept.memberships):
            if session_text(session) not in self.hosted | self.joined:
                self._publish_end(session, "expired")
        return swept

    async def follow_network(self, watch: NetworkWatch) -> None:
        """Have every session find its paths anew when the network is another; until cancelled."""
        async for _ in watch.changes():
            _log.info("network.changed")
            for hosted in self.hosted.values():
                hosted.network_changed()
            for joined in self.joined.values():
                joined.network_changed()

    async def close(self) -> None:
        """Stop serving every session without ending it; each can be resumed."""
        running = tuple(self._running.values())
        for hosted in tuple(self.hosted.values()):
            await hosted.suspend()
        for joined in tuple(self.joined.values()):
            await joined.suspend()
        if running:
            await asyncio.wait(running, timeout=5)

    def role_of(self, peer_id: str) -> str | None:
        """Return the role of a guest of a session that runs here, None where nobody of that id is in one."""
        seats = (hosted.core.guests.roster.by_peer_id(peer_id) for hosted in self.hosted.values())
        return next((seat.role for seat in seats if seat is not None), None)

    async def finished(self, session_id: str) -> None:
        """Wait until a session's task is over."""
        task = self._running.get(session_id)
        if task is not None:
            await asyncio.wait((task,))

    def _publish_end(self, session: SessionId, reason: str) -> None:
        now = self._parts.clock.now().instant
        self._parts.bus.publish(SessionEnded(session_id=session_text(session), reason=reason, at=now))

    async def _crashed(self, text: str, failure: Exception, opened: asyncio.Future[None]) -> None:
        """A session's task failed: tell whoever waits and whoever watches; what is stored can be resumed."""
        if not opened.done():
            known = _horizon_error(failure)
            opened.set_exception(known or HorizonError("the session failed; the log says why"))
            return
        now = self._parts.clock.now().instant
        self._parts.bus.publish(SessionEnded(session_id=text, reason="crash", at=now))


def _horizon_error(failure: BaseException) -> HorizonError | None:
    """Return the first error of ours inside a failure or the group it is."""
    if isinstance(failure, HorizonError):
        return failure
    if isinstance(failure, BaseExceptionGroup):
        found = (_horizon_error(inner) for inner in failure.exceptions)
        return next((error for error in found if error is not None), None)
    return None
