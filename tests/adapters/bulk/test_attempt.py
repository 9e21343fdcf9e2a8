"""Tests of the fast bulk engine between two attempts of this machine, by real sockets."""

import asyncio
import contextlib
import hashlib

import msgspec
import pytest

from horizon_desktop.adapters.bulk.lane import UNREAD_BYTES, UNSENT_BYTES
from horizon_desktop.errors import LinkLost, LocalProtocolError, RemoteProtocolError
from horizon_desktop.ports.transport import PathKind
from horizon_desktop.protocol.bulk_signaling import encode, parse_answer
from tests.adapters.bulk.ends import DEADLINE_S, Ends, connected, digest, read
from tests.fakes.entropy import SeededEntropy

MEBIBYTE = 1024 * 1024


async def test_a_hashed_transfer_arrives_whole() -> None:
    data = SeededEntropy(7).draw(1024) * (16 * 1024)
    async with connected() as (guest, host), asyncio.TaskGroup() as group:
        arriving = group.create_task(digest(host, len(data)))
        await guest.send(data)
        assert await arriving == hashlib.sha256(data).hexdigest()


async def test_both_directions_carry_at_once() -> None:
    up, down = bytes(range(256)) * 4096, bytes(range(255, -1, -1)) * 4096
    async with connected() as (guest, host), asyncio.TaskGroup() as group:
        at_host = group.create_task(digest(host, len(up)))
        at_guest = group.create_task(digest(guest, len(down)))
        group.create_task(guest.send(up))
        group.create_task(host.send(down))
        assert await at_host == hashlib.sha256(up).hexdigest()
        assert await at_guest == hashlib.sha256(down).hexdigest()


async def test_both_ends_derive_the_same_exporter_and_each_connection_another() -> None:
    async with connected(seed=1) as (guest, host), connected(seed=2) as (other, _):
        assert guest.exporter() == host.exporter()
        assert len(guest.exporter()) == 32
        assert guest.exporter() != other.exporter()


async def test_the_guest_is_the_client_of_a_direct_path() -> None:
    async with connected() as (guest, host):
        assert (guest.is_client, host.is_client) == (True, False)
        assert guest.path is host.path is PathKind.DIRECT


async def test_the_host_says_nothing_before_the_guest_has_spoken() -> None:
    async with connected() as (guest, host), asyncio.TaskGroup() as group:
        await host.send(b"answer")
        answer = group.create_task(read(guest, 6))
        async with asyncio.timeout(DEADLINE_S):
            assert host.unsent_bytes == 0
            assert not answer.done()
            await guest.send(b"question")
            assert await read(host, 8) == b"question"
            assert await answer == b"answer"


async def test_a_slow_reader_stops_the_sender_and_loses_nothing() -> None:
    data = bytes(range(256)) * (4 * UNREAD_BYTES // 256)
    async with connected() as (guest, host), asyncio.TaskGroup() as group:
        sending = group.create_task(guest.send(data))
        before = -1
        while host.unread_bytes <= UNREAD_BYTES // 2 or host.unread_bytes != before:
            before = host.unread_bytes
            await asyncio.sleep(0.2)
        assert not sending.done()
        assert host.unread_bytes <= UNREAD_BYTES + MEBIBYTE
        assert await digest(host, len(data)) == hashlib.sha256(data).hexdigest()
        await sending


async def test_a_certificate_that_the_answer_did_not_name_is_refused() -> None:
    ends = Ends()
    try:
        async with asyncio.timeout(DEADLINE_S):
            answer = parse_answer(await ends.host.answer(await ends.guest.offer()))
            await ends.guest.accept(encode(msgspec.structs.replace(answer, certificate_hash=bytes(32))))
            ends.guest._answer = ends.host._answer  # as it would be if only the hash had been exchanged
            guest, host = await asyncio.gather(ends.guest.lanes(), ends.host.lanes(), return_exceptions=True)
            assert isinstance(guest, RemoteProtocolError)
            assert isinstance(host, LinkLost)
    finally:
        await ends.close()


async def test_whoever_has_another_answer_never_hears_the_peer() -> None:
    ends = Ends()
    try:
        answer = parse_answer(await ends.host.answer(await ends.guest.offer()))
        await ends.guest.accept(encode(msgspec.structs.replace(answer, candidates=answer.candidates[:1] * 2)))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1), asyncio.TaskGroup() as group:
                group.create_task(ends.guest.lanes())
                group.create_task(ends.host.lanes())
    finally:
        await ends.close()


async def test_a_closed_peer_ends_the_stream() -> None:
    ends = Ends()
    try:
        async with asyncio.timeout(DEADLINE_S):
            guest, _ = await ends.open()
            await ends.host.close()
            async for _ in guest.chunks():
                pytest.fail("nothing was sent")
            with pytest.raises(LinkLost):
                await guest.send(b"x")
    finally:
        await ends.close()


async def test_closing_ends_within_its_bound_while_a_transfer_waits() -> None:
    ends = Ends()
    guest, _ = await ends.open()
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(_lost(guest.send(bytes(4 * UNREAD_BYTES))))
        while guest.unsent_bytes == 0:
            await asyncio.sleep(0)
        async with asyncio.timeout(2.5):
            await ends.guest.close()
        assert await sending
    await ends.host.close()


async def test_a_peer_that_vanishes_without_a_word_holds_up_nothing_but_the_transfer() -> None:
    ends = Ends()
    guest, _ = await ends.open()
    assert ends.host._path is not None
    await ends.host._path.close()  # as when its power fails: no farewell leaves
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(_lost(guest.send(bytes(4 * UNREAD_BYTES))))
        while guest.unsent_bytes < UNSENT_BYTES // 2:
            await asyncio.sleep(0.01)
        assert not sending.done()
        assert guest.unsent_bytes <= 2 * UNSENT_BYTES
        async with asyncio.timeout(2.5):
            await ends.guest.close()
        assert await sending
    await ends.host.close()


async def test_an_attempt_that_is_closed_raises_link_lost_in_lanes() -> None:
    ends = Ends()
    await ends.signal()
    async with asyncio.timeout(DEADLINE_S), asyncio.TaskGroup() as group:
        waiting = group.create_task(_lost(ends.guest.lanes()))
        await asyncio.sleep(0)
        await ends.close()
        assert await waiting


async def test_an_attempt_is_made_once_and_in_order() -> None:
    ends = Ends()
    with pytest.raises(LocalProtocolError):
        await ends.guest.accept(b"")
    with pytest.raises(LocalProtocolError):
        await ends.guest.lanes()
    await ends.guest.offer()
    with pytest.raises(LocalProtocolError):
        await ends.guest.offer()
    await ends.close()


async def _lost(waiting: object) -> bool:
    with pytest.raises(LinkLost):
        await waiting  # type: ignore[misc]
    return True


@pytest.mark.parametrize("offer", [b"", b"\xff", b"\x90", b"v=0\r\n", bytes(9000)])
async def test_an_offer_that_is_none_is_refused(offer: bytes) -> None:
    ends = Ends()
    with pytest.raises(RemoteProtocolError):
        await ends.host.answer(offer)
    await ends.close()


async def test_a_mangled_offer_raises_nothing_but_our_errors() -> None:
    guest = Ends()
    offer = await guest.guest.offer()
    await guest.close()
    for place in range(len(offer)):
        ends = Ends()
        with contextlib.suppress(RemoteProtocolError):
            await ends.host.answer(offer[:place] + bytes([offer[place] ^ 0x55]) + offer[place + 1 :])
        await ends.close()
