"""EphemeralBridge: the bridge over the use cases of this very process (SPEC system 19)."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import msgspec

from horizon_desktop.bridge import view_of
from horizon_desktop.bridge.pictures import pictures_of
from horizon_desktop.bridge.usage_desk import UsageDesk
from horizon_desktop.bridge.views import (
    DeviceInfo,
    InviteView,
    PreviewView,
    ProfileView,
    ProxyView,
    ReplicaSeed,
    SessionSpec,
    SessionView,
)
from horizon_desktop.domain.access.capability import MAX_RATE_BYTES, Rate, Role
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.access.preview import Preview
from horizon_desktop.domain.collaboration.documents import Caret
from horizon_desktop.domain.collaboration.presence import Participant
from horizon_desktop.domain.collaboration.session import MAX_TITLE_CHARACTERS, SessionPlan
from horizon_desktop.domain.events import Event
from horizon_desktop.domain.ids import FileId, peer_id_of
from horizon_desktop.domain.instants import Tick
from horizon_desktop.domain.plain_text import plain_name
from horizon_desktop.errors import HorizonError, UsageError
from horizon_desktop.ports.secrets import SecretHome
from horizon_desktop.services.host_parts import Parts
from horizon_desktop.services.hosted_session import HostedSession
from horizon_desktop.services.joined_session import JoinedSession
from horizon_desktop.services.link_measure import LinkMeasure, measure_link
from horizon_desktop.services.proxy_setting import ProxySetting
from horizon_desktop.services.redeeming import RedemptionDevice
from horizon_desktop.services.session_planning import HostChoice
from horizon_desktop.services.sessions import Sessions

NAME_SETTING: Final = "profile.name"
MAX_NAME_CHARACTERS: Final = 40
SHOWN_MS: Final = 120_000
"""For so long joining trusts the preview that was shown; after that it is fetched again, for three round trips."""


class _Shown(msgspec.Struct, frozen=True):
    hub: HubAddress
    preview: Preview
    at: Tick


class EphemeralBridge:
    """The five commands of the specification and the rest of what a door may ask. Lives on the network loop."""

    def __init__(
        self,
        *,
        parts: Parts,
        sessions: Sessions,
        key_home: SecretHome,
        name: str,
        proxy: ProxySetting,
        usage: UsageDesk,
    ) -> None:
        self.usage = usage
        self._parts = parts
        self._sessions = sessions
        self._key_home = key_home
        self._name = name
        self._proxy = proxy
        self._shown: dict[str, _Shown] = {}
        """The link whose preview was shown last, with that preview: joining means those terms."""

    def events(self) -> AbstractContextManager[AsyncIterator[Event]]:
        """Subscribe to every fact of this profile."""
        return self._parts.bus.subscribe()

    def current_name(self) -> str:
        """Return the name that hosts and guests read."""
        return self._name

    async def profile(self) -> ProfileView:
        """Return this profile's key, its pictures and its name."""
        key = self._parts.key.key
        pictures = await pictures_of(key)
        return ProfileView(
            peer_id=peer_id_of(key),
            name=self._name,  # read last: it may be changed while the pictures are derived
            device=self._parts.device,
            pictures=pictures,
            key_home=self._key_home.value,
            off=tuple(sorted(self._parts.configuration.features.off)),
        )

    async def rename(self, name: str) -> ProfileView:
        """Take another name from the next session on. Raises UsageError for an empty or overlong one."""
        clean = plain_name(name, most_characters=MAX_NAME_CHARACTERS + 1)
        if not 1 <= len(clean) <= MAX_NAME_CHARACTERS:
            raise UsageError(f"a name has 1 to {MAX_NAME_CHARACTERS} characters", code="profile.person")
        self._name = clean
        await self._parts.store.put_setting(NAME_SETTING, clean)
        return await self.profile()

    async def proxy(self) -> ProxyView:
        """Return the HTTP proxy that hubs are reached through, without its password."""
        return view_of.proxy(self._proxy.choice(), self._proxy.source)

    async def choose_proxy(self, text: str) -> ProxyView:
        """Reach hubs through another proxy from the next dial on. Raises UsageError (proxy.url, proxy.configured)."""
        await self._proxy.choose(text)
        return await self.proxy()

    async def sessions(self) -> Sequence[SessionView]:
        """Return open and interrupted sessions, newest first."""
        running = [view_of.hosted(session) for session in self._sessions.hosted.values() if not session.is_over]
        running += [view_of.joined(one) for one in self._sessions.joined.values() if not one.core.over.is_set()]
        hosted, joined = await self._sessions.interrupted()
        idle = [view_of.interrupted_hosted(row, self._parts.key.key) for row in hosted]
        idle += [view_of.interrupted_joined(row, self._parts.key.key) for row in joined]
        return sorted((*running, *idle), key=lambda view: view.created_at, reverse=True)

    async def session(self, session_id: str) -> SessionView:
        """Return one running session."""
        return self._view(self._running(session_id))

    # --- host ---
    async def create_ephemeral_session(self, spec: SessionSpec) -> SessionView:
        """Open a session with its first invite."""
        plan = SessionPlan(
            session_type=spec.session_type,
            title=plain_name(spec.title, most_characters=MAX_TITLE_CHARACTERS + 1),
            length_s=spec.length_s,
            places=spec.guests,
            invite_minutes=spec.invite_minutes,
            role=spec.role,
            channels=spec.channels,
        )
        choice = HostChoice(
            plan=plan,
            files=spec.files,
            is_approval_asked=spec.is_approval_asked,
            is_relay_allowed=spec.is_relay_allowed,
            hub=spec.hub,
            rates={name: Rate(max(1, count), MAX_RATE_BYTES) for name, count in spec.rates.items()},
            purse=spec.purse,
        )
        window_id = await self.usage.kept_window(spec.hours) if spec.hours is not None else ""
        hosted = await self._sessions.create(choice)
        if window_id:
            await self._limit_hours(hosted, window_id)
        return self._view(hosted)

    async def _limit_hours(self, hosted: HostedSession, window_id: str) -> None:
        """Let guests come in at these hours only; nobody has the new session's invite before this is so."""
        purse = hosted.core.purse
        quota_id = str(purse.quota_id or "") if purse is not None else ""
        try:
            await self.usage.limit_session(hosted.core.text_id, window_id=window_id, quota_id=quota_id)
            await hosted.core.hours.look()
        except HorizonError:
            await hosted.end("host")
            raise

    async def resume_session(self, session_id: str) -> SessionView:
        """Open an interrupted session again."""
        hosted, joined = await self._sessions.interrupted()
        for row in hosted:
            if row.session_id.hex() == session_id:
                return self._view(await self._sessions.resume_hosted(row))
        for membership in joined:
            if membership.session_id.hex() == session_id:
                return self._view(await self._sessions.resume_joined(membership))
        return await self.session(session_id)

    async def get_invite_url(self, session_id: str) -> InviteView:
        """Return the newest invite of a session. Raises UsageError when it has none."""
        newest = await self.invites(session_id)
        if not newest:
            raise UsageError("this session has no invite", code="invite.none")
        return newest[0]

    async def invites(self, session_id: str) -> Sequence[InviteView]:
        """Return the invites of a session, newest first."""
        return tuple(view_of.invite(shown) for shown in self._hosted(session_id).invitations.views())

    async def create_invite(self, session_id: str, *, places: int) -> InviteView:
        """Make another invite, with the session's role, until the session ends."""
        hosted = self._hosted(session_id)
        await hosted.invite(places=places)
        return await self.get_invite_url(session_id)

    async def cancel_invite(self, session_id: str, name: str) -> None:
        await self._hosted(session_id).invitations.cancel(name)

    async def resume_invite(self, session_id: str, name: str) -> None:
        await self._hosted(session_id).invitations.resume(name)

    async def admit(self, session_id: str, peer_id: str, *, role: Role | None = None) -> None:
        await self._hosted(session_id).invitations.admit(view_of.device_key(peer_id), role)

    async def decline(self, session_id: str, peer_id: str) -> None:
        await self._hosted(session_id).invitations.decline(view_of.device_key(peer_id))

    async def extend(self, session_id: str, *, minutes: int) -> SessionView:
        """Move the end of a session."""
        hosted = self._hosted(session_id)
        await hosted.extend(minutes)
        return self._view(hosted)

    async def revoke(self, session_id: str, peer_id: str) -> None:
        await self._hosted(session_id).revoke(peer_id)

    async def trust(self, session_id: str, peer_id: str) -> None:
        await self._hosted(session_id).trust(peer_id)

    async def change_role(self, session_id: str, peer_id: str, role: Role) -> None:
        await self._hosted(session_id).core.change_role(peer_id, role)

    async def ask_approval(self, session_id: str, *, is_asked: bool) -> SessionView:
        """Ask before each guest from now on, or not."""
        hosted = self._hosted(session_id)
        await hosted.ask_approval(is_asked=is_asked)
        return self._view(hosted)

    async def pause_input(self, session_id: str, *, is_paused: bool) -> SessionView:
        """Pause all guests' input, or let it go on."""
        hosted = self._hosted(session_id)
        await hosted.core.pause_input(is_paused=is_paused)
        return self._view(hosted)

    async def share_files(self, session_id: str, files: Sequence[Path]) -> None:
        await self._hosted(session_id).share(files)

    async def unshare_file(self, session_id: str, file_id: FileId) -> None:
        await self._hosted(session_id).core.documents.unshare(file_id)

    async def restore_file(self, session_id: str, file_id: FileId) -> None:
        """Put back the text from before the first guest edit, as an edit of the host."""
        await self._hosted(session_id).core.documents.restore(file_id)

    async def original_text(self, session_id: str, file_id: FileId) -> str:
        """Return the text from before the first guest edit."""
        return await self._hosted(session_id).core.documents.original_text(file_id)

    async def end_ephemeral_session(self, session_id: str) -> None:
        """End a hosted session for everyone, also one that was interrupted."""
        running = self._sessions.hosted.get(session_id)
        if running is None:
            await self._sessions.end_interrupted(session_id)
        else:
            await running.end("host")
        await self._sessions.finished(session_id)

    # --- guest ---
    async def preview(self, link: str) -> PreviewView:
        """Return what a link alone shows."""
        parsed, hub, preview = await self._sessions.preview(link)
        self._shown = {link: _Shown(hub=hub, preview=preview, at=self._parts.clock.now().tick)}
        known = await self._parts.store.known_key(parsed.host)
        pictures = await pictures_of(parsed.host)
        return view_of.preview(parsed, hub, preview, is_known=known is not None, pictures=pictures)

    async def join_ephemeral_session(
        self, link: str, code: str, device: DeviceInfo, *, mirror: Path | None = None, is_mirror_forced: bool = False
    ) -> SessionView:
        """Redeem link and code, wait to be let in, return the session. Cancelling withdraws the knock."""
        name = plain_name(device.name, most_characters=MAX_NAME_CHARACTERS + 1)
        if not 1 <= len(name) <= MAX_NAME_CHARACTERS:
            raise UsageError(f"a name has 1 to {MAX_NAME_CHARACTERS} characters", code="profile.person")
        told = RedemptionDevice(name=name, device=device.device, system=device.system, version=device.version)
        shown, now = self._shown.get(link), self._parts.clock.now().tick
        is_new = shown is not None and now.since(shown.at) <= SHOWN_MS
        joined = await self._sessions.join(
            link,
            code,
            told,
            shown=shown.preview if shown else None,
            shown_by=shown.hub if shown and is_new else None,
            mirror=mirror,
            is_mirror_forced=is_mirror_forced,
        )
        return self._view(joined)

    async def leave(self, session_id: str) -> None:
        """Go for good."""
        await self._joined(session_id).leave()
        await self._sessions.finished(session_id)

    async def ask_time(self, session_id: str, *, minutes: int) -> None:
        await self._joined(session_id).ask_time(minutes)

    async def try_direct(self, session_id: str) -> None:
        """Try the direct path to the host at once."""
        self._joined(session_id).core.link.try_direct()

    # --- both ---
    async def get_ephemeral_presence(self, session_id: str) -> Sequence[Participant]:
        """Return everyone who is in, the host first."""
        return self._view(self._running(session_id)).participants

    async def say(self, session_id: str, text: str) -> None:
        await self._running(session_id).say(text)

    async def measure_link(
        self, session_id: str, peer_id: str, *, is_sent: bool, most_bytes: int, most_ms: int
    ) -> LinkMeasure:
        """Measure the link to a peer in one direction."""
        running = self._running(session_id)
        others = [one for one in self._view(running).participants if one.peer_id == peer_id]
        if not others:
            raise UsageError("nobody with that id is in this session", code="peer.unknown", peer=peer_id[:8])
        return await measure_link(
            running.core.measuring,
            view_of.device_key(peer_id),
            name=others[0].name,
            is_sent=is_sent,
            most_bytes=most_bytes,
            most_ms=most_ms,
        )

    async def open_replica(self, session_id: str, file_id: FileId) -> ReplicaSeed:
        """Return what an editor starts from."""
        return await self._running(session_id).core.documents.open_replica(file_id)

    async def close_replica(self, session_id: str, file_id: FileId) -> None:
        await self._running(session_id).core.documents.close_replica(file_id)

    async def apply_edit(self, session_id: str, file_id: FileId, epoch: bytes, update: bytes) -> None:
        await self._running(session_id).core.documents.apply_local(file_id, epoch, update)

    async def move_cursor(
        self, session_id: str, file_id: FileId | None, anchor: Caret, head: Caret, *, line: int
    ) -> None:
        await self._running(session_id).move_cursor(file_id, anchor, head, line=line)

    # --- inside ---
    def _running(self, session_id: str) -> HostedSession | JoinedSession:
        found = self._sessions.hosted.get(session_id) or self._sessions.joined.get(session_id)
        if found is None:
            raise UsageError("no such session runs here", code="session.unknown")
        return found

    def _hosted(self, session_id: str) -> HostedSession:
        found = self._sessions.hosted.get(session_id)
        if found is None:
            raise UsageError("no such session is hosted here", code="session.unknown")
        return found

    def _joined(self, session_id: str) -> JoinedSession:
        found = self._sessions.joined.get(session_id)
        if found is None:
            raise UsageError("this profile is no guest of such a session", code="session.unknown")
        return found

    def _view(self, running: HostedSession | JoinedSession) -> SessionView:
        if isinstance(running, HostedSession):
            return view_of.hosted(running)
        return view_of.joined(running)
