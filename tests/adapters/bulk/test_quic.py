"""Tests of QUIC's two ends in memory: the pin, the private parts that are used, and bytes that nobody should send."""

import importlib.metadata

import aioice.ice
import pytest

from horizon_desktop.adapters.bulk.attempt import _named_id
from horizon_desktop.adapters.bulk.ice import IcePath
from horizon_desktop.adapters.bulk.quic import QuicEnd, check_certificate, client_end, server_end
from horizon_desktop.adapters.tls.throwaway import fresh_certificate
from horizon_desktop.errors import LinkLost, RemoteProtocolError
from tests.fakes.entropy import SeededEntropy

PACKET_BYTES = 1400
NOW = 50.0


class Pair:
    """A client and a server; what one sends the other gets, at once and in order."""

    def __init__(self, packet_bytes: int = PACKET_BYTES) -> None:
        certificate = fresh_certificate()
        self.fingerprint = certificate.fingerprint
        self.now = NOW
        self.client = client_end(certificate_hash=certificate.fingerprint, datagram_bytes=packet_bytes, now=NOW)
        self.client.start(NOW)
        first = self.sent(self.client)
        self.server = server_end(certificate, datagram_bytes=packet_bytes, first_id=_named_id(first[0]), now=NOW)
        self.server.receive(first, NOW)
        for _ in range(4):
            self.turn()

    def sent(self, end: QuicEnd) -> list[bytes]:
        return [packet for packet, _ in end.packets(self.now, is_answering=True)]

    def turn(self) -> tuple[bytes, bytes]:
        """Let each end have what the other sent; return what that added to the streams."""
        self.now += 0.02
        up = self.server.receive(self.sent(self.client), self.now)
        self.now += 0.02
        return up, self.client.receive(self.sent(self.server), self.now)


def test_the_libraries_are_the_ones_whose_private_parts_are_used() -> None:
    assert importlib.metadata.version("qh3") == "2.1.0", "read quic.py and udp.py against the new version"
    assert importlib.metadata.version("aioice") == "0.13.0", "read ice.py against the new version"


def test_the_private_parts_are_where_they_were() -> None:
    pair = Pair()
    core = pair.client._quic._core
    assert core is not None
    assert pair.client._quic._close_event is None
    assert core.state == "connected"
    assert core.poll_transmit(pair.client._slow(pair.now)) is None
    assert isinstance(core.bytes_in_flight, int)
    timer = core.get_timer()
    assert timer is not None
    assert [type(part) for part in timer] == [str, float]
    path = IcePath(is_controlling=True, stun=None)
    assert isinstance(path._ice, aioice.ice.Connection)
    assert path._ice._nominated == {}
    assert path._ice._protocols == []


@pytest.mark.parametrize("packet_bytes", [1224, 1464, 8964])
def test_both_ends_fill_the_packets_that_the_path_carries(packet_bytes: int) -> None:
    pair = Pair(packet_bytes)
    pair.server.open_stream()
    pair.server.write(b"!")
    pair.turn()
    for end in (pair.server, pair.client):
        end.write(bytes(100_000))
        sizes = {len(packet) for packet in pair.sent(end)}
        assert packet_bytes - 64 < max(sizes) <= packet_bytes


def test_the_window_opens_without_end_and_no_pause_is_kept() -> None:
    pair = Pair()
    pair.server.open_stream()
    pair.server.write(b"!")
    pair.turn()
    got = 0
    for _ in range(20):
        pair.server.write(bytes(2_000_000 - pair.server.waiting_bytes))
        got += len(pair.turn()[1])
    assert pair.server.waiting_bytes == 0
    assert got > 20_000_000
    core = pair.server._quic._core
    assert core is not None and core.congestion_window > 4_000_000


def test_only_packets_that_carry_nothing_are_loose() -> None:
    pair = Pair()
    pair.server.open_stream()
    pair.server.write(b"x" * 20_000)
    carrying = list(pair.server.packets(pair.now, is_answering=False))
    assert carrying and not any(is_loose for _, is_loose in carrying)
    assert pair.client.receive([packet for packet, _ in carrying], pair.now + 0.01)
    answers = list(pair.client.packets(pair.now + 0.01, is_answering=True))
    assert answers and all(is_loose for _, is_loose in answers)


def test_the_certificate_that_was_shown_is_checked_by_ourselves_too() -> None:
    pair = Pair()
    check_certificate(pair.client, pair.fingerprint)
    with pytest.raises(RemoteProtocolError):
        check_certificate(pair.client, bytes(32))


def test_a_close_is_known_at_once_at_the_other_end() -> None:
    pair = Pair()
    pair.client.close()
    with pytest.raises(LinkLost):
        pair.server.receive(pair.sent(pair.client), pair.now + 0.01)


def test_a_second_stream_is_refused() -> None:
    pair = Pair()
    pair.client._quic.send_stream_data(0, b"another")
    pair.client._is_due = True
    with pytest.raises(RemoteProtocolError):
        pair.server.receive(pair.sent(pair.client), pair.now + 0.01)


def test_an_ended_stream_is_refused() -> None:
    pair = Pair()
    pair.server.open_stream()
    pair.server.write(b"x")
    pair.server._quic.reset_stream(1, 7)
    pair.server._is_due = True
    with pytest.raises(RemoteProtocolError):
        pair.client.receive(pair.sent(pair.server), pair.now + 0.01)


@pytest.mark.parametrize("packet", [b"", b"\x00", b"\x40" + bytes(40), b"\xc0" + bytes(1300), b"\xff" * 1300])
def test_bytes_that_are_no_packet_are_passed_over(packet: bytes) -> None:
    pair = Pair()
    assert pair.server.receive([packet], pair.now) == b""
    assert pair.client.receive([packet], pair.now) == b""
    pair.server.open_stream()
    pair.server.write(b"still here")
    assert pair.turn()[1] == b"still here"


def test_mangled_packets_never_raise_anything_but_our_errors() -> None:
    entropy = SeededEntropy(5)
    pair = Pair()
    pair.server.open_stream()
    for _ in range(300):
        pair.server.write(b"y" * 3000)
        for packet in pair.sent(pair.server):
            place = int.from_bytes(entropy.draw(2), "big") % len(packet)
            mangled = packet[:place] + entropy.draw(1) + packet[place + 1 :]
            pair.client.receive([mangled, packet[:place]], pair.now)


@pytest.mark.parametrize("packet", [b"", b"\xc0", b"\x40" + bytes(30), b"\xc0\x00\x00\x00\x01\x15" + bytes(30)])
def test_a_first_packet_that_is_none_of_quic_is_refused(packet: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        _named_id(packet)
