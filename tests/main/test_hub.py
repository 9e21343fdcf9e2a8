"""Hubs as main/ composes them: the embedded one keeps key and port, the headless one its files."""

import socket
from pathlib import Path

import pytest

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.tls.certificates import own_identity
from horizon_desktop.adapters.web.hub_client import WebHubDialer
from horizon_desktop.domain.collaboration.reach import parse_hub_url
from horizon_desktop.errors import AccessRefused, HubPinMismatch, UsageError
from horizon_desktop.main.hub import link_addresses, open_embedded_hub, open_hub, read_host_keys
from horizon_desktop.services.workers import WorkerRoll
from tests.contracts.test_store import invite_row, session_row
from tests.end_to_end.company import host_a_file, somebody
from tests.hub.people import Host
from tests.hub.raw import base, http
from tests.services.test_workers import IdentityHouse

CLOCK, ENTROPY = SystemClock(), SystemEntropy()
HOST = Host()


def embedded(folder: Path):
    """Return an embedded hub; the first time on a free port, as tests run side by side."""
    if not (folder / "port").exists():
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            (folder / "port").write_text(str(free.getsockname()[1]))
    return open_embedded_hub(
        data_dir=folder, host=HOST.keypair.key, clock=CLOCK, entropy=ENTROPY, listen_host="127.0.0.1"
    )


def headless(folder: Path, port: int = 0, **options):
    return open_hub(listen_host="127.0.0.1", port=port, data_dir=folder, clock=CLOCK, entropy=ENTROPY, **options)


async def register(hub, host: Host):
    async with WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer:
        return await dialer.register(
            parse_hub_url(hub.url), host.caller, session=host.session, session_nonce=host.nonce
        )


async def test_an_embedded_hub_keeps_key_and_port_over_restarts(tmp_path: Path) -> None:
    async with embedded(tmp_path) as hub:
        first = hub.address("127.0.0.1")
    async with embedded(tmp_path) as hub:
        assert hub.address("127.0.0.1") == first


async def test_an_embedded_hub_tells_its_own_machine_what_the_workers_beside_it_have_done(tmp_path: Path) -> None:
    house, roll = IdentityHouse(), WorkerRoll()
    await house.store.open_session(session_row(), invite_row())
    opened = open_embedded_hub(
        data_dir=tmp_path, host=HOST.keypair.key, clock=CLOCK, entropy=ENTROPY, listen_host="127.0.0.1",
        workers=roll.counters,
    )  # fmt: skip
    async with opened as hub, http() as session:
        worker = house.worker()
        roll.add(worker)
        house.clock.advance(minutes=24 * 60)
        await worker.round()
        async with session.get(base(hub) + "/metrics") as answer:
            lines = (await answer.text()).splitlines()
    assert 'horizon_worker_rounds_total{worker="identity_cleanup"} 1' in lines
    assert 'horizon_worker_failures_total{worker="identity_cleanup"} 0' in lines
    assert 'horizon_worker_rows_total{worker="identity_cleanup",step="sessions"} 1' in lines
    assert "# TYPE horizon_worker_rows_total counter" in lines


async def test_the_hub_of_a_profile_tells_of_the_profiles_own_workers(tmp_path: Path) -> None:
    file = tmp_path / "train.py"
    file.write_text("import torch\n")
    async with somebody(tmp_path / "host") as host, http() as session:
        await host_a_file(host, file)
        port = (host.profile.hub_data / "port").read_text("ascii")
        async with session.get(f"https://127.0.0.1:{port}/metrics") as answer:
            text = await answer.text()
    assert [line for line in text.splitlines() if line.startswith("horizon_worker_rounds_total")] == [
        'horizon_worker_rounds_total{worker="expiry"} 0',
        'horizon_worker_rounds_total{worker="identity_cleanup"} 0',
    ]


async def test_an_embedded_hub_takes_a_free_port_when_its_own_is_taken(tmp_path: Path) -> None:
    async with embedded(tmp_path) as hub:
        port = hub.port
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        async with embedded(tmp_path) as hub:
            assert hub.port != port


async def test_an_embedded_hub_works_for_its_own_host_alone(tmp_path: Path) -> None:
    async with embedded(tmp_path) as hub:
        await register(hub, HOST)
        with pytest.raises(AccessRefused) as refused:
            await register(hub, Host(2))
        assert refused.value.key == "hub.host_key"


async def test_the_url_of_a_self_signed_hub_is_enough_to_trust_it(tmp_path: Path) -> None:
    async with headless(tmp_path) as hub:
        await register(hub, HOST)
        assert hub.url == f"https://127.0.0.1:{hub.port}/#{hub.pin.hex()}"


async def test_without_its_pin_a_self_signed_hub_is_not_trusted(tmp_path: Path) -> None:
    async with headless(tmp_path) as hub, WebHubDialer(clock=CLOCK, entropy=ENTROPY) as dialer:
        with pytest.raises(HubPinMismatch):
            await dialer.fetch_preview(parse_hub_url(f"127.0.0.1:{hub.port}"), HOST.locator())


async def test_a_port_that_is_taken_is_wrong_use(tmp_path: Path) -> None:
    async with headless(tmp_path) as hub:
        with pytest.raises(UsageError) as wrong:
            async with headless(tmp_path, hub.port):
                pass
    assert wrong.value.key == "hub.listen"


async def test_an_address_of_another_machine_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        async with open_hub(listen_host="203.0.113.77", port=0, data_dir=tmp_path, clock=CLOCK, entropy=ENTROPY):
            pass


async def test_a_certificate_without_its_key_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        async with headless(tmp_path, certificate=tmp_path / "cert"):
            pass


async def test_a_certificate_of_another_key_is_wrong_use(tmp_path: Path) -> None:
    one, other = (own_identity(tmp_path / name, hosts=(), now=CLOCK.now().instant) for name in ("one", "other"))
    with pytest.raises(UsageError) as wrong:
        async with headless(tmp_path, certificate=one.certificate, private_key=other.private_key):
            pass
    assert wrong.value.key == "hub.certificate"


async def test_a_given_certificate_needs_no_pin_and_no_data_folder(tmp_path: Path) -> None:
    given = own_identity(tmp_path / "given", hosts=("127.0.0.1",), now=CLOCK.now().instant)
    files = {"certificate": given.certificate, "private_key": given.private_key}
    async with headless(tmp_path / "data", **files) as hub:
        assert hub.url == f"https://127.0.0.1:{hub.port}" and hub.pin == b""
    assert not (tmp_path / "data").exists()


async def test_the_data_folder_holds_the_hubs_own_key_only(tmp_path: Path) -> None:
    async with headless(tmp_path / "data") as hub:
        await register(hub, HOST)
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["hub.crt", "hub.key"]


async def test_a_link_names_the_public_url_where_there_is_one(tmp_path: Path) -> None:
    async with headless(tmp_path, public_url="https://hub.example") as hub:
        (address,) = link_addresses(hub)
        assert (address.host, address.port, address.pin) == ("hub.example", 443, hub.pin)


async def test_a_link_names_the_address_that_was_chosen(tmp_path: Path) -> None:
    async with headless(tmp_path) as hub:
        assert link_addresses(hub) == (hub.address("127.0.0.1"),)


async def test_host_keys_are_read_from_a_file_and_open_means_any(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(HOST.keypair.key.hex() + "\n")
    assert await read_host_keys(str(tmp_path / "keys")) == {HOST.keypair.key}
    assert await read_host_keys("open") is None
    with pytest.raises(UsageError):
        await read_host_keys(str(tmp_path / "none"))
