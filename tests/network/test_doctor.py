"""`horizon doctor` names the right cause in each kind of network, and where something stands in the way."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.network.lab_session import ROOT, LabShell
from tests.network.natlab.natlab import STUN_PORTS, Lab

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]
DEADLINE_S = 120.0
Lines = dict[str, dict[str, Any]]
"""By check, and `diagnosis`."""


PROXY_PORT = 3128


class Laboratory:
    """A laboratory with two STUN addresses and a hub at port 443 of the public host."""

    def __init__(self, lab: Lab, folder: Path, url: str) -> None:
        self.lab = lab
        self.url = url
        self._folder = folder

    def doctor(self, where: str, *words: str, hub: str | None = None, proxy: str = "") -> Lines:
        """Run the command in a host of the laboratory; return what it told."""
        shell = DoctorShell(
            self.lab,
            where,
            self._folder / f"{where}-home",
            *(("--set", f"network.proxy={proxy}") if proxy else ()),
            "doctor",
            "--hub",
            hub or self.url,
            *words,
            cwd=self._folder,
        )
        with shell:
            shell.expect("diagnosis", within_s=DEADLINE_S)
            shell.process.wait(timeout=DEADLINE_S)
        return {line.get("check", line["event"]): line for line in shell.read()}

    def start_proxy(self, *words: str) -> str:
        """Start an HTTP proxy at the STUN server's address; return its URL."""
        listen = ("--listen", self.lab.turn_ip, "--port", str(PROXY_PORT))
        command = [sys.executable, "-m", "tests.network.connect_proxy", *listen, *words]
        self.lab.popen("public", command, cwd=ROOT, stdout=subprocess.DEVNULL)
        self.lab.wait_tcp("public", self.lab.turn_ip, PROXY_PORT)
        return f"{self.lab.turn_ip}:{PROXY_PORT}"

    def forbid(self, where: str, rule: str) -> None:
        """Let the host's own firewall drop what matches."""
        rules = f"table inet own {{ chain out {{ type filter hook output priority 0; {rule} drop; }}; }}"
        subprocess.run(self.lab.command(where, ["nft", "-f", "-"]), input=rules, text=True, check=True)


class DoctorShell(LabShell):
    """With both addresses of the laboratory's STUN responder."""

    def __init__(self, lab: Lab, *words: Any, cwd: Path) -> None:
        super().__init__(lab, *words, cwd=cwd)
        servers = (f"{lab.public_ip}:{STUN_PORTS[0]}", f"{lab.turn_ip}:{STUN_PORTS[0]}")
        self._environment["HORIZON_STUN"] = ",".join(servers)


@contextmanager
def laboratory(folder: Path, topology: str, *, has_ipv6: bool = False) -> Iterator[Laboratory]:
    with Lab(topology, ipv6=has_ipv6) as lab:
        stun = lab.start_stun()
        assert stun.stdout is not None
        address = f"[{lab.addr6('public')}]" if has_ipv6 else lab.public_ip
        words = ("hub", "--listen", f"{address}:443", "--data", str(folder / "hub"))
        with stun.stdout, LabShell(lab, "public", folder / "hub-home", *words, cwd=folder) as hub:
            yield Laboratory(lab, folder, hub.expect("ready", within_s=DEADLINE_S)["url"])


def told(lines: Lines) -> tuple[str, str, str]:
    """Return cause, kind of NAT and expected path."""
    last = lines["diagnosis"]
    return last["cause"], last["nat"], last["path"]


@pytest.mark.parametrize(
    ("topology", "guest", "host"),
    [
        pytest.param("open", ("fine", "open", "direct"), ("fine", "open", "direct"), marks=pytest.mark.network_full),
        pytest.param(
            "same-lan", ("fine", "cone", "direct"), ("fine", "cone", "direct"), marks=pytest.mark.network_full
        ),
        pytest.param(
            "cone-cone", ("fine", "cone", "direct"), ("fine", "cone", "direct"), marks=pytest.mark.network_full
        ),
        ("symmetric-cone", ("fine", "cone", "direct"), ("nat.symmetric", "symmetric", "relay")),
        pytest.param(
            "symmetric-symmetric",
            ("nat.symmetric", "symmetric", "relay"),
            ("nat.symmetric", "symmetric", "relay"),
            marks=pytest.mark.network_full,
        ),
        pytest.param(
            "udp-blocked",
            ("firewall.udp", "blocked", "relay"),
            ("fine", "cone", "direct"),
            marks=pytest.mark.network_full,
        ),
        ("tcp443-only", ("firewall.only_443", "blocked", "relay"), ("fine", "cone", "direct")),
    ],
)
def test_the_cause_is_named_in_each_kind_of_network(
    tmp_path: Path, topology: str, guest: tuple[str, str, str], host: tuple[str, str, str]
) -> None:
    with laboratory(tmp_path, topology) as laboratory_:
        at_guest, at_host = laboratory_.doctor("guest"), laboratory_.doctor("host")
        assert (told(at_guest), told(at_host)) == (guest, host)
        for lines in (at_guest, at_host):
            assert [lines[check]["level"] for check in ("network", "proxy", "hub", "tls", "clock")] == ["good"] * 5
        expected = "direct" if guest[2] == host[2] == "direct" else "relay"
        with_the_other = laboratory_.doctor("guest", "--peer", at_host["diagnosis"]["nat"])
        assert with_the_other["diagnosis"]["path"] == expected


