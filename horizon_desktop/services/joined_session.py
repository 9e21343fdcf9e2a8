"""One session of somebody else that this profile is a guest of, from being let in to the farewell."""

import asyncio
from pathlib import Path
from typing import Final

import structlog

from horizon_desktop.domain.collaboration.channel import ChannelAccess, ChannelKind, DataType
from horizon_desktop.domain.collaboration.documents import Caret
from horizon_desktop.domain.collaboration.lease import Lease
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.ids import FileId
from horizon_desktop.errors import AccessRefused, FileRefused, LinkLost
from horizon_desktop.ports.records import MembershipRow
from horizon_desktop.protocol.payloads.chat import Say
from horizon_desktop.protocol.payloads.codec import decode_host, encode
from horizon_desktop.protocol.payloads.control import AskTime, Leave, Whereabouts
from horizon_desktop.protocol.payloads.cursors import MyCursor
from horizon_desktop.services.bulk_traffic import BulkTraffic
from horizon_desktop.services.conversation import chat_line
from horizon_desktop.services.host_parts import Parts
from horizon_desktop.services.host_traffic import HostTraffic
from horizon_desktop.services.joined_core import JoinedCore
from horizon_desktop.services.mirror import Mirror

_log = structlog.get_logger(__name__)

FAREWELL_MS: Final = 500


class JoinedSession:
    """Runs one guest's side. `run` in a task group; it ends by the host, by `leave`, by its lease, or by silence."""

    def __init__(
        self,
        *,
        membership: MembershipRow,
        parts: Parts,
        lease: Lease,
        mirror: Path | None = None,
        is_mirror_forced: bool = False,
    ) -> None:
        self.core = JoinedCore(membership=membership, parts=parts, lease=lease)
        self._traffic = HostTraffic(self.core)
        self._bulk = BulkTraffic(self.core.link.bulk, self.core.measuring, decode=decode_host, clock=parts.clock)
        self._mirror = (
            None
            if mirror is None
            else Mirror(
                session_id=membership.session_id,
                folder=parts.mirrors(mirror),
                documents=self.core.documents,
                store=parts.store,
                bus=parts.bus,
                clock=parts.clock,
                is_forced=is_mirror_forced,
            )
        )

    async def run(self) -> None:
        """Serve until it is over for us; `core.opened` is resolved by the host's welcome, or carries the failure."""
        core = self.core
        async with asyncio.TaskGroup() as group:
            serving = [
                group.create_task(core.link.run(), name="link"),
                group.create_task(self._traffic.run(), name="traffic"),
                group.create_task(self._bulk.run(), name="bulk traffic"),
                group.create_task(core.documents.run(), name="documents"),
                group.create_task(core.watch.run(), name="lease"),
            ]
            if self._mirror is not None:
                serving.append(group.create_task(self._keep_mirror(self._mirror), name="mirror"))
            try:
                await core.over.wait()
            finally:
                for task in serving:
                    task.cancel()

    def network_changed(self) -> None:
        """Doubt every path to the host, dial the relay and try direct at once."""
        self.core.link.redial()

    async def _keep_mirror(self, mirror: Mirror) -> None:
        """Mirror; a folder that cannot be used ends the session here, and the same device may come back to it."""
        try:
            await mirror.run()
        except FileRefused as refused:
            self.core.fail(refused)
            await self.core.link.close(flush_ms=FAREWELL_MS)
            await self.core.finish("mirror", self.core.parts.clock.now().instant)

    async def leave(self) -> None:
        """Go for good: the place is free and the token void."""
        self.core.is_leaving = True
        try:
            await asyncio.wait_for(self.core.tell(Leave()), FAREWELL_MS / 1000)
        except (TimeoutError, LinkLost):
            _log.info("leave.untold", session=self.core.text_id)
        await self.core.link.close(flush_ms=FAREWELL_MS)
        await self.core.finish("left", self.core.parts.clock.now().instant)

    async def suspend(self) -> None:
        """Stop without leaving: the process goes; the same device may come back without a code."""
        await self.core.link.close(flush_ms=FAREWELL_MS)
        self.core.over.set()

    async def ask_time(self, minutes: int) -> None:
        """Ask the host for more time."""
        await self.core.tell(AskTime(minutes))

    async def say(self, text: str) -> None:
        """Send a line of chat. Raises AccessRefused: chat is closed to us, or the line too long (chat.length)."""
        line = chat_line(text)
        if isinstance(line, Deny):
            raise AccessRefused(f"a line of chat was refused: {line.detail} characters", code=line.rule)
        await self.core.ask(Say(line))

    async def move_cursor(self, file_id: FileId | None, anchor: Caret, head: Caret, *, line: int) -> None:
        """Show our caret; only the newest one waits in a slow queue."""
        core = self.core
        if core.channels.get(ChannelKind.CURSORS, 0) >= ChannelAccess.USE:
            body = encode(MyCursor(file_id or b"", anchor, head))
            await core.link.send(ChannelKind.CURSORS, DataType.CURSOR, body, latest_key=b"cursor")
        place = encode(Whereabouts(file_id or b"", line))
        await core.link.send(ChannelKind.CONTROL, DataType.CONTROL, place, latest_key=b"place")
