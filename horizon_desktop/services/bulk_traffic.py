"""What comes over the bulk lane of a session, to the part that answers for it; apart from all that people write."""

import asyncio
from collections.abc import Callable

from horizon_desktop.domain.collaboration.channel import ChannelKind, DataType
from horizon_desktop.domain.decision import Deny
from horizon_desktop.errors import HorizonError
from horizon_desktop.ports.clock import Clock
from horizon_desktop.protocol.link_events import MessageArrived
from horizon_desktop.protocol.payloads.codec import Message
from horizon_desktop.protocol.payloads.measure import AskRun, Begin, Block, Declined, End, Receipt
from horizon_desktop.services.bulk_transfer import BulkLinks, take_bulk
from horizon_desktop.services.measuring import Measuring

Decode = Callable[[ChannelKind, DataType, bytes], Message]


class BulkTraffic:
    """Runs beside a session's traffic until cancelled."""

    def __init__(self, links: BulkLinks, measuring: Measuring, *, decode: Decode, clock: Clock) -> None:
        self._links = links
        self._measuring = measuring
        self._decode = decode
        self._clock = clock

    async def run(self) -> None:
        """Take what comes and do what it asks for."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._measuring.run(), name="measuring")
            group.create_task(take_bulk(self._links, self._clock, self._take), name="bulk")

    async def _take(self, event: MessageArrived) -> Deny | None:
        try:
            message = self._decode(event.channel, event.data_type, event.body)
        except HorizonError as trouble:
            return Deny(trouble.key)
        if isinstance(message, AskRun | Begin | Block | End | Receipt | Declined):
            return self._measuring.take(event.peer, message)
        return Deny("type.unknown")
