"""The bulk lane of a link: which path carries it, how fast, and what it leaves to those who type."""

from typing import Final

import msgspec

from horizon_desktop.domain.collaboration.channel import Engine, Lane
from horizon_desktop.domain.collaboration.peers import ConnectionMode
from horizon_desktop.domain.instants import Now, Tick
from horizon_desktop.protocol.bulk_choice import BulkChoice, BulkWay
from horizon_desktop.protocol.bulk_pace import BulkPace
from horizon_desktop.protocol.inflow import Inflow
from horizon_desktop.protocol.link_effects import BulkWanted, LinkEffect
from horizon_desktop.protocol.outflow import Outflow
from horizon_desktop.protocol.paths import LaneEnd, Path, PathBoard
from horizon_desktop.protocol.wire import Frame, FrameKind

LOOK_MS: Final = 100
TELL_MS: Final = 10
"""What has come is told so often, or"""
TELL_BYTES: Final = 256 * 1024
"""after so much."""
WATCH_MS: Final = 1000
"""After the last bulk that came, small messages are still timed for so long."""
WANT_MS: Final = 5000
"""So often it is said, while something waits, that the lane is wanted."""
PROBE_MIN_MS: Final = 20
PROBE_MAX_MS: Final = 100
FIRST_PROBE: Final = 2**32
"""Pings from this number on are bulk's own: heartbeats never get there."""
KEPT_PROBES: Final = 600
_RANKS: Final = {Engine.FAST: 0, Engine.PLAIN: 1}
_RELAY_RANK: Final = 2


class Probe(msgspec.Struct, frozen=True):
    """A ping that was sent on the interactive lane while bulk was under way."""

    number: int
    path: int
    sent: Tick


class BulkReading(msgspec.Struct, frozen=True, kw_only=True):
    """How the bulk lane is doing, for people and for measures."""

    path: str
    """relay, fast, plain, or empty while no path is chosen."""
    goodput: int
    """Bytes a second that our side's sending brings, as last measured; 0: not yet."""
    window_bytes: int
    """How much may be under way."""
    delays_ms: tuple[int, ...]
    """Round trips of the latest small messages under way beside bulk, oldest first."""
    came_by: str
    """The path that the peer's bulk came by last."""
    session_path: str
    """What the session itself goes by: relay or direct; empty while it is away."""
    idle_ms: int | None
    """The shortest round trip of a small message on the session's path in the last minute."""


