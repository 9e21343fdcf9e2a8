"""What comes over the links of a hosted session: each fact and message of a guest, to the part that answers for it."""

import asyncio
from collections.abc import Mapping
from typing import Final

import msgspec
import structlog

from horizon_desktop.domain.collaboration.channel import ChannelKind, DataType
from horizon_desktop.domain.collaboration.presence import Presence
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.events import (
    ActionRefused,
    CursorMoved,
    LinkBack,
    LinkSilent,
    ParticipantJoined,
    PathChanged,
    PeerEntered,
    PeerMuted,
    QualityChanged,
    QualityMeasured,
    TimeAsked,
)
from horizon_desktop.domain.ids import DeviceKey, FileId, peer_id_of
from horizon_desktop.errors import AccessRefused, HorizonError
from horizon_desktop.protocol import link_events
from horizon_desktop.protocol.link_events import LinkEvent, LinkUp, MessageArrived
from horizon_desktop.protocol.payloads.chat import AskHistory, Say
from horizon_desktop.protocol.payloads.codec import GuestMessage, decode_guest, encode
from horizon_desktop.protocol.payloads.control import (
    AskRenewal,
    AskTime,
    Leave,
    Welcome,
    Whereabouts,
)
from horizon_desktop.protocol.payloads.cursors import MyCursor, PeerCursor
from horizon_desktop.protocol.payloads.edits import Open, Shut, Update
from horizon_desktop.services.chat_delivery import ChatDelivery
from horizon_desktop.services.hosted_core import HostedCore
from horizon_desktop.services.orchestrators import CollaborationOrchestrator
from horizon_desktop.services.risk_watch import RiskWatch
from horizon_desktop.services.roster import Seat

_log = structlog.get_logger(__name__)

QUALITY_WORDS: Final = ("silent", "poor", "fair", "good", "excellent")
"""By bars, 0 to 4."""
_ACTIONS: Final[Mapping[type[GuestMessage], str]] = {
    Open: "edits.view",
    Shut: "edits.view",
    Update: "edits.use",
    MyCursor: "cursors.use",
    Say: "chat.use",
    AskHistory: "chat.view",
}
"""What each message of a guest does; control is part of being here."""
PARTING_MS: Final = 100
"""For the acknowledgement of a guest's own leaving."""


