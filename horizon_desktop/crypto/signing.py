"""Statements: the only byte strings that are ever signed or hashed, each with its own label (PROTOCOL, notation)."""

import re
from functools import lru_cache
from typing import Final

from nacl.bindings import crypto_sign as _sign_combined
from nacl.bindings import crypto_sign_open, crypto_sign_seed_keypair
from nacl.exceptions import BadSignatureError
from nacl.exceptions import ValueError as NaclValueError

from horizon_desktop.errors import LocalProtocolError

SEED_BYTES: Final = 32
KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)


def statement(name: str, *fields: bytes) -> bytes:
    """Return `horizon/NAME/v1 | 0x00 | each field with a 4-byte big-endian length`.

    The label keeps one kind of signed object from ever passing for another; the lengths keep fields from
    sliding into one another.

    Args:
        name: The bare name, lower-case letters, digits and dashes: "session", not "horizon/session/v1".
        fields: Any bytes, each below 4 GiB.

    Raises:
        LocalProtocolError: `name` is not a name (our own mistake).
    """
    return _label(name) + b"".join([len(field).to_bytes(4, "big") + field for field in fields])


@lru_cache(maxsize=256)
def _label(name: str) -> bytes:
    if _NAME.fullmatch(name) is None:
        raise LocalProtocolError(f"a statement's name is lower-case letters, digits, dashes: {name!r}")
    return b"horizon/" + name.encode("ascii") + b"/v1\x00"


def public_key(seed: bytes) -> bytes:
    """Return the 32-byte Ed25519 public key of a 32-byte seed (RFC 8032)."""
    key: bytes = crypto_sign_seed_keypair(seed)[0]
    return key


def sign(seed: bytes, signed: bytes) -> bytes:
    """Return the 64-byte Ed25519 signature of a ready-made statement under a 32-byte seed (RFC 8032)."""
    secret: bytes = crypto_sign_seed_keypair(seed)[1]
    return bytes(_sign_combined(signed, secret)[:SIGNATURE_BYTES])


def verify(key: bytes, signed: bytes, signature: bytes) -> bool:
    """Whether `signature` is that of `key` over exactly the bytes `signed`.

    False, never an exception, for a key or signature of the wrong length or a key of small order.
    """
    if len(key) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        crypto_sign_open(signature + signed, key)
    except (BadSignatureError, NaclValueError):
        return False
    return True
