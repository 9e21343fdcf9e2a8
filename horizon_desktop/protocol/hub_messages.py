"""What a hub and its three classes of client say to each other, as strict tagged messages (PROTOCOL section 5).

A message travels as a MessagePack array, its first element the tag. Tags are never reused; new fields come last.
"""

from enum import IntEnum
from typing import Annotated, Final

import msgspec

HUB_VERSION: Final = 1
NONCE_BYTES: Final = 32
HUB_RULES: Final = frozenset(
    {
        "host.away",
        "session.id",
        "hub.closed",
        "hub.host_key",
        "hub.proof",
        "hub.version",
        "invite.own",
        "token.bad",
        "token.session",
        "token.device",
        "token.issuer",
        "token.early",
        "token.revoked",
        "relay.target",
        "access.revoked",
    }
)
"""Why a hello may be refused for good. A hub that gives another reason is not believed: it has no others."""
MAX_RELAY_BYTES: Final = 64 * 1024
MAX_CONTROL_BYTES: Final = 64 * 1024
MAX_HELLO_BYTES: Final = 4 * 1024
"""A client that has not proven its key may send this much in one message: a hello with its token."""
MAX_MAILBOX_BYTES: Final = 8 * 1024
MAX_PREVIEW_BYTES: Final = 4 * 1024
MAX_TOKEN_BYTES: Final = 2 * 1024 + 66
"""Body of 2 KiB, signature of 64 bytes, two bytes in front (PROTOCOL section 4)."""
MAX_REVOCATIONS_BYTES: Final = 63 * 1024
MAX_FRAME_BYTES: Final = 1 + 5 + MAX_RELAY_BYTES
"""The largest WebSocket message either side accepts."""

Key = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Nonce = Annotated[bytes, msgspec.Meta(min_length=NONCE_BYTES, max_length=NONCE_BYTES)]
Session = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Invite = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
InviteNonce = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
Signature = Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]
Token = Annotated[bytes, msgspec.Meta(min_length=67, max_length=MAX_TOKEN_BYTES)]
Reason = Annotated[str, msgspec.Meta(max_length=64, pattern=r"\A[a-z0-9._]*\Z")]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**32 - 1)]


class ClientClass(IntEnum):
    """Who a client says it is. The value stands in the signature."""

    HOST = 1
    INVITEE = 2
    MEMBER = 3


class _Message(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    pass


# --- client to hub: the first message is one of the three hellos ---


class HostHello(_Message, frozen=True, tag=1):
    """A host registers one session. The hub recomputes the session id from key and nonce."""

    client_nonce: Nonce
    key: Key
    session: Session
    session_nonce: InviteNonce
    host_time_ms: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    """The host's clock now: the hub keeps the difference, for expiries (PROTOCOL section 4)."""
    signature: Signature


class InviteeHello(_Message, frozen=True, tag=2):
    """Somebody with an invite asks for a mailbox to its host."""

    client_nonce: Nonce
    key: Key
    locator: Invite
    signature: Signature


class MemberHello(_Message, frozen=True, tag=3):
    """Somebody with a token asks to be relayed to the host of its session."""

    client_nonce: Nonce
    key: Key
    session: Session
    token: Token
    signature: Signature


class Publish(_Message, frozen=True, tag=10):
    """Host: store or replace an invite's sealed preview. The hub recomputes the locator."""

    request: Number
    locator: Invite
    invite_nonce: InviteNonce
    sealed: Annotated[bytes, msgspec.Meta(max_length=MAX_PREVIEW_BYTES)]
    open_places: Annotated[int, msgspec.Meta(ge=0, le=30)]


class Withdraw(_Message, frozen=True, tag=11):
    """Host: forget an invite."""

    request: Number
    locator: Invite


class PublishRevocations(_Message, frozen=True, tag=12):
    """Host: its signed revocation list; a number not above the last one changes nothing."""

    request: Number
    signed: Annotated[bytes, msgspec.Meta(max_length=MAX_REVOCATIONS_BYTES)]


class MailboxPost(_Message, frozen=True, tag=13):
    """Host or invitee: bytes for the other end. An invitee writes 1 for its only mailbox."""

    mailbox: Number
    data: Annotated[bytes, msgspec.Meta(max_length=MAX_MAILBOX_BYTES)]


class CloseMailbox(_Message, frozen=True, tag=14):
    """Host: this invitee's mailbox is done with."""

    mailbox: Number


class CloseLink(_Message, frozen=True, tag=15):
    """Host: stop relaying this member."""

    link: Number
    reason: Reason


class RenewToken(_Message, frozen=True, tag=16):
    """Member: the next token, before or after the last one ran out."""

    request: Number
    token: Token


# --- hub to client: the first message is the challenge, the second an acceptance or Refused ---


class Challenge(_Message, frozen=True, tag=65):
    """Hub, first of all: what every hello must sign."""

    version: int
    nonce: Nonce


class Refused(_Message, frozen=True, tag=66):
    """Hub: a hello was not accepted, and why; the connection closes. Waiting that long may help (0: it will not)."""

    rule: Reason
    retry_ms: Annotated[int, msgspec.Meta(ge=0, le=86_400_000)]


class HostAccepted(_Message, frozen=True, tag=67):
    """Hub: the session is registered."""


class MailboxAccepted(_Message, frozen=True, tag=68):
    """Hub: the mailbox is open and its host knows."""


class MemberAccepted(_Message, frozen=True, tag=69):
    """Hub: relaying begins. Paused: all lanes but control wait (see LanesPaused)."""

    link: Number
    is_paused: bool


class Done(_Message, frozen=True, tag=70):
    """Hub: the request is in force."""

    request: Number


class NotDone(_Message, frozen=True, tag=71):
    """Hub: the request was refused by this rule."""

    request: Number
    rule: Reason


class MailboxArrived(_Message, frozen=True, tag=72):
    """Hub to host: an invitee came for this invite."""

    mailbox: Number
    locator: Invite


class MailboxDelivered(_Message, frozen=True, tag=73):
    """Hub: bytes from the other end of a mailbox (an invitee's is 1)."""

    mailbox: Number
    data: Annotated[bytes, msgspec.Meta(max_length=MAX_MAILBOX_BYTES)]


class MailboxGone(_Message, frozen=True, tag=74):
    """Hub to host: the invitee has gone."""

    mailbox: Number


class MemberArrived(_Message, frozen=True, tag=75):
    """Hub to host: a member whose token the hub accepts is there. Paused as in MemberAccepted."""

    link: Number
    guest: Key
    is_paused: bool


class MemberGone(_Message, frozen=True, tag=76):
    """Hub to host: a member is no longer relayed."""

    link: Number
    reason: Reason


class LanesPaused(_Message, frozen=True, tag=77):
    """Hub: send nothing more on this link but in the control lane: its queue is long or its token ran out."""

    link: Number


class LanesResumed(_Message, frozen=True, tag=78):
    """Hub: all lanes of this link are open again."""

    link: Number


Hello = HostHello | InviteeHello | MemberHello
HostRequest = Publish | Withdraw | PublishRevocations | MailboxPost | CloseMailbox | CloseLink
MemberRequest = RenewToken
ToHub = Hello | HostRequest | MemberRequest
Verdict = Refused | HostAccepted | MailboxAccepted | MemberAccepted
FromHub = (
    Challenge
    | Verdict
    | Done
    | NotDone
    | MailboxArrived
    | MailboxDelivered
    | MailboxGone
    | MemberArrived
    | MemberGone
    | LanesPaused
    | LanesResumed
)
