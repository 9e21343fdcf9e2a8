"""The doctor looks once at everything, and further only where UDP is blocked."""

import pytest

from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.findings import HubOutcome, Server
from horizon_desktop.domain.collaboration.nat import NatKind
from horizon_desktop.services.doctor import Doctor
from tests.fakes.probes import FakeHubProbe, FakeUdpProbe

HUB = HubAddress(host="hub.example", port=443)
ELSEWHERE = HubAddress(host="other.example", port=7443)
HERE = Server(host="192.168.1.7", port=50_000)
PUBLIC = Server(host="198.51.100.9", port=50_000)
SERVERS = (Server(host="203.0.113.1", port=3478), Server(host="203.0.113.2", port=3478))
REACHED = {HUB.authority: HubOutcome.REACHED, ELSEWHERE.authority: HubOutcome.REACHED}


def doctor(hubs: FakeHubProbe, *, is_udp_open: bool, servers: tuple[Server, ...] = SERVERS) -> Doctor:
    mapped = {server.host: PUBLIC for server in servers} if is_udp_open else {}
    udp = FakeUdpProbe(mapped, local=HERE)
    return Doctor(hub_probe=hubs, udp_probe=udp, read_addresses=lambda: ["192.168.1.7"], servers=servers)


async def test_where_udp_gets_through_no_other_port_is_tried() -> None:
    hubs = FakeHubProbe(REACHED)
    findings, diagnosis = await doctor(hubs, is_udp_open=True).examine([HUB])
    assert (diagnosis.cause, diagnosis.nat, findings.are_other_ports_open) == ("fine", NatKind.CONE, None)
    assert hubs.knocked == []


@pytest.mark.parametrize(("open_ports", "cause"), [((), "firewall.only_443"), (("203.0.113.2:3478",), "firewall.udp")])
async def test_where_udp_is_blocked_other_ports_tell_how_narrow_the_way_is(
    open_ports: tuple[str, ...], cause: str
) -> None:
    hubs = FakeHubProbe(REACHED, open_ports=open_ports)
    _, diagnosis = await doctor(hubs, is_udp_open=False).examine([HUB])
    assert diagnosis.cause == cause
    assert hubs.knocked == list(SERVERS)


async def test_a_hub_that_is_reached_at_another_port_answers_that_question() -> None:
    hubs = FakeHubProbe(REACHED)
    findings, diagnosis = await doctor(hubs, is_udp_open=False).examine([ELSEWHERE])
    assert (diagnosis.cause, findings.are_other_ports_open) == ("firewall.udp", True)
    assert hubs.knocked == []


async def test_servers_at_port_443_say_nothing_about_other_ports() -> None:
    hubs = FakeHubProbe(REACHED)
    servers = (Server(host="203.0.113.1", port=443), Server(host="203.0.113.2", port=443))
    findings, _ = await doctor(hubs, is_udp_open=False, servers=servers).examine([HUB])
    assert findings.are_other_ports_open is None
    assert hubs.knocked == []


async def test_every_hub_of_a_link_is_visited() -> None:
    hubs = FakeHubProbe({ELSEWHERE.authority: HubOutcome.REACHED})
    findings, diagnosis = await doctor(hubs, is_udp_open=True).examine([HUB, ELSEWHERE], peer=NatKind.SYMMETRIC)
    assert [visit.outcome for visit in findings.visits] == [HubOutcome.SILENT, HubOutcome.REACHED]
    assert (diagnosis.cause, diagnosis.path) == ("pair.unlikely", "relay")


async def test_without_hub_and_servers_only_the_machine_is_looked_at() -> None:
    findings, diagnosis = await doctor(FakeHubProbe({}), is_udp_open=True, servers=()).examine([])
    assert (findings.visits, findings.answers) == ((), ())
    assert (diagnosis.cause, diagnosis.path) == ("partly", "unknown")
