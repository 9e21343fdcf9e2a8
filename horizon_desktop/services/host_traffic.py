"""What comes over a guest's link: each fact and message of the host, to the part that answers for it."""

from typing import Final

import msgspec
import structlog

from horizon_desktop.domain.collaboration.channel import ChannelKind
from horizon_desktop.domain.decision import Deny
from horizon_desktop.domain.events import (
    AccessChanged,
    ActionRefused,
    ChatSaid,
    ClockSkewed,
    CursorMoved,
    HubChanged,
    LeaseExtended,
    LinkBack,
    LinkSilent,
    ParticipantJoined,
    ParticipantLeft,
    PathChanged,
    PeerEntered,
    PeerGone,
    QualityChanged,
    QualityMeasured,
    RosterChanged,
    SessionOpened,
)
from horizon_desktop.errors import AccessRevoked, HorizonError, Unreachable
from horizon_desktop.protocol import link_events
from horizon_desktop.protocol.link_events import LinkEvent, MessageArrived
from horizon_desktop.protocol.payloads.chat import AskHistory, Said
from horizon_desktop.protocol.payloads.codec import HostMessage, decode_host
from horizon_desktop.protocol.payloads.control import (
    AccessGiven,
    AskRenewal,
    Ended,
    Lease,
    Renewal,
    Roster,
    Welcome,
)
from horizon_desktop.protocol.payloads.cursors import PeerCursor
from horizon_desktop.protocol.payloads.edits import FileList, Opened, Resync, Update
from horizon_desktop.services.guest_traffic import QUALITY_WORDS
from horizon_desktop.services.joined_core import JoinedCore

_log = structlog.get_logger(__name__)

SKEW_TOLD_MS: Final = 10 * 60_000
"""A guest whose clock is further off is told so (PROTOCOL section 4)."""
REFUSED_FOR_GOOD: Final = frozenset({"access.revoked", "token.revoked", "session.over", "peer.unknown"})
"""A hub's refusals that no redial heals."""


