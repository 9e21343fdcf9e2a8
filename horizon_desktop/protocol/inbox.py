"""One channel's messages from a peer: put back in order, delivered once, settled by the application."""

from collections import deque
from typing import Final

import msgspec

from horizon_desktop.domain.collaboration.channel import ChannelRow, DataType
from horizon_desktop.domain.decision import Deny
from horizon_desktop.errors import LocalProtocolError, RemoteProtocolError
from horizon_desktop.protocol.outbox import MAX_MESSAGES

KEPT_REFUSALS: Final = 16
"""A channel's latest refusals, told again with the first message of the next path."""


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """A whole message, or what stands for it: a skip, or one refused before it was whole."""

    seq: int
    data_type: DataType | None
    body: bytes = b""
    is_skip: bool = False
    deny: Deny | None = None


class Inbox:
    """Messages of one channel in the other direction.

    What was delivered and not settled is bounded too (2048 messages, two windows of bytes): an honest sender keeps
    half of it unacknowledged at most, so whoever goes past loses the path, and no queue behind this one need be.
    """

    def __init__(self, row: ChannelRow) -> None:
        self.row = row
        self.refusals: deque[tuple[int, str]] = deque(maxlen=KEPT_REFUSALS)
        self._expected = 1
        self._waiting: dict[int, Arrived] = {}
        self._waiting_bytes = 0
        self._settled_next = 1
        self._settled: set[int] = set()
        self._unsettled: dict[int, int] = {}
        self._unsettled_bytes = 0

    @property
    def expected(self) -> int:
        """The next number to deliver: what the peer is told to go on with."""
        return self._expected

    @property
    def settled_next(self) -> int:
        """Everything below was delivered and settled: what acknowledgements carry."""
        return self._settled_next

    def has(self, seq: int) -> bool:
        """Whether this number came already."""
        return seq < self._expected or seq in self._waiting

    def take(self, arrived: Arrived) -> list[Arrived]:
        """Take a message and return those whose turn has come, in order; a duplicate is dropped.

        Raises:
            RemoteProtocolError: the number or the amount waiting is outside any honest sender's window.
        """
        if self.has(arrived.seq):
            return []
        window = self.row.window_bytes
        is_far = arrived.seq < 1 or arrived.seq >= self._expected + MAX_MESSAGES
        is_unread = self._expected - self._settled_next >= 2 * MAX_MESSAGES or self._unsettled_bytes >= 2 * window
        size = self._waiting_bytes + len(arrived.body)
        if is_far or is_unread or size > window + self.row.max_message_bytes:
            raise RemoteProtocolError(f"message {arrived.seq} while {self._expected} is expected", code="seq.window")
        self._waiting[arrived.seq] = arrived
        self._waiting_bytes = size
        ready = []
        while (next_one := self._waiting.pop(self._expected, None)) is not None:
            self._waiting_bytes -= len(next_one.body)
            self._expected += 1
            self._unsettled[next_one.seq] = len(next_one.body)
            self._unsettled_bytes += len(next_one.body)
            ready.append(next_one)
        return ready

    def settle(self, seq: int, deny: Deny | None = None) -> bool:
        """Note the application's verdict. False: it was settled before.

        Raises:
            LocalProtocolError: this number was never delivered (our own mistake).
        """
        if seq >= self._expected:
            raise LocalProtocolError(f"{self.row.kind} {seq} was never delivered")
        if seq < self._settled_next or seq in self._settled:
            return False
        if deny is not None:
            self.refusals.append((seq, deny.rule))
        self._settled.add(seq)
        self._unsettled_bytes -= self._unsettled.pop(seq)
        while self._settled_next in self._settled:
            self._settled.remove(self._settled_next)
            self._settled_next += 1
        return True
