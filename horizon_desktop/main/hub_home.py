"""The hubs of one profile: the one that is named or configured, else the embedded one, started when first needed."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from horizon_desktop.adapters.web.hub_inside import HubInside
from horizon_desktop.domain.collaboration.reach import hub_url, parse_hub_urls
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.errors import UsageError
from horizon_desktop.hub.server import Hub
from horizon_desktop.main.hub import link_addresses, open_embedded_hub
from horizon_desktop.main.profile import Profile
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.hub_home import HubPlan
from horizon_desktop.services.workers import CountWorkers


class ProfileHubs:
    """The HubHome port for a profile, for the time of its `async with`."""

    def __init__(
        self,
        *,
        profile: Profile,
        host: DeviceKey,
        clock: Clock,
        entropy: Entropy,
        configured: str,
        is_loopback_linked: bool,
        stay_inside: Callable[[HubInside], None],
        workers: CountWorkers = dict,
    ) -> None:
        """Store what its hub is started with.

        Args:
            stay_inside: Tells the dialer that the embedded hub needs no network.
            workers: Tells what the background workers of this process have done, for the embedded hub's /metrics.
        """
        self._stay_inside = stay_inside
        self._workers = workers
        self._profile = profile
        self._host = host
        self._clock = clock
        self._entropy = entropy
        self._configured = configured
        self._is_loopback_linked = is_loopback_linked
        self._stack = AsyncExitStack()
        self._starting = asyncio.Lock()
        self._embedded: Hub | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def plan(self, url: str) -> HubPlan:
        """Return how to dial the hubs and how links name them. Raises UsageError."""
        chosen = url or self._configured
        if chosen:
            hubs = parse_hub_urls(chosen)
            return HubPlan(dial=hubs[0], link=hubs, url=" ".join(map(hub_url, hubs)))
        hub = await self._running()
        addresses = link_addresses(hub, is_loopback_allowed=self._is_loopback_linked)
        if not addresses:
            raise UsageError("this machine has no network that others could reach it by", code="hub.no_network")
        return HubPlan(dial=hub.address("127.0.0.1"), link=addresses, url="")

    async def _running(self) -> Hub:
        async with self._starting:
            if self._embedded is None:
                self._embedded = await self._stack.enter_async_context(
                    open_embedded_hub(
                        data_dir=self._profile.hub_data,
                        host=self._host,
                        clock=self._clock,
                        entropy=self._entropy,
                        workers=self._workers,
                    )
                )
                self._stay_inside(HubInside(self._embedded, spki_hash=self._embedded.spki_hash))
            return self._embedded
