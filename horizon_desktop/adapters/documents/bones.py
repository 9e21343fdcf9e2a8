"""The bones of a shared text: every UTF-16 unit as one letter, so that pycrdt's positions are exact.

pycrdt's sticky positions add bytes to an item's clock, which counts UTF-16 units: right for ASCII only. Here each unit
is one ASCII letter under its own name, so an index is a position in UTF-16.
"""

from collections.abc import Sequence
from typing import Any, Final

from pycrdt import Assoc, Doc, StickyIndex, Text

from horizon_desktop.adapters.documents.pycrdt_errors import translated
from horizon_desktop.domain.collaboration.documents import TEXT_ROOT, Caret
from horizon_desktop.protocol.payloads.yjs import Deletion, Mark, Section, deletions_update
from horizon_desktop.protocol.payloads.yjs_split import encode_item, encode_update

_OWN_CLIENT: Final = 1
"""Never written under."""
_FILLER: Final = "x"


class TextBones:
    """A replica without words. Its items stand where the text's items stand: origins alone decide that."""

    def __init__(self) -> None:
        with translated():
            self._doc: Doc[Any] = Doc(client_id=_OWN_CLIENT)
            self._text = self._doc.get(TEXT_ROOT, type=Text)

    @property
    def length(self) -> int:
        return len(self._text)

    def learn(self, sections: Sequence[Section], deletions: Sequence[Deletion] = ()) -> None:
        """Take in items, and deletions unless deleted units are to stay. Raises RemoteProtocolError."""
        bones = [
            (
                section.client,
                section.items[0].clock,
                [encode_item(_FILLER * item.length, item.left, item.right) for item in section.items],
            )
            for section in sections
        ]
        if bones or deletions:
            update = encode_update(bones)[:-1] + deletions_update(tuple(deletions))[1:]
            with translated():
                self._doc.apply_update(update)

    def is_before(self, one: Mark, other: Mark) -> bool:
        """Whether one known unit stands before another (deleted ones too, where deletions were not learned)."""
        return self.position_of(one) < self.position_of(other)

    def position_of(self, mark: Mark) -> int:
        """Return where a known unit stands, or stood when it is deleted."""
        where = {"item": {"client": mark[0], "clock": mark[1]}, "assoc": Assoc.AFTER.value}
        with translated():
            return StickyIndex.from_json(where, self._text).get_index()

    def caret_at(self, position: int) -> Caret:
        """Return the unit at a position before the end (pycrdt panics at the end)."""
        with translated():
            item = self._text.sticky_index(position, Assoc.AFTER).to_json()["item"]
        return Caret(item["client"], item["clock"])
