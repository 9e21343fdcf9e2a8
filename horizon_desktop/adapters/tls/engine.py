"""TLS 1.3 over memory by pyOpenSSL: encrypts a lane of the relay end to end (PROTOCOL section 6, 1)."""

from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError

EXPORTER_BYTES: Final = 32
_EXPORTER_LABEL: Final = b"EXPORTER-horizon-link-v1"
_READ_BYTES: Final = 65_536
_NOT_BEFORE: Final = datetime(2020, 1, 1, tzinfo=UTC)
_NOT_AFTER: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""Dates that are never looked at, so that no clock is either."""
MAX_RECEIVE_BYTES: Final = 1024 * 1024
"""Of one `receive` call: what a relay frame may hold, with room."""


class MemoryTls:
    """One end of one TLS connection. The certificate means nothing: the binding signs the exporter instead.

    Raises RemoteProtocolError (`tls.broken`) for anything on the wire that OpenSSL refuses; after it, or after
    the peer's close, every call raises.
    """

    def __init__(self, context: SSL.Context, *, is_client: bool) -> None:
        self._connection = SSL.Connection(context, None)
        self._is_client = is_client
        self._is_open = False
        self._is_broken = False
        if is_client:
            self._connection.set_connect_state()
        else:
            self._connection.set_accept_state()

    @property
    def is_open(self) -> bool:
        return self._is_open

    def start(self) -> bytes:
        """Return the ClientHello (client) or nothing (server)."""
        if not self._is_client:
            return b""
        self._shake()
        return self._drain()

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        """Take at most 1 MiB from the wire; return (plain text, bytes to send)."""
        if self._is_broken or len(data) > MAX_RECEIVE_BYTES:
            raise RemoteProtocolError("the TLS connection is at its end", code="tls.broken")
        plain = bytearray()
        while data:
            taken = self._connection.bio_write(data)
            data = data[taken:]
            if not self._is_open:
                self._shake()
            if self._is_open:
                plain += self._read()
        return bytes(plain), self._drain()

    def seal(self, plain: bytes) -> bytes:
        """Return the records for `plain`. Raises LocalProtocolError before the handshake is done."""
        if not self._is_open or self._is_broken:
            raise LocalProtocolError("nothing may be sealed before the handshake is done or after the end")
        self._connection.sendall(plain)
        return self._drain()

    def exporter(self) -> bytes:
        """Return 32 bytes under our own label (RFC 8446 section 7.5). Raises LocalProtocolError when not open."""
        if not self._is_open:
            raise LocalProtocolError("there is no exporter before the handshake is done")
        return self._connection.export_keying_material(_EXPORTER_LABEL, EXPORTER_BYTES, b"")

    def _shake(self) -> None:
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return
        except SSL.Error as exc:
            raise self._broken() from exc
        if self._connection.get_protocol_version() != SSL.TLS1_3_VERSION:
            raise self._broken()
        self._is_open = True

    def _read(self) -> bytes:
        plain = bytearray()
        while True:
            try:
                plain += self._connection.recv(_READ_BYTES)
            except SSL.WantReadError:
                return bytes(plain)
            except SSL.Error as exc:
                raise self._broken() from exc

    def _drain(self) -> bytes:
        out = bytearray()
        while True:
            try:
                out += self._connection.bio_read(_READ_BYTES)
            except SSL.WantReadError:
                return bytes(out)

    def _broken(self) -> RemoteProtocolError:
        self._is_broken = True
        self._is_open = False
        return RemoteProtocolError("the TLS connection was refused or ended", code="tls.broken")


class MemoryTlsFactory:
    """Makes engines, each with a key, a certificate and a context of its own: nothing can resume, nothing links two."""

    def client(self) -> MemoryTls:
        return MemoryTls(_context(), is_client=True)

    def server(self) -> MemoryTls:
        return MemoryTls(_context(), is_client=False)


def _context() -> SSL.Context:
    key = ec.generate_private_key(ec.SECP256R1())
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    context.set_max_proto_version(SSL.TLS1_3_VERSION)
    context.set_verify(SSL.VERIFY_NONE)
    context.set_options(SSL.OP_NO_TICKET)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.use_privatekey(key)
    context.use_certificate(_throw_away_certificate(key))
    return context


def _throw_away_certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """Return a certificate that says nothing: TLS wants one, nobody looks at it."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "link")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_NOT_BEFORE)
        .not_valid_after(_NOT_AFTER)
        .sign(key, hashes.SHA256())
    )
