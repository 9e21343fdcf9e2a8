"""A guest's copies of the shared documents: opening, editing, catching up after a break or a new epoch."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import structlog

from horizon_desktop.domain.collaboration.channel import DataType
from horizon_desktop.domain.collaboration.documents import DocumentSeed, SharedFile
from horizon_desktop.domain.events import DocumentReset, DocumentUpdated, FilesChanged
from horizon_desktop.domain.ids import FileId, SessionId, session_text
from horizon_desktop.errors import (
    AccessRefused,
    LinkLost,
    LocalProtocolError,
    RemoteProtocolError,
    UsageError,
)
from horizon_desktop.ports.bus import Bus
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.documents import ReplicaFactory
from horizon_desktop.protocol.payloads.codec import data_type_of
from horizon_desktop.protocol.payloads.edits import (
    FileList,
    GuestEdits,
    HostEdits,
    Open,
    Opened,
    Resync,
    Shut,
    Update,
)
from horizon_desktop.protocol.payloads.yjs_split import split_update
from horizon_desktop.services.document_copy import DocumentCopy
from horizon_desktop.services.held_copy import HeldCopy

SendToHost = Callable[[DataType, GuestEdits], Awaitable[None]]
"""Queue one message of the edits channel for the host; waits while the link's queue is full. May raise HorizonError."""
CountUnsettled = Callable[[], int]
"""Returns how many messages of ours the host has not settled yet."""

MAX_SENT_BYTES: Final = 192 * 1024
"""An update in one message: 256 KiB is the limit, the rest is room."""
_TURN_MS: Final = 16
"""Edits of one such turn travel together (PROTOCOL section 6: honest senders pace and merge)."""
_OPEN_DEADLINE_MS: Final = 10_000
_POLL_MS: Final = 50
_KEPT_AFTER: Final = frozenset(
    {"edit.lag", "edit.epoch", "edit.clock", "edit.gap", "edit.apply", "rate.edits", "store.unavailable"}
)
"""Refusals that are nobody's forbidden wish: what was written is put in again. After any other it is dropped."""
_LINK_RULES: Final = {
    "token.expired": True,
    "token.epoch": True,
    "peer.unknown": True,
    "rate.exceeded": True,
    "type.forbidden": False,
    "channel.closed": False,
    "message.oversize": False,
}
"""Rules of the link's own gates, at either end, and whether what they stopped is put in again later."""
_WAITS_MS: Final = {"rate.edits": 15_000, "store.unavailable": 2_000}
"""Refusals after which the host needs time; there is no end to trying."""
_LINK_WAIT_MS: Final = 3_000
"""Until then a new token has come, or the rate has room."""

_log = structlog.get_logger(__name__)


class Follower(Protocol):
    """Whoever keeps texts elsewhere in step (the mirror folder)."""

    def files_changed(self) -> None: ...
    def text_changed(self, file_id: FileId) -> None:
        """The text moved by somebody else's hand, or was opened anew."""
        ...

    def edits_dropped(self, file_id: FileId, text: str) -> None:
        """The host refused what was written here for good; the text stood like this."""
        ...


