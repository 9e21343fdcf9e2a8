"""Tests of TLS in memory."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL

from horizon_desktop.adapters.tls.engine import MemoryTls, MemoryTlsFactory
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError


def shaken(client: MemoryTls, server: MemoryTls) -> int:
    """Shake hands; return how many bytes the server's first flight had."""
    _, flight = server.receive(client.start())
    _, finished = client.receive(flight)
    _, tickets = server.receive(finished)
    client.receive(tickets)
    assert client.is_open and server.is_open
    return len(flight)


def pair() -> tuple[MemoryTls, MemoryTls]:
    factory = MemoryTlsFactory()
    client, server = factory.client(), factory.server()
    shaken(client, server)
    return client, server


def test_both_ends_export_the_same_32_bytes() -> None:
    client, server = pair()
    assert client.exporter() == server.exporter()
    assert len(client.exporter()) == 32


def test_no_two_connections_export_the_same() -> None:
    exporters = {pair()[0].exporter() for _ in range(5)}
    assert len(exporters) == 5


def test_it_is_tls_1_3_and_nothing_older() -> None:
    client, _ = pair()
    assert client._connection.get_protocol_version_name() == "TLSv1.3"
    old = SSL.Context(SSL.TLS_METHOD)
    old.set_max_proto_version(SSL.TLS1_2_VERSION)
    connection = SSL.Connection(old, None)
    connection.set_connect_state()
    with pytest.raises(SSL.WantReadError):
        connection.do_handshake()
    with pytest.raises(RemoteProtocolError):
        MemoryTlsFactory().server().receive(connection.bio_read(65_536))


def test_nothing_resumes_even_with_a_session_at_hand_and_both_contexts_kept() -> None:
    factory = MemoryTlsFactory()
    client, server = factory.client(), factory.server()
    full = shaken(client, server)
    session = client._connection.get_session()
    assert session is not None
    again_client = MemoryTls(client._connection.get_context(), is_client=True)
    again_client._connection.set_session(session)
    again_server = MemoryTls(server._connection.get_context(), is_client=False)
    again = shaken(again_client, again_server)
    assert abs(again - full) < 64, "the server sent its certificate again: a full handshake"
    assert again_client.exporter() != client.exporter()


def test_bytes_arrive_whole_however_they_are_cut() -> None:
    client, server = pair()
    data = bytes(range(256)) * 1000
    records = client.seal(data)
    got = b"".join(server.receive(records[i : i + 997])[0] for i in range(0, len(records), 997))
    assert got == data


def test_plain_text_that_comes_with_the_end_of_the_handshake_is_not_lost() -> None:
    factory = MemoryTlsFactory()
    client, server = factory.client(), factory.server()
    _, flight = server.receive(client.start())
    _, finished = client.receive(flight)
    plain, _ = server.receive(finished + client.seal(b"at once"))
    assert plain == b"at once"


def test_nothing_is_sealed_or_exported_before_the_handshake() -> None:
    engine = MemoryTlsFactory().client()
    with pytest.raises(LocalProtocolError):
        engine.seal(b"x")
    with pytest.raises(LocalProtocolError):
        engine.exporter()


def test_a_changed_byte_ends_the_connection_and_yields_nothing() -> None:
    client, server = pair()
    records = bytearray(client.seal(b"content"))
    for position in range(5, len(records)):
        changed = bytearray(records)
        changed[position] ^= 1
        fresh_client, fresh_server = pair()
        del fresh_client
        with pytest.raises(RemoteProtocolError):
            fresh_server.receive(bytes(changed))
    with pytest.raises(RemoteProtocolError):
        server.receive(bytes(records[:-1]) + b"\0")
    with pytest.raises(RemoteProtocolError):
        server.receive(client.seal(b"more"))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[1:])
def test_reordered_records_end_the_connection(order: tuple[int, ...]) -> None:
    client, server = pair()
    records = [client.seal(b"%d" % n) for n in range(3)]
    got = b""
    with pytest.raises(RemoteProtocolError):
        for n in order:
            got += server.receive(records[n])[0]
    assert b"012".startswith(got)


def test_a_replayed_record_ends_the_connection() -> None:
    client, server = pair()
    record = client.seal(b"once")
    assert server.receive(record)[0] == b"once"
    with pytest.raises(RemoteProtocolError):
        server.receive(record)


@given(st.binary(min_size=1, max_size=400))
def test_any_bytes_raise_nothing_but_a_remote_protocol_error(data: bytes) -> None:
    engine = MemoryTlsFactory().server()
    try:
        plain, _ = engine.receive(data)
    except RemoteProtocolError:
        return
    assert plain == b""
