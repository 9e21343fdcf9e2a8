"""Where the device key lives."""

from enum import StrEnum
from typing import Protocol


class SecretHome(StrEnum):
    KEYRING = "keyring"
    FILE = "file"


class HeadKeeper(Protocol):
    """Keeps how far a profile's database has come, outside of it. Raises SecretUnavailable."""

    async def read_head(self) -> bytes | None:
        """Return what was written last, None when nothing ever was."""
        ...

    async def write_head(self, head: bytes) -> None:
        """Keep up to 64 bytes in place of the former ones, whole or not at all."""
        ...


class SecretStore(HeadKeeper, Protocol):
    """Keeps one 32-byte device seed for a profile. Raises SecretUnavailable."""

    @property
    def home(self) -> SecretHome: ...
    async def read_seed(self) -> bytes | None: ...
    async def write_seed(self, seed: bytes) -> None: ...
