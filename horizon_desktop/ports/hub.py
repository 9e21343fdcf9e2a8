"""The hub, as host and guest see it: registration, mailboxes for redemption, relay (PROTOCOL section 5)."""

from collections.abc import AsyncIterator, Callable
from typing import Protocol

import msgspec

from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.ids import DeviceKey, LinkId, Locator, SessionId

Sign = Callable[[bytes], bytes]
"""Signs ready-made bytes (label and fields already in front) with the device key; 64 bytes out."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who dials: the device key and the means to prove it."""

    key: DeviceKey
    sign: Sign


class SealedPreview(msgspec.Struct, frozen=True, kw_only=True):
    """An invite as a hub stores it: it can name it, count its places, and read nothing."""

    locator: Locator
    invite_nonce: bytes
    """16 bytes; the hub recomputes the locator from host key and nonce."""
    sealed: bytes
    """AES-256-GCM under the subkey link-preview; at most 4 KiB."""
    open_places: int


class MailboxOpened(msgspec.Struct, frozen=True):
    """An invitee came for an invite of ours."""

    mailbox: int
    locator: Locator


class MailboxMessage(msgspec.Struct, frozen=True):
    mailbox: int
    data: bytes


class MailboxClosed(msgspec.Struct, frozen=True):
    mailbox: int


class LinkOpened(msgspec.Struct, frozen=True):
    """A member with a token that the hub accepted is there to be relayed."""

    link: LinkId
    guest: DeviceKey


class LinkClosed(msgspec.Struct, frozen=True):
    link: LinkId
    reason: str


class RelayFrame(msgspec.Struct, frozen=True):
    """Bytes of one lane, in order. On the member's side `link` is its own."""

    link: LinkId
    lane: Lane
    data: bytes


HostHubEvent = MailboxOpened | MailboxMessage | MailboxClosed | LinkOpened | LinkClosed | RelayFrame


class HostHub(Protocol):
    """A host's connection to one hub, already registered. Ends by raising LinkLost from `events`."""

    @property
    def rtt_ms(self) -> int | None: ...
    def events(self) -> AsyncIterator[HostHubEvent]:
        """Yield what happens, in order, until the connection ends (raises LinkLost)."""
        ...

    async def publish(self, preview: SealedPreview) -> None:
        """Store or replace one invite's preview and place count at the hub; returns when it is in force.

        Raises AccessRefused with the hub's rule, LinkLost.
        """
        ...

    async def withdraw(self, locator: Locator) -> None: ...
    async def send_mailbox(self, mailbox: int, data: bytes) -> None: ...
    async def close_mailbox(self, mailbox: int) -> None: ...
    async def send_relay(self, link: LinkId, lane: Lane, data: bytes) -> None:
        """Send bytes of one lane, at most 64 KiB; waits while the hub or this member is slow.

        A link that has closed meanwhile swallows them.
        """
        ...

    async def close_link(self, link: LinkId, reason: str) -> None: ...
    async def publish_revocations(self, signed: bytes) -> None:
        """Hand over the host-signed revocation list (crypto/domain access revocation)."""
        ...

    async def close(self) -> None: ...


class Mailbox(Protocol):
    """An invitee's way to one host, before redemption. Both raise LinkLost when it ends."""

    async def send(self, data: bytes) -> None: ...
    async def receive(self) -> bytes: ...
    async def close(self) -> None:
        """Leave behind what was sent; the hub's answer is not waited for."""
        ...


class MemberHub(Protocol):
    """A member's relay connection to the host of its session."""

    @property
    def link(self) -> LinkId: ...
    @property
    def rtt_ms(self) -> int | None: ...
    def events(self) -> AsyncIterator[RelayFrame]:
        """Yield relayed bytes, in order, until the connection ends (raises LinkLost with the hub's reason)."""
        ...

    async def send_relay(self, lane: Lane, data: bytes) -> None:
        """Send bytes of one lane, at most 64 KiB; waits while the hub is slow.

        In all lanes but control it also waits while the hub's token of ours has run out: see `renew`.
        """
        ...

    async def renew(self, token: bytes) -> None:
        """Hand over the next token, so that the hub goes on relaying all lanes. Raises AccessRefused."""
        ...

    async def close(self) -> None: ...


class HubDialer(Protocol):
    """Connects to a hub over TLS 1.3, checks its pin, proves the device key.

    Every call raises Unreachable (nobody answers), HubBusy (an Unreachable: come again), HubPinMismatch, or
    AccessRefused (the hub's own rule; code.slow with `s` where previews and mailboxes were tried too often).
    """

    async def register(
        self, hub: HubAddress, caller: Caller, *, session: SessionId, session_nonce: bytes
    ) -> HostHub: ...
    async def fetch_preview(self, hub: HubAddress, locator: Locator) -> bytes | None:
        """Return the sealed preview, or None when no connected host has that invite."""
        ...

    async def open_mailbox(self, hub: HubAddress, caller: Caller, *, locator: Locator) -> Mailbox:
        """Open a mailbox; AccessRefused with key host.away when the host is not connected."""
        ...

    async def connect(self, hub: HubAddress, caller: Caller, *, session: SessionId, token: bytes) -> MemberHub: ...