class GuestTraffic:
    """Handles the link events of one hosted session, one after the other."""

    def __init__(self, core: HostedCore) -> None:
        self._core = core
        self._bars: dict[DeviceKey, int] = {}
        self._cursors: dict[DeviceKey, PeerCursor] = {}
        self._chat = ChatDelivery(core)
        self._parted: list[DeviceKey] = []
        self.risk = RiskWatch(core)
        self.collaboration = CollaborationOrchestrator(core)

    async def run(self) -> None:
        """Handle what the links report until cancelled. One guest's trouble is that guest's alone."""
        async with asyncio.TaskGroup() as group:
            chat = group.create_task(self._chat.run(), name="chat")
            try:
                async for event in self._core.links.events():
                    await self._handle_alone(event)
            finally:
                chat.cancel()

    async def _handle_alone(self, event: LinkEvent) -> None:
        try:
            await self._handle(event)
        except HorizonError as trouble:
            _log.warning("guest.trouble", peer_id=peer_id_of(event.peer), code=trouble.key)
            if isinstance(event, LinkUp):  # not welcomed: it comes again
                await self._core.links.drop(event.peer, trouble.key)

    async def say(self, peer_id: str, name: str, text: str) -> None:
        """Keep a line of chat and send it to everyone. Raises AccessRefused (chat.length), StoreUnavailable."""
        await self._chat.say(peer_id, name, text)

    async def show_cursor(self, cursor: PeerCursor, *, but: DeviceKey | None) -> None:
        """Send a caret to every guest but its owner; only the newest waits in a slow queue."""
        key = cursor.peer_id.encode()
        body, channel = encode(cursor), ChannelKind.CURSORS
        for seat in self._core.guests.roster:
            if seat.key != but and seat.presence is Presence.HERE and seat.channels.get(channel, 0) > 0:
                await self._core.send(seat.key, channel, DataType.CURSOR, body, latest_key=key)

    async def take_cursor_away(self, owner: DeviceKey) -> None:
        """Forget a guest who has gone, and show everybody that its caret is nowhere any more."""
        self._bars.pop(owner, None)
        self._chat.gone(owner)
        last = self._cursors.pop(owner, None)
        if last is not None:
            await self._show(msgspec.structs.replace(last, file_id=b""), owner)

    # --- facts about a link ---
    async def _handle(self, event: LinkEvent) -> None:
        seat = self._core.guests.roster.find(event.peer)
        if seat is None:
            if isinstance(event, MessageArrived):
                self._core.links.settle(event.peer, event.channel, event.seq, Deny("peer.unknown"))
            return
        match event:
            case MessageArrived():
                await self._message(seat, event)
            case LinkUp():
                await self._up(seat, is_new=event.is_new_incarnation)
            case link_events.PathMoved():
                self._moved(seat, path=event.path, rtt_ms=event.rtt_ms)
            case link_events.QualityRead():
                self._measured(seat, event)
            case link_events.SilenceReached():
                self._silent(seat, event)
            case link_events.Heard():
                self._heard(seat, resent=event.resent)
            case _:
                await self._misconduct(seat, event)
        still_here = self._core.guests.roster.find(event.peer)
        if still_here is not None:
            await self.risk.saw(still_here, event)

    async def _misconduct(self, seat: Seat, event: LinkEvent) -> None:
        match event:
            case link_events.MessageRefused() if not event.is_ours:
                self._refused(seat, event.channel, event.rule)
            case link_events.PeerMuted():
                self._publish_muted(seat, event.rule)
            case link_events.PeerSuspended():
                await self._core.guests.suspend(seat, reason=event.rule)
                await self._core.publish_revocations()
                self._publish_muted(seat, event.rule)
            case link_events.LinkGivenUp():
                await self._given_up(seat, event.reason)
            case _:
                pass

    async def _up(self, seat: Seat, *, is_new: bool) -> None:
        core = self._core
        if not seat.has_place:
            await core.guests.take_place(seat)
        is_first = not seat.has_entered
        core.guests.heard(seat.key, presence=Presence.HERE, has_entered=True)
        present = core.guests.roster.find(seat.key)
        if present is None:  # gone while its place was written
            return
        seat = present
        if is_new:
            await self._welcome(seat)
        if is_first:
            participant = seat.participant("")
            core.parts.bus.publish(PeerEntered(session_id=core.text_id, participant=participant))
            core.parts.bus.publish(ParticipantJoined(session_id=core.text_id, peer_id=participant.peer_id))
        core.roster_moved()

    async def _welcome(self, seat: Seat) -> None:
        core = self._core
        await core.tell(
            seat.key,
            Welcome(
                core.row.title,
                core.row.session_type,
                peer_id_of(seat.key),
                seat.role,
                dict(seat.channels),
                seat.color,
                core.row.created_at,
                core.lease.expires_at,
                core.parts.clock.now().instant,
            ),
        )
        await core.tell(seat.key, core.lease_message())
        await core.renew(seat)
        self._chat.entered(seat.key)
        core.documents.guest_up(seat.key, may_edit=core.guests.may_edit(seat))
        for owner, cursor in self._cursors.items():
            if owner != seat.key and cursor.file_id:
                await core.send(seat.key, ChannelKind.CURSORS, DataType.CURSOR, encode(cursor))

    def _moved(self, seat: Seat, *, path: str, rtt_ms: int) -> None:
        self._core.guests.heard(seat.key, path=path, rtt_ms=rtt_ms)
        self._publish(
            PathChanged(session_id=self._core.text_id, peer_id=peer_id_of(seat.key), path=path, rtt_ms=rtt_ms)
        )
        self._core.roster_moved()

    def _measured(self, seat: Seat, event: link_events.QualityRead) -> None:
        quality, peer_id = event.quality, peer_id_of(seat.key)
        self._core.guests.measured(seat.key, quality)
        self._core.guests.heard(seat.key, rtt_ms=quality.rtt_ms)
        self._publish(QualityMeasured(session_id=self._core.text_id, peer_id=peer_id, quality=quality))
        if self._bars.get(seat.key) != quality.bars:
            self._bars[seat.key] = quality.bars
            word = QUALITY_WORDS[quality.bars]
            self._publish(QualityChanged(session_id=self._core.text_id, peer_id=peer_id, quality=word))
            self._core.roster_moved()

    def _silent(self, seat: Seat, event: link_events.SilenceReached) -> None:
        if event.stage != "suspect" and self._core.guests.heard(seat.key, presence=Presence.AWAY):
            self._core.roster_moved()
        self._publish(
            LinkSilent(
                session_id=self._core.text_id,
                peer_id=peer_id_of(seat.key),
                stage=event.stage,
                resume_by=event.resume_by,
            )
        )

    def _heard(self, seat: Seat, *, resent: int) -> None:
        if self._core.guests.heard(seat.key, presence=Presence.HERE):
            self._core.roster_moved()
        self._publish(LinkBack(session_id=self._core.text_id, peer_id=peer_id_of(seat.key), edits_sent=resent))

    async def _given_up(self, seat: Seat, reason: str) -> None:
        if reason != "silent":
            return
        self._core.documents.guest_gone(seat.key)
        await self.take_cursor_away(seat.key)
        if await self._core.guests.give_up_place(seat.key) is not None:
            self._core.gone(seat, "silent")

    def _refused(self, seat: Seat, channel: str, rule: str) -> None:
        peer_id = peer_id_of(seat.key)
        self._publish(ActionRefused(session_id=self._core.text_id, peer_id=peer_id, channel=channel, rule=rule))

    def _publish_muted(self, seat: Seat, reason: str) -> None:
        self._publish(PeerMuted(session_id=self._core.text_id, peer_id=peer_id_of(seat.key), reason=reason))

    def _publish(
        self, event: PathChanged | QualityMeasured | QualityChanged | LinkSilent | LinkBack | ActionRefused | PeerMuted
    ) -> None:
        self._core.parts.bus.publish(event)

    # --- messages ---
    async def _message(self, seat: Seat, event: MessageArrived) -> None:
        deny: Deny | None
        try:
            message = decode_guest(event.channel, event.data_type, event.body)
            deny = await self._answer(seat, message)
        except HorizonError as trouble:
            deny = Deny(trouble.key)
        self._core.links.settle(seat.key, event.channel, event.seq, deny)  # a refusal comes back as MessageRefused
        while self._parted:
            await self._core.links.drop(self._parted.pop(), "left", flush_ms=PARTING_MS)

    async def _answer(self, seat: Seat, message: GuestMessage) -> Deny | None:
        action = _ACTIONS.get(type(message))
        if action is not None:
            decision = self.collaboration.validate_ephemeral_action(peer_id_of(seat.key), action)
            if isinstance(decision, Deny):
                return decision
        match message:
            case Open() | Shut() | Update():
                return await self._document(seat, message)
            case MyCursor():
                return await self._cursor(seat, message)
            case Say():
                return await self._say(seat, message)
            case AskHistory():
                self._chat.catch_up(seat.key, message.after_id)
            case Whereabouts():
                self._whereabouts(seat, message)
            case AskTime():
                return self._ask_time(seat, message)
            case AskRenewal():
                await self._core.renew(seat)
            case Leave():
                await self._leave(seat)
        return None

    async def _leave(self, seat: Seat) -> None:
        core = self._core
        await core.guests.leave(seat.key)
        core.documents.guest_gone(seat.key)
        await self.take_cursor_away(seat.key)
        await core.publish_revocations()
        core.gone(seat, "left")
        self._parted.append(seat.key)

    def _ask_time(self, seat: Seat, message: AskTime) -> Deny | None:
        if not 1 <= message.minutes <= 24 * 60:
            return Deny("time.range", str(message.minutes))
        peer_id = peer_id_of(seat.key)
        self._core.parts.bus.publish(TimeAsked(session_id=self._core.text_id, peer_id=peer_id, minutes=message.minutes))
        return None

    def _whereabouts(self, seat: Seat, message: Whereabouts) -> None:
        if self._core.guests.heard(seat.key, file_id=message.file_id, line=max(0, message.line)):
            self._core.roster_moved()

    async def _document(self, seat: Seat, message: Open | Shut | Update) -> Deny | None:
        may_edit = self._core.guests.may_edit(seat)
        decision = await self._core.documents.from_guest(seat.key, may_edit=may_edit, message=message)
        return decision if isinstance(decision, Deny) else None

    async def _cursor(self, seat: Seat, message: MyCursor) -> Deny | None:
        if message.file_id and not self._core.documents.path_of(FileId(message.file_id)):
            return Deny("file.unknown")
        cursor = PeerCursor(peer_id_of(seat.key), message.file_id, message.anchor, message.head)
        self._cursors[seat.key] = cursor
        await self._show(cursor, seat.key)
        return None

    async def _show(self, cursor: PeerCursor, owner: DeviceKey) -> None:
        self._core.parts.bus.publish(
            CursorMoved(
                session_id=self._core.text_id,
                peer_id=cursor.peer_id,
                file_id=cursor.file_id,
                anchor=cursor.anchor,
                head=cursor.head,
            )
        )
        await self.show_cursor(cursor, but=owner)

    async def _say(self, seat: Seat, message: Say) -> Deny | None:
        try:
            await self.say(peer_id_of(seat.key), seat.name, message.text)
        except AccessRefused as refused:
            return Deny(refused.key)
        return None
