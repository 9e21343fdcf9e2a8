"""The network around a machine, as a test wants it: HubProbe and UdpProbe in memory."""

from collections.abc import Mapping, Sequence

from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.findings import HubOutcome, HubVisit, Server, StunAnswer, UdpOutcome


class FakeHubProbe:
    """Tells of each hub what the test set, by `host:port`; others are silent. `visited` keeps what was asked."""

    def __init__(self, outcomes: Mapping[str, HubOutcome], *, proxy: str = "", open_ports: Sequence[str] = ()) -> None:
        self._outcomes = outcomes
        self._proxy = proxy
        self._open_ports = open_ports
        self.visited: list[HubAddress] = []
        self.knocked: list[Server] = []

    async def visit(self, hub: HubAddress) -> HubVisit:
        self.visited.append(hub)
        outcome = self._outcomes.get(hub.authority, HubOutcome.SILENT)
        return HubVisit(hub=hub, outcome=outcome, proxy=self._proxy)

    async def reaches(self, server: Server) -> bool:
        self.knocked.append(server)
        return server.authority in self._open_ports


class FakeUdpProbe:
    """Answers for servers that are addresses: seen from `local`, mapped to what `mapped` says for each server."""

    def __init__(self, mapped: Mapping[str, Server], *, local: Server, silent: UdpOutcome = UdpOutcome.SILENT) -> None:
        self._mapped = mapped
        self._local = local
        self._silent = silent

    async def ask(self, servers: Sequence[Server]) -> tuple[StunAnswer, ...]:
        return tuple(self._answer(server) for server in servers)

    def _answer(self, server: Server) -> StunAnswer:
        seen = self._mapped.get(server.host)
        outcome = UdpOutcome.ANSWERED if seen else self._silent
        return StunAnswer(server=server, outcome=outcome, address=server.host, local=self._local, mapped=seen)
