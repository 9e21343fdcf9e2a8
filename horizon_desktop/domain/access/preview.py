"""The preview: what a link alone shows, signed by the host and sealed from the hub (PROTOCOL section 2)."""

from typing import Final

import msgspec

from horizon_desktop.crypto.hashing import sha256, subkey
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.crypto.sealing import NONCE_BYTES, seal, unseal
from horizon_desktop.crypto.signing import SIGNATURE_BYTES, statement, verify
from horizon_desktop.domain.access.capability import USE, Role
from horizon_desktop.domain.access.invitation import InvitationLink
from horizon_desktop.domain.access.token import MAX_ENTRIES, SKEW_MS
from horizon_desktop.domain.decision import Allow, Decision, Deny
from horizon_desktop.domain.instants import MAX_INSTANT_MS, Instant
from horizon_desktop.domain.plain_text import plain_name
from horizon_desktop.errors import RemoteProtocolError

PREVIEW_LIFE_MS: Final = 24 * 3600 * 1000
PREVIEW_RENEWAL_MS: Final = 12 * 3600 * 1000
"""How long after signing the host signs anew."""
MAX_SEALED_BYTES: Final = 4096
MAX_NAME_CHARACTERS: Final = 40
MAX_TITLE_CHARACTERS: Final = 80
MAX_FILES: Final = 100_000
"""More shared files than this are told as this many."""
_COUNTER_BYTES: Final = 4
_VERSION: Final = 1


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """Who invites, to what, until when, and what the guest will be able to do. None of the session's content."""

    host_name: str
    title: str
    session_type: str
    role: Role
    channels: dict[str, int]
    """Channel name to 0 closed, 1 view, 2 use: the closed ones are listed too."""
    starts_at: Instant
    expires_at: Instant
    invite_expires_at: Instant
    is_approval_asked: bool
    signed_at: Instant
    """On the host's clock; says nothing about the terms."""
    files: int = 0
    """How many files are shared at signing; says nothing about the terms, since a host adds and removes some."""

    @property
    def terms_hash(self) -> bytes:
        """32-byte hash of all but signing time and number of files: previews with the same hash offer the same."""
        terms = msgspec.structs.replace(self, signed_at=Instant(0), files=0)
        return sha256(statement("preview-terms", _encode(terms)))

    def is_fresh(self, *, now: Instant) -> Decision:
        """Allow a preview younger than 24 h, else Deny with preview.stale.

        Args:
            now: The guest's own clock, which before redemption may be off: a preview from the near future passes.
        """
        age_ms = now.since(self.signed_at)
        if -PREVIEW_LIFE_MS <= age_ms < PREVIEW_LIFE_MS + SKEW_MS:
            return Allow()
        return Deny("preview.stale", f"{age_ms} ms old")


class PreviewBody(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The signed array, in order. Times are UTC milliseconds; the map is sorted."""

    version: int
    host_name: str
    title: str
    session_type: str
    role: Role
    channels: dict[str, int]
    starts_at: int
    expires_at: int
    invite_expires_at: int
    is_approval_asked: bool
    signed_at: int
    files: int


_ENCODER: Final = msgspec.msgpack.Encoder(order="sorted")
_DECODER: Final = msgspec.msgpack.Decoder(PreviewBody, strict=True)


def seal_preview(
    preview: Preview, link: InvitationLink, keypair: DeviceKeyPair, *, counter: int, nonce: bytes
) -> bytes:
    """Return what the hub stores: `nonce 12 | counter 4 | sealed (signature 64 | body)`, at most 4 KiB.

    Args:
        counter: Rises with every new preview of this invite.
        nonce: 12 random bytes.
    """
    body = _encode(preview)
    signature = keypair.sign(_signed(link, body))
    key = subkey(link.secret, "link-preview")
    counted = counter.to_bytes(_COUNTER_BYTES, "big")
    return nonce + counted + seal(key, signature + body, nonce=nonce, context=_context(link, counted))


def open_preview(sealed: bytes, link: InvitationLink) -> Preview:
    """Return the preview that the host of `link` signed; names in it are made harmless.

    The caller asks `is_fresh` once it knows its clock.

    Raises:
        RemoteProtocolError: too large, not sealed under this link, not signed by its host, or malformed.
    """
    if len(sealed) > MAX_SEALED_BYTES:
        raise RemoteProtocolError(f"a preview has at most {MAX_SEALED_BYTES} bytes", code="preview.bad")
    nonce, counted = sealed[:NONCE_BYTES], sealed[NONCE_BYTES : NONCE_BYTES + _COUNTER_BYTES]
    key = subkey(link.secret, "link-preview")
    try:
        plain = unseal(key, sealed[NONCE_BYTES + _COUNTER_BYTES :], nonce=nonce, context=_context(link, counted))
    except RemoteProtocolError as exc:
        raise RemoteProtocolError("the preview is not sealed under this link", code="preview.bad") from exc
    body = plain[SIGNATURE_BYTES:]
    if not verify(link.host, _signed(link, body), plain[:SIGNATURE_BYTES]):
        raise RemoteProtocolError("the preview is not signed by the host of the link", code="preview.bad")
    return _decode(body)


def _signed(link: InvitationLink, body: bytes) -> bytes:
    return statement("preview", link.locator, body)


def _context(link: InvitationLink, counted: bytes) -> bytes:
    return statement("link-preview", link.locator, counted)


def _encode(preview: Preview) -> bytes:
    return _ENCODER.encode(
        PreviewBody(
            _VERSION,
            plain_name(preview.host_name, most_characters=MAX_NAME_CHARACTERS),
            plain_name(preview.title, most_characters=MAX_TITLE_CHARACTERS),
            preview.session_type,
            preview.role,
            preview.channels,
            preview.starts_at.ms,
            preview.expires_at.ms,
            preview.invite_expires_at.ms,
            preview.is_approval_asked,
            preview.signed_at.ms,
            preview.files,
        )
    )


def _decode(body: bytes) -> Preview:
    try:
        decoded = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise RemoteProtocolError("the preview does not have the schema", code="preview.bad") from exc
    times = (decoded.starts_at, decoded.expires_at, decoded.invite_expires_at, decoded.signed_at)
    is_sound = (
        decoded.version == _VERSION
        and len(decoded.channels) <= MAX_ENTRIES
        and all(0 <= access <= USE for access in decoded.channels.values())
        and plain_name(decoded.session_type, most_characters=MAX_NAME_CHARACTERS) == decoded.session_type
        and all(0 <= ms <= MAX_INSTANT_MS for ms in times)
        and 0 <= decoded.files <= MAX_FILES
        and _ENCODER.encode(decoded) == body
    )
    preview = Preview(
        host_name=decoded.host_name,
        title=decoded.title,
        session_type=decoded.session_type,
        role=decoded.role,
        channels=decoded.channels,
        starts_at=Instant(decoded.starts_at),
        expires_at=Instant(decoded.expires_at),
        invite_expires_at=Instant(decoded.invite_expires_at),
        is_approval_asked=decoded.is_approval_asked,
        signed_at=Instant(decoded.signed_at),
        files=decoded.files,
    )
    if not is_sound or _encode(preview) != body:
        raise RemoteProtocolError("the preview breaks a rule of its schema", code="preview.bad")
    return preview
