"""What is asked of TCP, on real connections: read back from the kernel."""

import asyncio
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from horizon_desktop.adapters.system import SystemClock, SystemEntropy
from horizon_desktop.adapters.web.tcp_options import UNSENT_BYTES, USER_TIMEOUT_MS, choose_congestion, tune
from tests.hub.people import open_test_hub
from tests.hub.raw import dialed

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="these options are Linux's")
AVAILABLE = Path("/proc/sys/net/ipv4/tcp_allowed_congestion_control")


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def option(opened: socket.socket, name: str) -> int:
    return opened.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))


def congestion_of(opened: socket.socket) -> str:
    return opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).partition(b"\0")[0].decode()


@linux_only
def test_a_tuned_connection_waits_for_nothing_and_notices_death(listening: socket.socket) -> None:
    with socket.create_connection(listening.getsockname()) as opened:
        tune(opened)
        assert option(opened, "TCP_NODELAY") == 1
        assert option(opened, "TCP_USER_TIMEOUT") == USER_TIMEOUT_MS
        assert option(opened, "TCP_NOTSENT_LOWAT") == UNSENT_BYTES


@linux_only
@pytest.mark.parametrize("wanted", ["bbr", "cubic", "reno"])
def test_what_a_hub_accepts_has_the_congestion_control_it_wants_where_the_kernel_allows_it(
    listening: socket.socket, wanted: str
) -> None:
    allowed = AVAILABLE.read_text().split()
    before = congestion_of(listening)
    taken = choose_congestion(listening, wanted)
    assert taken == wanted or (taken == before and wanted not in allowed), "root may take more than others"
    with socket.create_connection(listening.getsockname()):
        arrived, _ = listening.accept()
        with arrived:
            assert congestion_of(arrived) == taken


@linux_only
@pytest.mark.parametrize("wanted", ["", "no_such_control", "a" * 100, "ümläut"])
def test_one_that_no_kernel_has_leaves_the_systems(listening: socket.socket, wanted: str) -> None:
    before = congestion_of(listening)
    assert choose_congestion(listening, wanted) == before


async def test_a_hub_says_once_which_it_took(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with asyncio.timeout(30), open_test_hub(tmp_path, clock=SystemClock(), entropy=SystemEntropy()) as hub:
        for _ in range(3):
            async with dialed(hub):
                pass
    said = [line for line in capsys.readouterr().out.splitlines() if "hub.tcp" in line]
    assert len(said) == 1
    assert "congestion=" in said[0]
