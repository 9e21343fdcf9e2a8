"""What every test stands on: Qt without a screen, a home of its own, and no network beyond this machine."""

import errno
import ipaddress
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import ifaddr
import pytest
from hypothesis import settings
from PySide6.QtWidgets import QApplication

from tests.postgres import PostgresServer, running_postgres

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.fonts.warning=false")
_HOME = tempfile.TemporaryDirectory(prefix="horizon-tests-")
os.environ["HORIZON_HOME"] = _HOME.name
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"

ROOT = Path(__file__).resolve().parent.parent
LAB_NETWORKS = tuple(ipaddress.ip_network(text) for text in ("203.0.113.0/24", "198.18.0.0/15"))
"""Reserved for examples and benchmarks (RFC 5737, RFC 2544): only the laboratories' namespaces have them."""

settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")


class OutsideNetwork(OSError):
    """A test tried to reach past this machine."""


def _own_addresses() -> frozenset[str]:
    found = set()
    for adapter in ifaddr.get_adapters():
        for address in adapter.ips:
            found.add(address.ip if isinstance(address.ip, str) else address.ip[0])
    return frozenset(found)


OWN_ADDRESSES = _own_addresses()


def _is_allowed(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host in {"", "localhost", socket.gethostname()}
    if address.is_loopback or address.is_multicast or address.is_unspecified or str(address) in OWN_ADDRESSES:
        return True
    return any(address in network for network in LAB_NETWORKS)


def _guard(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse connections and datagrams to other machines; a name of another machine is not even looked up."""
    if event in {"socket.connect", "socket.sendto"}:
        target = arguments[-1]
        if isinstance(target, tuple) and isinstance(target[0], str) and not _is_allowed(target[0]):
            raise OutsideNetwork(errno.ENETUNREACH, f"tests stay on this machine: {target[0]}")
    elif event == "socket.getaddrinfo" and isinstance(arguments[0], str) and not _is_allowed(arguments[0]):
        raise socket.gaierror(socket.EAI_NONAME, f"tests stay on this machine: {arguments[0]}")


sys.addaudithook(_guard)


def pytest_configure(config: pytest.Config) -> None:
    """Bring the generated files up to date once, before any worker imports them."""
    if not hasattr(config, "workerinput"):
        subprocess.run([sys.executable, str(ROOT / "packaging" / "hatch_build.py")], check=True)


def pytest_unconfigure() -> None:
    """Remove the home that the tests had."""
    _HOME.cleanup()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip laboratory tests where no namespace can be made: without root, or without Linux."""
    if sys.platform == "linux" and os.geteuid() == 0:
        return
    no_lab = pytest.mark.skip(reason="needs root on Linux for network namespaces")
    for item in items:
        if "lab" in item.keywords:
            item.add_marker(no_lab)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this run's own."""
    with running_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new database with the newest tables is: every test that asks runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'profile' / 'horizon.db'}"
    url: str = request.getfixturevalue("new_postgres")
    return url


@pytest.fixture
def new_postgres(postgres: PostgresServer) -> str:
    """The URL of a PostgreSQL database of this test's own, with the newest tables."""
    return postgres.new_database()


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> QApplication:
    """The one application of a worker; as in the product, it does not end when a test's last window closes."""
    qapp.setQuitOnLastWindowClosed(False)
    return qapp
