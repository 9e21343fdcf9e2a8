"""Who gets in at a hub, before anything is kept for them: limits by source, half-open connections, hosts allowed."""

import ipaddress
from collections.abc import Callable, Iterable
from functools import lru_cache

import msgspec

from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.domain.instants import Tick
from horizon_desktop.errors import UsageError
from horizon_desktop.protocol.relay_rates import TokenBucket


class AdmissionLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds on what strangers can cost a hub (PROTOCOL section 5)."""

    attempts_per_s: int = 1
    """Of one source: what ends in an accepted client is given back."""
    attempt_burst: int = 30
    knocks_per_s: int = 10
    """New connections of one source, before TLS: what a handshake costs is bounded even for those we know."""
    knock_burst: int = 300
    max_half_open: int = 256
    """Connections that have not proven anything."""
    max_half_open_per_source: int = 64
    max_clients: int = 65_536
    max_clients_per_source: int = 1024
    """A class or an office behind one address, with room to spare."""
    max_sources: int = 50_000
    """Sources whose attempts are remembered."""


class _Source:
    __slots__ = ("attempts", "clients", "half_open", "knocks")

    def __init__(self, limits: AdmissionLimits, now: Tick) -> None:
        self.attempts = TokenBucket(per_s=limits.attempts_per_s, burst=limits.attempt_burst, now=now)
        self.knocks = TokenBucket(per_s=limits.knocks_per_s, burst=limits.knock_burst, now=now)
        self.half_open: dict[int, Callable[[], None]] = {}
        """Ticket to what hangs up on it, oldest first."""
        self.clients = 0

    def is_idle(self) -> bool:
        """Whether nothing of this source is connected."""
        return not self.half_open and self.clients == 0


class Admission:
    """The door of a hub. Holds counters only; the caller brings the time.

    Half-open connections are bounded. When there are too many, the oldest of the source with the most of them
    goes: whoever opens thousands hangs up on itself, and an honest client has its second or two.
    """

    def __init__(self, limits: AdmissionLimits, *, host_keys: frozenset[DeviceKey] | None) -> None:
        self._limits = limits
        self._host_keys = host_keys
        self._sources: dict[str, _Source] = {}
        self._tickets: dict[int, str] = {}
        self._last_ticket = 0
        self._clients = 0

    @property
    def half_open_count(self) -> int:
        return len(self._tickets)

    def knock(self, address: str, leave: Callable[[], None], *, now: Tick) -> int | None:
        """Return a ticket for a new connection, or None where its source knocks too fast."""
        name = source_of(address)
        source = self._source(name, now)
        if source.knocks.ready_in(now=now, whole=1) != 0:
            return None
        source.knocks.take(1, now=now)
        if len(source.half_open) >= self._limits.max_half_open_per_source:
            self._hang_up(name)
        elif len(self._tickets) >= self._limits.max_half_open:
            self._hang_up(max(self._sources, key=lambda each: len(self._sources[each].half_open)))
        self._last_ticket += 1
        self._tickets[self._last_ticket] = name
        source.half_open[self._last_ticket] = leave
        return self._last_ticket

    def left(self, ticket: int) -> None:
        """That connection is proven or gone."""
        name = self._tickets.pop(ticket, None)
        if name is not None:
            self._sources[name].half_open.pop(ticket, None)

    def attempt(self, address: str, *, now: Tick) -> int:
        """Count an attempt and return 0, or return the milliseconds to wait before the next."""
        bucket = self._source(source_of(address), now).attempts
        wait_ms = bucket.ready_in(now=now, whole=1)
        if wait_ms == 0:
            bucket.take(1, now=now)
            return 0
        return 60_000 if wait_ms is None else wait_ms

    def give_back(self, address: str, *, now: Tick) -> None:
        """Give back the attempt of somebody who turned out to be no stranger."""
        self._source(source_of(address), now).attempts.give_back(1)

    def entered(self, address: str, *, now: Tick) -> None:
        """A client was accepted: its attempt is given back, and it counts until `parted`."""
        self.give_back(address, now=now)
        self._source(source_of(address), now).clients += 1
        self._clients += 1

    def parted(self, address: str) -> None:
        """An accepted client has gone."""
        self._sources[source_of(address)].clients -= 1
        self._clients -= 1

    def admits_host(self, key: DeviceKey) -> Decision:
        """Allow a host whose key is on the list, or any where there is no list."""
        if self._host_keys is None or key in self._host_keys:
            return Allow()
        return Deny("hub.host_key")

    def admits_client(self, address: str, *, now: Tick) -> Decision:
        """Allow one more client, or say that the hub, or what one source may have of it, is full."""
        if self._clients >= self._limits.max_clients:
            return Deny("hub.full")
        clients = self._source(source_of(address), now).clients
        return Allow() if clients < self._limits.max_clients_per_source else Deny("hub.full", "source")

    def tidy(self, *, now: Tick) -> None:
        """Forget sources that have been quiet for so long that a stranger would be treated the same."""
        quiet = [
            name
            for name, source in self._sources.items()
            if source.is_idle() and source.attempts.is_full(now=now) and source.knocks.is_full(now=now)
        ]
        for name in quiet:
            del self._sources[name]

    def _source(self, name: str, now: Tick) -> _Source:
        source = self._sources.get(name)
        if source is None:
            if len(self._sources) >= self._limits.max_sources:
                self._make_room()
            source = self._sources[name] = _Source(self._limits, now)
        return source

    def _make_room(self) -> None:
        idle = next((name for name, source in self._sources.items() if source.is_idle()), None)
        if idle is not None:
            del self._sources[idle]

    def _hang_up(self, name: str) -> None:
        source = self._sources[name]
        ticket, leave = next(iter(source.half_open.items()))
        self.left(ticket)
        leave()


@lru_cache(maxsize=4096)
def source_of(address: str) -> str:
    """Return what counts as one source: an IPv4 address, the /64 of an IPv6 address, else the text itself."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False))


def parse_host_keys(lines: Iterable[str]) -> frozenset[DeviceKey]:
    """Return the device keys of a --host-keys file: 64 hexadecimal digits a line, # begins a comment.

    Raises:
        UsageError: a line is neither; the message gives its number.
    """
    keys: set[DeviceKey] = set()
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        try:
            key = bytes.fromhex(text)
        except ValueError:
            key = b""
        if len(key) != 32:
            raise UsageError(f"line {number} of the host keys is not 64 hexadecimal digits", code="hub.host_keys")
        keys.add(DeviceKey(key))
    return frozenset(keys)
