"""Names that prove whose they are: session id and locator, hashes of the host's key (PROTOCOL section 1)."""

from typing import Final
from uuid import UUID

from horizon_desktop.crypto.hashing import sha256
from horizon_desktop.crypto.signing import statement
from horizon_desktop.domain.ids import DeviceKey, Locator, SessionId

NONCE_BYTES: Final = 16
LOCATOR_BYTES: Final = 16
SESSION_BYTES: Final = 32


def session_id_of(host: DeviceKey, nonce: bytes) -> SessionId:
    """Return the id of the session that `host` opened with a 16-byte random `nonce`: 32 bytes."""
    return SessionId(sha256(statement("session", host, nonce)))


def locator_of(host: DeviceKey, nonce: bytes) -> Locator:
    """Return the locator of the invite that `host` made with a 16-byte random `nonce`: 16 bytes."""
    return Locator(sha256(statement("locator", host, nonce))[:LOCATOR_BYTES])


def sponsor_id_of(host: DeviceKey) -> UUID:
    """Return the UUID that stands for a host in events: from its key, so that it is the same in every session."""
    return UUID(bytes=sha256(statement("sponsor-id", host))[:16], version=4)
