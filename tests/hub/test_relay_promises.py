"""What the relay promises, over real sockets: rates, lanes and shares, expiry, and the counters that show it."""

import asyncio
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.web.hub_client import WebHubDialer
from horizon_desktop.domain.access.token import RelayRights
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.collaboration.relay import RelayPriority
from horizon_desktop.domain.instants import Now
from horizon_desktop.errors import AccessRefused
from horizon_desktop.hub.metrics import metrics_page
from horizon_desktop.hub.server import Hub
from horizon_desktop.ports.hub import HostHub, MemberHub, RelayFrame
from horizon_desktop.protocol.relay import RelayLimits, RelaySwitch
from tests.hub.narrow_line import narrow_line
from tests.hub.people import ROOMY, Guest, Host, open_test_hub
from tests.hub.raw import base, http

KIB = 1024
HOST = Host()
ENTROPY = SystemEntropy()


class LeapingClock:
    """The system's clock, with a hand that moves it forward for everybody at once."""

    def __init__(self) -> None:
        self._system = SystemClock()
        self._ahead_ms = 0

    def now(self) -> Now:
        now = self._system.now()
        return Now(now.instant.plus(self._ahead_ms), now.tick.plus(self._ahead_ms))

    async def sleep(self, ms: int) -> None:
        await self._system.sleep(ms)

    def leap(self, *, seconds: int) -> None:
        self._ahead_ms += seconds * 1000


class Meeting:
    """A hub, its host, and guests with rights of their own."""

    def __init__(self, hub: Hub, dialer: WebHubDialer, clock: LeapingClock) -> None:
        self.hub = hub
        self.clock = clock
        self._dialer = dialer
        self.host: HostHub

    async def host_comes(self, port: int | None = None) -> None:
        """Register, by this port of this machine where it is not the hub's own."""
        address = self.hub.address("127.0.0.1")
        way = address if port is None else msgspec.structs.replace(address, port=port)
        self.host = await self._dialer.register(way, HOST.caller, session=HOST.session, session_nonce=HOST.nonce)

    async def guest_comes(self, seed: int, **rights: int) -> MemberHub:
        guest = Guest(seed)
        return await self._dialer.connect(
            self.hub.address("127.0.0.1"), guest.caller, session=HOST.session, token=self.token(guest, **rights)
        )

    async def stranger_comes(self, guest: Guest) -> None:
        """Come with a token that reaches nobody here."""
        relay = RelayRights(targets=(guest.keypair.key,))
        token = HOST.token(guest, now=self.clock.now().instant, relay=relay)
        await self._dialer.connect(self.hub.address("127.0.0.1"), guest.caller, session=HOST.session, token=token)

    def token(self, guest: Guest, **rights: int) -> bytes:
        relay = RelayRights(targets=(HOST.keypair.key,), **rights)
        return HOST.token(guest, now=self.clock.now().instant, relay=relay)

    async def metric(self, name: str) -> int:
        async with http() as session, session.get(base(self.hub) + "/metrics") as answer:
            text = await answer.text()
        return int(next(line for line in text.splitlines() if line.startswith(f"horizon_hub_{name} ")).split()[1])


@asynccontextmanager
async def meeting(folder: Path, limits: RelayLimits = RelayLimits()) -> AsyncIterator[Meeting]:  # noqa: B008
    clock = LeapingClock()
    policy = msgspec.structs.replace(ROOMY, relay=limits)
    async with (
        asyncio.timeout(60),
        open_test_hub(folder, clock=clock, entropy=ENTROPY, policy=policy) as hub,
        WebHubDialer(clock=clock, entropy=ENTROPY) as dialer,
    ):
        yield Meeting(hub, dialer, clock)


async def frames(host: HostHub) -> AsyncIterator[RelayFrame]:
    async for event in host.events():
        if isinstance(event, RelayFrame):
            yield event


async def flood(member: MemberHub, lane: Lane, data: bytes, count: int) -> None:
    for _ in range(count):
        await member.send_relay(lane, data)


async def test_a_guest_never_gets_more_than_its_rate_and_in_the_end_everything(tmp_path: Path) -> None:
    rate, size, count = 512 * KIB, 32 * KIB, 60
    async with meeting(tmp_path) as met:
        await met.host_comes()
        member = await met.guest_comes(100, bytes_per_s=rate)
        loop = asyncio.get_running_loop()
        began, got = loop.time(), 0
        async with asyncio.TaskGroup() as group:
            group.create_task(flood(member, Lane.BULK, bytes(size), count))
            async for frame in frames(met.host):
                got += len(frame.data)
                assert got <= rate // 2 + (loop.time() - began) * rate + 2 * size
                if got == size * count:
                    break
    assert got == size * count


async def test_two_links_of_one_guest_share_one_rate(tmp_path: Path) -> None:
    rate, size, count = 512 * KIB, 32 * KIB, 30
    async with meeting(tmp_path) as met:
        await met.host_comes()
        members = [await met.guest_comes(100, bytes_per_s=rate) for _ in range(2)]
        loop = asyncio.get_running_loop()
        began, got = loop.time(), 0
        async with asyncio.TaskGroup() as group:
            for member in members:
                group.create_task(flood(member, Lane.BULK, bytes(size), count))
            async for frame in frames(met.host):
                got += len(frame.data)
                assert got <= rate // 2 + (loop.time() - began) * rate + 3 * size
                if got == 2 * size * count:
                    break


