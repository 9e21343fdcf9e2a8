"""The first two messages on every lane: the binding and the first link message (PROTOCOL section 6, 2)."""

from collections.abc import Sequence
from typing import Final

import msgspec

from horizon_desktop.crypto.keys import DeviceKeyPair, verify_signature
from horizon_desktop.crypto.signing import SIGNATURE_BYTES, statement
from horizon_desktop.domain.collaboration.channel import Lane
from horizon_desktop.domain.ids import DeviceKey, SessionId
from horizon_desktop.errors import RemoteProtocolError

LINK_VERSION: Final = 1
INCARNATION_BYTES: Final = 16
UNKNOWN_INCARNATION: Final = bytes(INCARNATION_BYTES)
EXPORTER_BYTES: Final = 32
MAX_REFUSALS: Final = 64
_KEY_BYTES: Final = 32
_BINDING_BYTES: Final = 4 + _KEY_BYTES + 2 * INCARNATION_BYTES + SIGNATURE_BYTES
PATH_TAGS: Final[dict[str, int]] = {"relay": 1, "direct": 2}
_CLIENT: Final = 1
_SERVER: Final = 2


class LaneContext(msgspec.Struct, frozen=True, kw_only=True):
    """What one end knows of a lane by itself: none of it is taken from the peer's message."""

    session: SessionId
    peer: DeviceKey
    path: str
    """relay or direct."""
    lane: Lane
    is_client: bool
    """Whether this side is the TLS client."""
    exporter: bytes
    """32 bytes that only the two ends of this TLS connection know."""


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """A binding whose signature has been checked."""

    key: DeviceKey
    incarnation: bytes
    known_incarnation: bytes
    """What the peer last knew of ours; all zero: nothing."""


def encode_binding(context: LaneContext, pair: DeviceKeyPair, *, incarnation: bytes, known_incarnation: bytes) -> bytes:
    """Return `version | path | lane | role | key 32 | incarnation 16 | known incarnation 16 | signature 64`.

    The signature covers label, session, both incarnations, path, lane, TLS role, both device keys, exporter.
    """
    path, lane, role = _tags(context, is_client=context.is_client)
    signed = _signed(
        context.session,
        incarnation,
        known_incarnation,
        (path, lane, role),
        (pair.key, context.peer),
        context.exporter,
    )
    head = bytes([LINK_VERSION]) + path + lane + role + pair.key
    return head + incarnation + known_incarnation + pair.sign(signed)


def check_binding(body: bytes, context: LaneContext, own: DeviceKey) -> Binding:
    """Return who is at the other end of this very connection.

    Raises:
        RemoteProtocolError: another version (`version.unknown`), or anything that is not the named peer's own
            signature for this session, path, lane, role and exporter (`binding.bad`).
    """
    if not body or body[0] != LINK_VERSION:
        raise RemoteProtocolError("binding of an unknown version", code="version.unknown")
    if len(body) != _BINDING_BYTES:
        raise RemoteProtocolError(f"a binding has {_BINDING_BYTES} bytes, not {len(body)}", code="binding.bad")
    path, lane, role = _tags(context, is_client=not context.is_client)
    key_at = 4
    incarnation_at = key_at + _KEY_BYTES
    known_at = incarnation_at + INCARNATION_BYTES
    signature_at = known_at + INCARNATION_BYTES
    key = DeviceKey(body[key_at:incarnation_at])
    incarnation, known = body[incarnation_at:known_at], body[known_at:signature_at]
    if key != context.peer or body[1:key_at] != path + lane + role:
        raise RemoteProtocolError("binding of another key, path, lane or role", code="binding.bad")
    if incarnation == UNKNOWN_INCARNATION:
        raise RemoteProtocolError("binding without an incarnation", code="binding.bad")
    signed = _signed(context.session, incarnation, known, (path, lane, role), (key, own), context.exporter)
    if not verify_signature(key, signed, body[signature_at:]):
        raise RemoteProtocolError("binding with a wrong signature", code="binding.bad")
    return Binding(key=key, incarnation=incarnation, known_incarnation=known)


def _tags(context: LaneContext, *, is_client: bool) -> tuple[bytes, bytes, bytes]:
    role = _CLIENT if is_client else _SERVER
    return bytes([PATH_TAGS[context.path]]), bytes([context.lane]), bytes([role])


def _signed(
    session: SessionId,
    incarnation: bytes,
    known: bytes,
    place: tuple[bytes, bytes, bytes],
    keys: tuple[bytes, bytes],
    exporter: bytes,
) -> bytes:
    return statement("link-bind", session, incarnation, known, *place, *keys, exporter)


class Refusal(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One refused message, told again because the frame that told it may have been lost with its path."""

    channel: int
    seq: int
    rule: str


class FirstMessage(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The first link message after the binding: where each channel stands."""

    incarnation: bytes
    known_incarnation: bytes
    time_ms: int
    """The sender's clock, UTC in whole milliseconds; a guest reads the host's from it."""
    expected: dict[int, int]
    """Channel tag to the next number expected from the receiver of this message."""
    refusals: Sequence[Refusal] = ()
    has_relay: bool = True
    """Whether the sender takes more than the control lane by relay."""


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(FirstMessage)


def encode_first(message: FirstMessage) -> bytes:
    """Return the msgpack array of a first message."""
    return _ENCODER.encode(message)


def decode_first(body: bytes) -> FirstMessage:
    """Return the first message in `body`, checked for shape and ranges. Raises RemoteProtocolError (`first.bad`)."""
    try:
        message = _DECODER.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as exc:
        raise RemoteProtocolError("the first message cannot be read", code="first.bad") from exc
    is_sized = len(message.expected) <= 255 and len(message.refusals) <= MAX_REFUSALS
    is_ranged = all(0 < seq < 2**63 for seq in message.expected.values())
    is_named = len(message.incarnation) == INCARNATION_BYTES and len(message.known_incarnation) == INCARNATION_BYTES
    if not (is_sized and is_ranged and is_named and abs(message.time_ms) < 2**53):
        raise RemoteProtocolError("the first message is out of bounds", code="first.bad")
    return message
