"""What the shell needs from the widgets' side of the house, as promises; main/desktop.py brings both together."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from horizon_desktop.domain.collaboration.documents import TextDelta
from horizon_desktop.presentation.wording import Words
from horizon_desktop.presentation.workspace import RemoteCaretView


class Dialogs(Protocol):
    """The system's own dialogs. None blocks: the answer comes to the callback, and none comes when it was closed."""

    def choose_files(self, *, is_folder: bool, on_chosen: Callable[[tuple[str, ...]], None]) -> None:
        """Ask for files, or for one folder, to share."""
        ...

    def choose_target(self, name: str, on_chosen: Callable[[str], None]) -> None:
        """Ask where to save something that is called `name` so far."""
        ...

    def confirm_quit(self, words: Words, on_yes: Callable[[], None]) -> None:
        """Ask before open sessions are ended."""
        ...


class Outside(Protocol):
    """Other programs of this desktop."""

    def open_folder(self, path: str) -> None:
        """Show a folder in the file manager."""
        ...

    def write_mail(self, link: str) -> None:
        """Begin a mail with the link in it; the code is never part of it."""
        ...

    def write_to_host(self, reason: str, host: str) -> None:
        """Begin a mail to a host: ask_invite, ask_host or tell_host; the person adds the address and sends it."""
        ...

    def qr_png(self, text: str) -> bytes:
        """Return a PNG of the QR code that holds `text`."""
        ...


class Notices(Protocol):
    """Notifications of the system, for when the window is elsewhere."""

    def notify(self, words: Words, *, is_urgent: bool) -> None:
        """Tell once, where this desktop has a place for it."""
        ...


class EditorSurface(Protocol):
    """The text widget. Positions are UTF-16 units."""

    edited: Any
    """Signal(position, removed, inserted): what a person typed here."""
    caret_moved: Any
    """Signal(anchor, head)."""
    undo_asked: Any
    redo_asked: Any

    def open_text(self, text: str, *, file_name: str) -> None:
        """Show the text of a file; nothing comes out of `edited`."""
        ...

    def apply_deltas(self, deltas: Sequence[TextDelta]) -> None:
        """Show what others changed; nothing comes out of `edited`."""
        ...

    def show_step(self, deltas: Sequence[TextDelta]) -> None:
        """Show what an own undo or redo changed, with the caret behind it; nothing comes out of `edited`."""
        ...

    def set_remote_carets(self, carets: Sequence[RemoteCaretView]) -> None:
        """Show where others are."""
        ...

    def caret(self) -> tuple[int, int]:
        """Return anchor and head of the own selection."""
        ...

    def set_caret(self, anchor: int, head: int) -> None:
        """Select from anchor to head."""
        ...

    def own_line(self) -> int:
        """Return the number of the caret's line, from 0."""
        ...