@pytest.mark.parametrize("urgent", [Lane.INTERACTIVE, Lane.CONTROL])
async def test_an_urgent_lane_overtakes_the_bulk_that_waits(tmp_path: Path, urgent: Lane) -> None:
    size, count = 32 * KIB, 12
    async with meeting(tmp_path) as met:
        await met.host_comes()
        member = await met.guest_comes(100, bytes_per_s=256 * KIB)
        await flood(member, Lane.BULK, bytes(size), count)
        await member.send_relay(urgent, b"now")
        seen = [(await anext(met.host.events())) for _ in range(count + 2)]
    lanes = [event.lane for event in seen if isinstance(event, RelayFrame)]
    assert sorted(lanes) == sorted([urgent, *[Lane.BULK] * count])
    assert lanes.index(urgent) < count - 3


async def test_on_a_narrow_line_the_high_guest_is_done_while_the_low_ones_flood_has_hardly_begun(
    tmp_path: Path,
) -> None:
    """Both flood the host's line of 2 MiB/s; the shares of a busy line are 16 to 1."""
    size, count = 16 * KIB, 120
    async with meeting(tmp_path) as met, narrow_line(met.hub.port, bytes_per_s=2048 * KIB) as port:
        await met.host_comes(port)
        low = await met.guest_comes(100, priority=RelayPriority.LOW, bytes_per_s=64_000 * KIB)
        high = await met.guest_comes(101, priority=RelayPriority.HIGH, bytes_per_s=64_000 * KIB)
        got = {low.link: 0, high.link: 0}
        async with asyncio.TaskGroup() as group:
            flooding = [group.create_task(flood(each, Lane.BULK, bytes(size), count)) for each in (low, high)]
            async for frame in frames(met.host):
                got[frame.link] += 1
                if got[high.link] == count:
                    break
            for task in flooding:
                task.cancel()
        assert got[low.link] <= count // 2, "its start, what was on its way, and a sixteenth"
        assert got[low.link] >= 1, "a low guest is slow, never starved"


async def test_little_goes_before_an_urgent_message_on_a_slow_line(tmp_path: Path) -> None:
    """The line itself keeps about 50 KiB; hub, TLS and kernel together may have taken little more."""
    asked, most, apart = 9, 96 * KIB, 256 * KIB
    async with meeting(tmp_path) as met, narrow_line(met.hub.port, bytes_per_s=1024 * KIB) as port:
        await met.host_comes(port)
        low = await met.guest_comes(100, priority=RelayPriority.LOW, bytes_per_s=64_000 * KIB)
        high = await met.guest_comes(101, priority=RelayPriority.HIGH, bytes_per_s=64_000 * KIB)
        passed, sent_at, overtaken = 0, 0, list[int]()
        async with asyncio.TaskGroup() as group:
            flooding = group.create_task(flood(low, Lane.BULK, bytes(60 * KIB), 1000))
            async for frame in frames(met.host):
                passed += len(frame.data)
                if frame.lane is Lane.INTERACTIVE:
                    overtaken.append(passed - sent_at)
                    sent_at = 0
                elif not sent_at and passed >= apart * (len(overtaken) + 2):
                    sent_at = passed
                    await high.send_relay(Lane.INTERACTIVE, b"now")
                if len(overtaken) == asked:
                    break
            flooding.cancel()
    assert statistics.median(overtaken) <= most


async def test_an_expired_token_shuts_all_lanes_but_control_within_two_seconds_and_the_next_opens_them(
    tmp_path: Path,
) -> None:
    async with meeting(tmp_path) as met:
        await met.host_comes()
        guest = Guest(100)
        member = await met.guest_comes(100)
        arriving = frames(met.host)
        await member.send_relay(Lane.INTERACTIVE, b"in time")
        assert (await anext(arriving)).data == b"in time"
        met.clock.leap(seconds=661)
        async with asyncio.timeout(2):
            while await met.metric("lanes_shut_total") == 0:
                await asyncio.sleep(0.02)
        async with asyncio.TaskGroup() as group:
            late = group.create_task(member.send_relay(Lane.INTERACTIVE, b"late"))
            await member.send_relay(Lane.CONTROL, b"may I?")
            assert (await anext(arriving)).data == b"may I?"
            assert not late.done()
            await member.renew(met.token(guest))
            assert (await anext(arriving)).data == b"late"


async def test_the_counters_tell_what_was_carried_and_refused(tmp_path: Path) -> None:
    async with meeting(tmp_path) as met:
        await met.host_comes()
        member = await met.guest_comes(100)
        arriving = frames(met.host)
        await flood(member, Lane.BULK, bytes(1000), 3)
        await member.send_relay(Lane.CONTROL, bytes(10))
        for _ in range(4):
            await anext(arriving)
        assert await met.metric('relayed_frames_total{lane="bulk"}') == 3
        assert await met.metric('relayed_bytes_total{lane="bulk"}') == 3 * 1006
        assert await met.metric('relayed_frames_total{lane="control"}') == 1
        assert (await met.metric("sessions"), await met.metric("clients")) == (1, 2)
        assert await met.metric("queued_bytes") == 0
        with pytest.raises(AccessRefused):
            await met.stranger_comes(Guest(101))
        assert await met.metric('refusals_total{rule="relay.target"}') == 1


@pytest.mark.parametrize(
    ("source", "status"),
    [
        *((near, 200) for near in ("127.0.0.1", "::1", "127.9.9.9", "::ffff:127.0.0.1")),
        *((far, 404) for far in ("192.168.1.7", "203.0.113.9", "2001:db8::1", "", "nonsense")),
    ],
)
def test_the_counters_are_for_this_machine_alone(source: str, status: int) -> None:
    page = metrics_page(
        RelaySwitch(RelayLimits()),
        sessions=0,
        clients=0,
        half_open=0,
        refusals={"hub.proof": 2},
        workers={},
        source=source,
    )
    assert page.status == status
    assert (b'horizon_hub_refusals_total{rule="hub.proof"} 2\n' in page.body) is (status == 200)