@pytest.mark.network_full
def test_a_hub_at_another_port_is_out_of_reach_where_only_443_is_open(tmp_path: Path) -> None:
    with laboratory(tmp_path, "tcp443-only") as laboratory_:
        lines = laboratory_.doctor("guest", hub=laboratory_.url.replace(":443", ":7443"))
        assert told(lines) == ("hub.silent", "blocked", "none")
        assert lines["firewall"]["cause"] == "firewall.all"


@pytest.mark.network_full
def test_the_machines_own_firewall_is_named(tmp_path: Path) -> None:
    with laboratory(tmp_path, "cone-cone") as laboratory_:
        laboratory_.forbid("guest", "meta l4proto udp")
        assert told(laboratory_.doctor("guest")) == ("firewall.local", "blocked", "relay")


@pytest.mark.network_full
def test_a_machine_without_a_network_is_told_so(tmp_path: Path) -> None:
    with laboratory(tmp_path, "cone-cone") as laboratory_:
        laboratory_.lab.cut("guest", "unplug")
        lines = laboratory_.doctor("guest")
        assert told(lines) == ("network.none", "unknown", "none")
        assert lines["hub"]["cause"] == "hub.no_route"


@pytest.mark.network_full
def test_a_server_with_another_key_is_named(tmp_path: Path) -> None:
    with laboratory(tmp_path, "open") as laboratory_:
        url, pin = laboratory_.url.split("#")
        lines = laboratory_.doctor("guest", hub=f"{url}#{'0' * len(pin)}")
        assert told(lines) == ("tls.pin", "open", "none")


@pytest.mark.network_full
def test_the_report_shows_no_address_whole(tmp_path: Path) -> None:
    with laboratory(tmp_path, "cone-cone") as laboratory_:
        report = tmp_path / "report.json"
        laboratory_.doctor("guest", "--report", str(report))
        text = report.read_text()
        for secret in (laboratory_.lab.public_ip, laboratory_.lab.addr("guest"), laboratory_.url.split("#")[1]):
            assert secret not in text
        assert json.loads(text)["cause"] == "fine"


@pytest.mark.network_full
@pytest.mark.parametrize(
    ("words", "login", "cause", "path"),
    [
        ((), "", "fine", "direct"),
        (("--login", "kestrel:sesame"), "kestrel:sesame@", "fine", "direct"),
        (("--login", "kestrel:sesame"), "", "proxy.login", "none"),
        (("--only-port", "80"), "", "proxy.refused", "none"),
    ],
    ids=["open", "login", "login-missing", "refusing"],
)
def test_a_proxy_in_the_way_is_gone_through_or_named(
    tmp_path: Path, words: tuple[str, ...], login: str, cause: str, path: str
) -> None:
    with laboratory(tmp_path, "cone-cone") as laboratory_:
        proxy = laboratory_.start_proxy(*words)
        lines = laboratory_.doctor("guest", proxy=f"http://{login}{proxy}")
        assert told(lines) == (cause, "cone", path)
        assert lines["proxy"]["cause"] == ("proxy.used" if cause == "fine" else cause)
        assert "sesame" not in json.dumps(lines)


@pytest.mark.network_full
def test_a_proxy_that_is_not_there_is_named(tmp_path: Path) -> None:
    with laboratory(tmp_path, "cone-cone") as laboratory_:
        lines = laboratory_.doctor("guest", proxy=f"http://{laboratory_.lab.turn_ip}:{PROXY_PORT}")
        assert told(lines) == ("proxy.unreachable", "cone", "none")


@pytest.mark.network_full
def test_a_machine_with_ipv6_alone_is_told_so(tmp_path: Path) -> None:
    with laboratory(tmp_path, "cone-cone", has_ipv6=True) as laboratory_:
        laboratory_.lab.lose_ipv4("guest")
        lines = laboratory_.doctor("guest")
        assert told(lines) == ("udp.ipv6_only", "unknown", "relay")
        assert lines["hub"]["level"] == lines["network"]["level"] == "good"


@pytest.mark.network_full
def test_a_network_without_udp_behind_a_proxy_is_told_so(tmp_path: Path) -> None:
    with laboratory(tmp_path, "udp-blocked") as laboratory_:
        lines = laboratory_.doctor("guest", proxy=f"http://{laboratory_.start_proxy()}")
        assert told(lines) == ("firewall.udp", "blocked", "relay")
        assert lines["proxy"]["cause"] == "proxy.used"
