"""QUIC itself: qh3's connection without IO, its congestion control kept out of play.

The packets travel by the carrier, which loses none, and the library's clock runs a thousand times too slow: round
trips look too short to ever slow its start down, its window opens without end and its timers stay silent. Its
private core is asked for packets one by one, as its public face parses each again; hence the exact version and a test.
"""

import ssl
from collections.abc import Iterator, Sequence
from typing import Final

from qh3._hazmat import QuicConnectionCore
from qh3.quic.configuration import QuicConfiguration
from qh3.quic.connection import QuicConnection, QuicConnectionError
from qh3.quic.events import HandshakeCompleted, StreamDataReceived, StreamReset

from horizon_desktop.crypto.hashing import is_same, sha256
from horizon_desktop.errors import LinkLost, RemoteProtocolError
from horizon_desktop.ports.bulk import FreshCertificate

STREAM: Final = 1
"""The first one that the server opens, for both directions; there is no other."""
_SLOWER: Final = 1000.0
_BEGIN_S: Final = 1.0
_NOWHERE: Final = ("192.0.2.1", 443)
"""The carrier owns the path: QUIC knows one address for good (RFC 5737)."""
_PROTOCOL: Final = "horizon-bulk-1"
_NAME: Final = "horizon"
_WINDOW_BYTES: Final = 32 * 1024 * 1024
"""Above what the carrier welcomes at once; what a peer that leaves gaps in the stream can have us hold."""
_IDLE_S: Final = 3600.0
"""Of the slow clock: never."""
_FIRST_RTT_S: Final = 0.001
"""Of the slow clock. Pauses are skipped, and count as round trips then: from here they can only get shorter."""
_TICK_S: Final = 1e-8
_SMALL_BYTES: Final = 160
_BROKEN: Final = "bulk.broken"


class QuicEnd:
    """One end. Raises RemoteProtocolError (`bulk.broken`) for bytes that QUIC refuses, LinkLost at the peer's close."""

    def __init__(self, connection: QuicConnection, *, now: float) -> None:
        self._quic = connection
        self._began = now
        self._skipped = 0.0
        self._is_due = True
        self._is_open = False
        self._arrived: list[bytes] = []

    @property
    def is_open(self) -> bool:
        """Whether the handshake is done."""
        return self._is_open

    @property
    def waiting_bytes(self) -> int:
        """Bytes given to `write` that QUIC has not put into packets yet."""
        return self._quic.get_send_buffer_size(STREAM) if self._is_open else 0

    def peer_hash(self) -> bytes:
        """Return SHA-256 of the certificate that the server showed."""
        certificate = self._quic.get_peercert()
        if certificate is None:
            raise RemoteProtocolError("the server showed no certificate", code=_BROKEN)
        return sha256(certificate.public_bytes())

    def start(self, now: float) -> None:
        """Begin as client."""
        self._quic.connect(_NOWHERE, self._slow(now))

    def open_stream(self) -> None:
        """Open the one stream; for the server, once the connection is open."""
        self._quic._open_stream()

    def write(self, data: bytes | memoryview) -> None:
        """Append to the stream."""
        self._quic.send_stream_data(STREAM, data)

    def receive(self, packets: Sequence[bytes], now: float) -> bytes:
        """Take packets; return what they added to the stream."""
        self._is_due |= not self._is_open
        try:
            self._quic.receive_many_datagrams(list(packets), _NOWHERE, self._slow(now))
        except (QuicConnectionError, ValueError, AssertionError, ArithmeticError, LookupError) as exc:
            raise RemoteProtocolError("QUIC cannot take what came", code=_BROKEN) from exc
        while (event := self._quic.next_event()) is not None:
            self._heard(event)
        self._look_for_end()
        arrived, self._arrived = self._arrived, []
        return arrived[0] if len(arrived) == 1 else b"".join(arrived)

    def packets(self, now: float, *, is_answering: bool) -> Iterator[tuple[bytes, bool]]:
        """Yield what QUIC wants to send, and whether it only acknowledges: then nobody needs to repeat it.

        It is not asked in vain, for each question takes as much from its own pace as a packet does: only while
        something waits, or to let it acknowledge together with the carrier (`is_answering`).
        """
        self._is_due |= is_answering
        core = self._quic._core
        if core is None:
            return
        flying = core.bytes_in_flight
        try:
            while self._is_due or self.waiting_bytes > 0:
                sent = core.poll_transmit(self._slow(now))
                if sent is None:
                    self._is_due = False
                    if self._skip_pause(core, now):
                        continue
                    return
                packet: bytes = sent[0]
                before, flying = flying, core.bytes_in_flight
                yield packet, self._is_open and len(packet) <= _SMALL_BYTES and flying == before
        except RuntimeError as exc:
            raise LinkLost("QUIC cannot go on") from exc

    def timer(self, now: float) -> None:
        """Let QUIC do what its clock says."""
        self._is_due = True
        try:
            self._quic.handle_timer(self._slow(now))
        except QuicConnectionError as exc:
            raise LinkLost("QUIC cannot go on") from exc

    def deadline(self) -> float | None:
        """Return when `timer` is wanted."""
        due = self._quic.get_timer()
        return None if due is None else self._began + (due - _BEGIN_S - self._skipped) * _SLOWER

    def close(self) -> None:
        """Say farewell to the peer, in the next packet."""
        self._is_due = True
        try:
            self._quic.close()
        except QuicConnectionError:
            return

    def _skip_pause(self, core: QuicConnectionCore, now: float) -> bool:
        """Set the slow clock forward over a pause of QUIC's own pacing: the carrier has paced already."""
        timer = core.get_timer()
        if timer is None or timer[0] != "pacing":
            return False
        self._skipped += max(timer[1] - self._slow(now), 0.0) + _TICK_S
        core.handle_timer(self._slow(now))  # which forgets the pause, for it may be there without a cause
        return True

    def _look_for_end(self) -> None:
        """Its own event for an end would come by the slow clock."""
        if self._quic._close_event is None:
            return
        if self._quic._core is not None and self._quic._core.state == "closing":
            raise RemoteProtocolError("QUIC refused what the peer sent", code=_BROKEN)
        raise LinkLost("the peer closed the bulk path")

    def _heard(self, event: object) -> None:
        match event:
            case HandshakeCompleted():
                self._is_open = True
            case StreamDataReceived(data=data, stream_id=stream) if stream == STREAM:
                self._arrived.append(data)
            case StreamDataReceived() | StreamReset():
                raise RemoteProtocolError("there is one stream and no end of it", code=_BROKEN)
            case _:
                return

    def _slow(self, now: float) -> float:
        return _BEGIN_S + (now - self._began) / _SLOWER + self._skipped