class HostTraffic:
    """Handles the link events of one joined session, one after the other."""

    def __init__(self, core: JoinedCore) -> None:
        self._core = core
        self._last_chat = 0
        self._bars = -1
        self._is_skew_told = False
        self._is_history_due = False

    async def run(self) -> None:
        """Handle what the link reports until cancelled."""
        async for event in self._core.link.events():
            try:
                await self._handle(event)
            except HorizonError as trouble:
                _log.warning("host.trouble", code=trouble.key, about=type(event).__name__)

    # --- facts about the link ---
    async def _handle(self, event: LinkEvent) -> None:
        core, bus = self._core, self._core.parts.bus
        match event:
            case MessageArrived():
                await self._message(event)
            case link_events.LinkUp():
                await self._up(is_new=event.is_new_incarnation)
            case link_events.PathMoved():
                peer, path, rtt_ms = core.host_peer_id, event.path, event.rtt_ms
                bus.publish(PathChanged(session_id=core.text_id, peer_id=peer, path=path, rtt_ms=rtt_ms))
            case link_events.QualityRead():
                self._measured(event)
            case link_events.SilenceReached():
                stage, by = event.stage, event.resume_by
                bus.publish(LinkSilent(session_id=core.text_id, peer_id=core.host_peer_id, stage=stage, resume_by=by))
            case link_events.Heard():
                bus.publish(LinkBack(session_id=core.text_id, peer_id=core.host_peer_id, edits_sent=event.resent))
            case link_events.MessageRefused():
                peer = core.own_peer_id if event.is_ours else core.host_peer_id
                bus.publish(
                    ActionRefused(session_id=core.text_id, peer_id=peer, channel=event.channel, rule=event.rule)
                )
                if event.is_ours and event.channel == ChannelKind.EDITS:
                    core.documents.refused(event.rule)
            case link_events.HubReached():
                bus.publish(HubChanged(session_id=core.text_id, is_connected=True, hub=event.hub))
            case link_events.HubFailed():
                await self._hub_failed(event)
            case link_events.LinkGivenUp():
                core.fail(Unreachable("the host cannot be reached", code="net.lost"))
                await core.finish("lost", core.host_now())
            case _:
                pass

    async def _up(self, *, is_new: bool) -> None:
        core = self._core
        core.hear_host_clock()
        core.documents.host_up(is_new_incarnation=is_new)
        offset_ms = core.link.host_offset_ms()
        if abs(offset_ms) > SKEW_TOLD_MS and not self._is_skew_told:
            self._is_skew_told = True
            core.parts.bus.publish(ClockSkewed(session_id=core.text_id, minutes=abs(offset_ms) // 60_000))
        self._is_history_due = self._is_history_due or is_new

    def _measured(self, event: link_events.QualityRead) -> None:
        core, quality = self._core, event.quality
        peer = core.host_peer_id
        core.parts.bus.publish(QualityMeasured(session_id=core.text_id, peer_id=peer, quality=quality))
        if quality.bars != self._bars:
            self._bars = quality.bars
            word = QUALITY_WORDS[quality.bars]
            core.parts.bus.publish(QualityChanged(session_id=core.text_id, peer_id=peer, quality=word))

    async def _hub_failed(self, event: link_events.HubFailed) -> None:
        core = self._core
        core.parts.bus.publish(HubChanged(session_id=core.text_id, is_connected=False, hub=event.hub))
        if event.is_refused and event.key in REFUSED_FOR_GOOD and not core.link.is_up:
            core.fail(AccessRevoked("the hub says that the access was taken back"))
            await core.finish("revoked", core.host_now())
        elif event.is_refused and event.key == "token.expired":
            await core.tell(AskRenewal())

    # --- messages ---
    async def _message(self, event: MessageArrived) -> None:
        deny: Deny | None = None
        try:
            await self._take(decode_host(event.channel, event.data_type, event.body))
        except HorizonError as trouble:
            deny = Deny(trouble.key)
        self._core.link.settle(event.channel, event.seq, deny)

    async def _take(self, message: HostMessage) -> None:
        match message:
            case FileList() | Opened() | Update() | Resync():
                await self._core.documents.from_host(message)
            case PeerCursor():
                self._cursor(message)
            case Said():
                self._said(message)
            case Roster():
                self._roster(message)
            case Welcome():
                await self._welcome(message)
            case Lease():
                await self._lease(message)
            case Renewal():
                await self._renewed(message)
            case AccessGiven():
                await self._access(message)
            case Ended():
                await self._ended(message)

    def _cursor(self, message: PeerCursor) -> None:
        self._core.parts.bus.publish(
            CursorMoved(
                session_id=self._core.text_id,
                peer_id=message.peer_id,
                file_id=message.file_id,
                anchor=message.anchor,
                head=message.head,
            )
        )

    def _said(self, message: Said) -> None:
        is_shown = ChannelKind.CHAT.value not in self._core.parts.configuration.features.off
        if message.message_id <= self._last_chat or not is_shown:
            return
        self._last_chat = message.message_id
        self._core.parts.bus.publish(
            ChatSaid(
                session_id=self._core.text_id,
                message_id=message.message_id,
                peer_id=message.peer_id,
                name=message.name,
                at=message.at,
                text=message.text,
            )
        )

    def _roster(self, message: Roster) -> None:
        core, bus = self._core, self._core.parts.bus
        before = {participant.peer_id: participant for participant in core.participants}
        after = {participant.peer_id: participant for participant in message.participants}
        core.participants = message.participants
        for peer_id in after.keys() - before.keys():
            bus.publish(PeerEntered(session_id=core.text_id, participant=after[peer_id]))
            bus.publish(ParticipantJoined(session_id=core.text_id, peer_id=peer_id))
        for peer_id in before.keys() - after.keys():
            bus.publish(PeerGone(session_id=core.text_id, participant=before[peer_id], reason="left"))
            bus.publish(ParticipantLeft(session_id=core.text_id, peer_id=peer_id))
        bus.publish(RosterChanged(session_id=core.text_id, participants=message.participants))

    async def _welcome(self, message: Welcome) -> None:
        core = self._core
        core.membership = msgspec.structs.replace(
            core.membership,
            role=message.role,
            title=message.title,
            session_type=message.session_type,
            created_at=message.created_at,
            expires_at=message.expires_at,
            host_offset_ms=core.link.host_offset_ms(),
        )
        core.take_channels(message.channels)
        await core.parts.store.put_membership(core.membership)
        await core.move_lease(message.expires_at)
        if core.opened.done():
            return
        core.parts.bus.publish(
            SessionOpened(
                session_id=core.text_id,
                session_type=message.session_type,
                title=message.title,
                expires_at=message.expires_at,
                is_host=False,
            )
        )
        core.opened.set_result(None)

    async def _lease(self, message: Lease) -> None:
        core = self._core
        is_later = message.expires_at > core.watch.lease.expires_at
        await core.move_lease(message.expires_at)
        if is_later:
            core.parts.bus.publish(LeaseExtended(session_id=core.text_id, expires_at=message.expires_at))

    async def _renewed(self, message: Renewal) -> None:
        """Take the next token; the first one after a welcome is what the history of the chat is asked with."""
        core = self._core
        await core.take_token(message.token)
        if self._is_history_due and core.channels.get("chat", 0) > 0:
            self._is_history_due = False
            await core.ask(AskHistory(self._last_chat))

    async def _access(self, message: AccessGiven) -> None:
        core = self._core
        await core.take_token(message.token)
        core.take_channels(message.channels)
        core.membership = msgspec.structs.replace(core.membership, role=message.role)
        await core.parts.store.put_membership(core.membership)
        core.parts.bus.publish(
            AccessChanged(session_id=core.text_id, role=message.role, channels=dict(message.channels))
        )

    async def _ended(self, message: Ended) -> None:
        core = self._core
        if message.reason == "revoked":
            core.fail(AccessRevoked("the host took the access back"))
        await core.finish(message.reason, message.at)
