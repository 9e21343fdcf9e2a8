"""The device seed in the keyring of the operating system, through back ends that are on our list."""

import asyncio
import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.core import load_config, load_env
from keyring.errors import KeyringError

from horizon_desktop.errors import SecretUnavailable
from horizon_desktop.ports.secrets import SecretHome

SERVICE: Final = "horizon-desktop"
SEED_BYTES: Final = 32
HEAD_SUFFIX: Final = "#database"
"""Added to a profile's account: the entry of how far its database has come."""
_BACK_ENDS: Final = {
    "darwin": (("keyring.backends.macOS", "Keyring"),),
    "win32": (("keyring.backends.Windows", "WinVaultKeyring"),),
}
_ELSEWHERE: Final = (
    ("keyring.backends.SecretService", "Keyring"),
    ("keyring.backends.libsecret", "Keyring"),
    ("keyring.backends.kwallet", "DBusKeyring"),
)
"""A plug-in found by entry point can otherwise take the keyring's place without a word; none is even loaded."""


def system_keyring() -> KeyringBackend | None:
    """Return the back end that this machine offers, None when it has none that is on our list.

    What keyring's own variable or configuration file chooses comes first.
    """
    try:
        chosen = load_env() or load_config()
    except (AttributeError, ImportError, RuntimeError, ValueError):
        return None  # it names what is not there
    if chosen is not None:
        return allowed(chosen)
    return best_of(_listed())


def best_of(back_ends: Sequence[type[KeyringBackend]]) -> KeyringBackend | None:
    """Return the one of highest priority among those that work here, None when none does."""
    viable = [each for each in back_ends if each.viable]
    return max(viable, key=_priority)() if viable else None


def allowed(backend: KeyringBackend) -> KeyringBackend | None:
    """Return the back end itself when its very class is on the list, or the first such one of a chain."""
    listed = _listed()
    candidates = backend.backends if isinstance(backend, ChainerBackend) else (backend,)
    return next((candidate for candidate in candidates if type(candidate) in listed), None)


def _listed() -> list[type[KeyringBackend]]:
    names = _BACK_ENDS.get(sys.platform, _ELSEWHERE)
    return [getattr(importlib.import_module(module), name) for module, name in names]


def _priority(back_end: type[KeyringBackend]) -> float:
    return float(back_end.priority)


class KeyringSecretStore:
    """The SecretStore port over one keyring back end. `account` tells profiles apart."""

    def __init__(self, backend: KeyringBackend, *, account: str, marker: Path) -> None:
        """Store what to use.

        Args:
            marker: A file that says, once a seed is written, that it is in the keyring.
        """
        self._backend = backend
        self._account = account
        self._marker = marker

    @property
    def home(self) -> SecretHome:
        return SecretHome.KEYRING

    async def read_seed(self) -> bytes | None:
        text = await self._call(self._backend.get_password, SERVICE, self._account)
        if text is None:
            return None
        try:
            seed = bytes.fromhex(str(text))
        except ValueError:
            seed = b""
        if len(seed) != SEED_BYTES:
            raise SecretUnavailable("the keyring's entry is not a device key of ours")
        return seed

    async def write_seed(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise ValueError(f"a seed has {SEED_BYTES} bytes, got {len(seed)}")
        await self._call(self._backend.set_password, SERVICE, self._account, seed.hex())
        try:
            await asyncio.to_thread(self._marker.write_text, "keyring\n", "utf-8")
        except OSError as exc:
            raise SecretUnavailable(f"cannot write {self._marker}") from exc

    async def read_head(self) -> bytes | None:
        text = await self._call(self._backend.get_password, SERVICE, self._account + HEAD_SUFFIX)
        try:
            return None if text is None else bytes.fromhex(str(text))
        except ValueError as exc:
            raise SecretUnavailable("the keyring's entry is not a database's head of ours") from exc

    async def write_head(self, head: bytes) -> None:
        await self._call(self._backend.set_password, SERVICE, self._account + HEAD_SUFFIX, head.hex())

    async def _call(self, method: Callable[..., object], *arguments: str) -> object:
        try:
            return await asyncio.to_thread(method, *arguments)
        except (KeyringError, OSError, RuntimeError) as exc:
            raise SecretUnavailable("the keyring does not answer") from exc
