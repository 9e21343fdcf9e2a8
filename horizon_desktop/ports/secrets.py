"""Where the device key lives."""

from enum import StrEnum
from typing import Protocol


class SecretHome(StrEnum):
    KEYRING = "keyring"
    FILE = "file"


class SecretStore(Protocol):
    """Keeps one 32-byte device seed for a profile. Raises SecretUnavailable."""

    @property
    def home(self) -> SecretHome: ...
    async def read_seed(self) -> bytes | None: ...
    async def write_seed(self, seed: bytes) -> None: ...
