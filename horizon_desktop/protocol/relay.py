"""The relay's queues: lanes in order, peers by priority and rate, every queue bounded (PROTOCOL section 5).

For each link there are two flows, one a direction. What a flow may do when it is long:

- from `long_bytes` on its sender is told to pause all lanes but control, and to resume when it is short again;
- a member whose flow is full is not read any more until there is room (it harms only itself);
- a host whose flow to one member is full cannot be stopped without stopping the other members too: that
  member reads too slowly and is dropped, with the reason `relay.slow`.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final, NewType

import msgspec

from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.collaboration.relay import RelayPriority
from horizon_desktop.domain.ids import LinkId
from horizon_desktop.domain.instants import Tick
from horizon_desktop.protocol.hub_frames import cut_relay_frame
from horizon_desktop.protocol.hub_messages import MAX_RELAY_BYTES, FromHub, LanesPaused, LanesResumed
from horizon_desktop.protocol.relay_counters import RelayCounters
from horizon_desktop.protocol.relay_rates import TokenBucket

KIB: Final = 1024
ALL_LANES: Final = frozenset(Lane)
CONTROL_ONLY: Final = frozenset({Lane.CONTROL})
_ORDER: Final = (Lane.CONTROL, Lane.INTERACTIVE, Lane.BULK)
_SHARES: Final = {RelayPriority.LOW: 1, RelayPriority.NORMAL: 4, RelayPriority.HIGH: 16}
"""Of a busy line, within one lane. Shares and not ranks: a low peer is slow, never starved."""
_SCALE: Final = 16
_FRAME_COST_BYTES: Final = 512
"""Added to each frame's size: what keeping and sending it costs, so that tiny frames are not free."""

ClientId = NewType("ClientId", int)
"""The hub's number for one connection of one client."""


class RelayLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of the relay's queues."""

    long_bytes: int = 256 * KIB
    short_bytes: int = 64 * KIB
    full_bytes: int = 512 * KIB
    """From a member: it is not read while its flow holds this much."""
    overfull_bytes: int = 8 * 1024 * KIB
    """Its member is dropped. Above what an honest sender has on its way when it is told to pause."""
    total_bytes: int = 256 * 1024 * KIB
    """All flows together; the member with the longest one is dropped."""
    control_bytes_per_s: int = 512 * KIB
    """Of the control lane of one flow; it is charged to the peer's own rate as well."""
    max_bytes_per_s: int = 64 * 1024 * KIB
    """A token cannot give a peer more of this hub."""


class Deliver(msgspec.Struct, frozen=True):
    """Effect: send this message to that client."""

    client: ClientId
    message: FromHub


class Drop(msgspec.Struct, frozen=True):
    """Effect: close that client's connection, with the rule as reason."""

    client: ClientId
    rule: str


class Ready(msgspec.Struct, frozen=True):
    """Effect: `pop` may have a frame for that client now."""

    client: ClientId


Effect = Deliver | Drop | Ready


class _Flow:
    """One direction of one link."""

    __slots__ = (
        "bucket",
        "control_bucket",
        "is_paused",
        "link",
        "member",
        "open_lanes",
        "queued_bytes",
        "queues",
        "served",
        "share",
        "source",
        "target",
    )

    def __init__(self, link: LinkId, *, source: ClientId, target: ClientId, member: ClientId) -> None:
        self.link = link
        self.source = source
        self.target = target
        self.member = member
        self.queues: dict[Lane, deque[bytes]] = {lane: deque() for lane in _ORDER}
        self.served: dict[Lane, int] = dict.fromkeys(_ORDER, 0)
        self.queued_bytes = 0
        self.open_lanes = ALL_LANES
        self.is_paused = False
        self.share = _SHARES[RelayPriority.NORMAL]
        self.bucket: TokenBucket
        self.control_bucket: TokenBucket

    def ready_in(self, lane: Lane, *, now: Tick) -> int | None:
        """Milliseconds until this flow's next frame in `lane` may go; None while the lane is shut."""
        if lane not in self.open_lanes:
            return None
        bucket = self.control_bucket if lane is Lane.CONTROL else self.bucket
        return bucket.ready_in(now=now)


