"""A bridge in memory for the window: sessions with texts that others can edit too; it remembers what it was asked."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import msgspec

from horizon_desktop.adapters.documents.replica import PycrdtReplicas
from horizon_desktop.bridge import view_of
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
from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.collaboration.documents import Caret
from horizon_desktop.domain.collaboration.presence import Participant
from horizon_desktop.domain.collaboration.proxy import ProxyChoice, parse_proxy
from horizon_desktop.domain.events import DocumentUpdated, Event
from horizon_desktop.domain.ids import FileId
from horizon_desktop.errors import HorizonError, StoreUnavailable, UsageError
from horizon_desktop.ports.documents import TextReplica
from horizon_desktop.services.proxy_setting import ProxySource

EPOCH = b"e" * 16
_HOST_CLIENT = 7


class MemoryBridge:
    """Keeps the promises of Bridge for one profile, without a network. What was asked stands in `asked`."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.proxy_choice = ProxyChoice()
        self.proxy_line = ""
        self.desk: UsageDesk | None = None
        self.views: dict[str, SessionView] = {}
        self.invite_views: dict[str, list[InviteView]] = {}
        self.preview_view: PreviewView | None = None
        self.failures: dict[str, HorizonError] = {}
        """Name of a method to what it raises."""
        self.joined: asyncio.Future[SessionView] | None = None
        """When set, joining waits for it."""
        self.opened_on = ""
        self.is_closed = False
        self._texts: dict[FileId, TextReplica] = {}
        self._next_client = 100
        self._queues: list[asyncio.Queue[Event]] = []

    # --- what a test does ---

    def publish(self, event: Event) -> None:
        """Tell every subscriber; call it on the bridge's own loop."""
        for queue in self._queues:
            queue.put_nowait(event)

    def put_text(self, file_id: FileId, text: str) -> None:
        """Share a text."""
        replica = PycrdtReplicas().empty(_HOST_CLIENT)
        replica.replace_all(text)
        self._texts[file_id] = replica

    def text(self, file_id: FileId) -> str:
        """Return a shared text as it is now."""
        return self._texts[file_id].text()

    def edit(self, session_id: str, file_id: FileId, position: int, removed: int, inserted: str) -> None:
        """Edit a shared text as somebody else."""
        update = self._texts[file_id].splice(position, removed, inserted)
        self.publish(DocumentUpdated(session_id=session_id, file_id=file_id, epoch=EPOCH, update=update))

    def edit_unheard(self, file_id: FileId, position: int, removed: int, inserted: str) -> None:
        """Edit a shared text as somebody else, and lose the word of it."""
        self._texts[file_id].splice(position, removed, inserted)

    def caret_of(self, file_id: FileId, position: int) -> Caret:
        """Return a position of a shared text as others tell it."""
        return self._texts[file_id].caret_at(position)

    def _note(self, name: str, *values: object) -> None:
        self.asked.append((name, *values))
        if name in self.failures:
            raise self.failures[name]

    # --- Bridge ---

    def events(self) -> AbstractContextManager[AsyncIterator[Event]]:
        """Subscribe to what the test publishes."""
        return self._subscribed()

    @contextmanager
    def _subscribed(self) -> Iterator[AsyncIterator[Event]]:
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self._queues.append(queue)
        try:
            yield _drained(queue)
        finally:
            self._queues.remove(queue)

    @property
    def usage(self) -> UsageDesk:
        """Return the desk that the test opened; without one nothing can be read."""
        if self.desk is None:
            raise StoreUnavailable("no database is open in this test")
        return self.desk

    async def profile(self) -> ProfileView:
        return ProfileView(peer_id="11" * 32, name="aurora", device="desk", pictures=(1,) * 7, key_home="file")

    async def rename(self, name: str) -> ProfileView:
        self._note("rename", name)
        return ProfileView(peer_id="11" * 32, name=name, device="desk", pictures=(1,) * 7, key_home="file")

    async def proxy(self) -> ProxyView:
        return view_of.proxy(self.proxy_choice, ProxySource.PROFILE if self.proxy_line else ProxySource.SYSTEM)

    async def choose_proxy(self, text: str) -> ProxyView:
        self._note("choose_proxy", text)
        self.proxy_choice, self.proxy_line = parse_proxy(text), text
        return await self.proxy()

    async def sessions(self) -> Sequence[SessionView]:
        return tuple(self.views.values())

    async def session(self, session_id: str) -> SessionView:
        if session_id not in self.views:
            raise UsageError("no such session", code="session.unknown")
        return self.views[session_id]

    async def create_ephemeral_session(self, spec: SessionSpec) -> SessionView:
        self._note("create", spec)
        return next(iter(self.views.values()))

    async def resume_session(self, session_id: str) -> SessionView:
        self._note("resume", session_id)
        return await self.session(session_id)

    async def get_invite_url(self, session_id: str) -> InviteView:
        return self.invite_views[session_id][0]

    async def invites(self, session_id: str) -> Sequence[InviteView]:
        return tuple(self.invite_views.get(session_id, ()))

    async def create_invite(self, session_id: str, *, places: int) -> InviteView:
        self._note("create_invite", session_id, places)
        return self.invite_views[session_id][0]

    async def cancel_invite(self, session_id: str, name: str) -> None:
        self._note("cancel_invite", session_id, name)

    async def resume_invite(self, session_id: str, name: str) -> None:
        self._note("resume_invite", session_id, name)

    async def admit(self, session_id: str, peer_id: str, *, role: Role | None = None) -> None:
        self._note("admit", session_id, peer_id, role)

    async def decline(self, session_id: str, peer_id: str) -> None:
        self._note("decline", session_id, peer_id)

    async def extend(self, session_id: str, *, minutes: int) -> SessionView:
        self._note("extend", session_id, minutes)
        return self.views[session_id]

    async def revoke(self, session_id: str, peer_id: str) -> None:
        self._note("revoke", session_id, peer_id)

    async def trust(self, session_id: str, peer_id: str) -> None:
        self._note("trust", session_id, peer_id)

    async def change_role(self, session_id: str, peer_id: str, role: Role) -> None:
        self._note("change_role", session_id, peer_id, role)

    async def ask_approval(self, session_id: str, *, is_asked: bool) -> SessionView:
        self._note("ask_approval", session_id, is_asked)
        self.views[session_id] = msgspec.structs.replace(self.views[session_id], is_approval_asked=is_asked)
        return self.views[session_id]

    async def pause_input(self, session_id: str, *, is_paused: bool) -> SessionView:
        self._note("pause_input", session_id, is_paused)
        self.views[session_id] = msgspec.structs.replace(self.views[session_id], is_input_paused=is_paused)
        return self.views[session_id]

    async def share_files(self, session_id: str, files: Sequence[Path]) -> None:
        self._note("share_files", session_id, tuple(files))

    async def unshare_file(self, session_id: str, file_id: FileId) -> None:
        self._note("unshare_file", session_id, file_id)

    async def restore_file(self, session_id: str, file_id: FileId) -> None:
        self._note("restore_file", session_id, file_id)

    async def original_text(self, session_id: str, file_id: FileId) -> str:
        self._note("original_text", session_id, file_id)
        return "before\n"

    async def end_ephemeral_session(self, session_id: str) -> None:
        self._note("end", session_id)

    async def preview(self, link: str) -> PreviewView:
        self._note("preview", link)
        if self.preview_view is None:
            raise UsageError("no preview", code="invite.bad")
        return self.preview_view

    async def join_ephemeral_session(
        self, link: str, code: str, device: DeviceInfo, *, mirror: Path | None = None, is_mirror_forced: bool = False
    ) -> SessionView:
        self._note("join", link, code, device, mirror, is_mirror_forced)
        if self.joined is None:
            return next(iter(self.views.values()))
        return await self.joined

    async def leave(self, session_id: str) -> None:
        self._note("leave", session_id)

    async def ask_time(self, session_id: str, *, minutes: int) -> None:
        self._note("ask_time", session_id, minutes)

    async def try_direct(self, session_id: str) -> None:
        self._note("try_direct", session_id)

    async def get_ephemeral_presence(self, session_id: str) -> Sequence[Participant]:
        return self.views[session_id].participants

    async def say(self, session_id: str, text: str) -> None:
        self._note("say", session_id, text)

    async def open_replica(self, session_id: str, file_id: FileId) -> ReplicaSeed:
        self._note("open_replica", session_id, file_id)
        self._next_client += 1
        return ReplicaSeed(
            file_id=file_id,
            path="trainer.py",
            epoch=EPOCH,
            client_id=self._next_client,
            state=self._texts[file_id].full_update(),
            may_edit=True,
        )

    async def close_replica(self, session_id: str, file_id: FileId) -> None:
        self._note("close_replica", session_id, file_id)

    async def apply_edit(self, session_id: str, file_id: FileId, epoch: bytes, update: bytes) -> None:
        self._note("apply_edit", session_id, file_id, epoch)
        self._texts[file_id].apply(update)

    async def move_cursor(
        self, session_id: str, file_id: FileId | None, anchor: Caret, head: Caret, *, line: int
    ) -> None:
        self._note("move_cursor", session_id, file_id, line)


async def _drained(queue: asyncio.Queue[Event]) -> AsyncIterator[Event]:
    while True:
        yield await queue.get()
