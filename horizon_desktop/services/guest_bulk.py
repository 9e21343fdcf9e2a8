"""The bulk lane as a guest has it: one peer, its host; the same face as the host's links have for bulk."""

import asyncio
from collections.abc import AsyncIterator

from horizon_desktop.domain.collaboration.channel import ChannelKind, DataType
from horizon_desktop.domain.decision import Decision, Deny
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.protocol.bulk_lane import BulkReading
from horizon_desktop.protocol.link_events import MessageArrived
from horizon_desktop.services.link_driver import LinkDriver


class GuestBulk:
    """BulkLinks over a guest's one link."""

    def __init__(self, driver: LinkDriver) -> None:
        self._driver = driver
        self._messages: asyncio.Queue[MessageArrived] = asyncio.Queue()

    def put(self, message: MessageArrived) -> None:
        """Take a message of the bulk lane: apart from the rest, so that it holds up nothing."""
        self._messages.put_nowait(message)

    async def bulk_messages(self) -> AsyncIterator[MessageArrived]:
        """Yield the messages of the bulk lane, in order. One consumer; bounded by the window of what is not settled."""
        while True:
            yield await self._messages.get()

    async def send_bulk(
        self, peer: DeviceKey, channel: ChannelKind, data_type: DataType, body: bytes, *, conversation: bytes
    ) -> Decision:
        """Queue a message for the host; wait as long as the window is full, and while the host is away.

        Raises LinkLost when closed, or the host is a new incarnation since `conversation` was asked for: what was
        queued in it is gone.
        """
        return await self._driver.send(channel, data_type, body, latest_key=None, conversation=conversation)

    def conversation(self, peer: DeviceKey) -> bytes:
        """Both incarnations of the link: what was queued in another was dropped."""
        return self._driver.link.conversation

    def settle(self, peer: DeviceKey, channel: ChannelKind, seq: int, deny: Deny | None = None) -> None:
        """Acknowledge a message, or refuse it: only then may the host send more."""
        self._driver.settle(channel, seq, deny)

    def backlog(self, peer: DeviceKey, *kinds: ChannelKind) -> int:
        """How many messages the host has not settled yet."""
        return self._driver.link.backlog(*kinds)

    def bulk_reading(self, peer: DeviceKey, *, is_new: bool = False) -> BulkReading:
        """How the lane is doing; `is_new` forgets the delays seen so far."""
        if is_new:
            self._driver.link.bulk.forget_delays()
        return self._driver.link.bulk.reading()

    @property
    def has_connection(self) -> bool:
        """Whether a direct connection for bulk alone stands or comes to be."""
        return self._driver.has_bulk_path