class BulkLane:
    """Gives each bulk end its frames. Only the chosen path carries messages; answers go where messages came from."""

    def __init__(self, board: PathBoard, inflow: Inflow, outflow: Outflow, *, is_host: bool) -> None:
        self.choice = BulkChoice()
        self.delays_ms: list[int] = []
        """Round trips of the latest probes, oldest first: what a small message takes while bulk is under way."""
        self._board = board
        self._inflow = inflow
        self._outflow = outflow
        self._is_host = is_host
        self._paces: dict[int, BulkPace] = {}
        self._heard_on = 0
        self._wanted_at: Tick | None = None
        self._looked_at: Tick | None = None
        self._tell_at: dict[int, Tick] = {}
        """Path to when the peer is told what came by it."""
        self._to_tell: set[int] = set()
        """Paths of which it is told with the next frame."""
        self._is_dry = False
        """Whether the chosen path had room for more than there was, since the last look."""
        self._watched_until: Tick | None = None
        self._probe: Probe | None = None
        self._probe_due: Tick | None = None
        self._next_probe = FIRST_PROBE

    @property
    def is_busy(self) -> bool:
        """Whether something is not settled yet."""
        return self._outflow.unsettled_bytes(Lane.BULK) > 0

    def reading(self) -> BulkReading:
        """Return how the lane is doing."""
        path = self._board.find(self._board.bulk_path)
        pace = self._paces.get(self._board.bulk_path)
        heard, primary = self._board.find(self._heard_on), self._board.primary()
        return BulkReading(
            path="" if path is None else way_name(path),
            goodput=pace.rate if pace is not None else 0,
            window_bytes=pace.window_bytes if pace is not None else 0,
            delays_ms=tuple(self.delays_ms),
            came_by="" if heard is None else way_name(heard),
            session_path="" if primary is None else primary.ref.kind.value,
            idle_ms=None if primary is None else primary.pulse.least.value_ms,
        )

    def forget_delays(self) -> None:
        """Start `delays_ms` anew: a measure begins."""
        self.delays_ms = []

    def next_frame(self, path: Path, end: LaneEnd, *, now: Now) -> Frame | None:
        """Return what this path's bulk lane sends next."""
        if path.ref.id in self._to_tell:
            self._to_tell.remove(path.ref.id)
            self._tell_at.pop(path.ref.id, None)
            end.told_bytes = end.came_bytes
            return Frame(kind=FrameKind.CAME, seq=end.came_bytes)
        if path.ref.id == self._answering():
            reply = self._inflow.next_reply(Lane.BULK, now=now.tick)
            if reply is not None:
                return reply
        if path.ref.id != self._board.bulk_path:
            return None
        pace = self._pace(path.ref.id)
        most_bytes = pace.piece_bytes()
        if most_bytes == 0:
            return None
        frame = self._outflow.next_frame(Lane.BULK, end, now=now, most_bytes=most_bytes)
        if frame is None:
            self._is_dry = True
            pace.ran_dry()
        else:
            pace.spend(len(frame.body), now=now.tick)
        return frame

    def arrived(self, path: Path, end: LaneEnd, size_bytes: int, *, now: Tick) -> None:
        """A message, or a part of one, came by this path: answers go back the same way."""
        self._heard_on = path.ref.id
        end.came_bytes += size_bytes
        if end.came_bytes - end.told_bytes >= TELL_BYTES:
            self._to_tell.add(path.ref.id)
        elif path.ref.id not in self._tell_at:
            self._tell_at[path.ref.id] = now.plus(TELL_MS)
        self._watched_until = now.plus(WATCH_MS)

    def came(self, path: Path, total: int, *, now: Tick) -> None:
        """The peer says how much has come by this path."""
        new = self._pace(path.ref.id).came(total, now=now)
        if path.ref.id == self.choice.current:
            self.choice.settled(new)

    def pong(self, number: int, *, now: Tick) -> bool:
        """Take the answer to a probe; False when it is a heartbeat's."""
        probe = self._probe
        if probe is not None and number == probe.number:
            self._probe = None
            path = self._board.find(probe.path)
            if path is not None:
                rtt_ms = now.since(probe.sent)
                self.delays_ms = [*self.delays_ms[1 - KEPT_PROBES :], rtt_ms]
                path.pulse.least.take(rtt_ms, now=now)
                self._sample(rtt_ms, path, now)
        return number >= FIRST_PROBE

    def wake(self, *, now: Now) -> list[LinkEffect]:
        """Choose the path, ask how long a small message takes, say that the lane is wanted."""
        self._ripen(now.tick)
        is_watched = self._watched_until is not None and now.tick < self._watched_until
        if not is_watched:
            self._watched_until = None
        if not self.is_busy:
            if self.choice.look(self._ways(), is_busy=False, now=now.tick):
                self._move()
            if is_watched:
                self._ask(now.tick)
            else:
                self._probe = self._probe_due = None
            return []
        self._look(now.tick)
        self._ask(now.tick)
        return self._want(now.tick)

    def deadline(self) -> Tick | None:
        """When wake() or a pull is wanted; None while there is nothing to send."""
        moments: list[Tick | None] = list(self._tell_at.values())
        if self.is_busy:
            if self._looked_at is None or self._probe_due is None:
                return Tick(0)  # something has come up: now
            moments += [self._wanted_at, self._looked_at, self._probe_due]
        elif self._watched_until is not None:
            moments += [self._watched_until, self._probe_due]
        return min((moment for moment in moments if moment is not None), default=None)

    def _ripen(self, now: Tick) -> None:
        for number, at in list(self._tell_at.items()):
            if now >= at:
                del self._tell_at[number]
                self._to_tell.add(number)
        self._to_tell = {number for number in self._to_tell if self._board.find(number) is not None}

    def _look(self, now: Tick) -> None:
        if self._looked_at is None or now >= self._looked_at:
            self._looked_at = now.plus(LOOK_MS)
        is_pressed, self._is_dry = not self._is_dry, False
        if self.choice.look(self._ways(), is_busy=is_pressed, now=now):
            self._move()
        open_ids = {path.ref.id for path, _ in self._board.open_ends(Lane.BULK)}
        self._paces = {number: pace for number, pace in self._paces.items() if number in open_ids}

    def _move(self) -> None:
        """Let the chosen path send everything that is not settled: the other may be slow or gone."""
        self._board.bulk_path = self.choice.current
        for _, end in self._board.carriers(Lane.BULK):
            self._outflow.rewind(end, Lane.BULK)

    def _want(self, now: Tick) -> list[LinkEffect]:
        if self._wanted_at is not None and now < self._wanted_at:
            return []
        self._wanted_at = now.plus(WANT_MS)
        if not self._is_host:
            return [BulkWanted()]
        for _, end in self._board.carriers(Lane.CONTROL):
            end.enqueue(Frame(kind=FrameKind.WANTED))
        return []

    def _ask(self, now: Tick) -> None:
        if self._probe_due is not None and now < self._probe_due:
            return
        ends = self._board.carriers(Lane.INTERACTIVE) or self._board.carriers(Lane.CONTROL)
        self._probe_due = now.plus(PROBE_MAX_MS)
        if not ends:
            return
        path, end = ends[0]
        if self._probe is not None and self._probe.path == path.ref.id:
            self._probe_due = now.plus(PROBE_MIN_MS)
            pace, least_ms = self._paces.get(self._board.bulk_path), path.pulse.least.value_ms
            if pace is not None and least_ms is not None:
                pace.overdue(now.since(self._probe.sent) - least_ms, now=now)
            return
        self._probe = Probe(self._next_probe, path.ref.id, now)
        self._next_probe += 1
        self._probe_due = now.plus(max(PROBE_MIN_MS, min(PROBE_MAX_MS, path.pulse.rtt_ms)))
        end.enqueue(Frame(kind=FrameKind.PING, seq=self._probe.number))

    def _sample(self, rtt_ms: int, path: Path, now: Tick) -> None:
        least_ms = path.pulse.least.value_ms
        pace = self._paces.get(self._board.bulk_path)
        if pace is not None and least_ms is not None:
            pace.sample(rtt_ms - least_ms, now=now)

    def _pace(self, path: int) -> BulkPace:
        return self._paces.setdefault(path, BulkPace())

    def _answering(self) -> int:
        """Return the path that acknowledgements go by: where the last message came from, else any."""
        heard = self._board.find(self._heard_on)
        if heard is not None and heard.lanes[Lane.BULK].is_open:
            return self._heard_on
        ends = self._board.open_ends(Lane.BULK)
        return ends[0][0].ref.id if ends else 0

    def _ways(self) -> list[BulkWay]:
        return [
            BulkWay(path.ref.id, _rank(path), is_suspect=path.is_suspect)
            for path, _ in self._board.open_ends(Lane.BULK)
        ]


def way_name(path: Path) -> str:
    """Return the name of a bulk path as people read it: relay, fast or plain."""
    return path.ref.kind.value if path.ref.kind is ConnectionMode.RELAY else str(path.ref.engine)


def _rank(path: Path) -> int:
    if path.ref.kind is ConnectionMode.RELAY:
        return _RELAY_RANK
    return _RANKS.get(Engine(path.ref.engine), _RELAY_RANK)
