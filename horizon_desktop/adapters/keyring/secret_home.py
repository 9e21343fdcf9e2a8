"""Chooses where a profile's device seed lives, and never changes its mind silently."""

from pathlib import Path
from typing import Final

from keyring.backend import KeyringBackend

from horizon_desktop.adapters.keyring.os_keyring import KeyringSecretStore
from horizon_desktop.adapters.keyring.seed_file import FileSecretStore
from horizon_desktop.errors import SecretUnavailable
from horizon_desktop.ports.secrets import SecretStore

SEED_FILE: Final = "device-key"
MARKER_FILE: Final = "device-key-is-in-keyring"


async def open_secret_store(folder: Path, backend: KeyringBackend | None) -> SecretStore:
    """Return the store that holds this profile's seed, or, for a new profile, the one that will.

    An existing seed file wins. A profile whose seed is in the keyring never gets another one because the
    keyring happens to be closed: that would be a new name for its owner, and an end to all memberships.

    Args:
        folder: The profile's folder, absolute; it tells profiles apart in the keyring, too.
        backend: The keyring to use (`system_keyring()`), None when there is none that we trust.

    Raises:
        SecretUnavailable: the seed is in the keyring, and the keyring cannot be used now (`secret.keyring`).
    """
    file = FileSecretStore(folder / SEED_FILE)
    if (folder / SEED_FILE).exists():
        return file
    marker = folder / MARKER_FILE
    if backend is None:
        if marker.exists():
            raise SecretUnavailable("this profile's key is in a keyring that is not there now", code="secret.keyring")
        return file
    kept = KeyringSecretStore(backend, account=str(folder), marker=marker)
    try:
        seed = await kept.read_seed()
    except SecretUnavailable as exc:
        if marker.exists():
            raise SecretUnavailable("the keyring with this profile's key is closed", code="secret.keyring") from exc
        return file
    if seed is None and marker.exists():
        raise SecretUnavailable("this profile's key is gone from the keyring", code="secret.keyring")
    return kept
