"""The paths of a link: their lanes, their state, and which of them carries the messages."""

from collections import deque
from collections.abc import Iterator
from enum import Enum, auto
from typing import Final

import msgspec

from horizon_desktop.domain.collaboration.channel import Engine, Lane
from horizon_desktop.domain.collaboration.peers import ConnectionMode
from horizon_desktop.domain.instants import Tick
from horizon_desktop.protocol.handshake import Binding, LaneContext
from horizon_desktop.protocol.heartbeat import SUSPECT_MS, Pulse
from horizon_desktop.protocol.wire import Frame, FrameKind, FrameReader

MAX_QUEUED_FRAMES: Final = 256
"""Own frames of a lane (pongs, refusals, offers) that wait to be written; above it pongs and refusals are left out."""
MAX_PATHS: Final = 8
"""Of one link at a time: a redial, an upgrade and what has not timed out yet."""


class LanePhase(Enum):
    """Where a lane stands. Frames of another kind than its phase takes close the path."""

    BINDING = auto()
    ADMISSION = auto()
    FIRST = auto()
    OPEN = auto()


TAKEN_KINDS: Final[dict[LanePhase, frozenset[int]]] = {
    LanePhase.BINDING: frozenset({FrameKind.BINDING}),
    LanePhase.ADMISSION: frozenset(),
    LanePhase.FIRST: frozenset({FrameKind.FIRST}),
}
"""What each phase takes; an open lane takes all but BINDING and FIRST (an unknown kind is refused, not fatal)."""
OPENING_KINDS: Final = frozenset({FrameKind.BINDING, FrameKind.FIRST})


class PathRef(msgspec.Struct, frozen=True):
    """A path's name: a number of the driver's, never used twice in a link, and its kind."""

    id: int
    kind: ConnectionMode
    engine: str = Engine.SESSION
    """Of a direct path: all others than the session's carry the bulk lane alone."""

    @property
    def is_bulk(self) -> bool:
        return self.engine != Engine.SESSION

    @property
    def head(self) -> Lane:
        """The lane that opens and watches the path."""
        return Lane.BULK if self.is_bulk else Lane.CONTROL


class Partial(msgspec.Struct):
    """Fragments of one message that came so far on one lane."""

    seq: int
    body: bytearray


class Sending(msgspec.Struct):
    """A message that is being cut into fragments on one lane."""

    seq: int
    data_type: int
    flags: int
    body: bytes
    offset: int = 0


class LaneEnd:
    """This side of one lane of one path."""

    def __init__(self, context: LaneContext, *, now: Tick) -> None:
        self.context = context
        self.since = now
        self.phase = LanePhase.BINDING
        self.reader = FrameReader()
        self.binding: Binding | None = None
        self.queue: deque[Frame] = deque()
        self.partials: dict[int, Partial] = {}
        self.sending: dict[int, Sending] = {}
        self.cursors: dict[int, int] = {}
        """Channel tag to the next number that this lane sends."""
        self.came_bytes = 0
        """Bulk: bytes of messages that came by this lane, and how many of them the peer was told of."""
        self.told_bytes = 0
        self.served: dict[int, int] = {}
        """Channel tag to the turn it was last served in: channels of one rank take turns."""

    @property
    def is_open(self) -> bool:
        return self.phase is LanePhase.OPEN

    def takes(self, kind: int) -> bool:
        """Whether the phase takes a frame of this kind."""
        if self.phase is LanePhase.OPEN:
            return kind not in OPENING_KINDS
        return kind in TAKEN_KINDS[self.phase]

    def enqueue(self, frame: Frame) -> None:
        """Queue one of the link's own frames, in front of all data."""
        if len(self.queue) < MAX_QUEUED_FRAMES:
            self.queue.append(frame)


class Path:
    """One way to the peer: relay or direct, with its lanes and its pulse."""

    def __init__(self, ref: PathRef, *, now: Tick) -> None:
        self.ref = ref
        self.opened_at = now
        self.lanes: dict[Lane, LaneEnd] = {}
        self.pulse = Pulse(now=now)
        self.is_redial_asked = False
        self.is_suspect = False

    @property
    def is_up(self) -> bool:
        """Whether the lane that all hangs on is open: control, or that of a bulk path."""
        head = self.lanes.get(self.ref.head)
        return head is not None and head.is_open

    def is_silent(self, *, now: Tick) -> bool:
        """Whether nothing came for 3 s."""
        return self.pulse.silence_ms(now=now) >= SUSPECT_MS


class PathBoard:
    """All paths of a link, added in the order of their numbers, and the choice among them.

    Direct carries once it is trusted (open and three pings answered); while it is suspect the relay carries
    too; without it, or before, the relay carries; a direct path alone carries even before it is trusted.
    Bulk goes by the one path that was chosen for it (`protocol/bulk_choice.py`).
    """

    def __init__(self) -> None:
        self.bulk_path = 0
        """The path chosen for bulk; 0: none yet."""
        self._paths: dict[int, Path] = {}

    def add(self, path: Path) -> None:
        self._paths[path.ref.id] = path

    def find(self, path_id: int) -> Path | None:
        return self._paths.get(path_id)

    def remove(self, path_id: int) -> Path | None:
        return self._paths.pop(path_id, None)

    def older_than(self, path: Path) -> list[Path]:
        """Return the paths of the same kind and engine that were opened before this one."""
        kind = (path.ref.kind, path.ref.engine)
        return [other for other in self if (other.ref.kind, other.ref.engine) == kind and other.ref.id < path.ref.id]

    def __iter__(self) -> Iterator[Path]:
        return iter(list(self._paths.values()))

    def __len__(self) -> int:
        return len(self._paths)

    def open_ends(self, lane: Lane) -> list[tuple[Path, LaneEnd]]:
        """Return the open ends of one lane over all paths, newest path first."""
        ends = [(path, path.lanes[lane]) for path in self._paths.values() if lane in path.lanes]
        return [(path, end) for path, end in reversed(ends) if end.is_open]

    def carriers(self, lane: Lane) -> list[tuple[Path, LaneEnd]]:
        """Return the ends that carry this lane's messages now, the preferred one first."""
        ends = self.open_ends(lane)
        if lane is Lane.BULK:
            return [pair for pair in ends if pair[0].ref.id == self.bulk_path]
        if len(ends) < 2:
            return ends
        direct = [pair for pair in ends if pair[0].ref.kind is ConnectionMode.DIRECT]
        relay = [pair for pair in ends if pair[0].ref.kind is ConnectionMode.RELAY]
        trusted = [pair for pair in direct if pair[0].pulse.is_trusted]
        if trusted and not trusted[0][0].is_suspect:
            return trusted[:1]
        if trusted:
            return trusted[:1] + relay[:1]
        return relay[:1] or direct[:1]

    def primary(self) -> Path | None:
        """Return the path that carries control: what people are shown."""
        carriers = self.carriers(Lane.CONTROL)
        return carriers[0][0] if carriers else None