class _ServerConnection(QuicConnection):
    """The host's end of the library, not bound by the 1472 bytes that its client names whatever the path carries.

    The carrier has probed the path in both directions before QUIC begins; each end sends what arrived.
    """

    def _drain_tls(self) -> None:
        offered = None if self._tls is None else self._tls.remote_transport_parameters
        if offered is not None:
            offered.max_udp_payload_size = None
        super()._drain_tls()


def client_end(*, certificate_hash: bytes, datagram_bytes: int, now: float) -> QuicEnd:
    """Return the guest's end, which takes the one certificate with this hash and no other."""
    configuration = _configuration(datagram_bytes, is_client=True)
    configuration.server_name = _NAME
    configuration.verify_mode = ssl.CERT_NONE
    configuration.assert_fingerprint = certificate_hash.hex()
    return QuicEnd(QuicConnection(configuration=configuration), now=now)


def server_end(certificate: FreshCertificate, *, datagram_bytes: int, first_id: bytes, now: float) -> QuicEnd:
    """Return the host's end; `first_id`: the connection id that the client's first packet names."""
    configuration = _configuration(datagram_bytes, is_client=False)
    configuration.load_cert_chain(certificate.certificate_pem, certificate.private_key_pem)
    return QuicEnd(_ServerConnection(configuration=configuration, original_destination_connection_id=first_id), now=now)


def check_certificate(end: QuicEnd, expected: bytes) -> None:
    """Raise RemoteProtocolError (`bulk.certificate`) unless the server showed the certificate of its answer."""
    if not is_same(end.peer_hash(), expected):
        raise RemoteProtocolError("another certificate than the answer named", code="bulk.certificate")


def _configuration(datagram_bytes: int, *, is_client: bool) -> QuicConfiguration:
    return QuicConfiguration(
        alpn_protocols=[_PROTOCOL],
        is_client=is_client,
        idle_timeout=_IDLE_S,
        max_data=_WINDOW_BYTES,
        max_stream_data=_WINDOW_BYTES,
        max_datagram_size=datagram_bytes,
        probe_datagram_size=False,
        initial_rtt=_FIRST_RTT_S,
    )