class GuestDocuments:
    """All documents of one session as this guest holds them."""

    def __init__(
        self,
        *,
        session_id: SessionId,
        replicas: ReplicaFactory,
        bus: Bus,
        clock: Clock,
        send: SendToHost,
        unsettled: CountUnsettled,
    ) -> None:
        self._session = session_text(session_id)
        self._replicas = replicas
        self._bus = bus
        self._clock = clock
        self._send = send
        self._unsettled = unsettled
        self._files: dict[FileId, SharedFile] = {}
        self._copies: dict[FileId, HeldCopy] = {}
        self._filled = asyncio.Event()
        self._has_host = False
        self._follower: Follower | None = None

    def follow(self, follower: Follower) -> None:
        """Have one follower told of every change."""
        self._follower = follower

    async def run(self) -> None:
        """Send edits (merged per 16 ms turn) and ask for texts, until cancelled."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            try:
                await self._send_waiting()
            except LinkLost:
                _log.debug("documents.unreachable")  # sent when the host is up again
            await self._clock.sleep(_TURN_MS)

    def host_up(self, *, is_new_incarnation: bool) -> None:
        """The link is up; a new incarnation of the host is asked for every open file again."""
        self._has_host = True
        if is_new_incarnation:
            for held in self._copies.values():
                held.ask_again()
        self._filled.set()

    def refused(self, rule: str) -> None:
        """The link's gate at the host refused something of ours on this channel: open anew what it may have been."""
        if rule in _LINK_RULES:
            for held in self._copies.values():
                self._stopped(held, rule)

    async def from_host(self, message: HostEdits) -> None:
        """Act on a message of the host. Raises RemoteProtocolError when it breaks the protocol."""
        match message:
            case FileList():
                self._list(message)
            case Opened():
                self._opened(message)
            case Update():
                self._updated(message)
            case Resync():
                self._resync(message)

    def files(self) -> tuple[SharedFile, ...]:
        return tuple(self._files.values())

    def path_of(self, file_id: FileId) -> str:
        file = self._files.get(file_id)
        return file.path if file is not None else ""

    def may_edit(self, file_id: FileId) -> bool:
        file = self._files.get(file_id)
        return file is not None and file.may_edit

    def unsent(self) -> int:
        """Return how many edits wait to be handed to the link."""
        return sum(len(held.copy.unsent) for held in self._copies.values())

    # --- the window's editor ---
    async def open_replica(self, file_id: FileId) -> DocumentSeed:
        """Wait for the file's text (bounded to 10 s, else LinkLost) and return what an editor starts from.

        Raises UsageError when there is no such file.
        """
        held = self.want(file_id)
        held.is_shown = True
        if held.copy.is_editor_taken:
            held.ask_again()  # two editors never write under one id
            self._filled.set()
        await self._until_ready(held)
        held.copy.is_editor_taken = True
        return DocumentSeed(
            file_id=file_id,
            path=self.path_of(file_id),
            epoch=held.copy.epoch,
            client_id=held.copy.editor_id,
            state=held.copy.full_update(),
            may_edit=self.may_edit(file_id),
        )

    async def close_replica(self, file_id: FileId) -> None:
        """The window's editor of this file is closed; all it wrote was handed over before."""
        held = self._copies.get(file_id)
        if held is not None:
            held.is_shown = False
            held.copy.is_editor_taken = False
            if not held.is_followed:
                held.is_shutting = True
                self._filled.set()

    async def apply_local(self, file_id: FileId, epoch: bytes, update: bytes) -> None:
        """Take in an edit of the window; it is sent soon, or when the host is back.

        Raises AccessRefused (the guest may only watch) or LocalProtocolError (the editor must be opened again).
        """
        if not update:
            return
        held = self._copies.get(file_id)
        if not self.may_edit(file_id):
            self._reset(file_id)
            raise AccessRefused("this file may only be watched", code="edit.view")
        if held is None or not held.copy.is_loaded:
            raise LocalProtocolError("the document is not open")
        try:
            own = held.copy.edit(epoch, update)
        except LocalProtocolError:
            self._reset(file_id)
            raise
        if own:
            self._publish(held.copy, own)  # written for a state that is gone: the editor's new replica lacks it
        self._filled.set()
        self._tell_follower(file_id)

    # --- what is kept elsewhere (the mirror) ---
    def want(self, file_id: FileId, *, is_followed: bool = False) -> HeldCopy:
        """Have a document opened and kept open. Raises UsageError when there is no such file."""
        if file_id not in self._files:
            raise UsageError("no such file is shared", code="file.unknown")
        held = self._copies.get(file_id)
        if held is None:
            held = self._copies[file_id] = HeldCopy(DocumentCopy(file_id, self._replicas))
            self._filled.set()
        held.is_shutting = False
        held.is_followed = held.is_followed or is_followed
        return held

    def text_of(self, file_id: FileId) -> str | None:
        """Return the text as it is here now; None while it has not arrived."""
        held = self._copies.get(file_id)
        return held.copy.text() if held is not None and held.is_ready else None

    def is_with_host(self, file_id: FileId) -> bool:
        """Whether the host has settled all that was written here: it is kept there, whatever becomes of us."""
        held = self._copies.get(file_id)
        return held is not None and held.is_ready and not held.copy.unsent and not self._unsettled()

    def put_text(self, file_id: FileId, text: str) -> None:
        """Make a text equal `text`, as this guest's edit. Raises AccessRefused or LocalProtocolError."""
        held = self._copies.get(file_id)
        if held is None or not held.copy.is_loaded:
            raise LocalProtocolError("the document is not open")
        if not self.may_edit(file_id):
            raise AccessRefused("this file may only be watched", code="edit.view")
        update = held.copy.put_text(text)
        if update:
            self._publish(held.copy, update)
            self._filled.set()

    # --- messages of the host ---
    def _list(self, message: FileList) -> None:
        self._files = {file.file_id: file for file in message.files}
        for file_id in self._copies.keys() - self._files.keys():
            del self._copies[file_id]
        self._bus.publish(FilesChanged(session_id=self._session, files=self.files()))
        if self._follower is not None:
            self._follower.files_changed()

    def _opened(self, message: Opened) -> None:
        held = self._copies.get(message.file_id)
        if held is None:
            return  # closed meanwhile
        data = held.copy.join(message)
        if data is None:
            return
        if held.copy.is_continued_by(message):
            self._absorb(held, data)
            return
        if not message.client_id or message.copy_client_id in (0, message.client_id):
            raise RemoteProtocolError("no two client ids", code="edit.form")
        was_loaded = held.copy.is_loaded
        if not self.may_edit(message.file_id):
            held.copy.must_keep_edits = False
        dropped = held.copy.take(message, data)
        held.is_ready = True
        if dropped is not None and self._follower is not None:
            self._follower.edits_dropped(message.file_id, dropped)
        if was_loaded and held.is_shown:
            self._bus.publish(DocumentReset(session_id=self._session, file_id=message.file_id))
        if held.copy.unsent:
            self._filled.set()
        self._tell_follower(message.file_id)

    def _updated(self, message: Update) -> None:
        held = self._copies.get(message.file_id)
        if held is None or not held.is_ready or message.epoch != held.copy.epoch:
            return  # on its way before the file was shut, or before an Opened that is coming
        self._absorb(held, message.data)

    def _absorb(self, held: HeldCopy, data: bytes) -> None:
        try:
            update = held.copy.absorb(data)
        except RemoteProtocolError as broken:
            if broken.key not in _KEPT_AFTER:
                raise
            _log.warning("document.gap", file_id=held.copy.file_id.hex(), rule=broken.key)
            held.ask_again()
            self._filled.set()
            return
        if update:
            self._publish(held.copy, update)
            self._tell_follower(held.copy.file_id)

    def _resync(self, message: Resync) -> None:
        held = self._copies.get(message.file_id)
        if held is None:
            return
        now = self._clock.now().tick
        wait_ms = _WAITS_MS.get(message.rule)
        is_kept = message.rule in _KEPT_AFTER and (wait_ms is not None or held.may_try_again(now))
        held.copy.must_keep_edits = is_kept
        held.ask_again(after=None if wait_ms is None else now.plus(wait_ms))
        self._filled.set()
        _log.info("document.resync", file_id=message.file_id.hex(), rule=message.rule, is_kept=is_kept)

    # --- sending ---
    async def _send_waiting(self) -> None:
        if not self._has_host:
            return
        for file_id, held in list(self._copies.items()):
            if self._copies.get(file_id) is not held:
                continue
            if held.is_shutting and not held.copy.unsent:
                del self._copies[file_id]
                await self._tell(Shut(file_id))
            elif held.must_ask:
                await self._ask(held)
            elif held.is_ready:
                await self._send_edits(held)

    async def _ask(self, held: HeldCopy) -> None:
        now = self._clock.now().tick
        if held.not_before is not None and now < held.not_before:
            self._filled.set()
            return
        held.must_ask, held.not_before = False, None
        try:
            await self._tell(Open(held.copy.file_id, held.copy.epoch, b""))
        except LinkLost:
            held.must_ask = True
            raise
        except AccessRefused as refused:
            _log.info("document.closed_to_us", file_id=held.copy.file_id.hex(), rule=refused.key)
            if _LINK_RULES.get(refused.key, False):
                self._stopped(held, refused.key)

    async def _send_edits(self, held: HeldCopy) -> None:
        copy, epoch = held.copy, held.copy.epoch
        try:
            for update in copy.take_unsent():
                for data in split_update(update, max_bytes=MAX_SENT_BYTES):
                    await self._tell(Update(copy.file_id, epoch, data))
        except LinkLost:
            held.ask_again()  # what was on its way is put in again when the host is back
            raise
        except AccessRefused as refused:
            self._stopped(held, refused.key)

    def _stopped(self, held: HeldCopy, rule: str) -> None:
        """A gate of the link let something of this document not pass."""
        is_kept = _LINK_RULES.get(rule, False)
        held.copy.must_keep_edits = held.copy.must_keep_edits and is_kept
        held.ask_again(after=self._clock.now().tick.plus(_LINK_WAIT_MS) if is_kept else None)
        self._filled.set()

    async def _tell(self, message: GuestEdits) -> None:
        await self._send(data_type_of(message), message)

    async def _until_ready(self, held: HeldCopy) -> None:
        until = self._clock.now().tick.plus(_OPEN_DEADLINE_MS)
        while not held.is_ready:
            if self._clock.now().tick >= until or held.copy.file_id not in self._files:
                raise LinkLost("the text did not arrive", code="net.lost")
            await self._clock.sleep(_POLL_MS)

    def _publish(self, copy: DocumentCopy, update: bytes) -> None:
        self._bus.publish(
            DocumentUpdated(session_id=self._session, file_id=copy.file_id, epoch=copy.epoch, update=update)
        )

    def _reset(self, file_id: FileId) -> None:
        self._bus.publish(DocumentReset(session_id=self._session, file_id=file_id))

    def _tell_follower(self, file_id: FileId) -> None:
        if self._follower is not None:
            self._follower.text_changed(file_id)
