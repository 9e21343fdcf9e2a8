"""RevocationList: what the host signs for the hub when it takes access back (PROTOCOL section 4)."""

from collections.abc import Mapping
from typing import Final

import msgspec

from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.crypto.signing import SIGNATURE_BYTES, statement, verify
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.ids import DeviceKey, SessionId
from horizon_desktop.errors import RemoteProtocolError

MAX_LIST_BYTES: Final = 64 * 1024
MAX_KEYS: Final = 600
"""Guests that one session can ever have seen; a session with more is ended and opened anew."""
_VERSION: Final = 1
_KEY_BYTES: Final = 32


class RevocationList(msgspec.Struct, frozen=True, kw_only=True):
    """Of one session: each guest's lowest epoch still good, and the keys that are out for good."""

    session: SessionId
    number: int
    """Rises with every change; a list with a lower number is ignored."""
    epochs: Mapping[DeviceKey, int] = {}
    removed: frozenset[DeviceKey] = frozenset()

    def supersedes(self, other: "RevocationList | None") -> bool:
        """Whether this list replaces `other`: same session, higher number."""
        return other is None or (self.session == other.session and self.number > other.number)

    def admits(self, guest: DeviceKey, *, epoch: int) -> Decision:
        """Allow a guest's token of `epoch`, or Deny with access.revoked or token.revoked."""
        if guest in self.removed:
            return Deny("access.revoked")
        if epoch < self.epochs.get(guest, 0):
            return Deny("token.revoked")
        return Allow()

    def raised(self, guest: DeviceKey) -> "RevocationList":
        """Return the next list, in which `guest`'s tokens so far are void."""
        epochs = {**self.epochs, guest: self.epochs.get(guest, 0) + 1}
        return msgspec.structs.replace(self, number=self.number + 1, epochs=epochs)

    def without(self, guest: DeviceKey) -> "RevocationList":
        """Return the next list, in which `guest` is out for good."""
        return msgspec.structs.replace(self.raised(guest), removed=self.removed | {guest})


class RevocationBody(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The signed array, in order; both lists are sorted by key."""

    version: int
    session: bytes
    number: int
    epochs: tuple[tuple[bytes, int], ...]
    removed: tuple[bytes, ...]


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(RevocationBody, strict=True)


def sign_revocations(revocations: RevocationList, keypair: DeviceKeyPair) -> bytes:
    """Return `signature 64 | msgpack array`, signed by the host."""
    body = _ENCODER.encode(
        RevocationBody(
            _VERSION,
            revocations.session,
            revocations.number,
            tuple(sorted(revocations.epochs.items())),
            tuple(sorted(revocations.removed)),
        )
    )
    return keypair.sign(statement("revocation", body)) + body


def parse_revocations(raw: bytes, *, issuer: DeviceKey) -> RevocationList:
    """Return the list in `raw` after its signature by the session's host `issuer` was checked.

    The caller compares `session` with the one it serves.

    Raises:
        RemoteProtocolError: too large, not signed by `issuer`, or not in the one canonical form.
    """
    body = raw[SIGNATURE_BYTES:]
    if len(raw) > MAX_LIST_BYTES or not verify(issuer, statement("revocation", body), raw[:SIGNATURE_BYTES]):
        raise RemoteProtocolError("the revocation list is not signed by the session's host")
    try:
        decoded = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise RemoteProtocolError("the revocation list does not have the schema") from exc
    if not _is_sound(decoded) or _ENCODER.encode(decoded) != body:
        raise RemoteProtocolError("the revocation list breaks a rule of its schema")
    return RevocationList(
        session=SessionId(decoded.session),
        number=decoded.number,
        epochs={DeviceKey(key): epoch for key, epoch in decoded.epochs},
        removed=frozenset(DeviceKey(key) for key in decoded.removed),
    )


def _is_sound(body: RevocationBody) -> bool:
    keys = [key for key, _ in body.epochs]
    return (
        body.version == _VERSION
        and len(body.session) == _KEY_BYTES
        and body.number >= 0
        and all(epoch >= 0 for _, epoch in body.epochs)
        and keys == sorted(set(keys))
        and body.removed == tuple(sorted(set(body.removed)))
        and all(len(key) == _KEY_BYTES for key in (*keys, *body.removed))
        and max(len(keys), len(body.removed)) <= MAX_KEYS
    )
