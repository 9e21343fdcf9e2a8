"""The PAKE of redemption: SPAKE2 over link secret and code, one online guess for each try (PROTOCOL section 3)."""

from collections.abc import Callable
from typing import Final, Self

from spake2 import SPAKE2_A, SPAKE2_B
from spake2.ed25519_basic import NotOnCurve
from spake2.spake2 import SPAKEError

from horizon_desktop.crypto.hashing import mac, subkey
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError

PAKE_BYTES: Final = 33
"""Side letter and point."""
ENTROPY_BYTES: Final = 64
"""Drawn once for each side of each attempt."""

_THEIRS: Final = (SPAKEError, NotOnCurve, ValueError, TypeError, AssertionError, ArithmeticError)
"""All that the library raises on a peer's bytes (it checks with assertions too)."""


def password_of(link_secret: bytes, code: str) -> bytes:
    """Return the PAKE's password: both factors are needed even to form one guess.

    Args:
        link_secret: The 16 bytes of the link.
        code: In canonical form, 7 symbols (domain/access/code.py).
    """
    return mac(subkey(link_secret, "link-code"), "link-code", code.encode("ascii"))


def _once(entropy: bytes) -> Callable[[int], bytes]:
    left = [entropy]

    def draw(count: int) -> bytes:
        if not left or len(left[0]) != count:
            raise LocalProtocolError(f"the PAKE takes {ENTROPY_BYTES} bytes of entropy, once")
        return left.pop()

    return draw


class GuestPake:
    """The guest's side (A): its message exists at once, the key after the host's message."""

    __slots__ = ("_side", "message")

    def __init__(self, side: SPAKE2_A) -> None:
        self._side = side
        self.message: bytes = side.start()

    @classmethod
    def begin(cls, password: bytes, *, guest: bytes, host: bytes, locator: bytes, entropy: bytes) -> Self:
        """Return a started exchange. Takes 5 ms of processor time: keep it off the event loop.

        Args:
            guest: The guest's device key, 32 bytes.
            host: The host's device key, 32 bytes.
            locator: The invite's locator, 16 bytes.
            entropy: 64 random bytes, never used again.
        """
        return cls(SPAKE2_A(password, idA=guest, idB=host + locator, entropy_f=_once(entropy)))

    def finish(self, host_message: bytes) -> bytes:
        """Return the 32-byte PAKE key. Takes 7 ms of processor time. Works once.

        Raises:
            RemoteProtocolError: the host's message is not an element of the right group and side.
        """
        return _finish(self._side, host_message)


def answer_pake(
    password: bytes, guest_message: bytes, *, guest: bytes, host: bytes, locator: bytes, entropy: bytes
) -> tuple[bytes, bytes]:
    """Return the host's (side B) message and the 32-byte PAKE key. Takes 11 ms of processor time.

    Raises:
        RemoteProtocolError: the guest's message is not an element of the right group and side.
    """
    side = SPAKE2_B(password, idA=guest, idB=host + locator, entropy_f=_once(entropy))
    message: bytes = side.start()
    return message, _finish(side, guest_message)


def _finish(side: SPAKE2_A | SPAKE2_B, peer_message: bytes) -> bytes:
    if len(peer_message) != PAKE_BYTES:
        raise RemoteProtocolError(f"a PAKE message has {PAKE_BYTES} bytes, not {len(peer_message)}")
    try:
        key: bytes = side.finish(peer_message)
    except _THEIRS as exc:
        raise RemoteProtocolError("the PAKE message is not an element of the group") from exc
    return key
