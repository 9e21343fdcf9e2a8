"""Doctor: looks at everything a session needs of the network, and says what it means."""

import asyncio
from collections.abc import Callable, Sequence

from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.diagnosis import HTTPS_PORT, Diagnosis, best_visit, diagnose
from horizon_desktop.domain.collaboration.findings import Findings, HubOutcome, HubVisit, Server, StunAnswer
from horizon_desktop.domain.collaboration.nat import NatKind, is_udp_blocked
from horizon_desktop.ports.probes import HubProbe, UdpProbe


class Doctor:
    """The use case of `horizon doctor`.

    Args:
        read_addresses: Returns the addresses others may reach this machine by, best first; called in a thread.
        servers: STUN servers to ask, none to leave UDP unseen.
    """

    def __init__(
        self,
        *,
        hub_probe: HubProbe,
        udp_probe: UdpProbe,
        read_addresses: Callable[[], Sequence[str]],
        servers: Sequence[Server],
    ) -> None:
        self._hub_probe = hub_probe
        self._udp_probe = udp_probe
        self._read_addresses = read_addresses
        self._servers = tuple(servers)

    async def examine(self, hubs: Sequence[HubAddress], *, peer: NatKind | None = None) -> tuple[Findings, Diagnosis]:
        """Look, and return what was found and what it means.

        Args:
            hubs: The ones that a session could use; one that answers is enough.
            peer: The other side's kind of network, where it is known.
        """
        async with asyncio.TaskGroup() as group:
            addresses = group.create_task(asyncio.to_thread(self._read_addresses), name="doctor.addresses")
            answering = group.create_task(self._udp_probe.ask(self._servers), name="doctor.udp")
            visiting = [group.create_task(self._hub_probe.visit(hub), name="doctor.hub") for hub in hubs]
        visits, answers = tuple(task.result() for task in visiting), answering.result()
        findings = Findings(
            addresses=tuple(addresses.result()),
            visits=visits,
            answers=answers,
            are_other_ports_open=await self._other_ports(visits, answers),
        )
        return findings, diagnose(findings, peer=peer)

    async def _other_ports(self, visits: Sequence[HubVisit], answers: Sequence[StunAnswer]) -> bool | None:
        """Look only where UDP is blocked: does TCP get past port 443?"""
        if not is_udp_blocked(answers):
            return None
        best = best_visit(visits)
        if best is not None and best.outcome is HubOutcome.REACHED and not best.proxy and best.hub.port != HTTPS_PORT:
            return True
        others = [server for server in self._servers if server.port != HTTPS_PORT]
        if not others:
            return None
        async with asyncio.TaskGroup() as group:
            knocking = [group.create_task(self._hub_probe.reaches(server), name="doctor.tcp") for server in others]
        return any(task.result() for task in knocking)
