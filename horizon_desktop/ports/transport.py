"""Ways to a peer: one ordered, encrypted stream of bytes for each lane of a path."""

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Protocol

from horizon_desktop.domain.collaboration.channel import Lane


class PathKind(StrEnum):
    RELAY = "relay"
    DIRECT = "direct"


class LaneStream(Protocol):
    """One lane of one path: ordered, reliable and encrypted to whoever holds the other end.

    Who that is, is not known before the binding message (PROTOCOL section 6, 2) has been checked.
    """

    @property
    def path(self) -> PathKind: ...
    @property
    def lane(self) -> Lane: ...
    @property
    def is_client(self) -> bool:
        """Whether this side is the TLS (or DTLS) client."""
        ...

    def exporter(self) -> bytes:
        """Return 32 bytes of keying material that only both ends of this connection can know."""
        ...

    async def send(self, data: bytes) -> None:
        """Send bytes; waits while the other side or the network is slow. Raises LinkLost."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield received bytes in order until the stream ends."""
        ...

    async def close(self) -> None: ...


class TlsEngine(Protocol):
    """TLS 1.3 over memory, without certificates that mean anything: identity is bound by the exporter."""

    @property
    def is_open(self) -> bool: ...
    def start(self) -> bytes:
        """Return the first bytes to send (client) or nothing (server)."""
        ...

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        """Take bytes from the wire; return (plain text, bytes to send). Raises RemoteProtocolError."""
        ...

    def seal(self, plain: bytes) -> bytes:
        """Return the records for `plain`. Raises LocalProtocolError before the handshake is done."""
        ...

    def exporter(self) -> bytes: ...


class TlsFactory(Protocol):
    """Makes a fresh engine with a throw-away certificate for every connection."""

    def client(self) -> TlsEngine: ...
    def server(self) -> TlsEngine: ...


class DirectAttempt(Protocol):
    """One WebRTC connection in the making. Bounded by the caller; `close` takes at most 2 s."""

    async def offer(self) -> bytes:
        """Return the SDP offer with all candidates gathered."""
        ...

    async def answer(self, offer: bytes) -> bytes:
        """Take the peer's offer, return the SDP answer."""
        ...

    async def accept(self, answer: bytes) -> None:
        """Take the peer's answer."""
        ...

    async def lanes(self) -> dict[Lane, LaneStream]:
        """Wait until every lane's data channel is open. Raises LinkLost when the attempt fails."""
        ...

    async def close(self) -> None: ...


class DirectFactory(Protocol):
    def attempt(self) -> DirectAttempt: ...
