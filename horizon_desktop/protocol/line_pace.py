"""How long a message a line takes without keeping an urgent one waiting, told from how long writes took on it."""

from typing import Final

LEAST_MESSAGE_BYTES: Final = 16 * 1024 - 64
"""Shorter ones would cost more than they spare; with its headers it is one record of TLS (RFC 8446 section 5.1)."""
MESSAGE_MS: Final = 4
"""For which one message may hold up a more urgent one."""
_REMEMBERED_BYTES: Final = 256 * 1024
"""What a write tells has a share in what is known of the line as its bytes have in this."""


class LinePace:
    """The speed of one line as back-pressure shows it: writes take long only where they have to wait.

    Args:
        longest: Bytes of a message where nobody waits; long ones cost a hub little for each byte.
    """

    __slots__ = ("_longest", "_ms_per_byte")

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._ms_per_byte = 0.0

    def took(self, count: int, ms: int) -> None:
        """Learn that a write of `count` bytes, at least one, returned after `ms` milliseconds."""
        self._ms_per_byte += (ms / count - self._ms_per_byte) * min(1.0, count / _REMEMBERED_BYTES)

    def most_bytes(self) -> int:
        """Return how long the next message may be: what the line takes in 4 ms, from 16 KiB to the longest."""
        if self._longest * self._ms_per_byte <= MESSAGE_MS:
            return self._longest
        return max(LEAST_MESSAGE_BYTES, int(MESSAGE_MS / self._ms_per_byte))
