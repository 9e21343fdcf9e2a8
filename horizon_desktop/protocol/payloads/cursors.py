"""Messages of the cursors channel: carets and selections."""

import msgspec

from horizon_desktop.domain.collaboration.documents import Caret


class _Message(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    pass


class MyCursor(_Message, frozen=True, tag=1):
    """Guest to host: where my caret is; an empty file id means nowhere."""

    file_id: bytes
    anchor: Caret
    head: Caret


class PeerCursor(_Message, frozen=True, tag=2):
    """Host to guest: where somebody's caret is; the author is stamped by the host."""

    peer_id: str
    file_id: bytes
    anchor: Caret
    head: Caret
