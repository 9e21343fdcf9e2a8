"""Messages of the edits channel: which files there are, opening one, updates of its text (PROTOCOL section 7)."""

import msgspec

from horizon_desktop.domain.collaboration.documents import SharedFile
from horizon_desktop.domain.ids import FileId


class _Message(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    pass


class FileList(_Message, frozen=True, tag=1):
    """Host to guest (DOCUMENT): the shared files, whole, whenever they change."""

    files: tuple[SharedFile, ...]


class Open(_Message, frozen=True, tag=2):
    """Guest to host (DOCUMENT): send the text of a file and what comes after.

    `epoch` and `state_vector` are empty at first; later they say what this guest already has.
    """

    file_id: FileId
    epoch: bytes
    state_vector: bytes


class Opened(_Message, frozen=True, tag=3):
    """Host to guest (DOCUMENT): the client ids to write under, and what is missing, in pieces of at most 192 KiB.

    Pieces are slices of one update: `part` counts from 0 to `parts` - 1, joined before use. Two writers may work on a
    guest's side, so it gets two fresh ids: `client_id` for its editor window, `copy_client_id` for what is put in as a
    text difference (mirror folder, edits made while away). Both end with the next Open of the file.
    """

    file_id: FileId
    epoch: bytes
    client_id: int
    part: int
    parts: int
    data: bytes
    host_state_vector: bytes
    copy_client_id: int = 0


class Shut(_Message, frozen=True, tag=4):
    """Guest to host (DOCUMENT): no more of this file."""

    file_id: FileId


class Update(_Message, frozen=True, tag=5):
    """Either way (EDIT): a CRDT update. To the host only under the guest's own client id."""

    file_id: FileId
    epoch: bytes
    data: bytes


class Resync(_Message, frozen=True, tag=6):
    """Host to guest (DOCUMENT): what you sent was refused; drop it, open the file again."""

    file_id: FileId
    rule: str


HostEdits = FileList | Opened | Update | Resync
GuestEdits = Open | Shut | Update
