"""Relay messages are together always what was sent, and short where writing takes long."""

import pytest

from horizon_desktop.domain.instants import Instant
from horizon_desktop.protocol.line_pace import LEAST_MESSAGE_BYTES
from horizon_desktop.services.relay_pieces import LONGEST_BYTES, RelayPieces
from tests.fakes.clock import FakeClock

MANY = bytes(range(256)) * 16 * 1024


class Line:
    """Takes so many milliseconds for each message."""

    def __init__(self, ms: int) -> None:
        self.clock = FakeClock(Instant(0))
        self.messages: list[bytes] = []
        self._ms = ms

    async def write(self, message: bytes) -> None:
        self.messages.append(message)
        self.clock.advance(ms=self._ms)


@pytest.mark.parametrize(("ms", "last"), [(0, LONGEST_BYTES), (50, LEAST_MESSAGE_BYTES)])
async def test_all_of_it_goes_in_order_in_messages_that_the_line_takes(ms: int, last: int) -> None:
    line = Line(ms)
    pieces = RelayPieces(line.write, clock=line.clock)
    await pieces.put(MANY)
    await pieces.put(b"")
    assert b"".join(line.messages) == MANY
    assert len(line.messages[0]) == LONGEST_BYTES, "before anything is known"
    assert len(line.messages[-2]) == last
