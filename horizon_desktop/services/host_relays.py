"""A host's relay paths: which link of which hub carries which guest, lane by lane."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.collaboration.peers import ConnectionMode
from horizon_desktop.domain.ids import LinkId
from horizon_desktop.errors import LinkLost
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.hub import HostHub
from horizon_desktop.ports.transport import TlsFactory
from horizon_desktop.services.link_driver import LinkDriver, PathRun
from horizon_desktop.services.link_tasks import LinkTasks
from horizon_desktop.services.relay_lane import RelayLane

MAX_RELAYS: Final = 256
"""Relay paths at a time, over all hubs; a hub that announces more has them closed (`hub.flood`)."""


class _HostRelay:
    """One guest's relay connection as the host sees it."""

    def __init__(self, hub: HostHub, link: LinkId) -> None:
        self.hub = hub
        self.link = link
        self.lanes: dict[Lane, RelayLane] = {}
        self.path: PathRun | None = None

    async def close(self, reason: str) -> None:
        for lane in self.lanes.values():
            await lane.close()
        if reason not in ("hub.lost", "hub.closed"):
            await self.hub.close_link(self.link, reason)

    def writer(self, lane: Lane) -> Callable[[bytes], Awaitable[None]]:
        async def write(data: bytes) -> None:
            await self.hub.send_relay(self.link, lane, data)

        return write


class HostRelays:
    """Opens a TLS server for a lane when its first bytes come; lanes that are not taken are left unanswered."""

    def __init__(self, *, tls: TlsFactory, lanes: Sequence[Lane], tasks: LinkTasks, clock: Clock) -> None:
        self._tls = tls
        self._lanes = frozenset(lanes)
        self._tasks = tasks
        self._clock = clock
        self._relays: dict[tuple[int, LinkId], _HostRelay] = {}

    def opened(self, hub: HostHub, link: LinkId, driver: LinkDriver) -> None:
        """Start a path; a link number used again ends what it was before."""
        self.closed(hub, link)
        relay = _HostRelay(hub, link)
        if len(self._relays) >= MAX_RELAYS:
            self._tasks.start(_refuse(relay))
            return
        self._relays[id(hub), link] = relay
        relay.path = driver.add_path(ConnectionMode.RELAY, relay.close)
        self._tasks.start(self._watch(relay, relay.path))

    async def feed(self, hub: HostHub, link: LinkId, lane: Lane, data: bytes) -> None:
        """Hand bytes to their lane; those of an unknown link or of a lane that is not taken are dropped."""
        relay = self._relays.get((id(hub), link))
        if relay is None or relay.path is None or lane not in self._lanes:
            return
        stream = relay.lanes.get(lane)
        if stream is None:
            engine = self._tls.server()
            stream = RelayLane(engine, lane, is_client=False, write=relay.writer(lane), clock=self._clock)
            relay.lanes[lane] = stream
            relay.path.add(stream, stream.opened)
        try:
            await stream.feed(data)
        except LinkLost as exc:
            relay.path.end(exc.key)

    def closed(self, hub: HostHub, link: LinkId) -> None:
        """The hub says that the link has ended."""
        relay = self._relays.pop((id(hub), link), None)
        if relay is not None and relay.path is not None:
            relay.path.end("hub.closed")

    def hub_lost(self, hub: HostHub) -> None:
        """The hub has gone with all its links."""
        for hub_id, link in list(self._relays):
            if hub_id == id(hub):
                relay = self._relays.pop((hub_id, link))
                if relay.path is not None:
                    relay.path.end("hub.lost")

    async def _watch(self, relay: _HostRelay, path: PathRun) -> None:
        await path.over()
        if self._relays.get((id(relay.hub), relay.link)) is relay:
            del self._relays[id(relay.hub), relay.link]


async def _refuse(relay: _HostRelay) -> None:
    await relay.close("hub.flood")
