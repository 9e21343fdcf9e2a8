"""A host, its disk and some guests around shared documents, joined by queues in place of links."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path

from horizon_desktop.adapters.documents.replica import PycrdtReplica, PycrdtReplicas
from horizon_desktop.domain.collaboration.channel import ChannelKind, DataType
from horizon_desktop.domain.decision import Decision, Deny
from horizon_desktop.domain.events import DocumentReset, DocumentUpdated, Event
from horizon_desktop.domain.ids import DeviceKey, FileId, SessionId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.errors import HorizonError
from horizon_desktop.ports.documents import TextFiles
from horizon_desktop.ports.records import SessionRow
from horizon_desktop.ports.storage import Store
from horizon_desktop.protocol.payloads.codec import decode_guest, decode_host, encode
from horizon_desktop.protocol.payloads.edit_rules import EditLimits
from horizon_desktop.protocol.payloads.edits import FileList, GuestEdits, HostEdits, Open, Opened, Resync, Shut, Update
from horizon_desktop.services.document_copies import GuestDocuments
from horizon_desktop.services.shared_documents import HostDocuments
from tests.fakes.clock import FakeClock
from tests.fakes.entropy import SeededEntropy
from tests.fakes.store import MemoryStore
from tests.fakes.text_files import MemoryTextFiles

SESSION = SessionId(b"s" * 32)
FOLDER = Path("/shared")
START = Instant(1_800_000_000_000)
PATIENCE_S = 20.0


class Facts:
    """A bus that keeps everything it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.listeners: list[Callable[[Event], None]] = []

    def publish(self, event: Event) -> None:
        self.events.append(event)
        for listener in self.listeners:
            listener(event)

    def subscribe(self) -> AbstractContextManager[AsyncIterator[Event]]:
        raise NotImplementedError("nobody subscribes here")

    def of(self, kind: type) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


class Window:
    """An editor with a replica of its own, as the window has one."""

    def __init__(self, documents: HostDocuments | GuestDocuments, facts: Facts, file_id: FileId) -> None:
        self._documents = documents
        self._file_id = file_id
        self._is_stale = True
        self._replica: PycrdtReplica | None = None
        self.epoch = b""
        facts.listeners.append(self._heard)

    async def open(self) -> None:
        seed = await self._documents.open_replica(self._file_id)
        self._replica = PycrdtReplicas().load(seed.client_id, seed.state)
        self.epoch, self._is_stale = seed.epoch, False

    @property
    def replica(self) -> PycrdtReplica:
        assert self._replica is not None
        return self._replica

    def text(self) -> str:
        return self.replica.text()

    async def type(self, position: int, text: str, *, removed: int = 0) -> None:
        update = self.replica.splice(position, removed, text)
        await self._documents.apply_local(self._file_id, self.epoch, update)

    async def refresh(self, room: "Room") -> None:
        """Open again after a reset, as the window does."""
        if self._is_stale:
            async with asyncio.TaskGroup() as group:
                opening = group.create_task(self.open())
                await room.until(opening.done)

    def _heard(self, event: Event) -> None:
        if isinstance(event, DocumentReset) and event.file_id == self._file_id:
            self._is_stale = True
        if isinstance(event, DocumentUpdated) and event.file_id == self._file_id and not self._is_stale:
            self.replica.apply(event.update)


class Guest:
    """One guest process and its link."""

    def __init__(self, room: "Room", name: str) -> None:
        self.key = DeviceKey(name.encode().ljust(32, b"."))
        self.room = room
        self.facts = Facts()
        self.is_up = asyncio.Event()
        self.is_up.set()
        self.may_edit = True
        self.is_stopped_by_gate = False
        """The link's gate at the host lets nothing pass."""
        self.refused: list[str] = []
        self.from_host: asyncio.Queue[tuple[DataType, bytes]] = asyncio.Queue()
        self.to_host: asyncio.Queue[tuple[DataType, bytes]] = asyncio.Queue()
        self.on_its_way = 0
        self.documents = GuestDocuments(
            session_id=SESSION,
            replicas=PycrdtReplicas(),
            bus=self.facts,
            clock=room.clock,
            send=self._send,
            unsettled=lambda: self.to_host.qsize() + self.on_its_way,
        )

    async def _send(self, data_type: DataType, message: GuestEdits) -> None:
        self.to_host.put_nowait((data_type, encode(message)))

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.documents.run())
            group.create_task(self._inward())
            group.create_task(self._outward())

    def forget_waiting(self) -> None:
        """What a link drops when the other side is a new incarnation."""
        for queue in (self.from_host, self.to_host):
            while not queue.empty():
                queue.get_nowait()

    async def _inward(self) -> None:
        while True:
            data_type, body = await self.from_host.get()
            await self.is_up.wait()
            message = decode_host(ChannelKind.EDITS, data_type, body)
            assert isinstance(message, FileList | Opened | Update | Resync)
            await self.documents.from_host(message)

    async def _outward(self) -> None:
        while True:
            data_type, body = await self.to_host.get()
            self.on_its_way = 1
            await self.is_up.wait()
            if not self.is_stopped_by_gate:
                await self.offer(data_type, body)
            self.on_its_way = 0

    async def offer(self, data_type: DataType, body: bytes) -> str:
        """Hand a message to the host as its link would; return the rule it was refused by, or nothing."""
        try:
            message = decode_guest(ChannelKind.EDITS, data_type, body)
            assert isinstance(message, Open | Shut | Update)
            decision: Decision = await self.room.host.from_guest(self.key, may_edit=self.may_edit, message=message)
        except HorizonError as broken:
            decision = Deny(broken.key)
        if isinstance(decision, Deny):
            self.refused.append(decision.rule)
            return decision.rule
        return ""

    async def window(self, path: str) -> Window:
        await self.room.until(lambda: self.file_named(path) is not None)
        window = Window(self.documents, self.facts, self.file_id(path))
        async with asyncio.TaskGroup() as group:
            opening = group.create_task(window.open())
            await self.room.until(opening.done)
        return window

    def file_named(self, path: str) -> FileId | None:
        return next((file.file_id for file in self.documents.files() if file.path == path), None)

    def file_id(self, path: str) -> FileId:
        found = self.file_named(path)
        assert found is not None
        return found


