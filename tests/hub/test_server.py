"""A whole hub on the loopback: what it answers, what it bears, and how it ends."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import msgspec
import pytest
from structlog.testing import capture_logs

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.web.hub_client import WebHubDialer
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.errors import AccessRefused, HubBusy, LinkLost, Unreachable
from horizon_desktop.hub.admission import AdmissionLimits
from horizon_desktop.hub.server import Hub, HubPolicy
from horizon_desktop.protocol.hub_frames import control_frame, ping_frame, pong_frame, relay_frame
from horizon_desktop.protocol.hub_messages import (
    MAX_FRAME_BYTES,
    Challenge,
    HostAccepted,
    LanesPaused,
    MemberAccepted,
    Refused,
    RenewToken,
)
from horizon_desktop.protocol.relay import RelayLimits
from tests.hub.people import ROOMY, Guest, Host, open_test_hub
from tests.hub.raw import base, dialed, greet, heard, host_hello, http, member_hello

CLOCK, ENTROPY = SystemClock(), SystemEntropy()


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    async with asyncio.timeout(40), open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY) as opened:
        yield opened


@pytest.fixture
async def dialer() -> AsyncIterator[WebHubDialer]:
    async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as opened:
        yield opened


async def register(dialer: WebHubDialer, hub: Hub, host: Host):
    return await dialer.register(hub.address("127.0.0.1"), host.caller, session=host.session, session_nonce=host.nonce)


async def connect(dialer: WebHubDialer, hub: Hub, host: Host, guest: Guest):
    token = host.token(guest, now=CLOCK.now().instant)
    return await dialer.connect(hub.address("127.0.0.1"), guest.caller, session=host.session, token=token)


async def until(holds: Callable[[], bool]) -> None:
    """Look again until something holds that real sockets bring about."""
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


async def close_of(sock: aiohttp.ClientWebSocketResponse) -> tuple[int, str]:
    """Return code and reason with which the hub closes, skipping what it says before."""
    while True:
        message = await sock.receive(timeout=30)
        if message.type is aiohttp.WSMsgType.CLOSE:
            return message.data, message.extra or ""
        assert message.type is aiohttp.WSMsgType.BINARY, message


async def test_a_hub_is_healthy(hub: Hub) -> None:
    async with http() as session, session.get(base(hub) + "/health") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})


async def test_a_hub_that_shuts_down_is_unhealthy_first_and_closes_with_1001_then(tmp_path: Path) -> None:
    policy = msgspec.structs.replace(ROOMY, drain_ms=700)
    async with asyncio.timeout(20), contextlib.AsyncExitStack() as stack:
        closing = contextlib.AsyncExitStack()
        hub = await closing.enter_async_context(open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY, policy=policy))
        sock = await stack.enter_async_context(dialed(hub))
        assert await greet(sock, host_hello(Host())) == HostAccepted()
        session = await stack.enter_async_context(http())
        async with asyncio.TaskGroup() as group:
            ending = group.create_task(closing.aclose())
            await until(lambda: hub.is_draining)
            async with session.get(base(hub) + "/health") as answer:
                assert (answer.status, await answer.json()) == (503, {"status": "draining"})
            async with dialed(hub) as late:
                assert await heard(late) == Refused("hub.stopping", 1000)
            assert await close_of(sock) == (1001, "hub.stopping")
            await ending


async def test_after_the_end_nobody_listens(tmp_path: Path, dialer: WebHubDialer) -> None:
    async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY) as hub:
        address = hub.address("127.0.0.1")
    with pytest.raises(Unreachable):
        await dialer.fetch_preview(address, Host().locator())


async def test_tls_below_1_3_is_refused(hub: Hub) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection("127.0.0.1", hub.port, ssl=context)


async def test_a_hello_for_another_hubs_key_proves_nothing(hub: Hub) -> None:
    async with dialed(hub) as sock:
        make = host_hello(Host())
        verdict = await greet(sock, lambda challenge, _: make(challenge, b"o" * 32))
        assert verdict.rule == "hub.proof"
        assert await close_of(sock) == (1008, "hub.proof")


async def test_a_hello_that_was_recorded_proves_nothing_on_another_connection(hub: Hub) -> None:
    make = host_hello(Host())
    recorded = []
    async with dialed(hub) as first:
        await greet(first, lambda challenge, key: recorded.append(make(challenge, key)) or recorded[0])
    async with dialed(hub) as second:
        assert (await greet(second, lambda _challenge, _key: recorded[0])).rule == "hub.proof"


async def test_the_time_in_a_hosts_hello_is_signed(hub: Hub) -> None:
    make = host_hello(Host(), time_ms=1000)
    async with dialed(hub) as sock:
        verdict = await greet(
            sock, lambda challenge, key: msgspec.structs.replace(make(challenge, key), host_time_ms=2000)
        )
        assert verdict.rule == "hub.proof"


@pytest.mark.parametrize("frame", [b"", b"\xff", b"\x01\xc1", ping_frame(bytes(8)), bytes(5000)])
async def test_anything_but_a_hello_first_ends_the_connection(hub: Hub, frame: bytes) -> None:
    async with dialed(hub) as sock:
        await heard(sock)
        await sock.send_bytes(frame)
        assert await close_of(sock) == (1002, "protocol.remote")


async def test_text_ends_the_connection(hub: Hub) -> None:
    async with dialed(hub) as sock:
        await heard(sock)
        await sock.send_str("hello")
        assert (await close_of(sock))[0] == 1002


async def test_a_message_that_is_too_long_ends_the_connection(hub: Hub) -> None:
    async with dialed(hub) as sock:
        await greet(sock, host_hello(Host()))
        await sock.send_bytes(b"\x02" + bytes(MAX_FRAME_BYTES + 1))
        assert (await close_of(sock))[0] == 1009


async def test_a_second_hello_ends_the_connection(hub: Hub) -> None:
    async with dialed(hub) as sock:
        make = host_hello(Host())
        await greet(sock, make)
        await sock.send_bytes(control_frame(make(Challenge(1, bytes(32)), bytes(32))))
        assert await close_of(sock) == (1002, "protocol.remote")


async def test_a_client_that_says_nothing_is_hung_up_on(tmp_path: Path) -> None:
    policy = msgspec.structs.replace(ROOMY, hello_ms=200)
    async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY, policy=policy) as hub, dialed(hub) as sock:
        await heard(sock)
        assert await close_of(sock) == (1008, "hub.silent")


async def test_pings_come_back(hub: Hub) -> None:
    async with dialed(hub) as sock:
        await greet(sock, host_hello(Host()))
        await sock.send_bytes(ping_frame(b"12345678"))
        assert await sock.receive_bytes() == pong_frame(b"12345678")


async def test_a_clients_round_trip_is_known_soon(hub: Hub, dialer: WebHubDialer) -> None:
    host_hub = await register(dialer, hub, Host())
    await until(lambda: host_hub.rtt_ms is not None)
    assert 0 <= host_hub.rtt_ms < 5000


async def test_attempts_that_fail_are_limited_and_the_wait_is_told(tmp_path: Path, dialer: WebHubDialer) -> None:
    policy = HubPolicy(admission=AdmissionLimits(attempt_burst=3))
    async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY, policy=policy) as hub:
        address = hub.address("127.0.0.1")
        rules = []
        for _ in range(4):
            with pytest.raises(AccessRefused) as refused:
                await dialer.open_mailbox(address, Guest().caller, locator=Host().locator())
            rules.append(refused.value.key)
        assert rules == ["host.away"] * 3 + ["code.slow"]
        assert refused.value.values["s"] == 1
        with pytest.raises(AccessRefused) as refused:
            await dialer.fetch_preview(address, Host().locator())
        assert refused.value.key == "code.slow"
        with pytest.raises(HubBusy) as busy:
            await register(dialer, hub, Host())
        assert 0 < int(busy.value.values["retry_ms"]) <= 1000


async def test_accepted_clients_are_not_limited_by_source(tmp_path: Path, dialer: WebHubDialer) -> None:
    policy = HubPolicy(admission=AdmissionLimits(attempt_burst=3))
    async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY, policy=policy) as hub:
        host = Host()
        await register(dialer, hub, host)
        for seed in range(100, 112):
            await connect(dialer, hub, host, Guest(seed))


async def test_a_host_that_is_not_on_the_list_is_refused(tmp_path: Path, dialer: WebHubDialer) -> None:
    listed, other = Host(), Host(2)
    policy = msgspec.structs.replace(ROOMY, host_keys=frozenset({listed.keypair.key}))
    async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY, policy=policy) as hub:
        await register(dialer, hub, listed)
        with pytest.raises(AccessRefused) as refused:
            await register(dialer, hub, other)
        assert refused.value.key == "hub.host_key"


async def test_a_member_that_does_not_read_is_dropped_and_the_others_go_on(tmp_path: Path) -> None:
    limits = RelayLimits(overfull_bytes=1024 * 1024)
    policy = msgspec.structs.replace(ROOMY, relay=limits, stall_ms=60_000)
    host, idle, busy = Host(), Guest(100), Guest(101)
    async with (
        asyncio.timeout(60),
        open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY, policy=policy) as hub,
        dialed(hub) as host_socket,
        dialed(hub) as deaf,
        WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer,
    ):
        await greet(host_socket, host_hello(host, time_ms=CLOCK.now().instant.ms))
        token = host.token(idle, now=CLOCK.now().instant)
        accepted = await greet(deaf, member_hello(host, idle, token))
        assert isinstance(accepted, MemberAccepted)
        member = await connect(dialer, hub, host, busy)
        deaf.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        transport = deaf._response.connection.transport
        transport.pause_reading()
        seen: list[object] = []
        while not any(getattr(frame, "reason", "") == "relay.slow" for frame in seen):
            await host_socket.send_bytes(relay_frame(accepted.link, Lane.BULK, bytes(65_536)))
            with contextlib.suppress(TimeoutError):
                seen.append(await asyncio.wait_for(heard(host_socket), 0.001))
        await host_socket.send_bytes(relay_frame(member.link, Lane.CONTROL, b"still here"))
        assert (await anext(member.events())).data == b"still here"
        assert LanesPaused(accepted.link) in seen
        transport.resume_reading()


async def test_a_client_that_takes_no_byte_at_all_is_dropped_in_time(tmp_path: Path) -> None:
    policy = msgspec.structs.replace(ROOMY, stall_ms=300)
    host, guest = Host(), Guest()
    async with (
        asyncio.timeout(60),
        open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY, policy=policy) as hub,
        dialed(hub) as deaf,
        WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer,
    ):
        host_hub = await register(dialer, hub, host)
        accepted = await greet(deaf, member_hello(host, guest, host.token(guest, now=CLOCK.now().instant)))
        deaf._response.connection.transport.pause_reading()

        async def flood() -> None:
            while True:
                await host_hub.send_relay(accepted.link, Lane.BULK, bytes(65_536))

        async with asyncio.TaskGroup() as group:
            flooding = group.create_task(flood())
            async for event in host_hub.events():
                if getattr(event, "reason", ""):
                    assert event.reason in {"relay.slow", "link.lost"}
                    break
            flooding.cancel()
        deaf._response.connection.transport.resume_reading()


async def test_a_host_that_sends_to_a_slow_member_waits_for_it(hub: Hub, dialer: WebHubDialer) -> None:
    host, guest = Host(), Guest()
    host_hub = await register(dialer, hub, host)
    member = await connect(dialer, hub, host, guest)
    total = 24 * 1024 * 1024

    async def send() -> None:
        for _ in range(total // 65_536):
            await host_hub.send_relay(member.link, Lane.BULK, bytes(65_536))

    got = 0
    async with asyncio.TaskGroup() as group:
        group.create_task(send())
        async for frame in member.events():
            got += len(frame.data)
            if got == total:
                break
            if got % (1024 * 1024) == 0:
                await asyncio.sleep(0.005)
    assert got == total


async def test_renewing_without_end_is_slowed_down_not_served_at_will(hub: Hub) -> None:
    host, guest = Host(), Guest()
    async with dialed(hub) as host_socket, dialed(hub) as sock:
        await greet(host_socket, host_hello(host, time_ms=CLOCK.now().instant.ms))
        token = host.token(guest, now=CLOCK.now().instant)
        await greet(sock, member_hello(host, guest, token))
        for number in range(1, 601):
            await sock.send_bytes(control_frame(RenewToken(number, token)))
        answered = 0
        with contextlib.suppress(TimeoutError):
            while True:
                await asyncio.wait_for(heard(sock), 1.5)
                answered += 1
                if answered == 550:
                    break
        assert answered >= 400


async def test_the_log_names_neither_keys_nor_locators_nor_content(tmp_path: Path, dialer: WebHubDialer) -> None:
    host, guest = Host(), Guest()
    with capture_logs() as logs:
        async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY) as hub:
            host_hub = await register(dialer, hub, host)
            await host_hub.publish(host.preview(sealed=b"canary"))
            await dialer.open_mailbox(hub.address("127.0.0.1"), guest.caller, locator=host.locator())
            member = await connect(dialer, hub, host, guest)
            await member.send_relay(Lane.CONTROL, b"canary")
            async with http() as session:
                await session.get(f"{base(hub)}/join/{'A' * 22}")
    text = repr(logs)
    assert "hub.client.accepted" in text
    for secret in (host.session.hex(), host.locator().hex(), host.keypair.key.hex(), guest.keypair.key.hex()):
        assert secret[:8] not in text
    assert "canary" not in text and "AAAA" not in text


async def test_a_dialer_that_ends_closes_its_connections(hub: Hub) -> None:
    async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer:
        host_hub = await register(dialer, hub, Host())
    with pytest.raises(LinkLost):
        await anext(host_hub.events())
    await until(lambda: hub.client_count == 0)


async def test_what_the_block_raises_goes_on_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY):
            raise KeyError
    with pytest.raises(KeyError):
        async with WebHubDialer(clock=CLOCK, entropy=ENTROPY):
            raise KeyError


async def test_a_block_that_is_cancelled_ends_cancelled(tmp_path: Path) -> None:
    is_open = asyncio.Event()

    async def serve() -> None:
        async with open_test_hub(tmp_path, clock=CLOCK, entropy=ENTROPY), WebHubDialer(clock=CLOCK, entropy=ENTROPY):
            is_open.set()
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(serve())
        await is_open.wait()
        task.cancel()
    assert task.cancelled()
