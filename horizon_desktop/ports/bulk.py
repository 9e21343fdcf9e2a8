"""What the fast bulk engine is given from outside: a certificate for one connection, and a STUN server that answers."""

from typing import Protocol

import msgspec


class FreshCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """A self-signed P-256 certificate and its key in PEM, for one connection and never again."""

    certificate_pem: bytes
    private_key_pem: bytes
    fingerprint: bytes
    """SHA-256 of the certificate in DER: 32 bytes."""

    def __repr__(self) -> str:
        return f"FreshCertificate(fingerprint={self.fingerprint.hex()})"


class CertificateSource(Protocol):
    def __call__(self) -> FreshCertificate: ...


class StunFinder(Protocol):
    async def __call__(self) -> tuple[str, int] | None:
        """Return host and port of a STUN server that answered just now; None: only host candidates are offered."""
        ...
