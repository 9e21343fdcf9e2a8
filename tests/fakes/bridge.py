"""The Bridge in memory: sessions that exist in name only, for testing the fronts over it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from horizon_desktop.adapters.memory_bus import MemoryBus
from horizon_desktop.bridge.usage_desk import UsageDesk
from horizon_desktop.bridge.views import (
    AccessLine,
    DeviceInfo,
    InviteView,
    PreviewView,
    ProfileView,
    ProxyView,
    ReplicaSeed,
    SessionSpec,
    SessionView,
)
from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.access.code import parse_code
from horizon_desktop.domain.collaboration.documents import Caret, SharedFile
from horizon_desktop.domain.collaboration.presence import Participant
from horizon_desktop.domain.collaboration.session import SessionType
from horizon_desktop.domain.events import (
    ChatSaid,
    Event,
    KnockClosed,
    LeaseExtended,
    PeerEntered,
    PeerGone,
    SessionEnded,
)
from horizon_desktop.domain.ids import FileId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import HorizonError, InviteRefused, UsageError
from horizon_desktop.services.link_measure import LinkMeasure

HOST_ID = "aa" * 32
GUEST_ID = "bb" * 32
LINK = "horizon://join/AQBtext"
CODE = "53S6-6H57"


class FakeBridge:
    """Does at once what it is asked. `joining` holds what join does: an error to raise, or None to be let in."""

    def __init__(self, now: Instant) -> None:
        self.now = now
        self.bus: MemoryBus[Event] = MemoryBus()
        self.views: dict[str, SessionView] = {}
        self.invited: dict[str, list[InviteView]] = {}
        self.asked: list[tuple[object, ...]] = []
        self.joining: list[HorizonError | None] = [None]
        self.member_links: set[str] = set()
        self.proxy_chosen = ""
        self.desk: UsageDesk | None = None
        """The real desk of use, over a database that the test opened."""

    @property
    def usage(self) -> UsageDesk:
        """Return the desk that the test put here."""
        assert self.desk is not None, "put a desk over an open database here first"
        return self.desk

    def person(self, peer_id: str, name: str, role: str) -> Participant:
        return Participant(peer_id=peer_id, name=name, role=role, device="box", color=0, joined_at=self.now)

    def events(self) -> AbstractContextManager[AsyncIterator[Event]]:
        return self.bus.subscribe()

    async def profile(self) -> ProfileView:
        return ProfileView(peer_id=HOST_ID, name="Ana", device="box", pictures=(1, 2, 3, 4, 5, 6, 7), key_home="file")

    async def rename(self, name: str) -> ProfileView:
        return msgspec.structs.replace(await self.profile(), name=name)

    async def proxy(self) -> ProxyView:
        return ProxyView(proxy=self.proxy_chosen, user="", source="profile" if self.proxy_chosen else "system")

    async def choose_proxy(self, text: str) -> ProxyView:
        self.proxy_chosen = text
        return await self.proxy()

    async def sessions(self) -> Sequence[SessionView]:
        return tuple(reversed(self.views.values()))

    # --- host ---
    async def create_ephemeral_session(self, spec: SessionSpec) -> SessionView:
        self.asked.append(("create", spec))
        missing = [file for file in spec.files if not file.exists()]
        if missing:
            raise UsageError("no such file", code="file.vanished", file=str(missing[0]))
        view = self._view(f"{len(self.views) + 1:02}" * 32, spec, is_host=True)
        self.views[view.session_id] = view
        self.invited[view.session_id] = []
        await self.create_invite(view.session_id, places=spec.guests)
        return view

    def _view(self, session_id: str, spec: SessionSpec, *, is_host: bool) -> SessionView:
        return SessionView(
            session_id=session_id,
            session_type=spec.session_type,
            title=spec.title,
            is_host=is_host,
            state="open",
            created_at=self.now,
            expires_at=self.now.plus(spec.length_s * 1000),
            limit_at=self.now.plus(86_400_000),
            own_peer_id=HOST_ID if is_host else GUEST_ID,
            role="host" if is_host else "editor",
            channels={"edits": 2, "chat": 2},
            participants=(self.person(HOST_ID, "Ana", "host"),),
            files=tuple(SharedFile(file_id=FileId(bytes(16)), path=file.name, may_edit=True) for file in spec.files),
            folder="",
            hub="hub.example:7443",
            is_hub_embedded=False,
        )

    def interrupt(self, view: SessionView) -> SessionView:
        """Leave a session behind as a process that was killed does."""
        self.views[view.session_id] = msgspec.structs.replace(view, state="interrupted")
        return view

    async def resume_session(self, session_id: str) -> SessionView:
        self.asked.append(("resume", session_id))
        self.views[session_id] = msgspec.structs.replace(self.views[session_id], state="open")
        return self.views[session_id]

    async def get_invite_url(self, session_id: str) -> InviteView:
        return self.invited[session_id][0]

    async def invites(self, session_id: str) -> Sequence[InviteView]:
        return tuple(self.invited.get(session_id, ()))

    async def create_invite(self, session_id: str, *, places: int) -> InviteView:
        self.asked.append(("invite", session_id, places))
        if not 1 <= places <= 30:
            raise UsageError("1 to 30", code="invite.places")
        invite = InviteView(
            name="7Q4M",
            session_id=session_id,
            app_link=LINK,
            web_link="",
            code=CODE,
            expires_at=self.views[session_id].expires_at,
            places=places,
            places_taken=0,
            tries_left=5,
            state="open",
            is_lan_only=True,
        )
        self.invited[session_id].insert(0, invite)
        return invite

    async def cancel_invite(self, session_id: str, name: str) -> None:
        self.asked.append(("cancel", session_id, name))

    async def resume_invite(self, session_id: str, name: str) -> None:
        self.asked.append(("resume_invite", session_id, name))

    async def admit(self, session_id: str, peer_id: str, *, role: Role | None = None) -> None:
        self.asked.append(("admit", session_id, peer_id, role))
        self.bus.publish(KnockClosed(session_id=session_id, peer_id=peer_id, outcome="admitted"))
        self.enter(session_id, self.person(peer_id, "Maya", role or "editor"))

    def enter(self, session_id: str, person: Participant) -> None:
        """Let a participant appear."""
        view = self.views[session_id]
        self.views[session_id] = msgspec.structs.replace(view, participants=(*view.participants, person))
        self.bus.publish(PeerEntered(session_id=session_id, participant=person))

    async def decline(self, session_id: str, peer_id: str) -> None:
        self.asked.append(("decline", session_id, peer_id))
        self.bus.publish(KnockClosed(session_id=session_id, peer_id=peer_id, outcome="declined"))

    async def extend(self, session_id: str, *, minutes: int) -> SessionView:
        self.asked.append(("extend", session_id, minutes))
        view = self.views[session_id]
        self.views[session_id] = msgspec.structs.replace(view, expires_at=view.expires_at.plus(minutes * 60_000))
        self.bus.publish(LeaseExtended(session_id=session_id, expires_at=self.views[session_id].expires_at))
        return self.views[session_id]

    async def revoke(self, session_id: str, peer_id: str) -> None:
        self.asked.append(("revoke", session_id, peer_id))
        view = self.views[session_id]
        (gone,) = [person for person in view.participants if person.peer_id == peer_id]
        rest = tuple(person for person in view.participants if person.peer_id != peer_id)
        self.views[session_id] = msgspec.structs.replace(view, participants=rest)
        self.bus.publish(PeerGone(session_id=session_id, participant=gone, reason="revoked"))

    async def trust(self, session_id: str, peer_id: str) -> None:
        self.asked.append(("trust", session_id, peer_id))

    async def change_role(self, session_id: str, peer_id: str, role: Role) -> None:
        self.asked.append(("role", session_id, peer_id, role))

    async def ask_approval(self, session_id: str, *, is_asked: bool) -> SessionView:
        self.asked.append(("ask_approval", session_id, is_asked))
        self.views[session_id] = msgspec.structs.replace(self.views[session_id], is_approval_asked=is_asked)
        return self.views[session_id]

    async def pause_input(self, session_id: str, *, is_paused: bool) -> SessionView:
        self.asked.append(("pause_input", session_id, is_paused))
        self.views[session_id] = msgspec.structs.replace(self.views[session_id], is_input_paused=is_paused)
        return self.views[session_id]

    async def share_files(self, session_id: str, files: Sequence[Path]) -> None:
        self.asked.append(("share", session_id, tuple(files)))

    async def unshare_file(self, session_id: str, file_id: FileId) -> None:
        self.asked.append(("unshare", session_id, file_id))

    async def restore_file(self, session_id: str, file_id: FileId) -> None:
        self.asked.append(("restore", session_id, file_id))

    async def original_text(self, session_id: str, file_id: FileId) -> str:
        return ""

    async def end_ephemeral_session(self, session_id: str) -> None:
        self.asked.append(("end", session_id))
        self.finish(session_id, "host")

    def finish(self, session_id: str, reason: str) -> None:
        """Let a session end."""
        self.views.pop(session_id, None)
        self.bus.publish(SessionEnded(session_id=session_id, reason=reason, at=self.now))

    # --- guest ---
    async def preview(self, link: str) -> PreviewView:
        self.asked.append(("preview", link))
        if link != LINK:
            raise InviteRefused("no link", code="invite.bad")
        return PreviewView(
            host_name="Ana",
            host_key=HOST_ID,
            host_pictures=(1, 2, 3, 4, 5, 6, 7),
            is_host_known=False,
            title="Loss spike",
            session_type="pair",
            role="editor",
            access=(AccessLine("edits", 2), AccessLine("chat", 2)),
            starts_at=self.now,
            expires_at=self.now.plus(3_600_000),
            invite_expires_at=self.now.plus(3_600_000),
            is_approval_asked=True,
            hub="hub.example:7443",
        )

    async def join_ephemeral_session(
        self, link: str, code: str, device: DeviceInfo, *, mirror: Path | None = None, is_mirror_forced: bool = False
    ) -> SessionView:
        self.asked.append(("join", code, device.name, mirror, is_mirror_forced))
        if link not in self.member_links:
            parse_code(code)
            outcome = self.joining.pop(0)
            if outcome is not None:
                raise outcome
        spec = SessionSpec(session_type=SessionType.PAIR, title="Loss spike", files=())
        view = self._view("cc" * 32, spec, is_host=False)
        self.views[view.session_id] = view
        for person in (*view.participants, self.person(GUEST_ID, device.name, "editor")):
            self.bus.publish(PeerEntered(session_id=view.session_id, participant=person))
        return view

    async def leave(self, session_id: str) -> None:
        self.asked.append(("leave", session_id))
        self.finish(session_id, "left")

    async def ask_time(self, session_id: str, *, minutes: int) -> None:
        self.asked.append(("ask_time", session_id, minutes))

    async def try_direct(self, session_id: str) -> None:
        self.asked.append(("try_direct", session_id))

    # --- both ---
    async def measure_link(
        self, session_id: str, peer_id: str, *, is_sent: bool, most_bytes: int, most_ms: int
    ) -> LinkMeasure:
        self.asked.append(("measure_link", session_id, peer_id, is_sent, most_bytes, most_ms))
        (person,) = (one for one in self.views[session_id].participants if one.peer_id == peer_id)
        return LinkMeasure(
            peer_id=peer_id,
            name=person.name,
            is_sent=is_sent,
            size_bytes=10_000_000,
            took_ms=2000,
            is_whole=True,
            bulk_path="fast",
            path="direct",
            idle_ms=12,
            busy_ms=tuple(range(12, 32)),
        )

    async def session(self, session_id: str) -> SessionView:
        return self.views[session_id]

    async def get_ephemeral_presence(self, session_id: str) -> Sequence[Participant]:
        return self.views[session_id].participants

    async def say(self, session_id: str, text: str) -> None:
        self.asked.append(("say", session_id, text))
        self.bus.publish(
            ChatSaid(session_id=session_id, message_id=1, peer_id=HOST_ID, name="Ana", at=self.now, text=text)
        )

    async def open_replica(self, session_id: str, file_id: FileId) -> ReplicaSeed:
        return ReplicaSeed(file_id=file_id, path="train.py", epoch=b"", client_id=1, state=b"", may_edit=True)

    async def close_replica(self, session_id: str, file_id: FileId) -> None:
        self.asked.append(("close_replica", file_id))

    async def apply_edit(self, session_id: str, file_id: FileId, epoch: bytes, update: bytes) -> None:
        self.asked.append(("edit", file_id, update))

    async def move_cursor(
        self, session_id: str, file_id: FileId | None, anchor: Caret, head: Caret, *, line: int
    ) -> None:
        self.asked.append(("cursor", file_id, line))
