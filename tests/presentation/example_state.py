"""An application in the middle of a session, as a start for tests."""

import msgspec

from horizon_desktop.domain.collaboration.documents import SharedFile
from horizon_desktop.domain.collaboration.presence import Participant
from horizon_desktop.domain.ids import FileId
from horizon_desktop.domain.instants import Instant
from horizon_desktop.presentation.facts import ProfileRead, SessionRead, Ticked
from horizon_desktop.presentation.reducer import reduce
from horizon_desktop.presentation.state import AppState, Profile, Session

START = Instant(1_800_000_000_000)
HOUR_MS = 3_600_000
SID = "aa" * 32
HOST = "11" * 32
GUEST = "22" * 32
FILE = FileId(b"f" * 16)
OTHER_FILE = FileId(b"g" * 16)


def participant(peer_id: str = GUEST, *, name: str = "kestrel", role: str = "editor", color: int = 1) -> Participant:
    channels = {} if role == "host" else {"edits": 2, "cursors": 2, "chat": 2}
    return Participant(
        peer_id=peer_id,
        name=name,
        role=role,
        device="laptop",
        color=color,
        joined_at=START.plus(color),
        channels=channels,
    )


def host_person() -> Participant:
    return participant(HOST, name="aurora", role="host", color=0)


def session(*, is_host: bool = True) -> Session:
    return Session(
        session_id=SID,
        title="Fix the loss spike",
        is_host=is_host,
        created_at=START,
        expires_at=START.plus(HOUR_MS),
        limit_at=START.plus(24 * HOUR_MS) if is_host else START.plus(HOUR_MS),
        own_peer_id=HOST if is_host else GUEST,
        role="host" if is_host else "editor",
        channels={"edits": 2, "cursors": 2, "chat": 2},
        files=(
            SharedFile(file_id=FILE, path="trainer.py", may_edit=True),
            SharedFile(file_id=OTHER_FILE, path="notes.md", may_edit=True),
        ),
        folder="/srv/loss-spike",
    )


def after(state: AppState, *happened: object) -> AppState:
    for fact in happened:
        state = reduce(state, fact)
    return state


def running(*, is_host: bool = True, page: str = "workspace") -> AppState:
    """An hour's session that began this moment, with host and one guest, on the screen."""
    name, peer = ("aurora", HOST) if is_host else ("kestrel", GUEST)
    state = after(
        AppState(),
        Ticked(now=START),
        ProfileRead(profile=Profile(peer_id=peer, name=name, device="desk")),
        SessionRead(session=session(is_host=is_host), participants=(host_person(), participant())),
    )
    return msgspec.structs.replace(state, page=page, front_session=SID)
