"""What one undo takes back: a run of typing or of deleting, within a line, without a pause."""

import time
from typing import Final

from horizon_desktop.adapters.documents.offsets import units16

PAUSE_MS: Final = 500
"""Edits closer together than this belong to one step, where nothing else parts them."""


class UndoSteps:
    """The clock of an undo manager, which parts steps by pauses alone: it jumps where a new step begins."""

    def __init__(self) -> None:
        self._jumped_ms = 0
        self._caret: int | None = None
        self._is_removing = False

    def now_ms(self) -> int:
        """Return milliseconds that never go back."""
        return time.monotonic_ns() // 1_000_000 + self._jumped_ms

    def edit(self, position: int, removed: int, inserted: str) -> None:
        """Take the next edit, in UTF-16 units; one elsewhere, of the other kind or after a line's end parts."""
        is_removing = not inserted
        is_next = self._caret in ((position, position + removed) if is_removing else (position,))
        if not is_next or is_removing is not self._is_removing:
            self.part()
        self._is_removing = is_removing
        self._caret = None if "\n" in inserted else position + units16(inserted)

    def part(self) -> None:
        """Let the next edit begin a step."""
        self._jumped_ms += 2 * PAUSE_MS
        self._caret = None
