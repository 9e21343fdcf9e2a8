"""A guest's copy of a document that somebody here wants, and how it stands with the host."""

from typing import Final

from horizon_desktop.domain.instants import Tick
from horizon_desktop.services.document_copy import DocumentCopy

_MAX_AGAINS: Final = 3
_AGAIN_WINDOW_MS: Final = 60_000


class HeldCopy:
    """Wanted by the window, the mirror, or both."""

    def __init__(self, copy: DocumentCopy) -> None:
        self.copy = copy
        self.is_shown = False
        self.is_followed = False
        self.is_shutting = False
        self.is_ready = False
        """The text is here and edits may be sent."""
        self.must_ask = True
        self.not_before: Tick | None = None
        self._agains = 0
        self._again_since: Tick | None = None

    def ask_again(self, *, after: Tick | None = None) -> None:
        """Open the document anew; edits made meanwhile are put in again after it."""
        self.is_ready = False
        self.must_ask = True
        self.not_before = after

    def may_try_again(self, now: Tick) -> bool:
        """Whether refused edits are put in again; not for ever."""
        if self._again_since is None or now.since(self._again_since) > _AGAIN_WINDOW_MS:
            self._again_since, self._agains = now, 0
        self._agains += 1
        return self._agains <= _MAX_AGAINS
