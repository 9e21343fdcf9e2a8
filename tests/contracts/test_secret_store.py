"""The promises of the SecretStore port: file, keyring and fake."""

from pathlib import Path

import pytest
from keyring.backend import KeyringBackend

from horizon_desktop.adapters.keyring.os_keyring import KeyringSecretStore
from horizon_desktop.adapters.keyring.seed_file import FileSecretStore
from horizon_desktop.ports.secrets import SecretStore
from tests.fakes.secrets import MemorySecrets

SEED = bytes(range(32))


class DictKeyring(KeyringBackend):
    """A keyring back end in memory, of the library's own kind."""

    priority = 0.1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture(params=["memory", "file", "keyring"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> SecretStore:
    if request.param == "memory":
        return MemorySecrets()
    if request.param == "file":
        return FileSecretStore(tmp_path / "profile" / "device-key")
    return KeyringSecretStore(DictKeyring(), account="a", marker=tmp_path / "marker")


async def test_a_new_profile_has_no_seed(store: SecretStore) -> None:
    assert await store.read_seed() is None


async def test_a_written_seed_is_read_back(store: SecretStore) -> None:
    await store.write_seed(SEED)
    assert await store.read_seed() == SEED


async def test_a_seed_is_replaced_whole(store: SecretStore) -> None:
    await store.write_seed(SEED)
    await store.write_seed(SEED[::-1])
    assert await store.read_seed() == SEED[::-1]


@pytest.mark.parametrize("size", [0, 31, 33])
async def test_a_seed_of_another_size_is_the_callers_mistake(store: SecretStore, size: int) -> None:
    with pytest.raises(ValueError):
        await store.write_seed(b"x" * size)


async def test_a_new_profile_has_kept_no_head(store: SecretStore) -> None:
    assert await store.read_head() is None


@pytest.mark.parametrize("head", [b"", b"h" * 24, bytes(range(64))])
async def test_a_kept_head_is_read_back_and_leaves_the_seed_alone(store: SecretStore, head: bytes) -> None:
    await store.write_seed(SEED)
    await store.write_head(b"former")
    await store.write_head(head)
    assert (await store.read_head(), await store.read_seed()) == (head, SEED)