class Room:
    """Everything around one session's documents."""

    def __init__(
        self,
        group: asyncio.TaskGroup,
        *,
        files: TextFiles | None = None,
        store: Store | None = None,
        limits: EditLimits | None = None,
    ) -> None:
        self._group = group
        self._limits = limits
        self._tasks: list[asyncio.Task[None]] = []
        self.clock = FakeClock(START)
        self.entropy = SeededEntropy(7)
        self.store: Store = store if store is not None else MemoryStore()
        self.disk = MemoryTextFiles()
        self.files: TextFiles = files if files is not None else self.disk
        self.guests: dict[DeviceKey, Guest] = {}
        self.facts = Facts()
        self._host_task: asyncio.Task[None] | None = None
        self.host = self._new_host()

    def _new_host(self) -> HostDocuments:
        return HostDocuments(
            session_id=SESSION,
            files=self.files,
            replicas=PycrdtReplicas(),
            store=self.store,
            bus=self.facts,
            clock=self.clock,
            entropy=self.entropy,
            send=self._send,
            limits=self._limits,
        )

    async def _send(self, peer: DeviceKey, data_type: DataType, message: HostEdits) -> None:
        if peer in self.guests:
            self.guests[peer].from_host.put_nowait((data_type, encode(message)))

    async def begin(self) -> None:
        await self.store.add_session(
            SessionRow(
                session_id=SESSION,
                nonce=b"n" * 16,
                session_type="pair",
                title="",
                created_at=START,
                expires_at=START.plus(3_600_000),
                limit_at=START.plus(3_600_000),
                role="editor",
                channels={},
                is_approval_asked=False,
                is_relay_allowed=True,
                hub="",
                folder="",
            )
        )
        self._host_task = self._group.create_task(self.host.run())

    async def share(self, name: str, content: bytes) -> FileId:
        path = FOLDER / name
        self.disk.contents[path] = content
        return (await self.host.share([path]))[0].file_id

    def join(self, name: str, *, may_edit: bool = True) -> Guest:
        guest = Guest(self, name)
        guest.may_edit = may_edit
        self.guests[guest.key] = guest
        self._tasks.append(self._group.create_task(guest.run()))
        self.host.guest_up(guest.key, may_edit=may_edit)
        guest.documents.host_up(is_new_incarnation=True)
        return guest

    async def restart_host(self) -> None:
        """Kill the host's process and start it again over the same store and disk."""
        assert self._host_task is not None
        self._host_task.cancel()
        await self.clock.settle()
        self.entropy = SeededEntropy(len(self.facts.events) + 1_000)
        self.host = self._new_host()
        for guest in self.guests.values():
            guest.forget_waiting()
        await self.host.load()
        self._host_task = self._group.create_task(self.host.run())
        for guest in self.guests.values():
            self.host.guest_up(guest.key, may_edit=guest.may_edit)
            guest.documents.host_up(is_new_incarnation=True)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let time pass until something is so."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await self.clock.run_for(ms=20)
                await asyncio.sleep(0.001)  # threads of the adapters are real

    async def calm(self) -> None:
        """Let everything that is under way arrive and be saved."""
        for _ in range(5):
            await self.clock.run_for(ms=400)
            await asyncio.sleep(0.005)

    def stop(self) -> None:
        for task in (*self._tasks, self._host_task):
            if task is not None:
                task.cancel()


@asynccontextmanager
async def a_room(
    *, files: TextFiles | None = None, store: Store | None = None, limits: EditLimits | None = None
) -> AsyncIterator[Room]:
    async with asyncio.TaskGroup() as group:
        room = Room(group, files=files, store=store, limits=limits)
        await room.begin()
        try:
            yield room
        finally:
            room.stop()


def all_equal(texts: Iterator[str]) -> bool:
    return len(set(texts)) == 1
