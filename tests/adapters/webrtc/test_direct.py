"""Tests of direct paths by real aiortc between two attempts of this machine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aioice.ice
import pytest

from horizon_desktop.adapters.webrtc.direct import (
    BULK_LANES,
    WebRtcAttempt,
    WebRtcFactory,
    dtls_binding,
    quiet_noise,
)
from horizon_desktop.adapters.webrtc.lane import HIGH_BYTES
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.errors import LinkLost, RemoteProtocolError
from horizon_desktop.ports.transport import LaneStream

Lanes = dict[Lane, LaneStream]


@asynccontextmanager
async def pair() -> AsyncIterator[tuple[Lanes, Lanes]]:
    """Two connected attempts: the lanes of the guest and of the host."""
    guest, host = WebRtcFactory().attempt(), WebRtcFactory().attempt()
    try:
        async with asyncio.timeout(20):
            await guest.accept(await host.answer(await guest.offer()))
            yield await guest.lanes(), await host.lanes()
    finally:
        await guest.close()
        await host.close()


async def read(stream: LaneStream, count: int) -> bytes:
    got = b""
    async for chunk in stream.chunks():
        got += chunk
        if len(got) >= count:
            break
    return got


async def test_both_lanes_open_and_carry_bytes_both_ways() -> None:
    async with pair() as (guest, host):
        for lane in (Lane.CONTROL, Lane.INTERACTIVE):
            await guest[lane].send(b"to host %d" % lane)
            await host[lane].send(b"to guest %d" % lane)
            assert await read(host[lane], 9) == b"to host %d" % lane
            assert await read(guest[lane], 10) == b"to guest %d" % lane


async def test_a_connection_of_its_own_carries_the_bulk_lane_alone() -> None:
    factory = WebRtcFactory(lanes=BULK_LANES)
    guest, host = factory.attempt(), factory.attempt()
    data = bytes(range(256)) * 4096
    try:
        async with asyncio.timeout(20):
            await guest.accept(await host.answer(await guest.offer()))
            sending, receiving = await guest.lanes(), await host.lanes()
            assert set(sending) == set(receiving) == {Lane.BULK}
            async with asyncio.TaskGroup() as group:
                group.create_task(sending[Lane.BULK].send(data))
                assert await read(receiving[Lane.BULK], len(data)) == data
    finally:
        await guest.close()
        await host.close()


async def test_both_sides_export_the_same_bytes_and_have_different_roles() -> None:
    async with pair() as (guest, host):
        assert guest[Lane.CONTROL].exporter() == host[Lane.CONTROL].exporter()
        assert len(guest[Lane.CONTROL].exporter()) == 32
        assert guest[Lane.CONTROL].is_client != host[Lane.CONTROL].is_client


async def test_each_connection_exports_other_bytes() -> None:
    async with pair() as (first, _), pair() as (second, _):
        assert first[Lane.CONTROL].exporter() != second[Lane.CONTROL].exporter()


async def test_the_private_parts_of_aiortc_that_the_exporter_needs_are_where_they_were() -> None:
    guest, host = WebRtcAttempt(()), WebRtcAttempt(())
    try:
        async with asyncio.timeout(20):
            await guest.accept(await host.answer(await guest.offer()))
            await guest.lanes()
        assert guest._connection is not None
        is_client, exporter = dtls_binding(guest._connection)
        assert isinstance(is_client, bool) and len(exporter) == 32
    finally:
        await guest.close()
        await host.close()


async def test_a_large_message_arrives_whole_and_waits_for_room() -> None:
    async with pair() as (guest, host):
        data = bytes(range(256)) * 2048
        async with asyncio.TaskGroup() as group:
            group.create_task(guest[Lane.INTERACTIVE].send(data))
            assert await read(host[Lane.INTERACTIVE], len(data)) == data
        assert guest[Lane.INTERACTIVE]._channel.bufferedAmount <= HIGH_BYTES + 16 * 1024


async def test_a_closed_peer_ends_the_stream() -> None:
    guest, host = WebRtcFactory().attempt(), WebRtcFactory().attempt()
    async with asyncio.timeout(20):
        await guest.accept(await host.answer(await guest.offer()))
        lanes = await guest.lanes()
        await host.lanes()
        await host.close()
        async for _ in lanes[Lane.CONTROL].chunks():
            pytest.fail("nothing was sent")
        with pytest.raises(LinkLost):
            await lanes[Lane.CONTROL].send(b"x")
        await guest.close()


async def test_an_attempt_that_is_closed_raises_link_lost_in_lanes() -> None:
    guest = WebRtcFactory().attempt()
    await guest.offer()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(_expect_lost(guest))
        await asyncio.sleep(0)
        await guest.close()
    assert waiting.result()


async def _expect_lost(attempt: WebRtcAttempt) -> bool:
    with pytest.raises(LinkLost):
        await attempt.lanes()
    return True


@pytest.mark.parametrize("offer", [b"", b"\xff", b"v=0\r\n", b"v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n"])
async def test_an_offer_that_is_no_data_offer_is_refused(offer: bytes) -> None:
    host = WebRtcFactory().attempt()
    with pytest.raises(RemoteProtocolError):
        await host.answer(offer)
    await host.close()


async def test_a_mangled_offer_raises_only_a_remote_protocol_error() -> None:
    guest = WebRtcFactory().attempt()
    offer = await guest.offer()
    await guest.close()
    lines = offer.split(b"\r\n")
    for number in range(len(lines)):
        for mangled in (lines[number][: len(lines[number]) // 2], b"a=" + lines[number][::-1]):
            host = WebRtcFactory().attempt()
            try:
                await host.answer(b"\r\n".join([*lines[:number], mangled, *lines[number + 1 :]]))
            except RemoteProtocolError:
                pass
            finally:
                await host.close()


async def test_consent_checks_are_out_of_play() -> None:
    WebRtcFactory().attempt()
    assert aioice.ice.CONSENT_FAILURES >= 10**6


async def test_only_aiortc_s_own_noise_is_left_out_of_the_log() -> None:
    loop = asyncio.get_running_loop()
    heard: list[str] = []
    loop.set_exception_handler(lambda _, context: heard.append(context["message"]))
    quiet_noise(loop)
    noise = ConnectionError("Cannot send data, not connected")
    loop.call_exception_handler({"message": "noise", "exception": noise})
    loop.call_exception_handler({"message": "real", "exception": ConnectionError("other")})
    loop.set_exception_handler(None)
    assert heard == ["real"]
