"""TLS to a hub: version 1.3, and the server's key checked within the handshake, before a byte of ours is sent."""

import ssl
from functools import lru_cache
from typing import Final

from horizon_desktop.crypto.certificates import PIN_BYTES, spki_hash_of
from horizon_desktop.errors import RemoteProtocolError

NO_PIN: Final = b""


class WrongKey(ssl.SSLCertVerificationError):
    """The server's key is not the pinned one."""


class _CheckedConnection(ssl.SSLObject):
    """One TLS connection that knows the hash of the server's key when its handshake is over."""

    spki_hash: bytes
    """SHA-256 of the server's SPKI as seen here, 32 bytes."""

    def do_handshake(self) -> None:
        """Do a step; the last one raises WrongKey where the key has another pin."""
        super().do_handshake()
        try:
            self.spki_hash = spki_hash_of(self.getpeercert(binary_form=True) or b"")
        except RemoteProtocolError as exc:
            raise WrongKey("the server's key cannot be read") from exc
        expected = self.context.pin if isinstance(self.context, HubContext) else NO_PIN
        if expected and self.spki_hash[:PIN_BYTES] != expected:
            raise WrongKey("the server has another key than the link names")


class HubContext(ssl.SSLContext):
    """Settings for connections to one hub.

    With a pin exactly that key is accepted, whatever authority vouches for another; without, a public authority
    has to vouch for the host name.
    """

    pin: bytes

    @classmethod
    def for_pin(cls, pin: bytes) -> "HubContext":
        """Return the settings for a pin; those of a pinned hub are made once (a public hub's follow the system)."""
        return _pinned(pin) if pin else cls.made_for(NO_PIN)

    @classmethod
    def made_for(cls, pin: bytes) -> "HubContext":
        """Return new settings."""
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.pin = pin
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols(["http/1.1"])
        if pin:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        else:
            context.load_default_certs()
        context.sslobject_class = _CheckedConnection
        return context


@lru_cache(maxsize=64)
def _pinned(pin: bytes) -> HubContext:
    return HubContext.made_for(pin)


def seen_key(connection: object) -> bytes:
    """Return the hash of the server's key on an open connection.

    Raises:
        RemoteProtocolError: it is no connection made with a HubContext.
    """
    if not isinstance(connection, _CheckedConnection):
        raise RemoteProtocolError("the connection to the hub is not the TLS connection that was checked")
    return connection.spki_hash
