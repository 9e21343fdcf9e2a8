"""A hub on IPv6: it listens there, links name it, and host, guest and invitee reach it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.web.hub_client import WebHubDialer
from horizon_desktop.adapters.web.hub_probe import WebHubProbe
from horizon_desktop.domain.access.invitation import InvitationLink, app_link, parse_link
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.collaboration.findings import HubOutcome
from horizon_desktop.domain.collaboration.reach import parse_hub_url
from horizon_desktop.hub.server import Hub
from horizon_desktop.main.hub import link_addresses, open_hub
from horizon_desktop.ports.hub import LinkOpened, RelayFrame
from tests.end_to_end.company import DEVICE, eventually, host_a_file, open_text, somebody
from tests.hub.people import ROOMY, Guest, Host

CLOCK, ENTROPY = SystemClock(), SystemEntropy()
HOST = Host()


def has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as tried:
        tried.bind(("::1", 0))
        return True
    return False


pytestmark = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    opened = open_hub(listen_host="::1", port=0, data_dir=tmp_path / "hub", clock=CLOCK, entropy=ENTROPY, policy=ROOMY)
    async with asyncio.timeout(60), opened as hub:
        yield hub


async def test_host_and_guest_meet_at_a_hub_whose_address_is_ipv6(hub: Hub) -> None:
    address = parse_hub_url(hub.url)
    assert (address.host, address.authority) == ("::1", f"[::1]:{hub.port}")
    async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer:
        host = await dialer.register(address, HOST.caller, session=HOST.session, session_nonce=HOST.nonce)
        await host.publish(HOST.preview(sealed=b"by IPv6"))
        assert await dialer.fetch_preview(address, HOST.locator()) == b"by IPv6"
        guest = Guest()
        token = HOST.token(guest, now=CLOCK.now().instant)
        member = await dialer.connect(address, guest.caller, session=HOST.session, token=token)
        events = host.events()
        while not isinstance(await anext(events), LinkOpened):
            pass
        await member.send_relay(Lane.BULK, bytes(65_536))
        assert await anext(events) == RelayFrame(member.link, Lane.BULK, bytes(65_536))


async def test_a_link_names_it_and_comes_back_whole(hub: Hub) -> None:
    named = link_addresses(hub)
    link = InvitationLink(locator=HOST.locator(), host=HOST.keypair.key, secret=bytes(16), hubs=named)
    assert parse_link(app_link(link)).hubs == named == (hub.address("::1"),)


async def test_the_doctor_reaches_it(hub: Hub) -> None:
    assert (await WebHubProbe(clock=CLOCK).visit(hub.address("::1"))).outcome is HubOutcome.REACHED


async def test_a_session_runs_through_it(tmp_path: Path, hub: Hub) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("one\n")
    async with somebody(tmp_path / "host") as host, somebody(tmp_path / "guest") as guest:
        _, invite = await host_a_file(host, file, hub=hub.url)
        joined = await guest.bridge.join_ephemeral_session(invite.app_link, invite.code, DEVICE)
        text, file_id, epoch = await open_text(guest, joined.session_id)
        await guest.bridge.apply_edit(joined.session_id, file_id, epoch, text.splice(0, 0, "by IPv6\n"))
        await eventually(lambda: file.read_text() == "by IPv6\none\n", "the edit arrives")
