"""The watch over a link's paths: pings, suspicion, moving between paths, silence (PROTOCOL section 6, table)."""

from typing import Final

from horizon_desktop.domain.collaboration.channel import ChannelKind, Lane
from horizon_desktop.domain.collaboration.peers import ConnectionMode
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.domain.instants import Now, Tick
from horizon_desktop.protocol.heartbeat import (
    CHIP_MS,
    DEAD_MS,
    PING_EVERY_MS,
    SUSPECT_MS,
    Meter,
    SilenceLadder,
)
from horizon_desktop.protocol.link_effects import ClosePath, LinkEffect, Notify, Redial
from horizon_desktop.protocol.link_events import (
    Heard,
    LinkGivenUp,
    PathMoved,
    QualityRead,
    SilenceReached,
)
from horizon_desktop.protocol.outflow import Outflow
from horizon_desktop.protocol.paths import Path, PathBoard
from horizon_desktop.protocol.wire import Frame, FrameKind

HANDSHAKE_MS: Final = 10_000
"""A path is closed that lacks its head by then, or has another lane but bulk that is not open."""
HOLE_PING: Final = 0
"""The number of a ping that measures nothing: it and its answer let encryption find out that a record is missing."""


class Vigil:
    """Looks after the paths on the board and tells what became of them."""

    def __init__(self, peer: DeviceKey, board: PathBoard, outflow: Outflow, *, is_host: bool, now: Now) -> None:
        self.sent = Meter(now=now.tick)
        self._received = Meter(now=now.tick)
        self._peer = peer
        self._board = board
        self._outflow = outflow
        self._is_host = is_host
        self._silence = SilenceLadder(now=now.tick)
        self._is_watching = False
        self._shown: ConnectionMode | None = None
        self._quality_due = now.tick
        self._is_reckoned = False
        self._deadline: Tick | None = None

    def heard(self, path: Path, size_bytes: int, *, now: Now) -> list[LinkEffect]:
        """Take a sign of life: bytes of an open lane of this path."""
        path.pulse.hear(now=now.tick)
        path.is_redial_asked = False
        path.is_suspect = False
        self._received.count(size_bytes)
        if path.ref.is_bulk:  # it says that the peer lives, and nothing about the way of what people write
            return []
        was_silent = self._silence.hear(now=now.tick)
        if was_silent or not self._is_watching:
            self._is_watching = True
            self.moved()
        if not was_silent:
            return []
        resent = self._outflow.backlog(ChannelKind.EDITS, ChannelKind.CHAT)
        return [Notify(Heard(peer=self._peer, resent=resent))]

    def pong(self, path: Path, number: int, *, now: Now) -> list[LinkEffect]:
        """Take an answered ping; the third one moves the messages to a direct path.

        A new relay path that answers casts doubt on the others: the peer's network may be another.
        """
        self.moved()
        was_trusted, was_answered = path.pulse.is_trusted, bool(path.pulse.answered)
        path.pulse.pong(number, now=now.tick)
        if path.ref.kind is ConnectionMode.RELAY and path.pulse.answered and not was_answered:
            self.doubt(now=now, but=path)
        if path.pulse.is_trusted and not was_trusted and path.ref.kind is ConnectionMode.DIRECT:
            self._take_over(path)
        return self._show()

    def path_lost(self, path: Path) -> None:
        """A path has gone: whatever it carried unsettled goes by those that are left."""
        self.moved()
        for lane in path.lanes.keys() - {Lane.BULK}:
            for _, end in self._board.open_ends(lane):
                self._outflow.rewind(end, lane)

    def doubt(self, *, now: Now, but: Path | None = None) -> None:
        """The network is another: every path is suspect until it is heard again, and is asked at once."""
        self.moved()
        for path in self._board:
            if path.is_up and path is not but:
                path.is_suspect = True
                path.pulse.next_ping = now.tick
                self._send_by_others(path)

    def wake(self, *, now: Now) -> list[LinkEffect]:
        """Do what is due."""
        self.moved()
        effects: list[LinkEffect] = []
        for path in self._board:
            effects += self._look_at(path, now=now)
        effects += self._show()
        if self._is_watching:
            effects += self._climb(now=now)
        primary = self._board.primary()
        if primary is not None and now.tick >= self._quality_due:
            self._quality_due = now.tick.plus(PING_EVERY_MS)
            kind = primary.ref.kind.value
            quality = primary.pulse.quality(kind, self.sent, self._received, now=now.tick)
            effects.append(Notify(QualityRead(peer=self._peer, quality=quality)))
        return effects

    def moved(self) -> None:
        """A path or lane opened: reckon anew when to wake."""
        self._is_reckoned = False

    def deadline(self) -> Tick | None:
        """When wake() is next wanted; traffic only puts it off, so it is reckoned at changes, not at every frame."""
        if not self._is_reckoned:
            self._deadline = self._reckon()
            self._is_reckoned = True
        return self._deadline

    def _reckon(self) -> Tick | None:
        moments = [moment for path in self._board for moment in self._moments(path)]
        if self._board.primary() is not None:
            moments.append(self._quality_due)
        ladder = self._silence.deadline()
        if self._is_watching and ladder is not None:
            moments.append(ladder)
        return min(moments, default=None)

    def _moments(self, path: Path) -> list[Tick]:
        opening = [since.plus(HANDSHAKE_MS) for since in self._opening_since(path)]
        if not path.is_up:
            return opening
        moments = [*opening, path.pulse.next_ping, path.pulse.last_heard.plus(DEAD_MS)]
        if not path.is_suspect:
            moments.append(path.pulse.last_heard.plus(SUSPECT_MS))
        if self._wants_redial(path):
            moments.append(path.pulse.last_heard.plus(CHIP_MS))
        return moments

    def _wants_redial(self, path: Path) -> bool:
        is_relay = path.ref.kind is ConnectionMode.RELAY
        return is_relay and not self._is_host and not path.is_redial_asked

    def _look_at(self, path: Path, *, now: Now) -> list[LinkEffect]:
        if any(now.tick.since(since) >= HANDSHAKE_MS for since in self._opening_since(path)):
            return self._close(path, "handshake.slow", now=now)
        if not path.is_up:
            return []
        silent_ms = path.pulse.silence_ms(now=now.tick)
        if silent_ms >= DEAD_MS:
            return self._close(path, "path.silent", now=now)
        if now.tick >= path.pulse.next_ping:
            number = path.pulse.ping(now=now.tick)
            path.lanes[path.ref.head].enqueue(Frame(kind=FrameKind.PING, seq=number))
            self._look_for_holes(path)
        if silent_ms >= SUSPECT_MS and not path.is_suspect:
            path.is_suspect = True
            self._send_by_others(path)
        if silent_ms >= CHIP_MS and self._wants_redial(path):
            path.is_redial_asked = True
            return [Redial()]
        return []

    def _opening_since(self, path: Path) -> list[Tick]:
        """Since when the path waits for its head and for lanes; bulk on a relay waits behind all else, however long."""
        since = [end.since for lane, end in path.lanes.items() if lane is not Lane.BULK and not end.is_open]
        return since if path.is_up else [path.opened_at, *since]

    def _look_for_holes(self, path: Path) -> None:
        """Ping the other lanes, too, while something on them is not settled.

        A relay that swallows a frame leaves a hole that the next record shows; after the last edit there may be none.
        """
        for lane, end in path.lanes.items():
            is_idle = end.is_open and not end.queue
            if lane is not path.ref.head and is_idle and self._outflow.unsettled_bytes(lane):
                end.enqueue(Frame(kind=FrameKind.PING, seq=HOLE_PING))

    def _climb(self, *, now: Now) -> list[LinkEffect]:
        effects: list[LinkEffect] = []
        for silence in self._silence.climb(now=now):
            if silence.stage == "gone":
                effects.append(Notify(LinkGivenUp(peer=self._peer, reason="silent")))
            else:
                event = SilenceReached(peer=self._peer, stage=silence.stage, resume_by=silence.resume_by)
                effects.append(Notify(event))
        return effects

    def _send_by_others(self, suspect: Path) -> None:
        for lane in suspect.lanes.keys() - {Lane.BULK}:
            for path, end in self._board.open_ends(lane):
                if path is not suspect:
                    self._outflow.rewind(end, lane)

    def _take_over(self, direct: Path) -> None:
        """Let the direct path go on where the others are: they are sound, so nothing is sent twice."""
        for lane, end in direct.lanes.items():
            if lane is Lane.BULK:
                continue
            for path, other in self._board.open_ends(lane):
                if path is not direct and not path.is_suspect:
                    for tag, cursor in other.cursors.items():
                        end.cursors[tag] = max(cursor, end.cursors.get(tag, 1))

    def _show(self) -> list[LinkEffect]:
        primary = self._board.primary()
        if primary is None or not primary.pulse.answered or primary.ref.kind is self._shown:
            return []
        self._shown = primary.ref.kind
        event = PathMoved(peer=self._peer, path=primary.ref.kind.value, rtt_ms=primary.pulse.rtt_ms)
        return [Notify(event)]

    def _close(self, path: Path, reason: str, *, now: Now) -> list[LinkEffect]:
        self._board.remove(path.ref.id)
        self.path_lost(path)
        return [ClosePath(path.ref.id, reason)]
