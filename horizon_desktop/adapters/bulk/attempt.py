"""Bulk paths by QUIC over ICE: the fast engine, as a DirectFactory (PROTOCOL section 6, 2 and 4; docs/bulk.md)."""

import logging
from typing import Final

from horizon_desktop.adapters.bulk.connection import BulkConnection
from horizon_desktop.adapters.bulk.frames import HEADER_BYTES
from horizon_desktop.adapters.bulk.ice import IcePath
from horizon_desktop.adapters.bulk.lane import QuicLane
from horizon_desktop.adapters.bulk.mtu import SizeProbe
from horizon_desktop.adapters.bulk.quic import check_certificate, client_end, server_end
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError
from horizon_desktop.ports.bulk import CertificateSource, FreshCertificate, StunFinder
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.transport import LaneStream
from horizon_desktop.protocol.bulk_signaling import (
    CHALLENGE_BYTES,
    MAX_CANDIDATES,
    VERSION,
    BulkAnswer,
    BulkOffer,
    bulk_exporter,
    carrier_cookie,
    encode,
    parse_answer,
    parse_offer,
)

_LONG_HEADER: Final = 0x80
_MOST_ID_BYTES: Final = 20


class QuicAttempt:
    """One bulk connection in the making; as guest `offer` then `accept`, as host `answer`; then `lanes`."""

    def __init__(self, *, certificate: CertificateSource, stun: StunFinder | None, entropy: Entropy) -> None:
        self._certificate = certificate
        self._stun = stun
        self._entropy = entropy
        self._path: IcePath | None = None
        self._own: FreshCertificate | None = None
        self._offer = b""
        self._answer = b""
        self._peer: BulkOffer | BulkAnswer | None = None
        self._connection: BulkConnection | None = None
        self._probe: SizeProbe | None = None

    async def offer(self) -> bytes:
        path = await self._open(is_controlling=True)
        candidates = await path.gather()
        self._offer = encode(BulkOffer(VERSION, path.user, path.password, candidates[:MAX_CANDIDATES]))
        return self._offer

    async def answer(self, offer: bytes) -> bytes:
        self._peer = parse_offer(offer)
        path = await self._open(is_controlling=False)
        candidates = await path.gather()
        self._own = self._certificate()
        answer = BulkAnswer(VERSION, path.user, path.password, candidates[:MAX_CANDIDATES], self._own.fingerprint)
        self._offer, self._answer = offer, encode(answer)
        return self._answer

    async def accept(self, answer: bytes) -> None:
        if self._path is None or not self._offer:
            raise LocalProtocolError("an answer is accepted after an offer only")
        self._peer = parse_answer(answer)
        self._answer = answer

    async def lanes(self) -> dict[Lane, LaneStream]:
        path, peer = self._path, self._peer
        if path is None or peer is None:
            raise LocalProtocolError("an attempt has lanes after offer and answer")
        cookie = carrier_cookie(self._offer, self._answer)
        probe = self._probe = SizeProbe(cookie)
        connection = self._connection = BulkConnection(cookie, probe)
        path.listen(connection.arrived)
        port, address = await path.connect(user=peer.user, password=peer.password, candidates=peer.candidates)
        connection.attach(port, address)
        connection.packet_bytes = await probe.run(port, address) - HEADER_BYTES
        if isinstance(peer, BulkAnswer):
            lane = await self._as_client(connection, peer.certificate_hash)
        else:
            lane = await self._as_server(connection)
        connection.carry(lane)
        return {Lane.BULK: lane}

    async def close(self) -> None:
        """Close connection and sockets; at most 2 s."""
        if self._probe is not None:
            self._probe.stop()
        if self._connection is not None:
            self._connection.close()
        path, self._path = self._path, None
        if path is not None:
            await path.close()

    async def _open(self, *, is_controlling: bool) -> IcePath:
        if self._path is not None:
            raise LocalProtocolError("an attempt is made once")
        server = await self._stun() if self._stun is not None else None
        self._path = IcePath(is_controlling=is_controlling, stun=server)
        return self._path

    async def _as_client(self, connection: BulkConnection, certificate_hash: bytes) -> QuicLane:
        now = connection.now()
        end = client_end(certificate_hash=certificate_hash, datagram_bytes=connection.packet_bytes, now=now)
        end.start(now)
        connection.begin(end)
        await connection.opened()
        check_certificate(end, certificate_hash)
        challenge = await connection.first_bytes(CHALLENGE_BYTES)
        return self._lane(connection, challenge, certificate_hash, is_client=True)

    async def _as_server(self, connection: BulkConnection) -> QuicLane:
        if self._own is None:
            raise LocalProtocolError("a server has a certificate")
        first_id = _named_id(await connection.first_packet())
        end = server_end(self._own, datagram_bytes=connection.packet_bytes, first_id=first_id, now=connection.now())
        connection.begin(end)
        await connection.opened()
        challenge = self._entropy.draw(CHALLENGE_BYTES)
        connection.send_first(challenge)
        return self._lane(connection, challenge, self._own.fingerprint, is_client=False)

    def _lane(
        self, connection: BulkConnection, challenge: bytes, certificate_hash: bytes, *, is_client: bool
    ) -> QuicLane:
        exporter = bulk_exporter(
            offer=self._offer, answer=self._answer, certificate_hash=certificate_hash, challenge=challenge
        )
        return QuicLane(is_client=is_client, exporter=exporter, wake=connection.wake)


class QuicFactory:
    """Makes attempts of the fast bulk engine; needs no server but a STUN server where there is a NAT between.

    Args:
        certificate: Makes a throw-away certificate for each answer.
        entropy: For the challenges.
        stun: Finds a STUN server that answers; None: only what is reachable as it is.
    """

    def __init__(self, *, certificate: CertificateSource, entropy: Entropy, stun: StunFinder | None = None) -> None:
        self._certificate = certificate
        self._entropy = entropy
        self._stun = stun

    def attempt(self) -> QuicAttempt:
        logging.getLogger("quic").setLevel(logging.ERROR)  # qh3 warns of every farewell of a peer
        return QuicAttempt(certificate=self._certificate, stun=self._stun, entropy=self._entropy)


def _named_id(packet: bytes) -> bytes:
    """Return the connection id that a client's first packet names (RFC 9000, section 17.2)."""
    length = packet[5] if len(packet) > 5 else _MOST_ID_BYTES + 1
    if not packet or not packet[0] & _LONG_HEADER or length > _MOST_ID_BYTES:
        raise RemoteProtocolError("the first packet is none of QUIC", code="bulk.broken")
    return packet[6 : 6 + length]
