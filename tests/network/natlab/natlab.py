#!/usr/bin/env python3
r"""natlab: a network laboratory on one Linux machine, built from network namespaces.

A network laboratory on one Linux machine. `natlab.py` builds a small internet
out of network namespaces - a public server, NAT routers, firewalls, and peers
behind them - and runs real programs in it: NAT traversal, blocked UDP, delay and
loss, roaming, cut links, dead servers. Nothing leaves the namespaces; the
machine's own interfaces and routes are not touched.

Needs: Linux, root, Python 3.11 or newer (standard library only), the commands
`ip` (iproute2) and `nft` (nftables), and `/dev/net/tun` for emulated links.
Optional: `turnserver` (coturn) for STUN and TURN.
`python3 natlab.py check` tells what the machine supports.

## The network

    host --- [NAT 1] --.                 .-- public  203.0.113.10  your servers
                        inet (a router) -            203.0.113.11  STUN and TURN
    guest -- [NAT 2] --'

Each site has a number N (the public host's segment is 0, the sites follow in
order): private network `192.168.N.0/24`, NAT's public address `198.18.N.2`.
Hosts on an `open` site sit on `198.18.N.0/24` directly. There is no DNS inside:
use addresses. There is no IPv6 either, but in `Lab(ipv6=True)`: each site has
`2001:db8:N::/64`, whose NAT routers pass it on unchanged and let in only what was
asked for; the public host is `2001:db8:0::a`. (These ranges are reserved ones, so Python's
`ipaddress` calls them private; a program that drops "private" addresses would
drop them too.)

| topology | host | guest |
| --- | --- | --- |
| `open` | public address | public address, same segment |
| `same-lan` | LAN behind one cone NAT | the same LAN |
| `cone-cone` | cone NAT | another cone NAT |
| `symmetric-cone` | symmetric NAT | cone NAT |
| `symmetric-symmetric` | symmetric NAT | symmetric NAT |
| `udp-blocked` | cone NAT | NAT and firewall: no UDP, any TCP out |
| `tcp443-only` | cone NAT | NAT and firewall: only TCP to port 443 of the public host |
| `roaming` | cone NAT | cone NAT, and a second cone NAT to move to |

Own topologies are lists of `Site(kind, members)`; the kinds are `open`, `cone`,
`symmetric`, `symmetric-random`, `udp-blocked` and `tcp443-only`.

What the NATs really do, as `natlab.py probe` measures it with STUN (RFC 5780):

- `cone`: `masquerade`. Mapping endpoint-independent (the local port is kept),
  filtering address-and-port-dependent: a "port-restricted cone" as in most home
  routers. The WAN side drops what nobody asked for. No hairpinning.
- `symmetric`: `masquerade fully-random`. Every destination gets another port
  (mapping address-and-port-dependent). `symmetric-random` uses `random`, which
  behaves the same on current kernels.

## Command line

    natlab.py topologies                     list them
    natlab.py check                          what this machine supports
    natlab.py probe [TOPOLOGY...]            measure the NATs
    natlab.py run TOPOLOGY [options] -- CMD  build, run CMD in a host, remove
    natlab.py up TOPOLOGY [options]          build and keep; takes orders on stdin
    natlab.py list | clean                   labs of this machine; remove orphans

`run` ends with the exit status of CMD. Options of `run` and `up`:

| option | meaning |
| --- | --- |
| `--in HOST` | where CMD runs: `guest` (default), `host`, `public` (`run` only) |
| `--bg HOST:COMMAND` | start this first, in the background (`run` only) |
| `--at 5s:cut:guest` | at that time: `cut`, `unplug`, `heal`, `kill`, `crash`, `roam`, `readdress`, `renumber` (`run` only) |
| `--turn` | coturn on 203.0.113.11, ports 3478 and 443, UDP and TCP, user `lab`, password `lab` |
| `--stun` | natlab's own STUN responder, ports 19302 and 19303 of both addresses |
| `--delay 40ms` `--jitter 5ms` `--loss 2%` `--burst 3` `--rate 20mbit` `--queue 100ms` | impair the link |
| `--on HOST` | whose link is impaired (default `guest`; repeatable) |
| `--udp-timeout 30` | seconds the NATs keep an idle UDP mapping |
| `--seed 1` | repeatable losses |

Programs find `NATLAB_ID`, `NATLAB_NAME`, `NATLAB_ADDR`, `NATLAB_PUBLIC_IP` and
`NATLAB_TURN_IP` in their environment. Examples:

    natlab.py run cone-cone --delay 40ms --loss 2% -- ping -c 5 203.0.113.10
    natlab.py run tcp443-only --bg "public:python3 relay.py --port 443" \
        --bg "host:python3 peer.py" --at 10s:cut:guest --at 25s:heal:guest \
        -- python3 peer.py

## Python

```python
from natlab import Impairment, Lab, Site

with Lab("symmetric-cone", impair={"guest": Impairment(delay=0.02, loss=0.01)}) as lab:
    lab.start_turn()
    server = lab.popen("public", ["python3", "relay.py"])
    lab.wait_tcp("guest", lab.public_ip, 443)
    peer = lab.popen("guest", ["python3", "peer.py"])
    lab.cut("guest"); ...; lab.heal("guest")
```

| call | effect |
| --- | --- |
| `popen(host, cmd, ...)`, `run(host, cmd, ...)` | as in `subprocess`; what `popen` started ends with the lab |
| `command(host, cmd)`, `netns(host)` | the command line / the namespace, to start a program by other means |
| `inside(host)` | context manager: sockets the calling thread makes belong to the host |
| `cut(host)` | lose every packet silently, both ways |
| `cut(host, "unplug")` | take the host's interface down: its programs get errors |
| `heal(host)` | undo either |
| `kill(host)` | power failure: cut, then kill every process; no FIN or RST gets out |
| `kill(host, silent=False)` | crash: the processes die, the kernel closes their connections |
| `roam(host, kind="cone", gap=0.5)` | another network: new interface, address and NAT |
| `readdress(host)` | another address on the same network |
| `renumber(host)` | the NAT's public address changes; the host notices nothing |
| `impair(host, loss=0.05)` | change an emulated link while it runs |
| `link_stats(host)` | frames, bytes, lost, overflow of an emulated link, up and down |
| `start_turn(log=None)`, `start_stun()` | servers on the public host |
| `probe(host)` | mapping, filtering, and what gets through (after `start_stun()`) |
| `addr(host)`, `hosts`, `public_ip`, `turn_ip`, `id` | facts |

## Emulated links

A link that is impaired consists of two TAP devices and a small process that
carries frames between them, so it works on kernels without `netem`. It applies
loss, then the bottleneck (`rate`, with a tail-drop queue of `queue` seconds),
then `delay` and `jitter`; it never reorders and never loses ARP. `delay` is one
way and acts in both directions: `delay=0.04` adds 80 ms to a round trip. Measured:
about 0.3 to 0.7 ms of round trip of its own, and more than 1 Gbit/s. A link is
emulated only if named in `Lab(impair=...)`, even with `Impairment()`, which
changes nothing; other links are plain veth pairs.

TCP inside the lab uses the machine's default congestion control; check with
`sysctl net.ipv4.tcp_congestion_control` before comparing throughput, or set it
per socket (`TCP_CONGESTION`), or with `Lab(tcp_congestion="reno")`.

## Several labs, and cleaning up

Namespaces are called `natlab-ID-NAME` with a random ID, so labs run side by side
with the same addresses. Leaving the `with` block, an exception, Ctrl-C and
SIGTERM (command line) remove everything. After a SIGKILL run `natlab.py clean`:
it removes only labs whose owner is dead.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import fcntl
import json
import os
import random
import re
import secrets
import select
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

PREFIX = "natlab"
RUN_DIR = Path("/run/natlab")
NETNS_DIR = Path("/run/netns")

PUBLIC = "public"
PUBLIC_IP = "203.0.113.10"  # the relay / signalling server
TURN_IP = "203.0.113.11"  # STUN and TURN (a second address of the same host)
STUN_PORTS = (19302, 19303)  # natlab's own STUN responder (coturn uses 3478)
TURN_PORTS = (3478, 443)
TURN_USER, TURN_PASSWORD, TURN_REALM = "lab", "lab", "lab.test"


class LabError(RuntimeError):
    """The laboratory could not be built or changed as asked."""


# --------------------------------------------------------------------------
# Impairments
# --------------------------------------------------------------------------

_TIME = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
_RATE = {"kbit": 1e3, "mbit": 1e6, "gbit": 1e9}


def _quantity(text: str, units: Mapping[str, float], what: str) -> float:
    match = re.fullmatch(r"([0-9.]+)\s*([a-z%]+)", text.strip().lower())
    if not match or match[2] not in units:
        raise argparse.ArgumentTypeError(f"{what} {text!r}: need a number and one of {', '.join(units)}")
    return float(match[1]) * units[match[2]]


def parse_time(text: str) -> float:
    return _quantity(text, _TIME, "time")


def parse_rate(text: str) -> float:
    return _quantity(text, _RATE, "rate")


def parse_loss(text: str) -> float:
    return _quantity(text, {"%": 0.01}, "loss")


@dataclass(frozen=True)
class Impairment:
    """What one access link does to traffic, in each direction (SI units).

    ``delay`` is one way, so a link with ``delay=0.04`` adds 80 ms to a round
    trip.  ``burst`` is the mean number of packets lost in a row.  ``queue`` is
    how long a packet may wait for a ``rate`` limited link before tail drop.
    """

    delay: float = 0.0
    jitter: float = 0.0
    loss: float = 0.0
    burst: float = 1.0
    rate: float = 0.0
    queue: float = 0.1


# --------------------------------------------------------------------------
# Small system helpers
# --------------------------------------------------------------------------


def _sh(*cmd: str, stdin: str | None = None, check: bool = True) -> str:
    done = subprocess.run(cmd, input=stdin, text=True, capture_output=True, check=False)
    if check and done.returncode:
        raise LabError(f"{shlex.join(cmd)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def _ip(ns: str, *args: str, check: bool = True) -> str:
    return _sh("ip", "-n", ns, *args, check=check)


def _nft(ns: str, script: str) -> None:
    _sh("ip", "netns", "exec", ns, "nft", "-f", "-", stdin=script)


_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000


@contextlib.contextmanager
def inside_netns(name: str) -> Iterator[None]:
    """Move the calling thread into a named network namespace for a while."""
    with contextlib.ExitStack() as stack:
        fds = [os.open(p, os.O_RDONLY) for p in (f"/proc/self/task/{threading.get_native_id()}/ns/net", NETNS_DIR / name)]
        for fd in fds:
            stack.callback(os.close, fd)
        _setns(fds[1])
        try:
            yield
        finally:
            _setns(fds[0])


def _setns(fd: int) -> None:
    if _libc.setns(fd, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _sysctl(ns: str, values: Mapping[str, Any]) -> None:
    with inside_netns(ns):
        for key, value in values.items():
            Path("/proc/sys", key.replace(".", "/")).write_text(str(value))


def _end(proc: subprocess.Popen[Any], grace: float = 2.0) -> None:
    """End a process, and its children if it leads a process group of its own."""
    for sig, wait in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(proc.pid) == proc.pid:
                os.killpg(proc.pid, sig)
            else:
                proc.send_signal(sig)
        with contextlib.suppress(subprocess.TimeoutExpired):
            proc.wait(wait)
            return


# --------------------------------------------------------------------------
# Link emulator: two TAP devices and a delay line between them
# --------------------------------------------------------------------------


class _Direction:
    """One direction of an emulated link: loss, then a bottleneck, then delay."""

    def __init__(self, out_fd: int, rng: random.Random) -> None:
        self.out_fd = out_fd
        self.rng = rng
        self.impair = Impairment()
        self.queue: deque[tuple[float, bytes]] = deque()
        self.free_at = 0.0
        self.losing = False
        self.stats = {"frames": 0, "bytes": 0, "lost": 0, "overflow": 0}

    def _lose(self) -> bool:
        p, burst = self.impair.loss, max(1.0, self.impair.burst)
        if p <= 0:
            return False
        if p >= 1 or burst == 1.0:
            return self.rng.random() < p
        if self.losing:  # Gilbert model: stay in the lossy state `burst` packets on average
            self.losing = self.rng.random() >= 1 / burst
        else:
            self.losing = self.rng.random() < p / (burst * (1 - p))
        return self.losing

    def push(self, frame: bytes, now: float) -> None:
        is_arp = frame[12:14] == b"\x08\x06"  # a lost ARP would cost a second: not what is tested
        if not is_arp and self._lose():
            self.stats["lost"] += 1
            return
        due = now
        if self.impair.rate:
            due = max(now, self.free_at)
            if due - now > self.impair.queue:
                self.stats["overflow"] += 1
                return
            due += len(frame) * 8 / self.impair.rate
            self.free_at = due
        due += self.impair.delay
        if self.impair.jitter:
            due += self.rng.random() * self.impair.jitter
        if self.queue and due < self.queue[-1][0]:
            due = self.queue[-1][0]  # jitter never reorders
        self.queue.append((due, frame))

    def flush(self, now: float) -> None:
        queue = self.queue
        while queue and queue[0][0] <= now:
            frame = queue.popleft()[1]
            with contextlib.suppress(OSError):  # the far device may be down
                os.write(self.out_fd, frame)
                self.stats["frames"] += 1
                self.stats["bytes"] += len(frame)


def _open_tap(ns: str, name: str) -> int:
    tunsetiff, iff_tap, iff_no_pi = 0x400454CA, 0x0002, 0x1000
    with inside_netns(ns):
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(fd, tunsetiff, struct.pack("16sH22x", name.encode(), iff_tap | iff_no_pi))
    return fd


def emulate(ns_a: str, if_a: str, ns_b: str, if_b: str, seed: int | None) -> None:
    """Child process: join two TAP devices; obeys JSON lines on stdin, ends at its EOF."""
    fd_a, fd_b = _open_tap(ns_a, if_a), _open_tap(ns_b, if_b)
    rng = random.Random(seed)
    up, down = _Direction(fd_b, rng), _Direction(fd_a, rng)
    routes = {fd_a: up, fd_b: down}
    with contextlib.suppress(OSError):
        os.nice(-10)  # late forwarding would look like jitter
    control = sys.stdin.fileno()
    print("ready", flush=True)
    while True:
        heads = [d.queue[0][0] for d in (up, down) if d.queue]
        timeout = max(0.0, min(heads) - time.monotonic()) if heads else None
        readable, _, _ = select.select([fd_a, fd_b, control], [], [], timeout)
        now = time.monotonic()
        for fd in readable:
            if fd == control:
                orders = os.read(control, 65536)
                if not orders:
                    return
                for order in map(json.loads, orders.splitlines()):
                    if order.pop("stats", False):
                        print(json.dumps({"up": up.stats, "down": down.stats}), flush=True)
                    else:
                        up.impair = down.impair = Impairment(**order)
                continue
            with contextlib.suppress(BlockingIOError):
                for _ in range(64):
                    routes[fd].push(os.read(fd, 65536), now)
        now = time.monotonic()
        up.flush(now)
        down.flush(now)


class _EmulatedLink:
    """Handle on the emulator process of one link."""

    def __init__(self, ns_a: str, if_a: str, ns_b: str, if_b: str, impair: Impairment, seed: int | None) -> None:
        cmd = [sys.executable, os.path.abspath(__file__), "_emulate", ns_a, if_a, ns_b, if_b]
        self._proc = subprocess.Popen(
            cmd + ([str(seed)] if seed is not None else []),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, start_new_session=True,
        )
        assert self._proc.stdout
        if self._proc.stdout.readline().strip() != "ready":
            self.close()
            raise LabError("the link emulator did not start (is /dev/net/tun there?)")
        self.set(impair)

    def _send(self, order: Mapping[str, Any]) -> None:
        assert self._proc.stdin
        self._proc.stdin.write(json.dumps(order) + "\n")

    def set(self, impair: Impairment) -> None:
        self._send(asdict(impair))

    def stats(self) -> dict[str, dict[str, int]]:
        self._send({"stats": True})
        assert self._proc.stdout
        stats: dict[str, dict[str, int]] = json.loads(self._proc.stdout.readline())
        return stats

    def close(self) -> None:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            self._proc.communicate(timeout=2)  # closes stdin, which ends the emulator
        _end(self._proc)


# --------------------------------------------------------------------------
# Topologies
# --------------------------------------------------------------------------


@dataclass(frozen=True)
class Site:
    """A place on the lab's internet: what kind of network, and who is in it."""

    kind: str
    members: tuple[str, ...] = ()


