"""Looking at the network around this machine: hubs, STUN servers, and bare TCP ports. Nothing here raises."""

from collections.abc import Sequence
from typing import Protocol

from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.findings import HubVisit, Server, StunAnswer


class HubProbe(Protocol):
    """Visits hubs just as sessions dial them: same proxy, same TLS, same check of the key. At most 20 s each."""

    async def visit(self, hub: HubAddress) -> HubVisit: ...
    async def reaches(self, server: Server) -> bool:
        """Whether TCP packets go there and come back: an open port or a refusal, either will do."""
        ...


class UdpProbe(Protocol):
    """Asks STUN servers who we are. At most 8 s."""

    async def ask(self, servers: Sequence[Server]) -> tuple[StunAnswer, ...]:
        """Return one answer for each server, in their order; all are asked from the same socket."""
        ...
