"""A seeded world of two link machines: paths with delay, cuts and ends, bytes in order on each lane, and crashes."""

import random

from horizon_desktop.crypto.hashing import sha256
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.collaboration.channel import ChannelAccess, ChannelKind, Engine, Lane
from horizon_desktop.domain.collaboration.peers import (
    ConnectionMode,
    EphemeralPeer,
    EphemeralPeerRegistry,
    PeerScopes,
)
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import SessionId, peer_id_of
from horizon_desktop.domain.instants import Instant, Now, Tick
from horizon_desktop.protocol.link import PeerLink
from horizon_desktop.protocol.link_effects import AskAdmission, ClosePath, LinkEffect, Notify
from horizon_desktop.protocol.link_events import LinkEvent, MessageArrived
from horizon_desktop.protocol.paths import PathRef

SESSION = SessionId(bytes(range(32)))
HOST = DeviceKeyPair.from_seed(b"h" * 32)
GUEST = DeviceKeyPair.from_seed(b"g" * 32)
ALL_OPEN = dict.fromkeys(ChannelKind, ChannelAccess.USE)
LANES = (Lane.CONTROL, Lane.INTERACTIVE)
START = Instant(1_800_000_000_000)
TOMORROW = Instant(START.ms + 86_400_000)
AT_START = Now(START, Tick(0))


def scopes_of(
    pair: DeviceKeyPair = GUEST,
    *,
    channels: dict[ChannelKind, ChannelAccess] = ALL_OPEN,
    epoch: int = 1,
    expires_at: Instant = TOMORROW,
    now: Now = AT_START,
) -> PeerScopes:
    """The scopes of a guest as a host's registry gives them."""
    registry = EphemeralPeerRegistry().register_peer(
        peer_id=peer_id_of(pair.key),
        session=SESSION,
        identity_id="0b8f4a5e-0000-4000-8000-000000000001",
        channels=channels,
        expires_at=expires_at,
        epoch=epoch,
        now=now,
    )
    assert isinstance(registry, EphemeralPeerRegistry)
    entry: EphemeralPeer = registry.peers[peer_id_of(pair.key)]
    return PeerScopes.of(entry)


class Side:
    """One process: its link, what it was told, what it settled."""

    def __init__(self, world: "World", *, is_host: bool) -> None:
        self.world = world
        self.is_host = is_host
        self.pair = HOST if is_host else GUEST
        self.peer = GUEST if is_host else HOST
        self.events: list[LinkEvent] = []
        self.effects: list[LinkEffect] = []
        self.verdict: Decision = Allow()
        self.deny_bodies: dict[bytes, Deny] = {}
        self.is_settling = True
        self.link = self._link()

    def _link(self) -> PeerLink:
        link = PeerLink(
            session=SESSION,
            pair=self.pair,
            peer=self.peer.key,
            is_host=self.is_host,
            incarnation=self.world.random.randbytes(16),
            now=self.world.now,
        )
        if self.is_host:
            link.set_scopes(scopes_of())
        return link

    def restart(self) -> None:
        """The process died and came back: nothing is remembered, every path is gone."""
        for ref in list(self.world.paths):
            self.world.end_path(ref, told=(not self.is_host,))
        self.link = self._link()

    def do(self, effects: list[LinkEffect]) -> None:
        for effect in effects:
            self.effects.append(effect)
            if isinstance(effect, AskAdmission):
                more = self.link.admitted(effect.path, effect.lane, self.verdict, now=self.world.now)
                self.do(more)
            elif isinstance(effect, ClosePath):
                self.world.end_path(effect.path, told=(not self.is_host,))
            elif isinstance(effect, Notify):
                self.events.append(effect.event)
                if isinstance(effect.event, MessageArrived) and self.is_settling:
                    self.settle(effect.event)

    def settle(self, event: MessageArrived) -> None:
        deny = self.deny_bodies.get(event.body)
        self.do(self.link.settle(event.channel, event.seq, deny, now=self.world.now))

    def bodies(self, kind: ChannelKind = ChannelKind.EDITS) -> list[bytes]:
        """Bodies that arrived on one channel, in order."""
        return [event.body for event in self.events if isinstance(event, MessageArrived) and event.channel is kind]

    def told(self, kind: type[LinkEvent]) -> list[LinkEvent]:
        return [event for event in self.events if isinstance(event, kind)]


class Wire:
    """One lane of a path: bytes under way in both directions, each with its time of arrival."""

    def __init__(self) -> None:
        self.flying: dict[bool, list[tuple[int, bytes]]] = {True: [], False: []}
        """Keyed by whether the host is the receiver."""


