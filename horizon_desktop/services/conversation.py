"""Chat of a hosted session: lines get number, author and time from the host, and stay for late joiners."""

from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.events import ChatSaid
from horizon_desktop.domain.ids import SessionId, session_text
from horizon_desktop.domain.instants import Instant
from horizon_desktop.domain.plain_text import plain_lines
from horizon_desktop.ports.bus import Bus
from horizon_desktop.ports.records import ChatRow
from horizon_desktop.ports.storage import Store
from horizon_desktop.protocol.payloads.chat import MAX_CHAT_CHARACTERS, Said


def chat_line(text: str) -> str | Deny:
    """Return a line as it may be said, without what steers a terminal; Deny (chat.length) an empty or overlong one."""
    clean = plain_lines(text, most_characters=MAX_CHAT_CHARACTERS + 1).strip()
    if not clean or len(clean) > MAX_CHAT_CHARACTERS:
        return Deny("chat.length", str(len(clean)))
    return clean


class Conversation:
    """Keeps one session's chat in the store and tells the bus."""

    def __init__(self, *, session: SessionId, store: Store, bus: Bus) -> None:
        self._session = session
        self._store = store
        self._bus = bus

    async def say(self, *, peer_id: str, name: str, text: str, at: Instant) -> Said | Deny:
        """Keep a line and return it as all shall see it; refuse an empty or overlong one."""
        clean = chat_line(text)
        if isinstance(clean, Deny):
            return clean
        row = await self._store.add_chat(self._session, peer_id=peer_id, name=name, at=at, text=clean)
        self._bus.publish(
            ChatSaid(
                session_id=session_text(self._session),
                message_id=row.message_id,
                peer_id=peer_id,
                name=name,
                at=at,
                text=clean,
            )
        )
        return _said(row)

    async def after(self, message_id: int) -> tuple[Said, ...]:
        """Return the lines after that number, oldest first."""
        return tuple(_said(row) for row in await self._store.chat_after(self._session, message_id))


def _said(row: ChatRow) -> Said:
    return Said(row.message_id, row.peer_id, row.name, row.at, row.text)