#: kind -> (masquerade flags or None for no NAT, nft verdicts for LAN -> WAN traffic)
SITE_KINDS: dict[str, tuple[str | None, str]] = {
    "open": (None, ""),
    "cone": ("", "accept"),
    "symmetric": ("fully-random", "accept"),
    "symmetric-random": ("random", "accept"),
    "udp-blocked": ("", "meta l4proto tcp accept"),
    "tcp443-only": ("", f"ip daddr {{ {PUBLIC_IP}, {TURN_IP} }} tcp dport 443 accept"),
}

TOPOLOGIES: dict[str, tuple[tuple[Site, ...], str]] = {
    "open": ((Site("open", ("host", "guest")),), "both peers on one public segment"),
    "cone-cone": ((Site("cone", ("host",)), Site("cone", ("guest",))), "each behind its own port-preserving NAT"),
    "symmetric-cone": (
        (Site("symmetric", ("host",)), Site("cone", ("guest",))), "host behind a symmetric NAT, guest behind a cone NAT"),
    "symmetric-symmetric": (
        (Site("symmetric", ("host",)), Site("symmetric", ("guest",))), "each behind its own symmetric NAT"),
    "udp-blocked": (
        (Site("cone", ("host",)), Site("udp-blocked", ("guest",))), "guest's network drops all UDP, any TCP goes out"),
    "tcp443-only": (
        (Site("cone", ("host",)), Site("tcp443-only", ("guest",))), "guest reaches only TCP 443 of the public host"),
    "same-lan": ((Site("cone", ("host", "guest")),), "both peers on one LAN behind one NAT"),
    "roaming": (
        (Site("cone", ("host",)), Site("cone", ("guest",)), Site("cone")), "as cone-cone, with a second network for guest"),
}


