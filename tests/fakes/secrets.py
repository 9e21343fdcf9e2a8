"""The SecretStore port in memory."""

from horizon_desktop.ports.secrets import SecretHome


class MemorySecrets:
    """Holds one seed until the object is gone."""

    def __init__(self, seed: bytes | None = None) -> None:
        self._seed = seed
        self.head: bytes | None = None

    @property
    def home(self) -> SecretHome:
        return SecretHome.FILE

    async def read_seed(self) -> bytes | None:
        return self._seed

    async def write_seed(self, seed: bytes) -> None:
        if len(seed) != 32:
            raise ValueError(f"a seed has 32 bytes, got {len(seed)}")
        self._seed = seed

    async def read_head(self) -> bytes | None:
        return self.head

    async def write_head(self, head: bytes) -> None:
        self.head = head
