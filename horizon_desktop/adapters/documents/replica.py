"""Text replicas by pycrdt: Yjs update format v1, one root text, offsets in UTF-16 units."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from pycrdt import Doc, Text, UndoManager, merge_updates

from horizon_desktop.adapters.documents.bones import TextBones
from horizon_desktop.adapters.documents.offsets import OffsetRope, bytes8
from horizon_desktop.adapters.documents.pycrdt_errors import translated
from horizon_desktop.adapters.documents.undo_steps import PAUSE_MS, UndoSteps
from horizon_desktop.domain.collaboration.differences import difference
from horizon_desktop.domain.collaboration.documents import TEXT_ROOT, Caret, TextDelta
from horizon_desktop.errors import LocalProtocolError
from horizon_desktop.protocol.payloads.yjs import MAX_STATE_BYTES, read_state_vector, read_update

_OWN: Final = "own"
"""Transaction origin of local edits: the undo manager follows no other."""
_NOTHING: Final = b"\x00\x00"
"""An update without structs and deletions."""


class PycrdtReplicas:
    """Makes replicas (ports/documents.py ReplicaFactory)."""

    def empty(self, client_id: int) -> "PycrdtReplica":
        return PycrdtReplica(client_id)

    def load(self, client_id: int, state: bytes) -> "PycrdtReplica":
        return PycrdtReplica(client_id, state)

    def order(self) -> TextBones:
        return TextBones()

    def merge(self, updates: Sequence[bytes]) -> bytes:
        if len(updates) == 1:
            return updates[0]
        with translated():
            return merge_updates(*updates) if updates else _NOTHING


class PycrdtReplica:
    """One CRDT copy of a text (ports/documents.py TextReplica). Lives on the thread that made it."""

    def __init__(self, client_id: int, state: bytes = b"") -> None:
        with translated():
            self._doc: Doc[Any] = Doc(client_id=client_id)
            self._text = self._doc.get(TEXT_ROOT, type=Text)
            if state:
                self._doc.apply_update(state)
            self._rope = OffsetRope(str(self._text))
            self._steps = UndoSteps()
            self._undo = UndoManager(scopes=[self._text], capture_timeout_millis=PAUSE_MS, timestamp=self._steps.now_ms)
            self._undo.include_origin(_OWN)
        self._client_id = client_id
        self._bones: TextBones | None = None
        self._updates: list[bytes] = []
        self._changes: list[list[dict[str, Any]]] = []
        # Subscriptions live as long as they are referenced; the closures know the lists, not the replica.
        self._subscriptions = _follow(self._doc, self._text, self._updates, self._changes)

    @property
    def client_id(self) -> int:
        return self._client_id

    def text(self) -> str:
        return self._rope.text()

    def size(self) -> int:
        return self._rope.length8

    def state_vector(self) -> bytes:
        with translated():
            return self._doc.get_state()

    def full_update(self) -> bytes:
        with translated():
            return self._doc.get_update()

    def update_since(self, state_vector: bytes) -> bytes:
        read_state_vector(state_vector)
        with translated():
            return self._doc.get_update(state_vector)

    def splice(self, position: int, removed: int, inserted: str) -> bytes:
        if position < 0 or removed < 0 or position + removed > self._rope.length16:
            raise LocalProtocolError(f"{position}+{removed} is outside a text of {self._rope.length16} units")
        start, end = self._rope.to8(position), self._rope.to8(position + removed)
        inserted = _mended(inserted)
        self._steps.edit(position, removed, inserted)
        return self._edit([(start, end, inserted)])

    def replace_all(self, text: str) -> bytes:
        old, new = self._rope.text(), _mended(text)
        self._steps.part()
        edits: list[tuple[int, int, str]] = []
        at = at8 = 0
        for step in difference(old, new):
            start = at8 + bytes8(old[at : step.start])
            end = start + bytes8(old[step.start : step.end])
            edits.append((start, end, step.text))
            at, at8 = step.end, end
        return self._edit(edits[::-1])

    def apply(self, update: bytes) -> Sequence[TextDelta]:
        return self._run(lambda: self._doc.apply_update(update))[1]

    def absorb(self, update: bytes) -> bytes:
        return self._run(lambda: self._doc.apply_update(update))[0]

    def undo(self) -> tuple[bytes, Sequence[TextDelta]]:
        self._steps.part()
        return self._run(self._undo.undo)

    def redo(self) -> tuple[bytes, Sequence[TextDelta]]:
        self._steps.part()
        return self._run(self._undo.redo)

    def caret_at(self, position: int) -> Caret:
        bones = self._living()
        return bones.caret_at(position) if 0 <= position < bones.length else Caret()

    def position_of(self, caret: Caret) -> int:
        known = read_state_vector(self.state_vector())
        if not 0 <= caret.clock < known.get(caret.client, 0):
            return self._rope.length16  # the end, or an item that has not arrived (pycrdt panics on those)
        return self._living().position_of((caret.client, caret.clock))

    def _living(self) -> TextBones:
        """Return the bones of the text as it is, made when a caret is first asked for and kept up to date since."""
        if self._bones is None:
            self._bones = TextBones()
            self._learn(self._bones, self.full_update())
        return self._bones

    def _edit(self, edits: Sequence[tuple[int, int, str]]) -> bytes:
        """Make edits (byte start, byte end, new text), last in the text first; return the update."""
        edits = [edit for edit in edits if edit[0] != edit[1] or edit[2]]
        if not edits:
            return b""

        def change() -> None:
            with self._doc.transaction(origin=_OWN):
                for start, end, inserted in edits:
                    if end > start:
                        del self._text[start:end]
                    if inserted:
                        self._text.insert(start, inserted)

        return self._run(change)[0]

    def _run(self, change: Callable[[], object]) -> tuple[bytes, Sequence[TextDelta]]:
        """Do something to the document; bring the rope up to date; return the update and what changed."""
        self._updates.clear()
        self._changes.clear()
        with translated():
            change()
            length = len(self._text)
        deltas = [delta for change_ in self._changes for delta in self._follow_change(change_)]
        if length != self._rope.length8:
            deltas = [self._start_over()]
        updates = [update for update in self._updates if update != _NOTHING]
        if self._bones is not None:
            for update in updates:
                self._learn(self._bones, update)
        if len(updates) > 1:
            with translated():
                updates = [merge_updates(*updates)]
        return (updates[0] if updates else b""), deltas

    @staticmethod
    def _learn(bones: TextBones, update: bytes) -> None:
        read = read_update(update, max_bytes=MAX_STATE_BYTES, max_structs=MAX_STATE_BYTES)
        bones.learn(read.sections, read.deletions)

    def _follow_change(self, change: list[dict[str, Any]]) -> Iterator[TextDelta]:
        at = 0
        for step in change:
            if "retain" in step:
                at += step["retain"]
            elif "delete" in step:
                position = self._rope.to16(at)
                yield TextDelta(position, self._rope.splice8(at, step["delete"], ""), "")
            else:
                inserted = step["insert"]
                position = self._rope.to16(at)
                self._rope.splice8(at, 0, inserted)
                at += bytes8(inserted)
                yield TextDelta(position, 0, inserted)

    def _start_over(self) -> TextDelta:
        """Take the whole text anew: the way of last resort when what was reported does not add up."""
        before = self._rope.length16
        with translated():
            self._rope = OffsetRope(str(self._text))
        return TextDelta(0, before, self._rope.text())


def _follow(
    doc: "Doc[Any]", text: Text, updates: list[bytes], changes: list[list[dict[str, Any]]]
) -> tuple[object, object]:
    def changed(event: Any) -> None:  # the delta is made on reading, and is missing in pycrdt's types
        changes.append(list(event.delta))

    return doc.observe(lambda event: updates.append(event.update)), text.observe(changed)


def _mended(text: str) -> str:
    """Return a text with \\n line ends only, no NUL, and no halves of characters (joined, or replaced)."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():
        return text.replace("\0", "")
    return text.replace("\0", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
