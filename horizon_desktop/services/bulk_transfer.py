"""Sending and taking on the bulk lane: back-pressure for who sends, turns for the others, an end when a link goes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, Protocol

from horizon_desktop.domain.collaboration.channel import ChannelKind, DataType
from horizon_desktop.domain.decision import Decision, Deny
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.errors import AccessRefused, LinkLost
from horizon_desktop.ports.clock import Clock
from horizon_desktop.protocol.bulk_lane import BulkReading
from horizon_desktop.protocol.link_events import MessageArrived

_TURNS: Final = 8
"""Messages taken in a row before everybody else has a turn: half a megabyte at most."""


class BulkLinks(Protocol):
    """The bulk lane to every peer, as host and guest have it."""

    def bulk_messages(self) -> AsyncIterator[MessageArrived]: ...
    def conversation(self, peer: DeviceKey) -> bytes:
        """Both incarnations; what was queued in another was dropped. Empty without a link."""
        ...

    async def send_bulk(
        self, peer: DeviceKey, channel: ChannelKind, data_type: DataType, body: bytes, *, conversation: bytes
    ) -> Decision:
        """Queue a message; wait while the window is full or the peer away. Raises LinkLost."""
        ...

    def settle(self, peer: DeviceKey, channel: ChannelKind, seq: int, deny: Deny | None = None) -> None: ...
    def backlog(self, peer: DeviceKey, *kinds: ChannelKind) -> int: ...
    def bulk_reading(self, peer: DeviceKey, *, is_new: bool = False) -> BulkReading | None: ...


class BulkSender:
    """One transfer to one peer: its messages arrive whole and in order, or `send` says that they will not."""

    def __init__(self, links: BulkLinks, peer: DeviceKey, channel: ChannelKind, data_type: DataType) -> None:
        self._links = links
        self._peer = peer
        self._channel = channel
        self._data_type = data_type
        self._conversation = links.conversation(peer)

    @property
    def is_lost(self) -> bool:
        """Whether the peer is a new incarnation: the transfer starts over, from where its own rule says."""
        return self._links.conversation(self._peer) != self._conversation

    @property
    def backlog(self) -> int:
        """How many messages the peer has not settled yet."""
        return self._links.backlog(self._peer, self._channel)

    async def send(self, body: bytes) -> None:
        """Queue a message, when there is room for it.

        Raises:
            AccessRefused: the channel's rule. LinkLost: the link is over, or the peer starts anew.
        """
        decision = await self._links.send_bulk(
            self._peer, self._channel, self._data_type, body, conversation=self._conversation
        )
        if isinstance(decision, Deny):
            raise AccessRefused(f"not sent: {decision.rule}", code=decision.rule)

    async def settled(self, clock: Clock, *, most: int = 0, look_ms: int = 5) -> None:
        """Return when at most so many messages are not settled. Raises LinkLost."""
        while self.backlog > most:
            if self.is_lost:
                raise LinkLost("the peer starts anew")
            await clock.sleep(look_ms)


async def take_bulk(
    links: BulkLinks,
    clock: Clock,
    take: Callable[[MessageArrived], Awaitable[Deny | None]],
) -> None:
    """Hand every bulk message to `take` and settle it by the answer: only then may its sender go on."""
    taken = 0
    async for event in links.bulk_messages():
        deny = await take(event)
        links.settle(event.peer, event.channel, event.seq, deny)
        taken += 1
        if taken % _TURNS == 0:
            await clock.sleep(0)
