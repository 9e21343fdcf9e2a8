"""What the doctor may rely on, kept by the probes of the real network and by those of a test's."""

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.web.hub_probe import WebHubProbe
from horizon_desktop.adapters.webrtc.nat_probe import StunNatProbe
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.findings import HubOutcome, Server, UdpOutcome
from horizon_desktop.ports.probes import HubProbe, UdpProbe
from tests.fakes.probes import FakeHubProbe, FakeUdpProbe
from tests.fakes.stun_server import StunServer
from tests.hub.people import open_test_hub

CLOCK, ENTROPY = SystemClock(), SystemEntropy()


@pytest.fixture(params=["real", "fake"])
async def hubs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[HubProbe, HubAddress, Server]]:
    """A probe, a hub that runs, and a place where nothing can be reached."""
    nowhere = Server(host="nowhere.example", port=443)
    if request.param == "fake":
        hub = HubAddress(host="hub.example", port=7443)
        yield FakeHubProbe({hub.authority: HubOutcome.REACHED}, open_ports=[hub.authority]), hub, nowhere
        return
    async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY) as running:
        yield WebHubProbe(clock=CLOCK), running.address("127.0.0.1"), nowhere


async def test_a_hub_that_runs_is_reached(hubs: tuple[HubProbe, HubAddress, Server]) -> None:
    probe, hub, _ = hubs
    visit = await probe.visit(hub)
    assert (visit.hub, visit.outcome) == (hub, HubOutcome.REACHED)
    assert await probe.reaches(Server(host=hub.host, port=hub.port))


async def test_what_cannot_be_reached_is_told_and_raises_nothing(hubs: tuple[HubProbe, HubAddress, Server]) -> None:
    probe, _, nowhere = hubs
    visit = await probe.visit(HubAddress(host=nowhere.host, port=nowhere.port))
    assert visit.outcome in {HubOutcome.NAME, HubOutcome.SILENT}
    assert (visit.asked_at, visit.hub_time) == (None, None)
    assert not await probe.reaches(nowhere)


@pytest.fixture(params=["real", "fake"])
def stun(request: pytest.FixtureRequest) -> Iterator[tuple[UdpProbe, Server, Server]]:
    """A probe, a server that answers, and one that does not."""
    with StunServer() as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.2", 0))
        answering = Server(host=server.address[0], port=server.address[1])
        silent = Server(host="127.0.0.2", port=mute.getsockname()[1])
        here = Server(host="127.0.0.1", port=50_000)
        probe = StunNatProbe() if request.param == "real" else FakeUdpProbe({answering.host: here}, local=here)
        yield probe, answering, silent


async def test_each_server_has_its_answer_in_order(stun: tuple[UdpProbe, Server, Server]) -> None:
    probe, answering, silent = stun
    answers = await probe.ask([silent, answering, silent])
    assert [answer.server for answer in answers] == [silent, answering, silent]
    assert [answer.outcome for answer in answers] == [UdpOutcome.SILENT, UdpOutcome.ANSWERED, UdpOutcome.SILENT]
    assert answers[1].mapped == answers[1].local
    assert answers[1].address == answering.host


async def test_no_server_is_no_answer(stun: tuple[UdpProbe, Server, Server]) -> None:
    probe, _, _ = stun
    assert await probe.ask([]) == ()
