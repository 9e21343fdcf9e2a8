"""What a dialed hub is to a host, an invitee and a member: the HostHub, Mailbox and MemberHub ports."""

from collections.abc import AsyncIterator
from typing import Final

from horizon_desktop.adapters.web.hub_wire import HubWire
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.ids import DeviceKey, LinkId, Locator
from horizon_desktop.errors import RemoteProtocolError
from horizon_desktop.ports.hub import (
    HostHubEvent,
    LinkClosed,
    LinkOpened,
    MailboxClosed,
    MailboxMessage,
    MailboxOpened,
    RelayFrame,
    SealedPreview,
)
from horizon_desktop.protocol.hub_frames import ClientFrame, RelayedBytes
from horizon_desktop.protocol.hub_messages import (
    CloseLink,
    CloseMailbox,
    MailboxArrived,
    MailboxDelivered,
    MailboxGone,
    MailboxPost,
    MemberArrived,
    MemberGone,
    Publish,
    PublishRevocations,
    RenewToken,
    Withdraw,
)

_OWN_MAILBOX: Final = 1
_MAX_REASON: Final = 64


class WebHostHub:
    """The HostHub port."""

    def __init__(self, wire: HubWire[HostHubEvent]) -> None:
        self._wire = wire

    @property
    def rtt_ms(self) -> int | None:
        return self._wire.rtt_ms

    def events(self) -> AsyncIterator[HostHubEvent]:
        return self._wire.events()

    async def publish(self, preview: SealedPreview) -> None:
        await self._wire.ask(
            lambda number: Publish(number, preview.locator, preview.invite_nonce, preview.sealed, preview.open_places)
        )

    async def withdraw(self, locator: Locator) -> None:
        await self._wire.ask(lambda number: Withdraw(number, locator))

    async def send_mailbox(self, mailbox: int, data: bytes) -> None:
        await self._wire.say(MailboxPost(mailbox, data))

    async def close_mailbox(self, mailbox: int) -> None:
        await self._wire.say(CloseMailbox(mailbox))

    async def send_relay(self, link: LinkId, lane: Lane, data: bytes) -> None:
        await self._wire.relay(link, lane, data)

    async def close_link(self, link: LinkId, reason: str) -> None:
        await self._wire.say(CloseLink(link, reason[:_MAX_REASON]))

    async def publish_revocations(self, signed: bytes) -> None:
        await self._wire.ask(lambda number: PublishRevocations(number, signed))

    async def close(self) -> None:
        await self._wire.close()


class WebMailbox:
    """The Mailbox port."""

    def __init__(self, wire: HubWire[bytes]) -> None:
        self._wire = wire

    async def send(self, data: bytes) -> None:
        await self._wire.say(MailboxPost(_OWN_MAILBOX, data))

    async def receive(self) -> bytes:
        return await self._wire.take()

    async def close(self) -> None:
        self._wire.close_soon()


class WebMemberHub:
    """The MemberHub port."""

    def __init__(self, wire: HubWire[RelayFrame], link: LinkId) -> None:
        self._wire = wire
        self._link = link

    @property
    def link(self) -> LinkId:
        return self._link

    @property
    def rtt_ms(self) -> int | None:
        return self._wire.rtt_ms

    def events(self) -> AsyncIterator[RelayFrame]:
        return self._wire.events()

    async def send_relay(self, lane: Lane, data: bytes) -> None:
        await self._wire.relay(self._link, lane, data)

    async def renew(self, token: bytes) -> None:
        await self._wire.ask(lambda number: RenewToken(number, token))

    async def close(self) -> None:
        await self._wire.close()


def host_event(frame: ClientFrame) -> tuple[HostHubEvent, int]:
    """Return what a hub's message means to a host, and its size. Raises RemoteProtocolError."""
    match frame:
        case RelayedBytes():
            return RelayFrame(frame.link, frame.lane, frame.data), len(frame.data)
        case MailboxDelivered():
            return MailboxMessage(frame.mailbox, frame.data), len(frame.data)
        case MailboxArrived():
            return MailboxOpened(frame.mailbox, Locator(frame.locator)), 0
        case MailboxGone():
            return MailboxClosed(frame.mailbox), 0
        case MemberArrived():
            return LinkOpened(LinkId(frame.link), DeviceKey(frame.guest)), 0
        case MemberGone():
            return LinkClosed(LinkId(frame.link), frame.reason), 0
        case _:
            raise RemoteProtocolError(f"a hub may not say {type(frame).__name__} to a host")


def mailbox_event(frame: ClientFrame) -> tuple[bytes, int]:
    """Return the bytes for an invitee, and their size. Raises RemoteProtocolError."""
    if isinstance(frame, MailboxDelivered):
        return frame.data, len(frame.data)
    raise RemoteProtocolError(f"a hub may not say {type(frame).__name__} to an invitee")


def member_event(frame: ClientFrame) -> tuple[RelayFrame, int]:
    """Return relayed bytes for a member, and their size. Raises RemoteProtocolError."""
    if isinstance(frame, RelayedBytes):
        return RelayFrame(frame.link, frame.lane, frame.data), len(frame.data)
    raise RemoteProtocolError(f"a hub may not say {type(frame).__name__} to a member")