class RelaySwitch:
    """All flows of a hub. Holds bytes, never looks into them."""

    def __init__(self, limits: RelayLimits) -> None:
        self._limits = limits
        self._flows: dict[tuple[LinkId, ClientId], _Flow] = {}
        """By link and source."""
        self._waiting: dict[ClientId, dict[Lane, dict[LinkId, _Flow]]] = {}
        """By target: the flows that have something, in each lane."""
        self._clock: dict[ClientId, dict[Lane, int]] = {}
        """By target and lane: how far the fair shares have been served."""
        self._total_bytes = 0
        self.counters = RelayCounters()

    @property
    def queued_bytes(self) -> int:
        """What all queues hold together."""
        return self._total_bytes

    def open(
        self,
        link: LinkId,
        *,
        host: ClientId,
        member: ClientId,
        priority: RelayPriority,
        bytes_per_s: int,
        now: Tick,
        sharing: tuple[LinkId, ClientId] | None = None,
    ) -> None:
        """Make room for a link's two flows.

        Args:
            link: A number that no other open link has.
            host: The host's connection.
            member: The member's connection.
            priority: Its share of a busy line.
            bytes_per_s: Limit for each direction; 0 leaves the control lane only.
            now: Monotonic reading.
            sharing: Another link of the same guest, and its client: both keep to one rate together.
        """
        rate, control_rate = min(bytes_per_s, self._limits.max_bytes_per_s), self._limits.control_bytes_per_s
        for source, target in ((host, member), (member, host)):
            flow = _Flow(link, source=source, target=target, member=member)
            flow.share = _SHARES[priority]
            other = None if sharing is None else self._flows.get((sharing[0], host if source == host else sharing[1]))
            if other is None:
                flow.bucket = TokenBucket(per_s=rate, burst=rate // 2, now=now)
                flow.control_bucket = TokenBucket(per_s=control_rate, burst=2 * control_rate, now=now)
            else:
                flow.bucket, flow.control_bucket = other.bucket, other.control_bucket
                flow.bucket.retune(per_s=rate, burst=rate // 2, now=now)
            self._flows[link, source] = flow
            self._waiting.setdefault(target, {lane: {} for lane in _ORDER})
            self._clock.setdefault(target, dict.fromkeys(_ORDER, 0))

    def grant(
        self,
        link: LinkId,
        *,
        ends: tuple[ClientId, ClientId],
        priority: RelayPriority,
        bytes_per_s: int,
        now: Tick,
    ) -> None:
        """Set share and rate of both flows of a link, as its member's token says."""
        rate = min(bytes_per_s, self._limits.max_bytes_per_s)
        for end in ends:
            flow = self._flows[link, end]
            flow.share = _SHARES[priority]
            flow.bucket.retune(per_s=rate, burst=rate // 2, now=now)

    def set_lanes(self, link: LinkId, *, ends: tuple[ClientId, ClientId], lanes: frozenset[Lane]) -> Sequence[Effect]:
        """Open exactly these lanes of a link; what waits in the others is kept."""
        effects: list[Effect] = []
        self.counters.shut += lanes == CONTROL_ONLY
        for end in ends:
            flow = self._flows[link, end]
            flow.open_lanes = lanes
            effects += self._pause_or_resume(flow)
            effects.append(Ready(flow.target))
        return effects

    def close(self, link: LinkId, *, ends: tuple[ClientId, ClientId]) -> None:
        """Forget a link and what waits for it."""
        for end in ends:
            flow = self._flows.pop((link, end), None)
            if flow is None:
                continue
            self._total_bytes -= flow.queued_bytes
            for waiting in self._waiting[flow.target].values():
                waiting.pop(link, None)

    def forget(self, client: ClientId) -> None:
        """A client has gone, and its links are closed."""
        self._waiting.pop(client, None)
        self._clock.pop(client, None)

    def offer(self, source: ClientId, link: LinkId, lane: Lane, frame: bytes) -> Sequence[Effect]:
        """Queue a whole relay frame for the other end of a link; a link that is unknown swallows it."""
        flow = self._flows.get((link, source))
        if flow is None:
            return ()
        queue = flow.queues[lane]
        if not queue:
            self._waiting[flow.target][lane][link] = flow
            flow.served[lane] = max(flow.served[lane], self._clock[flow.target][lane])
        queue.append(frame)
        cost = len(frame) + _FRAME_COST_BYTES
        flow.queued_bytes += cost
        self._total_bytes += cost
        if flow.queued_bytes > self._limits.overfull_bytes:
            self.counters.slow += 1
            return (Drop(flow.member, "relay.slow"),)
        if self._total_bytes > self._limits.total_bytes:
            longest = max(self._flows.values(), key=lambda each: each.queued_bytes)
            self.counters.slow += 1
            return (Drop(longest.member, "relay.slow"),)
        return (Ready(flow.target), *self._pause_or_resume(flow))

    def must_wait(self, source: ClientId, link: LinkId) -> bool:
        """Whether a member is not to be read now, because its flow is full.

        Never while its lanes are shut: its next token could not be read either.
        """
        flow = self._flows.get((link, source))
        return (
            flow is not None
            and flow.member == source
            and Lane.INTERACTIVE in flow.open_lanes
            and flow.queued_bytes >= self._limits.full_bytes
        )

    def pop(
        self, target: ClientId, *, now: Tick, most: int = MAX_RELAY_BYTES
    ) -> tuple[bytes, ClientId, Sequence[Effect]] | None:
        """Return the next frame for a client, who sent it, and what follows; None when none may go now.

        Of a frame with more than `most` bytes of data only so much: what is more urgent may go before the rest.
        """
        waiting = self._waiting.get(target)
        if waiting is None:
            return None
        for lane in _ORDER:
            ready = [flow for flow in waiting[lane].values() if flow.ready_in(lane, now=now) == 0]
            if ready:
                flow = min(ready, key=lambda each: each.served[lane])
                return self._take(flow, lane, now, most)
        return None

    def ready_in(self, target: ClientId, *, now: Tick) -> int | None:
        """Return the milliseconds until `pop` may have a frame, None when only a new frame or grant can help."""
        waiting = self._waiting.get(target, {})
        waits = [flow.ready_in(lane, now=now) for lane, flows in waiting.items() for flow in flows.values()]
        return min((wait for wait in waits if wait is not None), default=None)

    def _take(self, flow: _Flow, lane: Lane, now: Tick, most: int) -> tuple[bytes, ClientId, Sequence[Effect]]:
        queue = flow.queues[lane]
        whole = queue.popleft()
        frame, rest = cut_relay_frame(whole, most)
        if rest:
            queue.appendleft(rest)
        elif not queue:
            del self._waiting[flow.target][lane][flow.link]
        self._clock[flow.target][lane] = flow.served[lane]
        gone = len(whole) - len(rest) if rest else len(whole) + _FRAME_COST_BYTES
        flow.queued_bytes -= gone
        self._total_bytes -= gone
        cost = len(frame) + _FRAME_COST_BYTES
        flow.served[lane] += cost * _SCALE // flow.share
        self.counters.relayed(lane, len(frame))
        flow.bucket.take(cost, now=now)
        if lane is Lane.CONTROL:
            flow.control_bucket.take(cost, now=now)
        return frame, flow.source, self._pause_or_resume(flow)

    def _pause_or_resume(self, flow: _Flow) -> Sequence[Effect]:
        is_shut = Lane.INTERACTIVE not in flow.open_lanes
        if not flow.is_paused and (is_shut or flow.queued_bytes >= self._limits.long_bytes):
            flow.is_paused = True
            self.counters.pauses += 1
            return (Deliver(flow.source, LanesPaused(flow.link)),)
        if flow.is_paused and not is_shut and flow.queued_bytes <= self._limits.short_bytes:
            flow.is_paused = False
            return (Deliver(flow.source, LanesResumed(flow.link)),)
        return ()
