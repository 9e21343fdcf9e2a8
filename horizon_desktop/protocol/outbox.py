"""One channel's messages towards a peer: numbered, kept until acknowledged, bounded."""

from typing import Final

import msgspec

from horizon_desktop.domain.collaboration.channel import DataType

MAX_MESSAGES: Final = 1024
"""Span of unacknowledged numbers; the receiver's window is as wide, so an honest sender never leaves it."""
MAX_ASIDE: Final = 256


class Outgoing(msgspec.Struct, kw_only=True):
    """A message on its way. Mutable: overtaken by a newer one, it keeps its number and loses its body."""

    seq: int
    data_type: DataType
    body: bytes
    latest_key: bytes | None = None
    is_skip: bool = False


class Outbox:
    """Messages of one channel in one direction.

    Full (span or bytes) it takes nothing more: `put` says no and the sender waits; nothing is dropped. A
    message with a `latest_key` takes the place of an unsent one with the same key; one that was sent
    already but not acknowledged becomes a skip, so that a resend carries the newest only. It never waits:
    in a full box the newest of each key (at most 256) stands aside until there is room.
    """

    def __init__(self, *, max_bytes: int, max_messages: int = MAX_MESSAGES) -> None:
        self._max_messages = min(max_messages, MAX_MESSAGES)
        self._max_bytes = max_bytes
        self._messages: dict[int, Outgoing] = {}
        self._latest: dict[bytes, int] = {}
        self._aside: dict[bytes, tuple[DataType, bytes]] = {}
        self._skips = 0
        self._bytes = 0
        self._next = 1
        self._first = 1
        self._sent = 1

    @property
    def next_seq(self) -> int:
        """The number that the next message gets."""
        return self._next

    @property
    def first_unacknowledged(self) -> int:
        """The lowest number that the peer has not settled; `next_seq` when there is none."""
        return self._first

    @property
    def backlog(self) -> int:
        """How many messages with something to say are not settled."""
        return len(self._messages) - self._skips

    @property
    def unsettled_bytes(self) -> int:
        """Bytes of the messages that the peer has not settled, sent or not."""
        return self._bytes

    def has_room(self, size_bytes: int) -> bool:
        """Whether a message of this size can be taken."""
        is_narrow = self._next - self._first < self._max_messages
        return is_narrow and self._bytes + size_bytes <= self._max_bytes

    def put(self, data_type: DataType, body: bytes, *, latest_key: bytes | None = None) -> int | None:
        """Take a message and return its number, or None when full."""
        known = self._messages.get(self._latest.get(latest_key, 0)) if latest_key is not None else None
        if known is not None and known.seq >= self._sent:
            self._bytes += len(body) - len(known.body)
            known.body, known.data_type = body, data_type
            return known.seq
        if not self.has_room(len(body)):
            return self._stand_aside(data_type, body, latest_key)
        if known is not None:
            self._empty(known)
        message = Outgoing(seq=self._next, data_type=data_type, body=body, latest_key=latest_key)
        self._messages[message.seq] = message
        self._bytes += len(body)
        if latest_key is not None:
            self._latest[latest_key] = message.seq
        self._next += 1
        return message.seq

    def at_or_after(self, seq: int) -> Outgoing | None:
        """Return the first unsettled message numbered `seq` or later."""
        for number in range(max(seq, self._first), self._next):
            message = self._messages.get(number)
            if message is not None:
                return message
        return None

    def mark_sent(self, seq: int) -> None:
        """Note that a path took this message: it can no longer be exchanged for a newer one."""
        self._sent = max(self._sent, seq + 1)

    def acknowledge(self, settled_next: int) -> bool:
        """Drop everything below `settled_next`. False: the peer settles what was never sent."""
        if settled_next > self._sent:
            return False
        for number in range(self._first, settled_next):
            self._drop(number)
        self._first = max(self._first, settled_next)
        self._let_in()
        return True

    def refuse(self, seq: int) -> bool:
        """Drop one message that the peer refused, for good. False: it is not waiting."""
        return self._drop(seq)

    def _stand_aside(self, data_type: DataType, body: bytes, latest_key: bytes | None) -> int | None:
        if latest_key is None or (latest_key not in self._aside and len(self._aside) >= MAX_ASIDE):
            return None
        self._aside[latest_key] = (data_type, body)
        return self._next

    def _let_in(self) -> None:
        for latest_key, (data_type, body) in list(self._aside.items()):
            if not self.has_room(len(body)):
                return
            del self._aside[latest_key]
            self.put(data_type, body, latest_key=latest_key)

    def _drop(self, seq: int) -> bool:
        message = self._messages.pop(seq, None)
        if message is None:
            return False
        self._bytes -= len(message.body)
        self._skips -= message.is_skip
        if message.latest_key is not None and self._latest.get(message.latest_key) == seq:
            del self._latest[message.latest_key]
        return True

    def _empty(self, message: Outgoing) -> None:
        self._bytes -= len(message.body)
        message.body = b""
        message.is_skip = True
        self._skips += 1
        message.latest_key = None
