"""A hub of this very process: dialled without a network, with the same proofs, order, back-pressure and ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.web.hub_client import WebHubDialer
from horizon_desktop.adapters.web.hub_inside import HubInside, _Pipe
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.errors import AccessRefused, LinkLost, Unreachable
from horizon_desktop.hub.server import Hub
from horizon_desktop.ports.hub import HostHub, LinkOpened, RelayFrame
from tests.hub.people import Guest, Host, open_test_hub

CLOCK, ENTROPY = SystemClock(), SystemEntropy()
HOST, GUEST = Host(), Guest(7)
NOWHERE_PORT = 9
DEADLINE_S = 20.0


def nowhere(hub: Hub) -> HubAddress:
    """Return an address of the hub at which nothing listens: only its pin is right."""
    return HubAddress(host="127.0.0.1", port=NOWHERE_PORT, pin=hub.pin)


@asynccontextmanager
async def dialer_beside(hub: Hub) -> AsyncIterator[WebHubDialer]:
    async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer:
        dialer.stay_inside(HubInside(hub, spki_hash=hub.spki_hash))
        yield dialer


async def registered(dialer: WebHubDialer, hub: Hub) -> HostHub:
    return await dialer.register(nowhere(hub), HOST.caller, session=HOST.session, session_nonce=HOST.nonce)


async def test_a_host_registers_where_nothing_listens(tmp_path: Path) -> None:
    async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY) as hub, dialer_beside(hub) as dialer:
        host = await registered(dialer, hub)
        assert (hub.session_count, hub.client_count) == (1, 1)
        await host.close()
        async with asyncio.timeout(DEADLINE_S):
            while hub.client_count:
                await asyncio.sleep(0.01)
        assert hub.session_count == 0


async def test_another_hub_is_still_reached_by_the_network(tmp_path: Path) -> None:
    async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY) as hub, dialer_beside(hub) as dialer:
        other = HubAddress(host="127.0.0.1", port=NOWHERE_PORT, pin=bytes(16))
        with pytest.raises(Unreachable):
            await dialer.register(other, HOST.caller, session=HOST.session, session_nonce=HOST.nonce)


async def test_a_proof_for_another_key_is_refused(tmp_path: Path) -> None:
    async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY) as hub:
        async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer:
            dialer.stay_inside(HubInside(hub, spki_hash=hub.spki_hash[:16] + bytes(16)))
            with pytest.raises(AccessRefused) as refused:
                await registered(dialer, hub)
        assert refused.value.key == "hub.proof"
        assert hub.client_count == 0


async def test_what_a_guest_sends_arrives_whole_and_waits_while_the_host_reads_nothing(tmp_path: Path) -> None:
    """Once it reads again the hub takes its line for a slow one and cuts what is long: the bytes are the same."""
    blocks = [bytes([number % 251]) * 50_000 for number in range(120)]
    whole, taken = b"".join(blocks), 0
    async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY) as hub, dialer_beside(hub) as inside:
        host = await registered(inside, hub)
        async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as far, asyncio.TaskGroup() as group:
            token = HOST.token(GUEST, now=CLOCK.now().instant)
            member = await far.connect(hub.address("127.0.0.1"), GUEST.caller, session=HOST.session, token=token)

            async def send() -> None:
                for block in blocks:
                    await member.send_relay(Lane.BULK, block)

            sending = group.create_task(send())
            arrived: list[bytes] = []
            async with asyncio.timeout(DEADLINE_S):
                async for event in host.events():
                    if isinstance(event, LinkOpened):
                        await asyncio.sleep(0.5)  # nobody takes anything meanwhile
                    elif isinstance(event, RelayFrame):
                        arrived.append(event.data)
                        taken += len(event.data)
                        await host.send_relay(event.link, Lane.INTERACTIVE, len(arrived).to_bytes(2, "big"))
                    if taken == len(whole):
                        break
            await sending
            assert b"".join(arrived) == whole
            echoes = member.events()
            async with asyncio.timeout(DEADLINE_S):
                back = [await anext(echoes) for _ in arrived]
            assert [int.from_bytes(event.data, "big") for event in back] == list(range(1, len(arrived) + 1))


async def test_a_hub_that_stops_says_so(tmp_path: Path) -> None:
    async with asyncio.timeout(DEADLINE_S):
        async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY) as hub:
            async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer:
                dialer.stay_inside(HubInside(hub, spki_hash=hub.spki_hash))
                host = await registered(dialer, hub)
                await hub._drain()
                with pytest.raises(LinkLost) as lost:
                    async for _ in host.events():
                        pass
                assert lost.value.values["reason"] == "hub.stopping"


async def test_a_pipe_takes_little_and_gives_what_was_put_before_its_end() -> None:
    pipe = _Pipe()
    for _ in range(4):
        await pipe.put(bytes(10_000))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await pipe.put(b"too much")
    pipe.end("over")
    assert [len(frame or b"") for frame in [await pipe.take() for _ in range(5)]] == [10_000] * 4 + [0]
    with pytest.raises(LinkLost):
        await pipe.put(b"late")