@dataclass
class _SiteState:
    index: int
    kind: str
    router: str  # namespace of the router
    bridge: str  # the members' segment, a bridge in that namespace
    prefix: str  # first three octets of the members' /24
    next_octet: int = 10


@dataclass
class _Host:
    name: str
    ns: str
    site: _SiteState
    address: str
    impair: Impairment | None
    extra: tuple[str, ...] = ()
    link: _EmulatedLink | None = None
    is_cut: str | None = None
    procs: list[subprocess.Popen[Any]] = field(default_factory=list)

    @property
    def port(self) -> str:
        return f"p-{self.name}"


class Lab:
    """A running laboratory; use it as a context manager.

    ``topology`` is a name from :data:`TOPOLOGIES` or a sequence of
    :class:`Site`.  ``impair`` maps host names to :class:`Impairment`; only the
    links named there are emulated and can be changed later with :meth:`impair`.
    ``udp_timeout`` is how long the NATs keep an idle UDP mapping.
    ``ipv6`` gives every host a global IPv6 address besides, behind a firewall that
    lets in only what was asked for.
    ``tcp_congestion`` is the hosts' default TCP congestion control; a namespace
    otherwise inherits the machine's, and accepts only those the machine lists
    in ``net.ipv4.tcp_allowed_congestion_control``.
    """

    def __init__(
        self,
        topology: str | Sequence[Site] = "cone-cone",
        *,
        impair: Mapping[str, Impairment] | None = None,
        udp_timeout: int | None = None,
        tcp_congestion: str | None = None,
        seed: int | None = None,
        ipv6: bool = False,
    ) -> None:
        if isinstance(topology, str):
            if topology not in TOPOLOGIES:
                raise LabError(f"unknown topology {topology!r}; known: {', '.join(TOPOLOGIES)}")
            self.sites: Sequence[Site] = TOPOLOGIES[topology][0]
        else:
            self.sites = topology
        for site in self.sites:
            if site.kind not in SITE_KINDS:
                raise LabError(f"unknown site kind {site.kind!r}; known: {', '.join(SITE_KINDS)}")
        members = [PUBLIC, *(name for site in self.sites for name in site.members)]
        for name in members:  # names become device names, of 15 characters at most
            if not re.fullmatch(r"(?!inet$|nat\d+$)[a-z][a-z0-9_]{0,12}", name) or members.count(name) > 1:
                raise LabError(f"bad, reserved or repeated host name {name!r}")
        if unknown := set(impair or {}) - set(members):
            raise LabError(f"no such host to impair: {', '.join(sorted(unknown))}")
        self._ipv6 = ipv6
        self.id = secrets.token_hex(3)
        self.public_ip, self.turn_ip = PUBLIC_IP, TURN_IP
        self._impair = dict(impair or {})
        self._udp_timeout = udp_timeout
        self._tcp_congestion = tcp_congestion
        self._seed = seed
        self._hosts: dict[str, _Host] = {}
        self._site_states: list[_SiteState] = []
        self._lock: int | None = None

    # -- life cycle --------------------------------------------------------

    def __enter__(self) -> Lab:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self) -> None:
        """Build everything.  Prefer ``with Lab(...)``, which also tears it down."""
        if os.geteuid():
            raise LabError("natlab needs root")
        for tool in ("ip", "nft"):
            if not shutil.which(tool):
                raise LabError(f"the command {tool!r} is missing")
        RUN_DIR.mkdir(exist_ok=True)
        self._lock = os.open(RUN_DIR / f"{self.id}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)  # held while this lab's owner lives
        self._add_ns("inet")
        _sysctl(self.netns("inet"), self._forwarding())
        server_site = self._add_site("open", prefix="203.0.113")
        self._add_host(PUBLIC, server_site, address=PUBLIC_IP, extra=(TURN_IP,))
        for site in self.sites:
            state = self._add_site(site.kind)
            for name in site.members:
                self._add_host(name, state)

    def stop(self) -> None:
        """Remove processes, links and namespaces; safe to call twice."""
        for host in self._hosts.values():
            for proc in host.procs:
                if proc.poll() is None:
                    _end(proc)
            if host.link:
                host.link.close()
        self._hosts.clear()
        self._site_states.clear()
        _remove_lab(self.id)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    # -- building ----------------------------------------------------------

    def netns(self, name: str) -> str:
        """Name of the network namespace of a host (or router) of this lab."""
        return f"{PREFIX}-{self.id}-{name}"

    def _add_ns(self, name: str) -> str:
        ns = self.netns(name)
        _sh("ip", "netns", "add", ns)
        if self._ipv6:  # usable at once: nobody else is there whose address it could be
            _sysctl(ns, {f"net.ipv6.conf.{which}.accept_dad": 0 for which in ("all", "default")})
        else:
            _sysctl(ns, {"net.ipv6.conf.all.disable_ipv6": 1, "net.ipv6.conf.default.disable_ipv6": 1})
        with contextlib.suppress(FileNotFoundError):  # there only if the kernel has br_netfilter:
            _sysctl(ns, {"net.bridge.bridge-nf-call-iptables": 0})  # hosts of one LAN do not pass the firewall
        _ip(ns, "link", "set", "lo", "up")
        return ns

    def _add_site(self, kind: str, prefix: str | None = None) -> _SiteState:
        masquerade, allowed = SITE_KINDS[kind]
        index, inet = len(self._site_states), self.netns("inet")
        if masquerade is None:
            state = _SiteState(index, kind, inet, f"street{index}", prefix or f"198.18.{index}")
        else:
            router = self._add_ns(f"nat{index}")
            _sh("ip", "link", "add", "wan", "netns", router, "type", "veth", "peer", "name", f"wan{index}", "netns", inet)
            self._set_up(inet, f"wan{index}", f"198.18.{index}.1/24")
            self._set_up(router, "wan", f"198.18.{index}.2/24")
            _ip(router, "route", "add", "default", "via", f"198.18.{index}.1")
            sysctls: dict[str, Any] = self._forwarding()
            if self._ipv6:
                wan = f"2001:db8:ff{index:02x}"
                _ip(inet, "addr", "add", f"{wan}::1/64", "dev", f"wan{index}")
                _ip(router, "addr", "add", f"{wan}::2/64", "dev", "wan")
                _ip(router, "route", "add", "default", "via", f"{wan}::1")
                _ip(inet, "route", "add", f"2001:db8:{index}::/64", "via", f"{wan}::2")
                _nft(router, _IPV6_RULES)
            if self._udp_timeout is not None:
                for key in ("udp_timeout", "udp_timeout_stream"):
                    sysctls[f"net.netfilter.nf_conntrack_{key}"] = self._udp_timeout
            _nft(router, _NAT_RULES.format(masquerade=masquerade, allowed=allowed))
            _sysctl(router, sysctls)
            state = _SiteState(index, kind, router, "lan", f"192.168.{index}")
        # a MAC of its own: else the bridge takes one of a member, and changes it when that one leaves
        mac = ":".join(f"{byte:02x}" for byte in b"\x02" + secrets.token_bytes(5))
        _ip(state.router, "link", "add", state.bridge, "address", mac, "type", "bridge")
        self._set_up(state.router, state.bridge, f"{state.prefix}.1/24")
        if self._ipv6:
            _ip(state.router, "addr", "add", f"2001:db8:{index}::1/64", "dev", state.bridge)
        self._site_states.append(state)
        return state

    @staticmethod
    def _set_up(ns: str, device: str, *addresses: str) -> None:
        for address in addresses:
            _ip(ns, "addr", "add", address, "dev", device)
        _ip(ns, "link", "set", device, "up")

    def _add_host(self, name: str, site: _SiteState, address: str | None = None, extra: tuple[str, ...] = ()) -> None:
        ns = self._add_ns(name)
        if self._tcp_congestion:
            try:
                _sysctl(ns, {"net.ipv4.tcp_congestion_control": self._tcp_congestion})
            except OSError as error:
                raise LabError(f"TCP congestion control {self._tcp_congestion!r} is refused: {error}") from None
        host = _Host(name, ns, site, address or self._lease(site), self._impair.get(name), extra)
        self._hosts[name] = host
        self._plug(host)

    @staticmethod
    def _lease(site: _SiteState) -> str:
        site.next_octet += 1
        return f"{site.prefix}.{site.next_octet}"

    def _plug(self, host: _Host) -> None:
        """Connect a host to its site: veth, or two TAPs joined by the emulator."""
        site = host.site
        if host.impair is None:
            peer = ("peer", "name", host.port, "netns", site.router)
            _sh("ip", "link", "add", "eth0", "netns", host.ns, "type", "veth", *peer)
        else:
            host.link = _EmulatedLink(host.ns, "eth0", site.router, host.port, host.impair, self._seed)
        _ip(site.router, "link", "set", host.port, "master", site.bridge, "up")
        self._address(host)

    def _address(self, host: _Host) -> None:
        self._set_up(host.ns, "eth0", *(f"{a}/24" for a in (host.address, *host.extra)))
        _ip(host.ns, "route", "replace", "default", "via", f"{host.site.prefix}.1")
        if self._ipv6:
            _ip(host.ns, "addr", "replace", f"{self._addr6(host)}/64", "dev", "eth0")
            _ip(host.ns, "route", "replace", "default", "via", f"2001:db8:{host.site.index}::1")

    def _forwarding(self) -> dict[str, Any]:
        return {"net.ipv4.ip_forward": 1} | ({"net.ipv6.conf.all.forwarding": 1} if self._ipv6 else {})

    @staticmethod
    def _addr6(host: _Host) -> str:
        return f"2001:db8:{host.site.index}::{int(host.address.rpartition('.')[2]):x}"

    def _unplug(self, host: _Host) -> None:
        if host.link:
            host.link.close()
            host.link = None
        else:
            _ip(host.ns, "link", "del", "eth0")

    # -- looking -----------------------------------------------------------

    def _host(self, name: str) -> _Host:
        try:
            return self._hosts[name]
        except KeyError:
            raise LabError(f"no host {name!r}; hosts: {', '.join(self._hosts)}") from None

    @property
    def hosts(self) -> list[str]:
        return list(self._hosts)

    def addr(self, name: str) -> str:
        """The host's own (perhaps private) address at this moment."""
        return self._host(name).address

    def addr6(self, name: str) -> str:
        """The host's IPv6 address, in a lab that has IPv6."""
        return self._addr6(self._host(name))

    def lose_ipv4(self, name: str) -> None:
        """Leave a host nothing but IPv6."""
        _ip(self._host(name).ns, "-4", "addr", "flush", "dev", "eth0")

    def link_stats(self, name: str) -> dict[str, dict[str, int]]:
        """Counters of an emulated link: frames, bytes, lost, overflow; up and down."""
        link = self._host(name).link
        if not link:
            raise LabError(f"the link of {name!r} is not emulated")
        return link.stats()

    # -- running programs --------------------------------------------------

    def command(self, name: str, cmd: Sequence[str]) -> list[str]:
        """The command line that runs ``cmd`` inside a host."""
        return ["ip", "netns", "exec", self._host(name).ns, *cmd]

    def _env(self, name: str, env: Mapping[str, str] | None) -> dict[str, str]:
        lab_env = {
            "NATLAB_ID": self.id, "NATLAB_NAME": name, "NATLAB_ADDR": self.addr(name),
            "NATLAB_PUBLIC_IP": PUBLIC_IP, "NATLAB_TURN_IP": TURN_IP,
        }
        return {**(os.environ if env is None else env), **lab_env}

    def popen(
        self, name: str, cmd: Sequence[str], *, env: Mapping[str, str] | None = None, **kwargs: Any
    ) -> subprocess.Popen[Any]:
        """Start a program inside a host; the lab ends it at the latest when it stops."""
        kwargs.setdefault("start_new_session", True)
        proc = subprocess.Popen(self.command(name, cmd), env=self._env(name, env), **kwargs)
        self._host(name).procs.append(proc)
        return proc

    def run(
        self, name: str, cmd: Sequence[str], *, env: Mapping[str, str] | None = None, **kwargs: Any
    ) -> subprocess.CompletedProcess[Any]:
        """Run a program inside a host to its end (as ``subprocess.run``)."""
        return subprocess.run(self.command(name, cmd), env=self._env(name, env), **kwargs)

    @contextlib.contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """Sockets that the calling thread creates in this block live in the host."""
        with inside_netns(self._host(name).ns):
            yield

    # -- making trouble ----------------------------------------------------

    def impair(self, name: str, impair: Impairment | None = None, **changes: float) -> None:
        """Replace an emulated link's impairment, or change single fields of it."""
        host = self._host(name)
        if host.impair is None or host.link is None:
            raise LabError(f"the link of {name!r} is not emulated; name it in Lab(impair=...) (Impairment() is neutral)")
        host.impair = replace(impair or host.impair, **changes)
        host.link.set(host.impair)

    def cut(self, name: str, how: str = "blackhole") -> None:
        """Cut a host off.

        ``blackhole`` loses every packet silently, both ways (a failed access
        point, a router that hangs).  ``unplug`` takes the host's interface
        down, so its programs get "network is unreachable".
        """
        host = self._host(name)
        if host.is_cut:
            return
        if how == "blackhole":
            for ns, device in ((host.ns, "eth0"), (host.site.router, host.port)):
                _nft(ns, _CUT_RULES.format(table=f"cut_{name}", device=device))
        elif how == "unplug":
            _ip(host.ns, "link", "set", "eth0", "down")
        else:
            raise LabError(f"unknown way to cut {how!r}; known: blackhole, unplug")
        host.is_cut = how

    def heal(self, name: str) -> None:
        """Undo :meth:`cut`."""
        host = self._host(name)
        if host.is_cut == "blackhole":
            for ns in (host.ns, host.site.router):
                _nft(ns, f"delete table netdev cut_{name}\n")
        elif host.is_cut == "unplug":
            _ip(host.ns, "link", "set", "eth0", "up")
            _ip(host.ns, "route", "replace", "default", "via", f"{host.site.prefix}.1")
        host.is_cut = None

    def kill(self, name: str, silent: bool = True) -> None:
        """Kill every process of a host at once.

        ``silent`` cuts the host off first, as a power failure does: no FIN or
        RST reaches anyone (:meth:`heal` brings the network back).  Otherwise
        the host's kernel closes the connections, as after a program's crash.
        """
        host = self._host(name)
        if silent:
            self.cut(name)
        for pid in _netns_pids(host.ns):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for proc in host.procs:
            proc.wait()
        host.procs.clear()

    def roam(self, name: str, kind: str = "cone", gap: float = 0.0) -> str:
        """Move a host to another network: old link gone, new address, new NAT.

        Uses an empty site of that kind if there is one, else builds it.  The
        host is offline for ``gap`` seconds.  Returns the new address.
        """
        host = self._host(name)
        used = {id(h.site) for h in self._hosts.values()}
        spare = [s for s in self._site_states if s.kind == kind and id(s) not in used]
        site = spare[0] if spare else self._add_site(kind)
        self.heal(name)
        self._unplug(host)
        time.sleep(gap)
        host.site, host.address = site, self._lease(site)
        self._plug(host)
        return host.address

    def readdress(self, name: str) -> str:
        """Give a host another address on the same network (a new DHCP lease)."""
        host = self._host(name)
        _ip(host.ns, "addr", "flush", "dev", "eth0")
        host.address = self._lease(host.site)
        self._address(host)
        return host.address

    def renumber(self, name: str) -> str:
        """Change the public address of a host's NAT (the router redials).

        The host itself notices nothing; all its NAT mappings are lost.
        """
        site = self._host(name).site
        if SITE_KINDS[site.kind][0] is None:
            raise LabError(f"{name!r} is not behind a NAT")
        old = re.search(r"inet ([0-9.]+)/", _ip(site.router, "-4", "addr", "show", "dev", "wan"))
        assert old
        new = f"198.18.{site.index}.{int(old[1].rsplit('.', 1)[1]) + 1}"
        _ip(site.router, "addr", "flush", "dev", "wan")
        self._set_up(site.router, "wan", f"{new}/24")
        _ip(site.router, "route", "replace", "default", "via", f"198.18.{site.index}.1")
        return new

    # -- servers on the public host ----------------------------------------

    def start_turn(self, log: str | os.PathLike[str] | None = None) -> subprocess.Popen[Any]:
        """Start coturn on ``turn_ip``: STUN, TURN over UDP and TCP, ports 3478 and 443."""
        if not shutil.which("turnserver"):
            raise LabError("the command 'turnserver' (package coturn) is missing")
        cmd = [
            "turnserver", "-n", "--no-cli", "--no-tls", "--no-dtls", "--log-file", "stdout", "--simple-log",
            "--listening-ip", TURN_IP, "--relay-ip", TURN_IP, "--listening-port", str(TURN_PORTS[0]),
            "--aux-server", f"{TURN_IP}:{TURN_PORTS[1]}", "--lt-cred-mech", "--user", f"{TURN_USER}:{TURN_PASSWORD}",
            "--realm", TURN_REALM, "--pidfile", "/dev/null", "--userdb", f"{RUN_DIR}/{self.id}.turndb",
        ]
        with open(log or os.devnull, "wb") as out:
            proc = self.popen(PUBLIC, cmd, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.wait_tcp(PUBLIC, TURN_IP, TURN_PORTS[0])
        return proc

    def start_stun(self) -> subprocess.Popen[Any]:
        """Start natlab's own STUN responder (two addresses, two ports, RFC 5780)."""
        cmd = [sys.executable, os.path.abspath(__file__), "_stun"]
        proc = self.popen(PUBLIC, cmd, stdout=subprocess.PIPE, text=True)
        assert proc.stdout
        if proc.stdout.readline().strip() != "ready":
            raise LabError("the STUN responder did not start")
        return proc

    def wait_tcp(self, name: str, address: str, port: int, timeout: float = 10.0) -> None:
        """Wait until a TCP port answers, as seen from a host."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                with self.inside(name):
                    sock = socket.socket()
                with sock:
                    sock.settimeout(max(0.1, deadline - time.monotonic()))
                    sock.connect((address, port))
                return
            except OSError as error:
                if time.monotonic() > deadline:
                    raise LabError(f"{address}:{port} does not answer {name}: {error}") from None
                time.sleep(0.05)

    def probe(self, name: str) -> dict[str, Any]:
        """What a STUN client inside the host finds out; needs :meth:`start_stun`."""
        cmd = [sys.executable, os.path.abspath(__file__), "_probe"]
        found: dict[str, Any] = json.loads(self.run(name, cmd, stdout=subprocess.PIPE, check=True).stdout)
        return found


_NAT_RULES = """
table ip natlab {{
    chain translate {{
        type nat hook postrouting priority srcnat;
        oifname "wan" masquerade {masquerade}
    }}
    chain through {{
        type filter hook forward priority filter; policy drop;
        ct state established,related accept
        iifname "lan" oifname "wan" {allowed}
    }}
    chain local {{
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        iifname {{ "lan", "lo" }} accept
    }}
}}
"""

_IPV6_RULES = """
table ip6 natlab {
    chain through {
        type filter hook forward priority filter; policy drop;
        ct state established,related accept
        iifname "lan" oifname "wan" accept
        meta l4proto ipv6-icmp accept
    }
}
"""

_CUT_RULES = """
table netdev {table} {{
    chain in {{ type filter hook ingress device "{device}" priority -500; policy drop; }}
}}
"""


# --------------------------------------------------------------------------
# Cleaning up after labs whose owner was killed
# --------------------------------------------------------------------------


def _netns_pids(ns: str) -> list[int]:
    return [int(pid) for pid in _sh("ip", "netns", "pids", ns, check=False).split()]


def _lab_namespaces() -> dict[str, list[str]]:
    labs: dict[str, list[str]] = {}
    for path in sorted(NETNS_DIR.glob(f"{PREFIX}-*-*")) if NETNS_DIR.is_dir() else ():
        labs.setdefault(path.name.split("-")[1], []).append(path.name)
    for path in RUN_DIR.glob("*.lock") if RUN_DIR.is_dir() else ():
        labs.setdefault(path.stem, [])
    return labs


def _lab_is_owned(lab_id: str) -> bool:
    """Whether the process that made a lab still lives (it holds the lock file)."""
    try:
        fd = os.open(RUN_DIR / f"{lab_id}.lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def _remove_lab(lab_id: str) -> None:
    names = _lab_namespaces().get(lab_id, [])
    for ns in names:
        for pid in _netns_pids(ns):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    for ns in names:
        _sh("ip", "netns", "del", ns, check=False)
    for path in RUN_DIR.glob(f"{lab_id}.*") if RUN_DIR.is_dir() else ():
        path.unlink(missing_ok=True)


def clean() -> list[str]:
    """Remove every lab whose owner is dead; labs in use are left alone."""
    stale = [lab_id for lab_id in _lab_namespaces() if not _lab_is_owned(lab_id)]
    for lab_id in stale:
        _remove_lab(lab_id)
    return stale


# --------------------------------------------------------------------------
# STUN: responder and probe
# --------------------------------------------------------------------------

_MAGIC = 0x2112A442
_BINDING, _SUCCESS = 0x0001, 0x0101
_CHANGE_REQUEST, _XOR_MAPPED = 0x0003, 0x0020
_CHANGE_IP, _CHANGE_PORT = 4, 2


def serve_stun() -> None:
    """STUN Binding responder on both public addresses and both ports."""
    sockets: dict[tuple[str, int], socket.socket] = {}
    for address in (PUBLIC_IP, TURN_IP):
        for port in STUN_PORTS:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind((address, port))
            sockets[address, port] = sock
    print("ready", flush=True)
    while True:
        for sock in select.select(list(sockets.values()), [], [])[0]:
            data, client = sock.recvfrom(2048)
            if len(data) < 20 or struct.unpack_from("!HHI", data)[::2] != (_BINDING, _MAGIC):
                continue
            address, port = sock.getsockname()
            flags = _stun_attributes(data).get(_CHANGE_REQUEST, b"\0\0\0\0")[3]
            if flags & _CHANGE_IP:
                address = TURN_IP if address == PUBLIC_IP else PUBLIC_IP
            if flags & _CHANGE_PORT:
                port = STUN_PORTS[1] if port == STUN_PORTS[0] else STUN_PORTS[0]
            ip_number = struct.unpack("!I", socket.inet_aton(client[0]))[0]
            value = struct.pack("!BBHI", 0, 1, client[1] ^ (_MAGIC >> 16), ip_number ^ _MAGIC)
            reply = struct.pack("!HHI", _SUCCESS, 12, _MAGIC) + data[8:20] + struct.pack("!HH", _XOR_MAPPED, 8) + value
            sockets[address, port].sendto(reply, client)


def _stun_attributes(message: bytes) -> dict[int, bytes]:
    found, pos = {}, 20
    while pos + 4 <= len(message):
        kind, length = struct.unpack_from("!HH", message, pos)
        found[kind] = message[pos + 4 : pos + 4 + length]
        pos += 4 + (length + 3) // 4 * 4
    return found


def stun_query(
    sock: socket.socket, server: tuple[str, int], change: int = 0, timeout: float = 1.5
) -> tuple[str, int] | None:
    """One Binding request (sent twice at most); the mapped address, or None."""
    transaction = os.urandom(12)
    extra = struct.pack("!HHI", _CHANGE_REQUEST, 4, change) if change else b""
    request = struct.pack("!HHI", _BINDING, len(extra), _MAGIC) + transaction + extra
    deadline = time.monotonic() + timeout
    resend_at = 0.0
    while (now := time.monotonic()) < deadline:
        if now >= resend_at:
            with contextlib.suppress(OSError):
                sock.sendto(request, server)
            resend_at = now + timeout / 2
        if not select.select([sock], [], [], max(0.0, min(deadline, resend_at) - now))[0]:
            continue
        try:
            reply = sock.recvfrom(2048)[0]
        except OSError:
            continue
        value = _stun_attributes(reply).get(_XOR_MAPPED) if reply[8:20] == transaction else None
        if value:
            _, _, port, ip_number = struct.unpack("!BBHI", value)
            return socket.inet_ntoa(struct.pack("!I", ip_number ^ _MAGIC)), port ^ (_MAGIC >> 16)
    return None


def probe() -> dict[str, Any]:
    """NAT behaviour discovery (RFC 5780) from where this process runs."""
    first, other_port, other_ip = (PUBLIC_IP, STUN_PORTS[0]), (PUBLIC_IP, STUN_PORTS[1]), (TURN_IP, STUN_PORTS[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("0.0.0.0", 0))
        local_port = sock.getsockname()[1]
        mapped = [stun_query(sock, server) for server in (first, other_port, other_ip)]
    result: dict[str, Any] = {"local_port": local_port, "mapped": [f"{m[0]}:{m[1]}" if m else None for m in mapped]}
    if not mapped[0]:
        result |= {"udp": False, "mapping": "no UDP", "filtering": "no UDP"}
    else:
        if mapped[0] == mapped[1] == mapped[2]:
            mapping = "endpoint-independent"
        elif mapped[0] == mapped[1]:
            mapping = "address-dependent"
        else:
            mapping = "address-and-port-dependent"
        result |= {"udp": True, "mapping": mapping, "filtering": _filtering(first)}
    for port in (443, 8080):
        result[f"tcp{port}"] = _tcp_reaches(PUBLIC_IP, port)
    return result


def _filtering(server: tuple[str, int]) -> str:
    for change, verdict in ((_CHANGE_IP | _CHANGE_PORT, "endpoint-independent"), (_CHANGE_PORT, "address-dependent")):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            if stun_query(sock, server, change):
                return verdict
    return "address-and-port-dependent"


def _tcp_reaches(address: str, port: int, timeout: float = 1.5) -> bool:
    with socket.socket() as sock:
        sock.settimeout(timeout)
        try:
            sock.connect((address, port))
        except ConnectionRefusedError:
            return True  # nobody listens, but the packets went there and back
        except OSError:
            return False
        return True


# --------------------------------------------------------------------------
# What this machine can do
# --------------------------------------------------------------------------


def check_machine() -> dict[str, str]:
    """Try, inside throw-away namespaces, everything that natlab relies on."""
    result: dict[str, str] = {}
    names = [f"{PREFIX}check-{secrets.token_hex(3)}-{side}" for side in "ab"]
    a, b = names

    def attempt(what: str, *cmd: str, stdin: str | None = None) -> None:
        try:
            _sh(*cmd, stdin=stdin)
            result[what] = "yes"
        except (LabError, OSError) as error:
            result[what] = "no: " + str(error).splitlines()[0][-90:]

    for tool in ("ip", "nft", "tc", "turnserver", "iperf3", "tcpdump"):
        result[f"command {tool}"] = shutil.which(tool) or "missing"
    try:
        for name in names:
            attempt("network namespaces", "ip", "netns", "add", name)
        attempt("veth", "ip", "link", "add", "eth0", "netns", a, "type", "veth", "peer", "name", "eth0", "netns", b)
        attempt("bridge", "ip", "-n", a, "link", "add", "br0", "type", "bridge")
        for flags in ("", "random", "fully-random"):
            rules = _NAT_RULES.format(masquerade=flags, allowed="accept").replace("natlab", f"t_{flags}".replace("-", "_"))
            attempt(f"nft masquerade {flags}".strip(), "ip", "netns", "exec", a, "nft", "-f", "-", stdin=rules)
        attempt("nft netdev ingress (cut)", "ip", "netns", "exec", a, "nft", "-f", "-",
                stdin=_CUT_RULES.format(table="c", device="eth0"))
        for qdisc in ("netem delay 1ms", "fq", "fq_codel", "tbf rate 1mbit burst 10kb latency 50ms"):
            attempt(f"tc {qdisc.split()[0]}", "tc", "-n", a, "qdisc", "replace", "dev", "eth0", "root", *qdisc.split())
        try:
            os.close(_open_tap(a, "tap0"))
            result["TAP device (link emulator)"] = "yes"
        except OSError as error:
            result["TAP device (link emulator)"] = f"no: {error}"
    finally:
        for name in names:
            _sh("ip", "netns", "del", name, check=False)
    return result


# --------------------------------------------------------------------------
# Command line
# --------------------------------------------------------------------------

_ACTIONS = ("cut", "unplug", "heal", "kill", "crash", "roam", "readdress", "renumber")


def _act(lab: Lab, action: str, name: str) -> str | None:
    """Carry out one of _ACTIONS; a new address, if it gives the host one."""
    if action == "unplug":
        lab.cut(name, "unplug")
    elif action == "crash":
        lab.kill(name, silent=False)
    else:
        result: str | None = getattr(lab, action)(name)
        return result
    return None


def _parse_event(text: str) -> tuple[float, str, str]:
    parts = text.split(":")
    if len(parts) != 3 or parts[1] not in _ACTIONS:
        raise argparse.ArgumentTypeError(f"event {text!r}: need TIME:ACTION:HOST, action one of {', '.join(_ACTIONS)}")
    return parse_time(parts[0]), parts[1], parts[2]


def _parse_background(text: str) -> tuple[str, list[str]]:
    name, colon, cmd = text.partition(":")
    if not colon or not cmd:
        raise argparse.ArgumentTypeError(f"background {text!r}: need HOST:COMMAND")
    return name, shlex.split(cmd)


def _add_lab_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("topology", choices=TOPOLOGIES)
    parser.add_argument("--turn", action="store_true", help="run coturn on the public host")
    parser.add_argument("--stun", action="store_true", help="run natlab's STUN responder on the public host")
    parser.add_argument("--udp-timeout", type=int, metavar="SECONDS", help="life of an idle UDP mapping in the NATs")
    parser.add_argument("--seed", type=int, help="seed of the random losses")
    group = parser.add_argument_group("impairments (each direction of the access link)")
    group.add_argument("--on", action="append", metavar="HOST", help="whose link (default: guest; repeatable)")
    group.add_argument("--delay", type=parse_time, metavar="40ms", help="one way")
    group.add_argument("--jitter", type=parse_time, metavar="5ms")
    group.add_argument("--loss", type=parse_loss, metavar="2%")
    group.add_argument("--burst", type=float, metavar="PACKETS", help="mean length of a burst of losses")
    group.add_argument("--rate", type=parse_rate, metavar="20mbit")
    group.add_argument("--queue", type=parse_time, metavar="100ms", help="queue in front of the rate limit")


def _lab_from(args: argparse.Namespace) -> Lab:
    given = {k: v for k in ("delay", "jitter", "loss", "burst", "rate", "queue") if (v := getattr(args, k)) is not None}
    impair = {name: Impairment(**given) for name in args.on or ["guest"]} if given else None
    return Lab(args.topology, impair=impair, udp_timeout=args.udp_timeout, seed=args.seed)


def _start_servers(lab: Lab, args: argparse.Namespace) -> None:
    if args.turn:
        lab.start_turn()
    if args.stun:
        lab.start_stun()


def _cmd_run(args: argparse.Namespace) -> int:
    if not args.command:
        raise LabError("no command to run; put it after --")
    with _lab_from(args) as lab:
        _start_servers(lab, args)
        for name, cmd in args.background:
            lab.popen(name, cmd)
        timers = [threading.Timer(at, _act, (lab, action, name)) for at, action, name in args.at]
        for timer in timers:
            timer.daemon = True
            timer.start()
        proc = lab.popen(args.inside, args.command, start_new_session=False)
        try:
            return proc.wait()
        finally:
            for timer in timers:
                timer.cancel()
                timer.join()


def _cmd_up(args: argparse.Namespace) -> int:
    with _lab_from(args) as lab:
        _start_servers(lab, args)
        print(f"lab {lab.id}: {args.topology}")
        for name in lab.hosts:
            print(f"  {name:8} {lab.addr(name):16} ip netns exec {lab.netns(name)} COMMAND")
        print(f"orders: {', '.join(_ACTIONS)} or probe, and a HOST; end with Ctrl-D", flush=True)
        for line in sys.stdin:
            try:
                action, name = line.split()
                if action == "probe":
                    print(json.dumps(lab.probe(name)), flush=True)
                elif action in _ACTIONS:
                    print("done", _act(lab, action, name) or "", flush=True)
                else:
                    print("unknown order", flush=True)
            except (ValueError, LabError, subprocess.CalledProcessError) as error:
                print(f"error: {error}", flush=True)
    return 0


def _cmd_probe(args: argparse.Namespace) -> int:
    for topology in args.topology or TOPOLOGIES:
        with Lab(topology) as lab:
            lab.start_stun()
            for name in ("host", "guest"):
                found = lab.probe(name)
                ports = ", ".join(m or "-" for m in found["mapped"])
                tcp = " ".join(f"tcp{p}={'yes' if found[f'tcp{p}'] else 'no'}" for p in (443, 8080))
                print(f"{topology:20} {name:6} mapping {found['mapping']:27} filtering {found['filtering']:27} {tcp}")
                print(f"{'':20} {'':6} local port {found['local_port']} seen as {ports}", flush=True)
    return 0


def _cmd_list(args: argparse.Namespace) -> int:
    for lab_id, namespaces in _lab_namespaces().items():
        print(f"{lab_id}  {'in use' if _lab_is_owned(lab_id) else 'stale '}  {' '.join(namespaces)}")
    return 0


def _cmd_clean(args: argparse.Namespace) -> int:
    for lab_id in clean():
        print(f"removed {lab_id}")
    return 0


def _cmd_check(args: argparse.Namespace) -> int:
    for what, answer in check_machine().items():
        print(f"{what:28} {answer}")
    return 0


def _cmd_topologies(args: argparse.Namespace) -> int:
    for name, (_, text) in TOPOLOGIES.items():
        print(f"{name:20} {text}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="natlab", description="A network laboratory in network namespaces.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="build a topology, run a command in it, remove it")
    _add_lab_options(run)
    run.add_argument("--in", dest="inside", default="guest", metavar="HOST", help="where the command runs (default: guest)")
    run.add_argument("--bg", dest="background", action="append", default=[], type=_parse_background,
                     metavar="HOST:COMMAND", help="start this first, in the background (repeatable)")
    run.add_argument("--at", action="append", default=[], type=_parse_event, metavar="5s:cut:guest",
                     help=f"do this at that time; actions: {', '.join(_ACTIONS)} (repeatable)")
    run.usage = "natlab run TOPOLOGY [options] -- COMMAND [ARGUMENT...]"
    run.set_defaults(func=_cmd_run)

    up = commands.add_parser("up", help="build a topology and keep it, taking orders on standard input")
    _add_lab_options(up)
    up.set_defaults(func=_cmd_up)

    probe_cmd = commands.add_parser("probe", help="show what each topology's NATs do")
    probe_cmd.add_argument("topology", nargs="*", metavar="TOPOLOGY")
    probe_cmd.set_defaults(func=_cmd_probe)

    for name, func, text in (
        ("topologies", _cmd_topologies, "list the topologies"),
        ("check", _cmd_check, "what this machine and kernel support"),
        ("list", _cmd_list, "list labs on this machine"),
        ("clean", _cmd_clean, "remove labs whose owner was killed"),
    ):
        commands.add_parser(name, help=text).set_defaults(func=func)
    return parser


def _internal(argv: list[str]) -> bool:
    """Child-process entry points, not part of the command line's interface."""
    if argv[:1] == ["_emulate"]:
        ns_a, if_a, ns_b, if_b, *seed = argv[1:]
        emulate(ns_a, if_a, ns_b, if_b, int(seed[0]) if seed else None)
    elif argv == ["_stun"]:
        serve_stun()
    elif argv == ["_probe"]:
        print(json.dumps(probe()))
    else:
        return False
    return True


def main(argv: list[str] | None = None) -> int:
    argv = sys.argv[1:] if argv is None else argv
    if _internal(argv):
        return 0
    split = argv.index("--") if "--" in argv else len(argv)
    args = _parser().parse_args(argv[:split])
    args.command = argv[split + 1 :]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        status: int = args.func(args)
        return status
    except LabError as error:
        print(f"natlab: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
