"""A hub in the middle of WebRTC (security table, 6): real aiortc connections on this machine."""

import asyncio

import pytest

from horizon_desktop.adapters.webrtc.direct import WebRtcAttempt, WebRtcFactory
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.ports.transport import LaneStream
from horizon_desktop.protocol.handshake import LaneContext, check_binding, encode_binding
from horizon_desktop.protocol.signaling import CallBook, CallParty, OfferTaken
from tests.protocol.link_world import GUEST, HOST, SESSION, START

G, H = b"G" * 16, b"H" * 16
AT_GUEST = CallParty(session=SESSION, peer=HOST.key, incarnation=G, peer_incarnation=H)
AT_HOST = CallParty(session=SESSION, peer=GUEST.key, incarnation=H, peer_incarnation=G)
HUB = DeviceKeyPair.from_seed(b"m" * 32)


def context(stream: LaneStream, peer: DeviceKey) -> LaneContext:
    return LaneContext(
        session=SESSION,
        peer=peer,
        path="direct",
        lane=Lane.CONTROL,
        is_client=stream.is_client,
        exporter=stream.exporter(),
    )


async def join(offerer: WebRtcAttempt, answerer: WebRtcAttempt) -> tuple[LaneStream, LaneStream]:
    """Connect two attempts and return both ends of the control lane."""
    await offerer.accept(await answerer.answer(await offerer.offer()))
    return (await offerer.lanes())[Lane.CONTROL], (await answerer.lanes())[Lane.CONTROL]


async def test_6_a_hub_that_ends_dtls_on_both_sides_connects_and_is_refused_by_both_bindings() -> None:
    """The control: without signatures both connections open. The binding over the exporter refuses them still."""
    attempts = [WebRtcFactory().attempt() for _ in range(4)]
    try:
        async with asyncio.timeout(20):
            guest, hub_to_guest = await join(attempts[0], attempts[1])
            hub_to_host, host = await join(attempts[2], attempts[3])
            await guest.send(b"secret")
            assert await anext(aiter(hub_to_guest.chunks())) == b"secret", "the hub reads what is not bound"
            assert hub_to_host.path == host.path
            from_guest = encode_binding(context(guest, HOST.key), GUEST, incarnation=G, known_incarnation=H)
            with pytest.raises(RemoteProtocolError):
                check_binding(from_guest, context(host, GUEST.key), HOST.key)
            from_host = encode_binding(context(host, GUEST.key), HOST, incarnation=H, known_incarnation=G)
            with pytest.raises(RemoteProtocolError):
                check_binding(from_host, context(guest, HOST.key), GUEST.key)
    finally:
        for attempt in attempts:
            await attempt.close()


async def test_6_the_hub_s_own_offer_and_answer_are_refused_before_any_connection() -> None:
    guest, hub, host = (WebRtcFactory().attempt() for _ in range(3))
    try:
        sdp_of_hub = await hub.offer()
        forged = CallBook(HUB).offer(AT_GUEST, sdp_of_hub, call=b"c" * 16, host_time=START)
        with pytest.raises(RemoteProtocolError):
            CallBook(HOST).receive(forged, AT_HOST, host_time=START)
        book = CallBook(GUEST)
        envelope = book.offer(AT_GUEST, await guest.offer(), call=b"c" * 16, host_time=START)
        at_hub = CallParty(session=SESSION, peer=GUEST.key, incarnation=H, peer_incarnation=G)
        with pytest.raises(RemoteProtocolError):
            CallBook(HUB).receive(envelope, at_hub, host_time=START)
        swapped = envelope.replace(b"a=fingerprint:sha-256 ", b"a=fingerprint:sha-256\t")
        with pytest.raises(RemoteProtocolError):
            CallBook(HOST).receive(swapped, AT_HOST, host_time=START)
        assert isinstance(CallBook(HOST).receive(envelope, AT_HOST, host_time=START), OfferTaken)
    finally:
        for attempt in (guest, hub, host):
            await attempt.close()
