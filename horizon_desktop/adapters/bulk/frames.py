"""The carrier's datagrams: what each begins with, and how their numbers are read.

`kind u8 | cookie 3`, and then: DATA `number u32 | packet`, LOOSE `packet` (never repeated: acknowledgements of QUIC),
PING nothing, ACK `next expected u32 | how many more are welcome u16 | bits of what came beyond, lowest first`,
PROBE padding, SEEN `bytes u16`. Numbers count datagrams from 0 and wrap.
"""

from typing import Final

HEADER_BYTES: Final = 8
LOOSE_HEADER_BYTES: Final = 4
ACK_BYTES: Final = 10
"""Without its bits."""
MOST_AHEAD: Final = 8 * 1024
"""Datagrams; what an acknowledgement can speak of."""
FIRST_AHEAD: Final = 64
"""Datagrams that may be sent before the peer has said how many are welcome."""
DATA: Final = b"\x90"
LOOSE: Final = b"\x91"
ACK: Final = b"\x92"
PING: Final = b"\x93"
PROBE: Final = b"\x94"
SEEN: Final = b"\x95"
WRAP: Final = (1 << 32) - 1
_HALF: Final = 1 << 31


def signed(number: int, near: int) -> int:
    """Return how far a 32-bit number is ahead of `near`, negative when behind."""
    ahead = (number - near) & WRAP
    return ahead - (1 << 32) if ahead >= _HALF else ahead