class World:
    """Both sides, their paths and one clock. Everything random comes from the seed."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.now = Now(START, Tick(1_000_000))
        self.paths: dict[int, dict[Lane, Wire]] = {}
        self.delay_ms: dict[int, int] = {}
        self.cut: set[int] = set()
        """Paths that swallow everything without a word."""
        self.stalled: set[tuple[int, Lane]] = set()
        """Lanes on which nothing can be written."""
        self._next_path = 1
        self._to_swallow: set[tuple[int, Lane]] = set()
        self._holes: set[tuple[int, Lane, bool]] = set()
        """Lanes and receivers that miss something: encryption ends the path with the next that comes."""
        self.host = Side(self, is_host=True)
        self.guest = Side(self, is_host=False)

    def side(self, *, is_host: bool) -> Side:
        return self.host if is_host else self.guest

    def add_path(
        self,
        kind: ConnectionMode = ConnectionMode.RELAY,
        *,
        delay_ms: int = 5,
        lanes: tuple[Lane, ...] = LANES,
        engine: Engine = Engine.SESSION,
    ) -> int:
        """Open a path with these lanes; the TLS client is the guest."""
        number = self._next_path
        self._next_path += 1
        self.paths[number] = {lane: Wire() for lane in lanes}
        self.delay_ms[number] = delay_ms
        for lane in lanes:
            exporter = sha256(b"%d-%d" % (number, lane))
            for side in (self.host, self.guest):
                if number in self.paths:
                    effects = side.link.open_lane(
                        PathRef(number, kind, engine),
                        lane,
                        is_client=not side.is_host,
                        exporter=exporter,
                        now=self.now,
                    )
                    side.do(effects)
        return number

    def end_path(self, number: int, *, told: tuple[bool, ...] = (True, False)) -> None:
        """End a path; bytes under way are lost; the sides named in `told` learn of it."""
        if self.paths.pop(number, None) is None:
            return
        for is_host in told:
            side = self.side(is_host=is_host)
            side.do(side.link.path_closed(number, now=self.now))

    def swallow(self, number: int, lane: Lane) -> None:
        """Let what is written next on a lane never arrive, though the path lives."""
        self._to_swallow.add((number, lane))

    def pump(self) -> None:
        """Let both sides write what they may write now."""
        for side in (self.host, self.guest):
            for number in list(self.paths):
                for lane in list(self.paths[number]):
                    if (number, lane) not in self.stalled:
                        self._write(side, number, lane)

    def _write(self, side: Side, number: int, lane: Lane) -> None:
        while (data := side.link.pull(number, lane, now=self.now)) is not None:
            lanes = self.paths.get(number)
            if lanes is None or number in self.cut:
                continue
            if (number, lane) in self._to_swallow:
                self._to_swallow.remove((number, lane))
                self._holes.add((number, lane, not side.is_host))
                continue
            flying = lanes[lane].flying[not side.is_host]
            earliest = flying[-1][0] if flying else 0
            at = self.now.tick.ms + self.random.randint(1, 2 * self.delay_ms[number])
            flying.append((max(earliest, at), data))

    def _deliver(self) -> None:
        for number in list(self.paths):
            for lane in list(self.paths[number]):
                for is_host in (True, False):
                    lanes = self.paths.get(number)
                    if lanes is None or number in self.cut:
                        continue
                    flying = lanes[lane].flying[is_host]
                    due = [data for at, data in flying if at <= self.now.tick.ms]
                    del flying[: len(due)]
                    if due and (number, lane, is_host) in self._holes:
                        self.end_path(number)
                        continue
                    side = self.side(is_host=is_host)
                    for chunk in self._cut_up(b"".join(due)):
                        side.do(side.link.receive(number, lane, chunk, now=self.now))

    def _cut_up(self, data: bytes) -> list[bytes]:
        chunks = []
        while data:
            size = self.random.randint(1, max(1, len(data)))
            chunks.append(data[:size])
            data = data[size:]
        return chunks

    def run(self, ms: int, *, step_ms: int = 5) -> None:
        """Let time pass: deliver, wake, write, step by step."""
        end = self.now.tick.ms + ms
        while self.now.tick.ms < end:
            self.now = Now(self.now.instant.plus(step_ms), self.now.tick.plus(step_ms))
            self._deliver()
            for side in (self.host, self.guest):
                deadline = side.link.deadline()
                if deadline is not None and deadline <= self.now.tick:
                    side.do(side.link.wake(now=self.now))
            self.pump()
