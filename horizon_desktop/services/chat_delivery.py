"""Chat on its way to guests: first what each has missed, in its own time, then every line as it is said."""

from typing import Final

import structlog

from horizon_desktop.domain.collaboration.channel import ChannelKind, DataType
from horizon_desktop.domain.collaboration.presence import Presence
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.ids import DeviceKey, peer_id_of
from horizon_desktop.errors import AccessRefused, HorizonError
from horizon_desktop.protocol.payloads.chat import Said
from horizon_desktop.protocol.payloads.codec import encode
from horizon_desktop.services.hosted_core import HostedCore
from horizon_desktop.services.link_tasks import LinkTasks

_log = structlog.get_logger(__name__)

MOST_WAITING: Final = 128
"""Messages to a guest that are not acknowledged while its history is sent: a slow link is never overrun."""
_LOOK_MS: Final = 20


class ChatDelivery:
    """Lines reach every guest in the order of their numbers: one who is behind gets new lines with the history."""

    def __init__(self, core: HostedCore) -> None:
        self._core = core
        self._tasks = LinkTasks()
        self._behind: dict[DeviceKey, bytes] = {}
        """Who has not caught up, in which conversation of its link."""
        self._catching: set[tuple[DeviceKey, bytes]] = set()
        self._said = 0

    async def run(self) -> None:
        """Own the deliveries of histories until cancelled."""
        await self._tasks.run()

    async def say(self, peer_id: str, name: str, text: str) -> None:
        """Keep a line of chat and send it to everyone. Raises AccessRefused (chat.length), StoreUnavailable."""
        core = self._core
        now = core.parts.clock.now().instant
        said = await core.chat.say(peer_id=peer_id, name=name, text=text, at=now)
        if isinstance(said, Deny):
            raise AccessRefused(f"a line of chat was refused: {said.detail} characters", code=said.rule)
        self._said += 1
        for seat in core.guests.roster:
            if seat.presence is Presence.HERE and seat.key not in self._behind and self._may_read(seat.key):
                await self._deliver(seat.key, said)

    def entered(self, key: DeviceKey) -> None:
        """A new incarnation of a guest is here: it asks for the history first."""
        if self._may_read(key):
            self._behind[key] = self._core.links.conversation(key)

    def gone(self, key: DeviceKey) -> None:
        """Forget a guest."""
        self._behind.pop(key, None)

    def catch_up(self, key: DeviceKey, after_id: int) -> None:
        """Send a guest what was said after that number; asked again meanwhile, nothing more is sent."""
        conversation = self._core.links.conversation(key)
        if (key, conversation) not in self._catching:
            self._catching.add((key, conversation))
            self._behind[key] = conversation
            self._tasks.start(self._catch_up(key, conversation, after_id))

    async def _catch_up(self, key: DeviceKey, conversation: bytes, after_id: int) -> None:
        try:
            while True:
                said_before = self._said
                missed = await self._core.chat.after(after_id)
                for said in missed:
                    await self._room(key, conversation)
                    if not self._is_same(key, conversation):
                        return
                    await self._send(key, said)
                    after_id = said.message_id
                if not missed and said_before == self._said:
                    return
        except HorizonError as trouble:
            _log.warning("chat.history", peer_id=peer_id_of(key), code=trouble.key)
        finally:
            self._catching.discard((key, conversation))
            if self._behind.get(key) == conversation:
                del self._behind[key]

    async def _deliver(self, key: DeviceKey, said: Said) -> None:
        if self._core.links.backlog(key) < MOST_WAITING:
            await self._send(key, said)
        else:  # too slow for now: it reads on at its own pace, and nobody waits for it
            self.catch_up(key, said.message_id - 1)

    async def _room(self, key: DeviceKey, conversation: bytes) -> None:
        core = self._core
        while self._is_same(key, conversation) and core.links.backlog(key) >= MOST_WAITING:
            await core.parts.clock.sleep(_LOOK_MS)

    def _is_same(self, key: DeviceKey, conversation: bytes) -> bool:
        return self._may_read(key) and self._core.links.conversation(key) == conversation

    def _may_read(self, key: DeviceKey) -> bool:
        seat = self._core.guests.roster.find(key)
        return seat is not None and seat.channels.get(ChannelKind.CHAT, 0) > 0

    async def _send(self, key: DeviceKey, said: Said) -> None:
        await self._core.send(key, ChannelKind.CHAT, DataType.CHAT, encode(said))
