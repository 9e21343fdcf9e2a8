"""One shared document as a guest holds it: replica, client ids, what waits to be sent, what to do after a break."""

from collections.abc import Sequence
from typing import Final

from horizon_desktop.domain.collaboration.merge import merge_texts
from horizon_desktop.domain.ids import FileId
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError
from horizon_desktop.ports.documents import ReplicaFactory, TextReplica
from horizon_desktop.protocol.payloads.edit_rules import KnownText
from horizon_desktop.protocol.payloads.edits import Opened
from horizon_desktop.protocol.payloads.yjs import MAX_STATE_BYTES, TextUpdate, read_update

MAX_PARTS: Final = 512
_MAX_FORMERS: Final = 3
"""States before the last openings, for what an editor still writes in them before it hears of the reset."""
_ANY_STRUCTS: Final = 50_000_000


class DocumentCopy:
    """Epoch, ids and replica belong together: all three are new after every whole Opened with fresh ids."""

    def __init__(self, file_id: FileId, replicas: ReplicaFactory) -> None:
        self.file_id = file_id
        self.epoch = b""
        self.editor_id = 0
        self.is_editor_taken = False
        """The editor id was given out and not given back."""
        self.must_keep_edits = True
        """Whether what the host does not have is put in again at the next opening."""
        self.unsent: list[bytes] = []
        self._replicas = replicas
        self._replica: TextReplica | None = None
        self._known = KnownText()
        self._base = ""
        """Text at the last opening: the base when the host comes with another epoch."""
        self._formers: list[_Former] = []
        self._parts: list[bytes] = []

    @property
    def is_loaded(self) -> bool:
        return self._replica is not None

    def text(self) -> str:
        return self._loaded().text()

    def full_update(self) -> bytes:
        return self._loaded().full_update()

    def join(self, message: Opened) -> bytes | None:
        """Take a piece; return the joined update when it was the last. Raises RemoteProtocolError."""
        if not 1 <= message.parts <= MAX_PARTS or message.part >= message.parts:
            raise RemoteProtocolError("a piece that cannot be", code="edit.form")
        if message.part == 0:
            self._parts = []
        if message.part != len(self._parts):
            raise RemoteProtocolError("a piece out of order", code="edit.form")
        self._parts.append(message.data)
        if message.part + 1 < message.parts:
            return None
        joined = b"".join(self._parts)
        self._parts = []
        return joined

    def is_continued_by(self, message: Opened) -> bool:
        """Whether this Opened brings a large update under the ids that are in use, not a new beginning."""
        return self.is_loaded and message.epoch == self.epoch and message.client_id == self.editor_id

    def take(self, message: Opened, state: bytes) -> str | None:
        """Start over from the host's text; put in again what it lacks, as a text difference under a new id.

        Returns the text with what was lacking when that is to be dropped instead, else None.

        Within one epoch the replicas are merged to find what is lacking; texts of two epochs are merged as texts.
        Raises RemoteProtocolError.
        """
        known = KnownText()
        known.learn(read_update(state, max_bytes=MAX_STATE_BYTES, max_structs=_ANY_STRUCTS))
        fresh = self._replicas.load(message.copy_client_id, state)
        host_text = fresh.text()
        wanted = self._wanted(message.epoch, state, host_text)
        dropped = None
        if not self.must_keep_edits and wanted != host_text:
            wanted, dropped = host_text, wanted
        former_epoch, former_editor = self.epoch, self.editor_id
        self.epoch, self.editor_id, self.is_editor_taken = message.epoch, message.client_id, False
        if self._replica is not None:
            former = _Former(former_epoch, former_editor, self._replica, self._known)
            self._formers = [former, *self._formers[: _MAX_FORMERS - 1]]
        self.must_keep_edits = True
        self.unsent = []
        self._replica, self._known, self._base = fresh, known, host_text
        self.put_text(wanted)
        return dropped

    def absorb(self, data: bytes) -> bytes:
        """Take in an update of the host; return it. Raises RemoteProtocolError (`edit.gap`: something was missed)."""
        update = read_update(data, max_bytes=MAX_STATE_BYTES, max_structs=_ANY_STRUCTS)
        for section in update.sections:
            if section.clock > self._known.clocks.get(section.client, 0):
                raise RemoteProtocolError("updates in between are missing", code="edit.gap")
        own = self._loaded().absorb(data)
        self._known.learn(update)
        return own

    def edit(self, epoch: bytes, data: bytes) -> bytes:
        """Take in an update of the window's editor, to be sent.

        An editor that has not heard yet of a new beginning still writes for the former state: what it wrote is put in
        as a text difference, which is returned (else empty). Raises LocalProtocolError when it fits neither.
        """
        update = _own_update(data)
        for former in self._formers:
            if former.fits(epoch, update):
                return self._edit_former(former, update)
        for section in update.sections:
            if section.client != self.editor_id or section.clock != self._known.clocks.get(section.client, 0):
                raise LocalProtocolError("an edit of the window does not fit")
        if epoch != self.epoch:
            raise LocalProtocolError("an edit of the window for another epoch")
        self._loaded().absorb(data)
        self._sent_later(update)
        return b""

    def _edit_former(self, former: "_Former", update: TextUpdate) -> bytes:
        before = former.replica.text()
        former.replica.absorb(update.data)
        former.known.learn(update)
        return self.put_text(merge_texts(before, former.replica.text(), self.text()))

    def put_text(self, text: str) -> bytes:
        """Make the text equal `text`; the update is queued and returned (empty when nothing changed)."""
        data = self._loaded().replace_all(text)
        if data:
            self._sent_later(read_update(data, max_bytes=MAX_STATE_BYTES, max_structs=_ANY_STRUCTS))
        return data

    def take_unsent(self) -> Sequence[TextUpdate]:
        """Return what waits, merged per writer, and forget it."""
        waiting, self.unsent = self.unsent, []
        merged: list[TextUpdate] = []
        run: list[bytes] = []
        writer: int | None = None
        for data in waiting:
            client = _writer(data)
            if run and client is not None and writer is not None and client != writer:
                merged.append(self._merged(run))
                run, writer = [], None
            run.append(data)
            writer = client if client is not None else writer
        if run:
            merged.append(self._merged(run))
        return merged

    def _merged(self, run: list[bytes]) -> TextUpdate:
        return read_update(self._replicas.merge(run), max_bytes=MAX_STATE_BYTES, max_structs=_ANY_STRUCTS)

    def _sent_later(self, update: TextUpdate) -> None:
        self._known.learn(update)
        self.unsent.append(update.data)

    def _wanted(self, epoch: bytes, state: bytes, host_text: str) -> str:
        if self._replica is None:
            return host_text
        if epoch == self.epoch:
            self._replica.absorb(state)
            return self._replica.text()
        return merge_texts(self._base, self._replica.text(), host_text)

    def _loaded(self) -> TextReplica:
        if self._replica is None:
            raise LocalProtocolError("the document is not open")
        return self._replica


class _Former:
    """The state before the last opening, for what an editor still writes in it."""

    def __init__(self, epoch: bytes, editor_id: int, replica: TextReplica, known: KnownText) -> None:
        self.replica = replica
        self.known = known
        self._epoch = epoch
        self._editor_id = editor_id

    def fits(self, epoch: bytes, update: TextUpdate) -> bool:
        """Whether an update was written for this state: by its editor, without a gap."""
        return (
            epoch == self._epoch
            and bool(update.sections)
            and all(
                section.client == self._editor_id and section.clock == self.known.clocks.get(section.client, 0)
                for section in update.sections
            )
        )


def _own_update(data: bytes) -> TextUpdate:
    try:
        return read_update(data, max_bytes=MAX_STATE_BYTES, max_structs=_ANY_STRUCTS)
    except RemoteProtocolError as broken:
        raise LocalProtocolError(f"an edit of the window cannot be read: {broken}") from broken


def _writer(data: bytes) -> int | None:
    """Return the client whose structs an update brings; None when it only deletes."""
    update = read_update(data, max_bytes=MAX_STATE_BYTES, max_structs=_ANY_STRUCTS)
    return update.sections[0].client if update.sections else None
