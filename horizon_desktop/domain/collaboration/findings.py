"""What a check of the network finds: plain facts, before anything is concluded from them."""

from enum import StrEnum

import msgspec

from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.instants import Instant


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Somewhere packets can be sent to, by name or address."""

    host: str
    port: int

    @property
    def authority(self) -> str:
        """`host:port`, an IPv6 address in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class HubOutcome(StrEnum):
    """How far a visit to a hub came, the furthest first. Named after what stopped it."""

    REACHED = "reached"
    DRAINING = "draining"
    OTHER_SERVER = "other_server"
    """TLS and key are right, but what answers is no hub."""
    PIN = "pin"
    CERTIFICATE_DATE = "certificate_date"
    """The certificate is not valid yet or not any more, by this machine's clock."""
    CERTIFICATE = "certificate"
    TLS_OLD = "tls_old"
    TLS_CUT = "tls_cut"
    PROXY_LOGIN = "proxy_login"
    PROXY_REFUSED = "proxy_refused"
    PROXY_UNREACHABLE = "proxy_unreachable"
    REFUSED = "refused"
    SILENT = "silent"
    NAME = "name"
    """The name has no address."""
    FORBIDDEN = "forbidden"
    """This machine itself did not let the connection out."""
    NO_ROUTE = "no_route"


class HubVisit(msgspec.Struct, frozen=True, kw_only=True):
    """One question for a hub's health, and what became of it."""

    hub: HubAddress
    outcome: HubOutcome
    proxy: str = ""
    """`host:port` of the HTTP proxy that was used, without its password; empty when there was none."""
    asked_at: Instant | None = None
    answered_at: Instant | None = None
    hub_time: Instant | None = None
    """The hub's own clock, in whole seconds cut off (RFC 9110 section 5.6.7), told inside the checked TLS."""


class UdpOutcome(StrEnum):
    """What became of a STUN question (RFC 8489)."""

    ANSWERED = "answered"
    SILENT = "silent"
    REFUSED = "refused"
    """Nobody listens there; but the datagram got out, and the news of it back in."""
    NAME = "name"
    NO_ROUTE = "no_route"
    FORBIDDEN = "forbidden"


class StunAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one STUN server told; all servers were asked from one socket."""

    server: Server
    outcome: UdpOutcome
    address: str = ""
    """The server's address, where its name has one."""
    local: Server | None = None
    """Where the question left this machine."""
    mapped: Server | None = None
    """Where it came from, as the server saw it."""


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one check found."""

    addresses: tuple[str, ...]
    """Those under which others might reach this machine, best first."""
    visits: tuple[HubVisit, ...]
    answers: tuple[StunAnswer, ...]
    are_other_ports_open: bool | None = None
    """Whether TCP reaches anything but port 443; None when nobody looked."""
