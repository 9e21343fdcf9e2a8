"""What a certificate's public key is called: the hash of its SPKI, and the pin in a link (PROTOCOL section 2)."""

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_der_x509_certificate

from horizon_desktop.crypto.hashing import sha256
from horizon_desktop.errors import RemoteProtocolError

PIN_BYTES: Final = 16


def spki_hash_of(certificate: bytes) -> bytes:
    """Return SHA-256 over the SubjectPublicKeyInfo of a certificate in DER: 32 bytes (RFC 5280 section 4.1.2.7).

    Raises:
        RemoteProtocolError: `certificate` is none, or has a key that cannot be read.
    """
    try:
        key = load_der_x509_certificate(certificate).public_key()
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
        raise RemoteProtocolError("the server's certificate cannot be read") from exc
    return sha256(spki)


def pin_of(spki_hash: bytes) -> bytes:
    """Return the pin of a public key: the first 16 bytes of the SHA-256 of its SPKI."""
    return spki_hash[:PIN_BYTES]
