"""Where the device seed lives: the list of keyrings, the file's owner and mode, and no silent change."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from keyring.backends.chainer import ChainerBackend
from keyring.backends.fail import Keyring as FailKeyring
from keyring.backends.null import Keyring as NullKeyring
from keyring.backends.SecretService import Keyring as SecretServiceKeyring
from keyring.compat import properties
from keyring.errors import KeyringLocked

from horizon_desktop.adapters.keyring.os_keyring import KeyringSecretStore, allowed, best_of
from horizon_desktop.adapters.keyring.secret_home import open_secret_store
from horizon_desktop.adapters.keyring.seed_file import FileSecretStore
from horizon_desktop.errors import SecretUnavailable
from horizon_desktop.ports.secrets import SecretHome
from tests.contracts.test_secret_store import SEED, DictKeyring

posix = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")


class LockedKeyring(DictKeyring):
    """A keyring whose owner did not open it."""

    priority = 0.1  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("locked")


class LookAlike(SecretServiceKeyring):
    """A plug-in that dresses as a back end of the list."""

    priority = 99  # type: ignore[assignment]


class Better(DictKeyring):
    """A keyring that comes before the other."""

    priority = 5  # type: ignore[assignment]


class Unusable(DictKeyring):
    """A keyring whose service does not run here."""

    @properties.classproperty
    def priority(cls) -> float:  # noqa: N805  (the library makes a class method of it)
        raise RuntimeError("no service")


def test_a_back_end_of_the_list_is_taken() -> None:
    backend = SecretServiceKeyring()
    assert allowed(backend) is backend


@pytest.mark.parametrize("backend", [FailKeyring(), NullKeyring(), DictKeyring(), LookAlike()])
def test_a_back_end_that_is_not_on_the_list_is_refused(backend: DictKeyring) -> None:
    assert allowed(backend) is None


def test_a_chain_gives_its_first_back_end_of_the_list() -> None:
    trusted = SecretServiceKeyring()

    class Chain(ChainerBackend):
        backends = [DictKeyring(), trusted]  # type: ignore[assignment]

    assert allowed(Chain()) is trusted


def test_the_best_of_those_that_work_here_is_taken() -> None:
    assert type(best_of([DictKeyring, Better, Unusable])) is Better
    assert best_of([Unusable]) is None


def found_by_a_program(folder: Path, choice: str | None) -> tuple[str, set[str]]:
    """Return the keyring that a new process finds where a person chose so, and the back ends it has loaded."""
    program = (
        "import sys\n"
        "from horizon_desktop.adapters.keyring.os_keyring import system_keyring\n"
        "print(system_keyring())\n"
        "print(*(name for name in sys.modules if name.startswith('keyring.backends.')))\n"
    )
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder), "PYTHON_KEYRING_BACKEND": choice or ""}
    if choice is None:
        del environment["PYTHON_KEYRING_BACKEND"]
    told = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    found, loaded = told.stdout.splitlines()
    return found, {name.split(".")[2] for name in loaded.split()}


@pytest.mark.parametrize("choice", ["keyring.backends.null.Keyring", "nowhere.Keyring", "keyring.backends.no.Keyring"])
def test_a_choice_that_is_not_on_the_list_or_not_there_gives_no_keyring(tmp_path: Path, choice: str) -> None:
    assert found_by_a_program(tmp_path, choice)[0] == "None"


@pytest.mark.skipif(sys.platform != "linux", reason="the list of other systems is another")
def test_looking_for_a_keyring_loads_no_plug_in_and_nothing_of_another_system(tmp_path: Path) -> None:
    loaded = found_by_a_program(tmp_path, None)[1]
    assert loaded == {"chainer", "fail", "SecretService", "libsecret", "kwallet"}


async def test_a_new_profile_with_a_keyring_keeps_its_seed_there(tmp_path: Path) -> None:
    store = await open_secret_store(tmp_path, DictKeyring())
    await store.write_seed(SEED)
    assert store.home is SecretHome.KEYRING
    assert SEED not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


async def test_a_new_profile_without_a_keyring_gets_a_file(tmp_path: Path) -> None:
    assert (await open_secret_store(tmp_path, None)).home is SecretHome.FILE


async def test_a_new_profile_with_a_locked_keyring_gets_a_file(tmp_path: Path) -> None:
    assert (await open_secret_store(tmp_path, LockedKeyring())).home is SecretHome.FILE


async def test_a_profile_with_a_file_stays_with_its_file(tmp_path: Path) -> None:
    await FileSecretStore(tmp_path / "device-key").write_seed(SEED)
    store = await open_secret_store(tmp_path, DictKeyring())
    assert await store.read_seed() == SEED


@pytest.mark.parametrize("backend", [None, LockedKeyring(), DictKeyring()])
async def test_a_profile_whose_keyring_lost_its_seed_gets_no_new_one(
    tmp_path: Path, backend: DictKeyring | None
) -> None:
    await (await open_secret_store(tmp_path, DictKeyring())).write_seed(SEED)
    with pytest.raises(SecretUnavailable) as refused:
        await open_secret_store(tmp_path, backend)
    assert refused.value.key == "secret.keyring"


async def test_two_profiles_have_two_seeds_in_one_keyring(tmp_path: Path) -> None:
    keyring = DictKeyring()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        await (await open_secret_store(tmp_path / name, keyring)).write_seed(name.encode() * 32)
    assert await (await open_secret_store(tmp_path / "a", keyring)).read_seed() == b"a" * 32


async def test_what_is_no_seed_in_the_keyring_is_refused(tmp_path: Path) -> None:
    keyring = DictKeyring()
    keyring.set_password("horizon-desktop", "a", "hunter2")
    store = KeyringSecretStore(keyring, account="a", marker=tmp_path / "marker")
    with pytest.raises(SecretUnavailable) as refused:
        await store.read_seed()
    assert "hunter2" not in str(refused.value)


@posix
async def test_the_seed_file_is_owner_only(tmp_path: Path) -> None:
    await FileSecretStore(tmp_path / "p" / "device-key").write_seed(SEED)
    assert stat.S_IMODE((tmp_path / "p" / "device-key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "p").stat().st_mode) == 0o700


@posix
async def test_a_seed_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "device-key"
    await FileSecretStore(path).write_seed(SEED)
    path.chmod(0o640)
    with pytest.raises(SecretUnavailable) as refused:
        await FileSecretStore(path).read_seed()
    assert refused.value.key == "secret.exposed"


@posix
async def test_a_link_in_place_of_the_seed_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(SEED)
    (tmp_path / "device-key").symlink_to(tmp_path / "real")
    with pytest.raises(SecretUnavailable):
        await FileSecretStore(tmp_path / "device-key").read_seed()


async def test_a_cut_seed_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "device-key"
    await FileSecretStore(path).write_seed(SEED)
    os.truncate(path, 20)
    with pytest.raises(SecretUnavailable):
        await FileSecretStore(path).read_seed()
    assert path.stat().st_size == 20


async def test_no_half_written_file_is_left_behind(tmp_path: Path) -> None:
    store = FileSecretStore(tmp_path / "device-key")
    await store.write_seed(SEED)
    await store.write_seed(SEED[::-1])
    assert [file.name for file in tmp_path.iterdir()] == ["device-key"]
