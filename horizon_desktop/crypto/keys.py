"""The device key: an Ed25519 key pair that is a device's whole identity (PROTOCOL section 1)."""

from typing import NewType, Self

from horizon_desktop.crypto.hashing import subkey
from horizon_desktop.crypto.signing import SEED_BYTES, public_key, sign, verify
from horizon_desktop.errors import LocalProtocolError

DeviceKey = NewType("DeviceKey", bytes)
"""An Ed25519 public key, 32 bytes. Known to the domain and all above it as `domain.ids.DeviceKey`."""


class DeviceKeyPair:
    """A device's key pair. Signs statements and seals what this device keeps for itself; never shows its seed."""

    __slots__ = ("_seed", "key")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise LocalProtocolError(f"a device seed has {SEED_BYTES} bytes, not {len(seed)}")
        self._seed = seed
        self.key: DeviceKey = DeviceKey(public_key(seed))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Return the pair of a 32-byte seed that was drawn from the Entropy port or read from the secret store."""
        return cls(seed)

    def sign(self, signed: bytes) -> bytes:
        """Return the 64-byte signature of a statement made by `crypto.signing.statement`."""
        return sign(self._seed, signed)

    def subkey(self, name: str) -> bytes:
        """Return a 32-byte key that only this device can derive: for what it seals to itself at rest."""
        return subkey(self._seed, name)

    def __repr__(self) -> str:
        return f"DeviceKeyPair({self.key.hex()[:8]})"


def verify_signature(key: DeviceKey, signed: bytes, signature: bytes) -> bool:
    """Whether `signature` is that of the device `key` over exactly the statement `signed`. Never raises."""
    return verify(key, signed, signature)
