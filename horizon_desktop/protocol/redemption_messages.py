"""The messages of redemption, as they lie in a mailbox at a hub (PROTOCOL section 3)."""

from enum import IntEnum
from typing import Annotated, Final, TypeVar

import msgspec

from horizon_desktop.domain.access.capability import Role
from horizon_desktop.domain.instants import MAX_INSTANT_MS
from horizon_desktop.errors import RemoteProtocolError

REDEMPTION_VERSION: Final = 1
MAX_MESSAGE_BYTES: Final = 4096
"""The largest holds a token of 2 KiB."""

AttemptBytes = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
NonceBytes = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
HashBytes = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
KeyBytes = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
PakeMessage = Annotated[bytes, msgspec.Meta(min_length=33, max_length=33)]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=MAX_INSTANT_MS)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Name = Annotated[str, msgspec.Meta(max_length=160)]
"""Made harmless and cut to 40 characters before anybody sees it."""
RuleName = Annotated[str, msgspec.Meta(pattern=r"\A[a-z_]+(\.[a-z_]+)*\Z", max_length=40)]


class Tag(IntEnum):
    """Never reused."""

    START = 1
    OFFER = 2
    CONFIRM = 3
    ANSWER = 4
    REFUSAL = 5
    WITHDRAW = 6


class RedemptionFrame(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One mailbox message: the body exactly as it was hashed, and what proves it."""

    tag: Tag
    body: bytes
    proof: Annotated[bytes, msgspec.Meta(max_length=64)]


class Start(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Guest to host. Proof: MAC under `link-mac`, so that the holder of the link alone gets an answer."""

    attempt: AttemptBytes
    """Fresh and random."""
    versions: Annotated[tuple[int, ...], msgspec.Meta(min_length=1, max_length=8)]
    guest: KeyBytes
    pake: PakeMessage
    commitment: HashBytes
    """To the opening of the session pictures."""


class Offer(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Host to guest. Proof: the host key's signature over the transcript. Tests no guess."""

    attempt: AttemptBytes
    version: int
    pake: PakeMessage
    session: HashBytes
    session_nonce: NonceBytes
    host_time: Milliseconds
    terms: HashBytes
    """Hash of the preview's terms as the host means them now."""


class Confirm(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Guest to host. Proof: the device key's signature over the transcript and this body."""

    attempt: AttemptBytes
    confirmation: HashBytes
    """HMAC under `confirm-guest` of the transcript hash: this is the guess that is counted."""
    opening: HashBytes
    sealed: Annotated[bytes, msgspec.Meta(max_length=2048)]
    """A Details under `seal-to-host`, nonce 0."""


class Details(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What the guest's device tells the host, sealed."""

    name: Name
    device: Name
    system: Name
    version: Name


class Answer(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Host to guest, after the right code. No proof outside: it is sealed."""

    attempt: AttemptBytes
    number: Count
    """Rises by one within an attempt; the nonce of the sealing."""
    sealed: bytes
    """A SealedAnswer under `seal-to-guest`."""


class Waiting(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag=1):
    """The host person has been asked."""

    answer_by: Milliseconds
    """On the host's clock."""


class Declined(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag=2):
    """The host person said no, or nothing in two minutes. The code stays valid."""

    is_unanswered: bool


class Admitted(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag=3):
    """Let in."""

    role: Role
    token: bytes


class Denied(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag=4):
    """The code was right, but a rule of the invite says no."""

    rule: RuleName
    count: Count
    """The figure of the rule's sentence: seconds to wait, places; 0 when it has none."""


class SealedAnswer(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What an Answer seals: the host's own confirmation in front."""

    confirmation: HashBytes
    """HMAC under `confirm-host` of the transcript hash."""
    answer: Waiting | Declined | Admitted | Denied


class Refusal(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Host to guest, in clear. Proof: the host key's signature over the hash of the body it answers."""

    rule: RuleName
    count: Count
    """The figure of the rule's sentence: tries left; 0 when it has none."""


class Withdraw(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Guest to host: the guest no longer waits. Proof: the device key's signature over the transcript."""

    attempt: AttemptBytes


BodyT = TypeVar("BodyT", Start, Offer, Confirm, Details, Answer, SealedAnswer, Refusal, Withdraw)
Body = Start | Offer | Confirm | Details | Answer | SealedAnswer | Refusal | Withdraw
_ENCODER: Final = msgspec.msgpack.Encoder()
_FRAME: Final = msgspec.msgpack.Decoder(RedemptionFrame, strict=True)


def encode_body(body: Body) -> bytes:
    """Return the bytes of a body: a msgpack array, fields in order."""
    return _ENCODER.encode(body)


def encode_frame(tag: Tag, body: bytes, proof: bytes) -> bytes:
    """Return one mailbox message around the very bytes of `body`."""
    return _ENCODER.encode(RedemptionFrame(tag, body, proof))


def decode_frame(data: bytes) -> RedemptionFrame:
    """Return the frame in `data`; its body is not looked at yet.

    Raises:
        RemoteProtocolError: above 4 KiB, or no frame.
    """
    if len(data) > MAX_MESSAGE_BYTES:
        raise RemoteProtocolError(f"a redemption message has at most {MAX_MESSAGE_BYTES} bytes")
    try:
        return _FRAME.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise RemoteProtocolError("this is no redemption message") from exc


def decode_body(body: bytes, kind: type[BodyT]) -> BodyT:
    """Return the `kind` in `body`.

    Raises:
        RemoteProtocolError: wrong schema, size, or not the one encoding of its content.
    """
    try:
        decoded = msgspec.msgpack.decode(body, type=kind, strict=True)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise RemoteProtocolError(f"this is no {kind.__name__}") from exc
    if _ENCODER.encode(decoded) != body:
        raise RemoteProtocolError(f"this {kind.__name__} is not in its one encoding")
    return decoded
