"""Composes a hub: headless for `horizon hub`, or embedded in a host's own process."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from horizon_desktop.adapters.system_network import network_addresses
from horizon_desktop.adapters.tls.certificates import given_identity, own_identity
from horizon_desktop.adapters.web.hub_server import BBR, WebHubListener
from horizon_desktop.domain.access.invitation import HubAddress
from horizon_desktop.domain.collaboration.reach import (
    HUB_PORT,
    addresses_for_links,
    is_every_address,
    parse_hub_url,
)
from horizon_desktop.domain.ids import DeviceKey
from horizon_desktop.errors import UsageError
from horizon_desktop.hub.admission import parse_host_keys
from horizon_desktop.hub.server import Hub, HubPolicy
from horizon_desktop.ports.clock import Clock
from horizon_desktop.ports.entropy import Entropy
from horizon_desktop.ports.hub_server import TlsIdentity
from horizon_desktop.services.workers import CountWorkers

PORT_FILE: Final = "port"
ANY_HOST: Final = "open"


@asynccontextmanager
async def open_hub(
    *,
    listen_host: str,
    port: int,
    data_dir: Path,
    clock: Clock,
    entropy: Entropy,
    policy: HubPolicy | None = None,
    public_url: str = "",
    certificate: Path | None = None,
    private_key: Path | None = None,
    congestion: str = BBR,
    workers: CountWorkers = dict,
) -> AsyncIterator[Hub]:
    """Run a hub for the time of the block.

    Args:
        listen_host: Name or address; empty for every address.
        port: 0 for a free one.
        data_dir: Holds the hub's own key and certificate; nothing else.
        clock: Both clocks.
        entropy: For challenges.
        policy: Limits; the usual ones when left out.
        public_url: How people reach it, where that is not its own address.
        certificate: PEM file that an authority vouches for; with `private_key`.
        private_key: PEM file.
        congestion: The congestion control of its connections, where the kernel has it; empty: the system's.
        workers: Tells what the background workers of this process have done.

    Raises:
        UsageError: address, port, certificate or folder cannot be used.
    """
    if (certificate is None) != (private_key is None):
        raise UsageError("--cert and --key go together", code="hub.certificate")
    identity = await asyncio.to_thread(_identity, data_dir, listen_host, clock, certificate, private_key)
    listener = WebHubListener(host=listen_host, port=port, identity=identity, congestion=congestion)
    hub = Hub(
        listener=listener,
        clock=clock,
        entropy=entropy,
        policy=policy or HubPolicy(),
        public_url=public_url,
        workers=workers,
    )
    async with hub:
        yield hub


@asynccontextmanager
async def open_embedded_hub(
    *,
    data_dir: Path,
    host: DeviceKey,
    clock: Clock,
    entropy: Entropy,
    listen_host: str = "",
    workers: CountWorkers = dict,
) -> AsyncIterator[Hub]:
    """Run the hub of one host, for whom alone it works. Its key and port stay the same over restarts.

    The port is the one of last time, else 7443, else a free one.
    """
    policy = HubPolicy(host_keys=frozenset({host}))
    last = await asyncio.to_thread(_read_port, data_dir / PORT_FILE)
    hub: Hub | None = None
    for port in dict.fromkeys((last or HUB_PORT, 0)):
        is_open = False
        try:
            async with open_hub(
                listen_host=listen_host,
                port=port,
                data_dir=data_dir,
                clock=clock,
                entropy=entropy,
                policy=policy,
                workers=workers,
            ) as hub:
                is_open = True
                await asyncio.to_thread(_write_port, data_dir / PORT_FILE, hub.port)
                yield hub
                return
        except UsageError:
            if is_open or port == 0:
                raise


def link_addresses(hub: Hub, *, is_loopback_allowed: bool = False) -> tuple[HubAddress, ...]:
    """Return the hub as a link names it, best first: its public URL, or the addresses it can be reached by."""
    if hub.public_url:
        public = parse_hub_url(hub.public_url)
        return (HubAddress(host=public.host, port=public.port, pin=public.pin or hub.pin),)
    if not is_every_address(hub.listen_host):
        return (hub.address(hub.listen_host),)
    found = addresses_for_links(network_addresses(), is_loopback_allowed=is_loopback_allowed)
    return tuple(hub.address(address) for address in found)


async def read_host_keys(choice: str) -> frozenset[DeviceKey] | None:
    """Return the hosts that --host-keys allows: None for "open", else those of the file.

    Raises:
        UsageError: the file cannot be read, or holds something else.
    """
    if choice == ANY_HOST:
        return None
    try:
        text = await asyncio.to_thread(Path(choice).read_text, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"the host keys cannot be read: {choice}", code="hub.host_keys") from exc
    return parse_host_keys(text.splitlines())


def _identity(
    data_dir: Path, listen_host: str, clock: Clock, certificate: Path | None, private_key: Path | None
) -> TlsIdentity:
    if certificate is not None and private_key is not None:
        return given_identity(certificate, private_key)
    hosts = ("localhost",) if is_every_address(listen_host) else (listen_host, "localhost")
    return own_identity(data_dir, hosts=hosts, now=clock.now().instant)


def _read_port(path: Path) -> int:
    try:
        port = int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0
    return port if 1 <= port <= 65535 else 0


def _write_port(path: Path, port: int) -> None:
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(str(port))
    except OSError as exc:
        raise UsageError(f"the hub's folder cannot be written: {path.parent}", code="hub.data") from exc
