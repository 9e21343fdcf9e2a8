"""Which of two units of a shared text stands first, deleted ones included (ports/documents.py TextOrder)."""

from collections.abc import Sequence
from typing import Any, Final

from pycrdt import Assoc, Doc, StickyIndex, Text

from horizon_desktop.adapters.documents.pycrdt_errors import translated
from horizon_desktop.domain.collaboration.documents import TEXT_ROOT
from horizon_desktop.protocol.payloads.yjs import Mark, Section
from horizon_desktop.protocol.payloads.yjs_split import encode_item, encode_update

_OWN_CLIENT: Final = 1
"""Never written under."""
_FILLER: Final = "x"


class PycrdtTextOrder:
    """A replica of the text's bones: every unit ever written stands there as one letter, none is ever deleted.

    The place of a unit is decided by its origins alone, so the order here is the order in the text.
    """

    def __init__(self) -> None:
        with translated():
            self._doc: Doc[Any] = Doc(client_id=_OWN_CLIENT)
            self._text = self._doc.get(TEXT_ROOT, type=Text)

    def learn(self, sections: Sequence[Section]) -> None:
        bones = [
            (
                section.client,
                section.items[0].clock,
                [encode_item(_FILLER * item.length, item.left, item.right) for item in section.items],
            )
            for section in sections
        ]
        if bones:
            with translated():
                self._doc.apply_update(encode_update(bones))

    def is_before(self, one: Mark, other: Mark) -> bool:
        return self._index(one) < self._index(other)

    def _index(self, mark: Mark) -> int:
        where = {"item": {"client": mark[0], "clock": mark[1]}, "assoc": Assoc.AFTER.value}
        with translated():
            return StickyIndex.from_json(where, self._text).get_index()
