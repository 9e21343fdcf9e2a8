"""What a link wants done: told by the machine, done by its driver."""

import msgspec

from horizon_desktop.domain.collaboration.channel import Engine, Lane
from horizon_desktop.protocol.link_events import LinkEvent


class Notify(msgspec.Struct, frozen=True):
    """Tell the services."""

    event: LinkEvent


class AskAdmission(msgspec.Struct, frozen=True):
    """The peer's signature is checked: ask roster, epoch and expiry whether it may come in; answer by `admitted`."""

    path: int
    lane: Lane


class ClosePath(msgspec.Struct, frozen=True):
    """Close this path; the machine has forgotten it already."""

    path: int
    reason: str


class Redial(msgspec.Struct, frozen=True):
    """The relay path is silent for 5 s: dial the hub anew, the old connection stays until the new one stands."""


class BulkWanted(msgspec.Struct, frozen=True):
    """Guest only: one of us has something for the bulk lane; have it open for a while."""


class AnswerOffer(msgspec.Struct, frozen=True):
    """A checked offer came: make an answer by this engine and give it to `answer`."""

    call: bytes
    sdp: bytes
    engine: str = Engine.SESSION


class TakeAnswer(msgspec.Struct, frozen=True):
    """The checked answer to our offer came."""

    call: bytes
    sdp: bytes


LinkEffect = Notify | AskAdmission | ClosePath | Redial | BulkWanted | AnswerOffer | TakeAnswer
