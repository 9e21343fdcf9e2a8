"""A profile's database with its seal: the key to it comes from the device key, and its head is kept beside that."""

from collections.abc import Awaitable, Callable

from horizon_desktop.adapters.keyring.os_keyring import system_keyring
from horizon_desktop.adapters.keyring.secret_home import open_secret_store
from horizon_desktop.adapters.storage.database import Database
from horizon_desktop.adapters.storage.sealing import StoreSeal
from horizon_desktop.crypto.keys import DeviceKeyPair
from horizon_desktop.main.profile import Profile
from horizon_desktop.ports import configuration
from horizon_desktop.ports.secrets import SecretStore

SEAL_NAME = "store-seal"


def database_of(
    profile: Profile, configured: configuration.Database, *, key: DeviceKeyPair, secrets: SecretStore
) -> Database:
    """Return the configured database, or, without one, the profile's own sealed file; it opens on entering."""
    return Database(configured.url) if configured.url else Database(profile.database, seal=_seal(key, secrets))


def seal_of_profile(profile: Profile) -> Callable[[], Awaitable[StoreSeal | None]]:
    """Return what finds the seal of a profile's file, None while it has no device key. It raises SecretUnavailable."""

    async def find() -> StoreSeal | None:
        secrets = await open_secret_store(profile.folder, system_keyring())
        seed = await secrets.read_seed()
        return None if seed is None else _seal(DeviceKeyPair.from_seed(seed), secrets)

    return find


def _seal(key: DeviceKeyPair, secrets: SecretStore) -> StoreSeal:
    return StoreSeal(key.subkey(SEAL_NAME), secrets)
