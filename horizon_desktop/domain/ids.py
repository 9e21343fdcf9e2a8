"""Names of things: types that carry meaning instead of bare str and bytes."""

from typing import NewType

from horizon_desktop.crypto import keys

DeviceKey = keys.DeviceKey
"""An Ed25519 public key, 32 bytes. A device's whole identity; compared whole."""

PeerId = NewType("PeerId", str)
"""The text form of a DeviceKey: 64 lower-case hexadecimal digits."""

SessionId = NewType("SessionId", bytes)
"""32 bytes: hash of host key and nonce, so nobody else can register it (PROTOCOL section 1)."""

Locator = NewType("Locator", bytes)
"""16 bytes that name an invite at a hub: hash of host key and invite nonce."""

IdentityId = NewType("IdentityId", str)
"""UUID text of an ephemeral identity."""

InvitationId = NewType("InvitationId", str)
"""UUID text of an invitation."""

FileId = NewType("FileId", bytes)
"""16 random bytes that name a shared file within its session."""

LinkId = NewType("LinkId", int)
"""The hub's number, 1 to 2**32 - 1, for one member's relay connection to one host."""


def peer_id_of(key: DeviceKey) -> PeerId:
    """Return the text form of a device key."""
    return PeerId(key.hex())


def session_text(session_id: SessionId) -> str:
    """Return the text form of a session id (64 hexadecimal digits)."""
    return session_id.hex()
