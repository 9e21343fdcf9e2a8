"""Hashes, MACs and subkeys: SHA-256 for statements, BLAKE3 for content, HKDF for every key (PROTOCOL, notation)."""

import hashlib
import hmac
from typing import Final

from blake3 import blake3
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from horizon_desktop.crypto.signing import statement

DIGEST_BYTES: Final = 32


def sha256(data: bytes) -> bytes:
    """Return the 32-byte SHA-256 of `data` (a statement, or public bytes such as a certificate's SPKI)."""
    return hashlib.sha256(data).digest()


def content_hash(data: bytes) -> bytes:
    """Return the 32-byte BLAKE3 hash of a file's bytes."""
    return blake3(data).digest()


class ContentHasher:
    """The BLAKE3 hash of bytes that come piece by piece."""

    def __init__(self) -> None:
        self._blake = blake3()

    def add(self, piece: bytes) -> None:
        self._blake.update(piece)

    def digest(self) -> bytes:
        """Return the 32 bytes of what was added so far."""
        return self._blake.digest()


def mac(key: bytes, name: str, *fields: bytes) -> bytes:
    """Return HMAC-SHA-256 under `key` over the statement `name` with `fields`: 32 bytes (RFC 2104)."""
    return hmac.digest(key, statement(name, *fields), "sha256")


def is_same(left: bytes, right: bytes) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(left, right)


def subkey(secret: bytes, name: str) -> bytes:
    """Return the 32-byte subkey `name` of a shared secret (HKDF-SHA-256, no salt, info = the bare label; RFC 5869).

    No shared secret is used for anything else than to derive subkeys, one name for each use.
    """
    return HKDF(algorithm=SHA256(), length=DIGEST_BYTES, salt=None, info=statement(name)).derive(secret)
