"""What a hub needs from whoever listens on the network for it, and what it offers in return."""

from collections.abc import Callable, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Protocol

import msgspec


class CloseCode(IntEnum):
    """Why a WebSocket is closed (RFC 6455 section 7.4.1)."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL = 1002
    POLICY = 1008


class TlsIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Certificate and private key of a server, as files."""

    certificate: Path
    private_key: Path
    spki_hash: bytes
    """SHA-256 of the public key, 32 bytes."""
    is_self_signed: bool
    """Clients need its pin: no authority vouches for it."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one HTTP request."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain"
    headers: Mapping[str, str] = {}


class HubSocket(Protocol):
    """One client's WebSocket, at the hub."""

    @property
    def source(self) -> str:
        """The address it comes from, as text."""
        ...

    async def receive(self) -> bytes:
        """Return the next binary message. Raises LinkLost at its end, RemoteProtocolError for text or too much."""
        ...

    async def send(self, frame: bytes) -> None:
        """Send one binary message; waits while the client is slow. Raises LinkLost."""
        ...

    def prove(self) -> None:
        """The client has proven who it is: its connection is no longer half-open."""
        ...

    async def close(self, code: CloseCode, reason: str) -> None:
        """Close with a reason of at most 64 letters; takes at most 2 s."""
        ...


class HubService(Protocol):
    """The hub, as a listener sees it."""

    @property
    def is_draining(self) -> bool:
        """Whether it takes no more clients."""
        ...

    def knock(self, source: str, leave: Callable[[], None]) -> int | None:
        """Answer a new connection before anything is spent on it: its ticket, or None to hang up.

        Args:
            source: Its address.
            leave: Hangs up on it, when room is needed for others before it has proven itself.
        """
        ...

    def left(self, ticket: int) -> None:
        """That connection is proven or has gone."""
        ...

    def page(self, path: str, *, source: str) -> Page:
        """Answer a GET request for `path`."""
        ...

    async def serve(self, socket: HubSocket) -> None:
        """Serve one WebSocket until it ends."""
        ...


class HubListener(Protocol):
    """Listens for HTTP and WebSocket over TLS 1.3."""

    @property
    def port(self) -> int:
        """The port, once open."""
        ...

    @property
    def host(self) -> str:
        """The address it was told to listen on."""
        ...

    @property
    def identity(self) -> TlsIdentity: ...
    async def open(self) -> None:
        """Bind. Raises UsageError when the address cannot be used or the port is taken."""
        ...

    async def serve(self, service: HubService) -> None:
        """Accept and serve until cancelled."""
        ...

    async def close(self) -> None:
        """Stop listening; end what is still connected."""
        ...
