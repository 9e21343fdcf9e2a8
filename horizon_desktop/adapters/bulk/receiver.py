"""The receiving half of the carrier: puts in order, drops doubles and what nobody allowed, acknowledges."""

from collections.abc import Callable

from horizon_desktop.adapters.bulk.frames import ACK, FIRST_AHEAD, MOST_AHEAD, WRAP, signed


class Receiver:
    """The receiving half: puts in order, drops doubles and what nobody allowed, acknowledges."""

    def __init__(self, cookie: bytes, *, welcome: Callable[[], int]) -> None:
        self._ack = ACK + cookie
        self._welcome = welcome
        self._expected = 0
        self._bits = 0
        self._held: dict[int, bytes] = {}
        self._limit = 0
        self.unsaid = 0
        """Datagrams that came since the last acknowledgement."""
        self.is_ack_due = False

    def take(self, number: int, packet: bytes, ready: list[bytes]) -> None:
        """Take a numbered packet; append to `ready` what can be handed on now."""
        self.unsaid += 1
        ahead = signed(number, self._expected)
        if ahead == 0 and not self._held:
            ready.append(packet)
            self._expected += 1
            return
        self.is_ack_due = True
        if ahead < 0 or ahead >= MOST_AHEAD or self._expected + ahead >= max(self._limit, self._expected + FIRST_AHEAD):
            return
        self._held[self._expected + ahead] = packet
        self._bits |= 1 << ahead
        moved = 0
        while (packet_ready := self._held.pop(self._expected + moved, None)) is not None:
            ready.append(packet_ready)
            moved += 1
        self._expected += moved
        self._bits >>= moved

    def acknowledgement(self) -> bytes:
        """Return the datagram that says what came, and how much more is welcome."""
        self.is_ack_due = False
        self.unsaid = 0
        welcome = min(max(self._welcome(), 0), MOST_AHEAD)
        self._limit = max(self._limit, self._expected + welcome)
        bits = self._bits.to_bytes((self._bits.bit_length() + 7) // 8, "little")
        left = self._limit - self._expected
        return self._ack + (self._expected & WRAP).to_bytes(4, "big") + left.to_bytes(2, "big") + bits

    def is_more_welcome(self) -> bool:
        """Whether so much more is welcome than was said that it should be said again."""
        gained = self._expected + min(self._welcome(), MOST_AHEAD) - self._limit
        return gained >= MOST_AHEAD // 8
