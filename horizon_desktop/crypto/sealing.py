"""Sealing: AES-256-GCM with the nonce given by the caller (PROTOCOL sections 2 and 3)."""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError

NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16


def counter_nonce(number: int) -> bytes:
    """Return the nonce of the `number`th message under a key that counts its messages: 12 bytes, big-endian."""
    return number.to_bytes(NONCE_BYTES, "big")


def seal(key: bytes, plain: bytes, *, nonce: bytes, context: bytes) -> bytes:
    """Return the ciphertext with its 16-byte tag, without the nonce.

    Args:
        key: 32 bytes, a subkey with this one use.
        plain: What to hide.
        nonce: 12 bytes that this key has never seen: random for a key that lives long, counted for a key of one
            conversation.
        context: Associated data; opening needs the same.
    """
    if len(nonce) != NONCE_BYTES:
        raise LocalProtocolError(f"a nonce has {NONCE_BYTES} bytes, not {len(nonce)}")
    return AESGCM(key).encrypt(nonce, plain, context)


def unseal(key: bytes, sealed: bytes, *, nonce: bytes, context: bytes) -> bytes:
    """Return the plain text that `seal` hid under the same key, nonce and context.

    Raises:
        RemoteProtocolError: anything of it was changed, or the key is another.
    """
    if len(nonce) != NONCE_BYTES or len(sealed) < TAG_BYTES:
        raise RemoteProtocolError("the sealed bytes are cut off")
    try:
        return AESGCM(key).decrypt(nonce, sealed, context)
    except InvalidTag as exc:
        raise RemoteProtocolError("the sealed bytes do not open: changed, or under another key") from exc
