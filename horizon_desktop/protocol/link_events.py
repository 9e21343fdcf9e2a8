"""What a link tells the services: the facts of one peer, as frozen values."""

import msgspec

from horizon_desktop.domain.collaboration.channel import ChannelKind, DataType
from horizon_desktop.domain.collaboration.presence import Quality
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.domain.instants import Instant


class _LinkEvent(msgspec.Struct, frozen=True, kw_only=True):
    peer: DeviceKey


class LinkUp(_LinkEvent, frozen=True):
    """The peer proved its key and both sides know where they stand; comes before any of its messages.

    With `is_new_incarnation` everything queued towards the peer was dropped and both directions count
    from the start: resync each channel by its own rule. Without it nothing was lost.
    """

    is_new_incarnation: bool


class MessageArrived(_LinkEvent, frozen=True):
    """A whole message, in order, once, through the scope's gate. Answer it with `settle`."""

    channel: ChannelKind
    data_type: DataType
    seq: int
    body: bytes


class MessageRefused(_LinkEvent, frozen=True):
    """A message was not allowed: theirs by us, or (`is_ours`) one of ours by the peer."""

    channel: str
    """The channel's name, or `unknown`."""
    rule: str
    seq: int = 0
    is_ours: bool = False


class PathMoved(_LinkEvent, frozen=True):
    """Our messages go by this path from now on. `path`: relay or direct."""

    path: str
    rtt_ms: int


class QualityRead(_LinkEvent, frozen=True):
    """Heartbeats of the path in use, once a second while it is up."""

    quality: Quality


class SilenceReached(_LinkEvent, frozen=True):
    """Nothing came on any path. `stage`: suspect (3 s), chip (5 s), banner (30 s)."""

    stage: str
    resume_by: Instant


class Heard(_LinkEvent, frozen=True):
    """The peer is back after a SilenceReached; `resent` messages were sent again."""

    resent: int


class PeerMuted(_LinkEvent, frozen=True):
    """More than 20 refusals in a minute: nothing but control is taken for a minute after the last one."""

    rule: str


class PeerSuspended(_LinkEvent, frozen=True):
    """The third oversize frame within a minute: every path was closed and none is admitted until `forgive`."""

    rule: str


class AddressesTold(_LinkEvent, frozen=True):
    """Host only: the guest offered a direct path from these public networks (no whole addresses), in a signed SDP."""

    networks: frozenset[str]


class LinkGivenUp(_LinkEvent, frozen=True):
    """The place is free. `reason`: silent (5 min), dropped, closed."""

    reason: str


class HubReached(_LinkEvent, frozen=True):
    """Guest only: the relay connection to this hub stands (the link may not be up yet)."""

    hub: str


class HubFailed(_LinkEvent, frozen=True):
    """Guest only: a hub did not answer or refused us. `key` is the wording key of the reason."""

    hub: str
    key: str
    is_refused: bool
    """The hub's own rule said no (revoked, expired); else it was not reached."""


LinkEvent = (
    LinkUp
    | MessageArrived
    | MessageRefused
    | PathMoved
    | QualityRead
    | SilenceReached
    | Heard
    | PeerMuted
    | PeerSuspended
    | AddressesTold
    | LinkGivenUp
    | HubReached
    | HubFailed
)
