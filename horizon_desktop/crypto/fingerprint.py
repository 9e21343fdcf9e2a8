"""Pictures that people compare aloud: 7 of 64, of a redemption or of a device key (PROTOCOL section 1)."""

from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from horizon_desktop.crypto.hashing import sha256
from horizon_desktop.crypto.signing import statement

PICTURES: Final = 7
PICTURE_KINDS: Final = 64
OPENING_BYTES: Final = 32
_BITS: Final = 6
_SALT: Final = sha256(statement("key-pictures"))[:16]
_ARGON2_PASSES: Final = 3
_ARGON2_KIB: Final = 64 * 1024
_ARGON2_LANES: Final = 4
"""RFC 9106, second recommended choice: 64 MiB for each key that somebody tries makes a search for a look-alike dear."""
_KEYS_KEPT: Final = 256


def commitment(opening: bytes) -> bytes:
    """Return the 32-byte commitment to the guest's `opening`, sent before the host's part is known."""
    return sha256(statement("picture-commitment", opening))


def session_pictures(transcript: bytes, opening: bytes) -> tuple[int, ...]:
    """Return the 7 pictures, each 0 to 63, of one redemption; equal on both sides and on no third one.

    The guest commits to `opening` in its first message, so nobody in between can try openings until the
    pictures of two conversations look alike: one guess in 2**42.

    Args:
        transcript: 32-byte hash of link and both messages, in which both device keys are.
        opening: The 32 random bytes of the guest's commitment.
    """
    return _indices(sha256(statement("session-pictures", transcript, opening)))


@lru_cache(maxsize=_KEYS_KEPT)
def key_pictures(key: bytes) -> tuple[int, ...]:
    """Return the 7 pictures, each 0 to 63, of a device key: a memory aid, no proof.

    The first time for a key it takes 64 MiB and about 0.15 s of processor time: keep it off the event loop.
    Derive one key at a time in a process: OpenSSL takes the threads of the lanes from one pool, and two
    derivations at once fail for want of a thread or wait for each other for ever.
    """
    derivation = Argon2id(salt=_SALT, length=8, iterations=_ARGON2_PASSES, lanes=_ARGON2_LANES, memory_cost=_ARGON2_KIB)
    return _indices(derivation.derive(statement("key-pictures", key)))


def _indices(digest: bytes) -> tuple[int, ...]:
    bits = int.from_bytes(digest[:8], "big") >> (64 - PICTURES * _BITS)
    return tuple((bits >> (_BITS * place)) % PICTURE_KINDS for place in reversed(range(PICTURES)))
