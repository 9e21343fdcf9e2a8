"""Mailboxes with a hostile hub inside: messages are dropped, repeated, recorded or replaced on the way."""

from collections.abc import Callable

from horizon_desktop.ports.hub import Mailbox
from horizon_desktop.protocol.redemption_messages import Tag, decode_frame


class MeddledMailbox:
    """A guest's mailbox whose hub looks at, and may replace, every message; an empty list drops it."""

    def __init__(self, inner: Mailbox, meddle: Callable[[bytes], list[bytes]]) -> None:
        self._inner = inner
        self._meddle = meddle

    async def send(self, data: bytes) -> None:
        for message in self._meddle(data):
            await self._inner.send(message)

    async def receive(self) -> bytes:
        return await self._inner.receive()

    async def close(self) -> None:
        await self._inner.close()


class DropsConfirmations:
    """Drops the first `count` third messages."""

    def __init__(self, count: int) -> None:
        self.left = count
        self.seen: list[bytes] = []

    def __call__(self, data: bytes) -> list[bytes]:
        if decode_frame(data).tag is not Tag.CONFIRM:
            return [data]
        self.seen.append(data)
        if self.left:
            self.left -= 1
            return []
        return [data]
